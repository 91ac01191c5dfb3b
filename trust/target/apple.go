package target

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"muxkey/internal/command"
	"muxkey/trust"
)

// appleTarget is a configuration profile, for people to open and for device
// management. The keys are those of Apple's schema
// (https://github.com/apple/device-management, mdm/profiles: TopLevel.yaml,
// CommonPayloadKeys.yaml, com.apple.security.root.yaml). A profile with the
// identifier of one that is installed replaces it, and the identifiers depend on
// name and certificates alone, so a new bundle does not pile up beside the old.
//
// It is written by hand: howett.net/plist was weighed, whose last release is of
// 2023 and which adds 0.5 MB for one dictionary.
var appleTarget = Target{
	ID:      "apple-mobileconfig",
	Title:   "configuration profile of Apple",
	Clients: "macOS, iOS, iPadOS, tvOS, visionOS, and what manages such devices",
	Name:    "trust.mobileconfig",
	Options: []Option{Name},
	Write: func(_ context.Context, j Job) ([]File, error) {
		id := appleIdentifier(j.Name)
		p := plist{}
		p.open("dict")
		p.key("PayloadContent")
		p.open("array")
		all := sha256.New()
		for _, a := range j.Set.Anchors {
			all.Write(a.SHA256[:])
			uuid := uuid5("urn:muxkey:certificate:" + a.Fingerprint())
			kind := "com.apple.security.root"
			if !a.SelfIssued() {
				kind = "com.apple.security.pkcs1"
			}
			name := oneLine(a.Name())
			p.open("dict")
			p.text("PayloadCertificateFileName", fileNameOf(a)+".cer")
			p.data("PayloadContent", a.Raw)
			p.text("PayloadDescription", oneLine(a.DN()))
			p.text("PayloadDisplayName", name)
			p.text("PayloadIdentifier", id+"."+uuid)
			p.text("PayloadType", kind)
			p.text("PayloadUUID", uuid)
			p.integer("PayloadVersion", 1)
			p.close("dict")
		}
		p.close("array")
		p.text("PayloadDescription", fmt.Sprintf("Trust in %d certificates", len(j.Set.Anchors)))
		p.text("PayloadDisplayName", oneLine(j.Name))
		p.text("PayloadIdentifier", id)
		p.text("PayloadScope", "System") // the keychain of the machine, on macOS
		p.text("PayloadType", "Configuration")
		p.text("PayloadUUID", uuid5(fmt.Sprintf("urn:muxkey:profile:%s:%x", id, all.Sum(nil))))
		p.integer("PayloadVersion", 1)
		p.close("dict")
		return []File{{Data: p.document()}}, nil
	},
	Use: func(path string, _ Job) []Step {
		return []Step{
			{Text: "On macOS, open it and install the profile in System Settings:", Command: "open " + command.Quote(path)},
			{Text: "On an iPhone or iPad, open it from mail or a web server (as application/x-apple-aspen-config), install it in Settings, and then turn the roots on in Settings > General > About > Certificate Trust Settings."},
			{Text: "Device management installs it as it is, and turns the roots on by itself."},
		}
	},
	Proof: "Python's plistlib and plistutil read it, and its keys are compared with Apple's schema; no device of Apple was there",
}

// appleIdentifier is a name in the form that identifiers have.
func appleIdentifier(name string) string {
	if id := fileName(name); id != "" {
		return id
	}
	return "muxkey-trust"
}

func fileNameOf(a *trust.Anchor) string {
	if name := fileName(a.Name()); name != "" {
		return name
	}
	return a.Fingerprint()[:16]
}

// uuid5 is the UUID of a URI (RFC 9562 section 5.5, and 6.6 for the namespace), in
// capitals as Apple writes them.
func uuid5(uri string) string {
	namespace := []byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	sum := sha1.Sum(append(namespace, uri...))
	u := sum[:16]
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%X-%X-%X-%X-%X", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// plist is a property list in XML (plist(5) of macOS).
type plist struct {
	out   bytes.Buffer
	depth int
}

func (p *plist) line(text string) {
	p.out.WriteString(strings.Repeat("\t", p.depth) + text + "\n")
}

// open begins an element.
func (p *plist) open(element string) {
	p.line("<" + element + ">")
	p.depth++
}

func (p *plist) close(element string) {
	p.depth--
	p.line("</" + element + ">")
}

func (p *plist) key(key string) { p.line("<key>" + key + "</key>") }

func (p *plist) text(key, value string) {
	p.key(key)
	p.line("<string>" + xmlText(value) + "</string>")
}

func (p *plist) integer(key string, value int) {
	p.key(key)
	p.line(fmt.Sprintf("<integer>%d</integer>", value))
}

func (p *plist) data(key string, value []byte) {
	p.key(key)
	p.line("<data>")
	for text := base64.StdEncoding.EncodeToString(value); text != ""; {
		n := min(64, len(text))
		p.line(text[:n])
		text = text[n:]
	}
	p.line("</data>")
}

func (p *plist) document() []byte {
	const head = xml.Header + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` + "\n<plist version=\"1.0\">\n"
	return slices.Concat([]byte(head), p.out.Bytes(), []byte("</plist>\n"))
}

// xmlText is text for between two tags. What XML has no room for becomes U+FFFD.
func xmlText(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
	return b.String()
}
