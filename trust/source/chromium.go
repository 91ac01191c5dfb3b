package source

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"muxkey/internal/lazy"
	"muxkey/pkcs12x"
	"muxkey/trust"
)

// chromiumKind is policies of Chromium and its kin that say which anchors are
// trusted for servers (https://chromeenterprise.google/policies/).
var chromiumKind = Kind{
	ID:    "chromium",
	Title: "policy of Chromium",
	Detect: func(data []byte) bool {
		return bytes.HasPrefix(bytes.TrimSpace(data[:min(len(data), 64)]), []byte("{")) && chromiumSettings().Match(data)
	},
	Read: func(_ context.Context, b *trust.Builder, in Input) error {
		if err := readChromium(b, in); err != nil {
			return in.damaged("a policy of Chromium", err)
		}
		return nil
	},
}

var chromiumSettings = lazy.Regexp(`"CA(Certificates|CertificatesWithConstraints|DistrustedCertificates)"\s*:`)

// chromiumList is what the settings have in common.
type chromiumList struct {
	setting string
	raw     []certificateJSON
	terms   trust.Terms
}

func readChromium(b *trust.Builder, in Input) error {
	var p struct {
		CACertificates                []certificateJSON
		CACertificatesWithConstraints []struct {
			Certificate certificateJSON `json:"certificate"`
			Constraints json.RawMessage `json:"constraints"`
		}
		CADistrustedCertificates []certificateJSON
		CAHintCertificates       []certificateJSON
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
		names, err := chromiumNames(c.Constraints)
		if err != nil {
			return err
		}
		if names.Empty() { // Chromium passes over it, too
			b.Skip(in.origin("CACertificatesWithConstraints"), "it has no constraints")
			continue
		}
		lists = append(lists, chromiumList{"CACertificatesWithConstraints", []certificateJSON{c.Certificate}, trust.Terms{Only: only, Permitted: names}})
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

func chromiumNames(constraints []byte) (trust.Names, error) {
	var c struct {
		DNS []string `json:"permitted_dns_names"`
		IP  []string `json:"permitted_cidrs"`
	}
	const most = 1 << 20
	if len(constraints) > most {
		return trust.Names{}, fmt.Errorf("%w: constraints of more than %d octets", pkcs12x.ErrDamaged, most)
	}
	if err := json.Unmarshal(constraints, &c); err != nil {
		return trust.Names{}, err
	}
	return trust.ParseNames(slices.Concat(c.DNS, c.IP))
}

// certificateJSON is a certificate in base64. What is too short for one ends the
// reading, so that a list of millions of nothings is not read first.
type certificateJSON []byte

func (c *certificateJSON) UnmarshalJSON(data []byte) error {
	const least = 64 // octets; a name, a key and two dates take more
	if err := json.Unmarshal(data, (*[]byte)(c)); err != nil {
		return err
	}
	if len(*c) < least {
		return fmt.Errorf("%w: %d octets are no certificate", pkcs12x.ErrDamaged, len(*c))
	}
	return nil
}
