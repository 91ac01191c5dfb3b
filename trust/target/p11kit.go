package target

import (
	"bytes"
	"context"
	"encoding/asn1"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/command"
	"muxkey/trust"
)

// p11kitTarget is the form in which p11-kit keeps trust, the only one on Linux that
// says everything.
var p11kitTarget = Target{
	ID:      "p11-kit",
	Title:   "p11-kit file",
	Clients: "systems whose trust store is p11-kit's: Fedora, RHEL, SUSE, Arch; GnuTLS and NSS with the module p11-kit-trust",
	Name:    "ca-bundle.p11-kit",
	Says:    Terms{Purposes: true, Rejected: true, DistrustAfter: true, Permitted: true},
	Write: func(_ context.Context, j Job) ([]File, error) {
		var out bytes.Buffer
		terms := termsByKey(j)
		for _, e := range entries(j) {
			if err := p11kitObjects(&out, e, terms[string(e.SPKI)]); err != nil {
				return nil, err
			}
		}
		return []File{{Data: out.Bytes()}}, nil
	},
	Use: func(path string, _ Job) []Step {
		quoted := command.Quote(path)
		return []Step{
			{Text: "Fedora and RHEL:", Command: "cp " + quoted + " /etc/pki/ca-trust/source/ && update-ca-trust"},
			{Text: "SUSE:", Command: "cp " + quoted + " /etc/pki/trust/ && update-ca-certificates"},
			{Text: "Arch:", Command: "cp " + quoted + " /etc/ca-certificates/trust-source/ && update-ca-trust"},
		}
	},
	Check: curlCheck(""),
	Proof: "trust list and trust extract of p11-kit read purposes, rejections and dates from it, and GnuTLS holds an anchor to its names",
}

// rhelTarget is the tree below /etc/pki/ca-trust/source. What a plain certificate
// cannot say stands at the top in the form of p11-kit, where update-ca-trust(8)
// wants it.
var rhelTarget = Target{
	ID:        "rhel",
	Title:     "anchors of RHEL",
	Clients:   "all of Fedora, RHEL, SUSE and Arch: OpenSSL, GnuTLS, NSS, curl, git, Go, Java",
	Name:      "ca-trust-source",
	Directory: true,
	Says:      Terms{Purposes: true, Rejected: true, DistrustAfter: true, Permitted: true},
	Options:   []Option{Comments},
	Write: func(_ context.Context, j Job) ([]File, error) {
		list := entries(j)
		anchors := make([]*trust.Anchor, len(list))
		for i, e := range list {
			anchors[i] = e.Anchor
		}
		terms := termsByKey(j)
		files := make([]File, len(list))
		for i, name := range uniqueNames(anchors, fileName) {
			e := list[i]
			switch {
			case e.rejectedAlways():
				files[i] = File{Path: "blocklist/" + name + ".pem", Data: pemOf(anchors[i:i+1], j.Comments)}
			case e.trusted && unconditional(e.Terms):
				files[i] = File{Path: "anchors/" + name + ".pem", Data: pemOf(anchors[i:i+1], j.Comments)}
			default:
				var out bytes.Buffer
				if err := p11kitObjects(&out, e, terms[string(e.SPKI)]); err != nil {
					return nil, err
				}
				files[i] = File{Path: name + ".p11-kit", Data: out.Bytes()}
			}
		}
		return files, nil
	},
	Use: func(path string, _ Job) []Step {
		from := "cp -r " + command.Quote(strings.TrimSuffix(path, "/")) + "/. "
		return []Step{
			{Text: "Fedora and RHEL (before RHEL 9 the directory blocklist is called blacklist):", Command: from + "/etc/pki/ca-trust/source/ && update-ca-trust"},
			{Text: "SUSE:", Command: from + "/etc/pki/trust/ && update-ca-certificates"},
			{Text: "Arch:", Command: from + "/etc/ca-certificates/trust-source/ && update-ca-trust"},
		}
	},
	Check: curlCheck(""),
	Proof: "trust extract of p11-kit, which is what update-ca-trust calls, takes the tree in: anchors, purposes and rejections",
}

// unconditional tells that nothing limits the trust in an anchor.
func unconditional(t trust.Terms) bool {
	return t.Only == nil && len(t.Rejected) == 0 && len(t.DistrustAfter) == 0 && t.Permitted.Empty()
}

// termsByKey joins the terms of anchors with one key: p11-kit staples purposes and
// names to keys and not to certificates, so what limits one limits all of them.
func termsByKey(j Job) map[string]trust.Terms {
	out := map[string]trust.Terms{}
	for _, e := range entries(j) {
		if e.trusted {
			key := string(e.SPKI)
			out[key] = out[key].And(e.Terms)
		} else if !e.rejectedAlways() {
			key := string(e.SPKI)
			out[key] = out[key].And(trust.Terms{Rejected: e.Terms.Rejected})
		}
	}
	return out
}

// distrustAttributes are those that stand for Terms.DistrustAfter: NSS has them for
// these purposes alone.
var distrustAttributes = map[trust.Purpose]string{
	trust.Server: "nss-server-distrust-after",
	trust.Email:  "nss-email-distrust-after",
}

