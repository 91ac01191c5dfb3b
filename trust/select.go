package trust

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"muxkey/certgen"
)

// Selection narrows a set down. The zero value leaves all.
type Selection struct {
	// Purposes leave the anchors that are trusted for at least one of them.
	Purposes []Purpose
	// OnlyCA leaves out what is no CA.
	OnlyCA bool
	// ValidAt leaves out what is not valid at that time; zero asks for none.
	ValidAt time.Time
	// Exclude are SHA-256 fingerprints of certificates to leave out.
	Exclude map[[32]byte]bool
}

// LeftOut is an anchor that a selection took away.
type LeftOut struct {
	Anchor *Anchor
	Why    string
}

// Select parts a set into what stays and what is left out, with the reasons. s is
// not changed.
func (s *Set) Select(by Selection) (*Set, []LeftOut) {
	out := &Set{Skipped: s.Skipped, Findings: s.Findings}
	var left []LeftOut
	for _, a := range s.Anchors {
		if why := by.against(a); why != "" {
			left = append(left, LeftOut{a, why})
			continue
		}
		out.Anchors = append(out.Anchors, a)
	}
	return out, left
}

func (by Selection) against(a *Anchor) string {
	switch {
	case by.Exclude[a.SHA256]:
		return "it is excluded"
	case len(by.Purposes) > 0 && !slices.ContainsFunc(by.Purposes, a.Terms.For):
		return fmt.Sprintf("its sources do not trust it for %s", list(by.Purposes))
	case len(by.Purposes) > 0 && !slices.ContainsFunc(by.Purposes, a.Serves):
		return fmt.Sprintf("its extended key usage is not for %s", list(by.Purposes))
	case by.OnlyCA && !a.CA:
		return "it is no CA"
	case !by.ValidAt.IsZero() && by.ValidAt.After(a.NotAfter):
		return "it expired on " + a.NotAfter.UTC().Format(time.DateOnly)
	case !by.ValidAt.IsZero() && by.ValidAt.Before(a.NotBefore):
		return "it is not valid before " + a.NotBefore.UTC().Format(time.DateOnly)
	}
	return ""
}

// usages are the extended key usages that stand for the purposes (RFC 5280 section
// 4.2.1.12).
var usages = map[Purpose]string{Server: "serverAuth", Client: "clientAuth", Email: "emailProtection", Code: "codeSigning"}

// ExtKeyUsage is the name of the extended key usage that stands for the purpose, as
// certgen.ExtKeyUsageName has it.
func (p Purpose) ExtKeyUsage() string { return usages[p] }

// Serves tells whether the certificate's own extended key usage allows a purpose:
// Windows, NSS and Go hold an issuer to it.
func (a *Anchor) Serves(p Purpose) bool {
	return len(a.ExtKeyUsage) == 0 || slices.Contains(a.ExtKeyUsage, usages[p]) || slices.Contains(a.ExtKeyUsage, "anyExtendedKeyUsage")
}

func list(purposes []Purpose) string {
	var words []string
	for _, p := range purposes {
		words = append(words, string(p))
	}
	return strings.Join(words, ", ")
}

// Rejected are the anchors that their sources say must not be trusted for any of
// some purposes.
func (s *Set) Rejected(purposes []Purpose) []*Anchor {
	var out []*Anchor
	for _, a := range s.Anchors {
		if slices.ContainsFunc(purposes, func(p Purpose) bool { return slices.Contains(a.Terms.Rejected, p) }) {
			out = append(out, a)
		}
	}
	return out
}

// ParseFingerprint reads a SHA-256 fingerprint as programs write it: hex in either
// case, with colons or blanks or without.
func ParseFingerprint(text string) (sum [32]byte, ok bool) {
	raw, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(text))
	if err != nil || len(raw) != len(sum) {
		return sum, false
	}
	return [32]byte(raw), true
}

// ParseNames reads what an anchor is to be held to: DNS domains, IP addresses and
// networks.
func ParseNames(list []string) (Names, error) {
	var n Names
	for _, text := range list {
		if network, err := netip.ParsePrefix(text); err == nil {
			n.IP = append(n.IP, network.Masked().String())
		} else if ip, err := netip.ParseAddr(text); err == nil && ip.Zone() == "" {
			n.IP = append(n.IP, netip.PrefixFrom(ip, ip.BitLen()).String())
		} else if names, err := certgen.ParseServerNames([]string{strings.TrimPrefix(text, ".")}); err == nil && !strings.Contains(text, "*") {
			n.DNS = append(n.DNS, names[0].Value)
		} else {
			return n, fmt.Errorf("%q is neither a domain nor an IP network", text)
		}
	}
	slices.Sort(n.DNS)
	slices.Sort(n.IP)
	return n, nil
}
