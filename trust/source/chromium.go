package source

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"muxkey/trust"
)

// chromiumKind is policies of Chromium and its kin that say which anchors are
// trusted for servers (https://chromeenterprise.google/policies/).
var chromiumKind = Kind{
	ID:    "chromium",
	Title: "policy of Chromium",
	Detect: func(data []byte) bool {
		return bytes.HasPrefix(bytes.TrimSpace(data[:min(len(data), 64)]), []byte("{")) && chromiumSettings.Match(data)
	},
	Read: func(_ context.Context, b *trust.Builder, in Input) error {
		if err := readChromium(b, in); err != nil {
			return in.damaged("a policy of Chromium", err)
		}
		return nil
	},
}

var chromiumSettings = regexp.MustCompile(`"CA(Certificates|CertificatesWithConstraints|DistrustedCertificates)"\s*:`)

// chromiumList is what the settings have in common.
type chromiumList struct {
	setting string
	raw     [][]byte
	terms   trust.Terms
}

func readChromium(b *trust.Builder, in Input) error {
	var p struct {
		CACertificates                [][]byte
		CACertificatesWithConstraints []struct {
			Certificate []byte `json:"certificate"`
			Constraints struct {
				DNS []string `json:"permitted_dns_names"`
				IP  []string `json:"permitted_cidrs"`
			} `json:"constraints"`
		}
		CADistrustedCertificates [][]byte
		CAHintCertificates       [][]byte
	}
	if err := json.Unmarshal(in.Data, &p); err != nil {
		return err
	}
	only := []trust.Purpose{trust.Server}
	lists := []chromiumList{
		{"CACertificates", p.CACertificates, trust.Terms{Only: only}},
		{"CADistrustedCertificates", p.CADistrustedCertificates, distrusted(trust.Server)},
	}
	for _, c := range p.CACertificatesWithConstraints {
		names, err := trust.ParseNames(slices.Concat(c.Constraints.DNS, c.Constraints.IP))
		if err != nil {
			return err
		}
		if names.Empty() { // Chromium passes over it, too
			b.Skip(in.origin("CACertificatesWithConstraints"), "it has no constraints")
			continue
		}
		lists = append(lists, chromiumList{"CACertificatesWithConstraints", [][]byte{c.Certificate}, trust.Terms{Only: only, Permitted: names}})
	}
	for _, list := range lists {
		for _, raw := range list.raw {
			if err := in.certificate(b, list.setting, "", raw, list.terms); err != nil {
				return err
			}
		}
	}
	if n := len(p.CAHintCertificates); n > 0 {
		b.Skip(in.origin("CAHintCertificates"), fmt.Sprintf("%d certificates are there to complete chains, and not trusted", n))
	}
	return nil
}