// p11kitObjects writes an anchor and what is stapled to its key
// (doc/internal/persist-format.txt and trust/builder.c of p11-kit).
func p11kitObjects(out *bytes.Buffer, e entry, stapled trust.Terms) error {
	label := quoteP11kit([]byte(oneLine(e.Name())))
	if out.Len() > 0 {
		out.WriteByte('\n')
	}
	fmt.Fprintf(out, "[p11-kit-object-v1]\nlabel: %s\n", label)
	if e.rejectedAlways() {
		out.WriteString("x-distrusted: true\n")
		pemBlock(out, "CERTIFICATE", e.Raw)
		return nil
	}
	if e.trusted && !e.Terms.None() {
		out.WriteString("trusted: true\n")
	}
	for _, p := range trust.Purposes() {
		if when, ok := e.Terms.DistrustAfter[p]; ok && distrustAttributes[p] != "" {
			fmt.Fprintf(out, "%s: %s\n", distrustAttributes[p], quoteP11kit([]byte(asn1Time(when))))
		}
	}
	pemBlock(out, "CERTIFICATE", e.Raw)
	return staple(out, label, e.SPKI, stapled)
}

// asn1Time is the shape that RFC 5280 section 4.1.2.5 prescribes for a year.
func asn1Time(t time.Time) string {
	t = t.UTC()
	if t.Year() < 2050 {
		return t.Format("060102150405Z")
	}
	return t.Format("20060102150405Z")
}

// What p11-kit staples to keys. Rejected purposes are an extension of its own
// (P11_OID_OPENSSL_REJECT in common/oid.h), and so is the usage that stands for none
// at all, as the list must not be empty (P11_OID_RESERVED_PURPOSE).
var (
	oidExtKeyUsage     = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidNameConstraints = asn1.ObjectIdentifier{2, 5, 29, 30}
	oidRejectedUsage   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 3319, 6, 10, 1}
	oidNoUsage         = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 3319, 6, 10, 16}
)

// staple writes the extensions that p11-kit puts over those of the certificates
// with a key.
func staple(out *bytes.Buffer, label string, spki []byte, terms trust.Terms) error {
	write := func(oid asn1.ObjectIdentifier, critical bool, value []byte, err error) error {
		if err != nil {
			return err
		}
		der, err := extension(oid, critical, value)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\n[p11-kit-object-v1]\nclass: x-certificate-extension\nlabel: %s\nobject-id: %s\nvalue: %s\n", label, oid, quoteP11kit(der))
		pemBlock(out, "PUBLIC KEY", spki)
		return nil
	}
	if terms.Only != nil || len(terms.Rejected) > 0 {
		// With rejections alone, p11-kit would take the other purposes for unknown.
		var allowed []trust.Purpose
		for _, p := range trust.Purposes() {
			if terms.For(p) {
				allowed = append(allowed, p)
			}
		}
		oids := oidsOf(allowed)
		if len(oids) == 0 {
			oids = append(oids, oidNoUsage)
		}
		value, err := usageValue(oids)
		if err := write(oidExtKeyUsage, false, value, err); err != nil {
			return err
		}
	}
	if len(terms.Rejected) > 0 {
		value, err := usageValue(oidsOf(terms.Rejected))
		if err := write(oidRejectedUsage, false, value, err); err != nil {
			return err
		}
	}
	if !terms.Permitted.Empty() {
		value, err := nameConstraints(terms.Permitted)
		return write(oidNameConstraints, true, value, err)
	}
	return nil
}

// extension is Extension of RFC 5280 section 4.1.
func extension(oid asn1.ObjectIdentifier, critical bool, value []byte) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		if critical {
			b.AddASN1Boolean(true)
		}
		b.AddASN1OctetString(value)
	})
	return b.Bytes()
}

func usageValue(oids []asn1.ObjectIdentifier) ([]byte, error) {
	var b cryptobyte.Builder
	addOIDs(&b, cbasn1.SEQUENCE, oids)
	return b.Bytes()
}

// nameConstraints are those of RFC 5280 section 4.2.1.10. A kind of name of which
// none is permitted is excluded as a whole, as otherwise all of it would be
// permitted; the CA/Browser Forum's requirements write it likewise (7.1.2.10.8).
func nameConstraints(names trust.Names) ([]byte, error) {
	const dns, ip = 2, 7 // GeneralName
	type subtree struct {
		kind  uint8
		value []byte
	}
	var permitted, excluded []subtree
	for _, name := range names.DNS {
		permitted = append(permitted, subtree{dns, []byte(name)})
	}
	var v4, v6 bool
	for _, text := range names.IP {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		v4, v6 = v4 || network.Addr().Is4(), v6 || network.Addr().Is6()
		permitted = append(permitted, subtree{ip, addressAndMask(network)})
	}
	if len(names.DNS) == 0 {
		excluded = append(excluded, subtree{dns, nil})
	}
	if !v4 {
		excluded = append(excluded, subtree{ip, make([]byte, 2*4)})
	}
	if !v6 {
		excluded = append(excluded, subtree{ip, make([]byte, 2*16)})
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for tag, list := range [][]subtree{permitted, excluded} {
			if len(list) == 0 {
				continue
			}
			b.AddASN1(cbasn1.Tag(tag).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				for _, s := range list {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1(cbasn1.Tag(s.kind).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(s.value) })
					})
				}
			})
		}
	})
	return b.Bytes()
}

// addressAndMask is how iPAddress names a network.
func addressAndMask(network netip.Prefix) []byte {
	address := network.Masked().Addr().AsSlice()
	mask := make([]byte, len(address))
	for i := range network.Bits() {
		mask[i/8] |= 0x80 >> (i % 8)
	}
	return append(address, mask...)
}

// quoteP11kit writes octets as p11-kit does in its files.
func quoteP11kit(data []byte) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range data {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("_-. ", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
