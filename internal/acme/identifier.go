package acme

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"muxkey/certgen"
)

// identifier is a name that a certificate is ordered for: a host name, also with
// a wildcard, or an address (RFC 8738).
type identifier struct {
	Kind  certgen.NameKind // DNS or IP, which are the words of ACME, too
	Value string           // as certgen.Name has it
}

func (id identifier) String() string { return id.Value }

func (id identifier) wildcard() bool { return strings.HasPrefix(id.Value, "*.") }

func list(ids []identifier) string {
	const most = 5
	var names []string
	for i, id := range ids {
		if i == most {
			return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), len(ids)-most)
		}
		names = append(names, id.Value)
	}
	return strings.Join(names, ", ")
}

// identifiers are the names that a request asks for. The order must have the
// same (RFC 8555 section 7.4).
func identifiers(der []byte) (*x509.CertificateRequest, []identifier, error) {
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, nil, &RequestError{err}
	}
	if err := csr.CheckSignature(); err != nil {
		return nil, nil, &RequestError{fmt.Errorf("its signature is not by its key: %w", err)}
	}
	if len(csr.EmailAddresses) > 0 || len(csr.URIs) > 0 {
		return nil, nil, &RequestError{errors.New("ACME servers issue for host names and addresses alone, and it has email addresses or URIs")}
	}
	var words []string
	for _, name := range csr.DNSNames {
		words = append(words, string(certgen.DNS)+":"+name)
	}
	for _, ip := range csr.IPAddresses {
		words = append(words, string(certgen.IP)+":"+ip.String())
	}
	names, err := certgen.ParseNames(words)
	if err != nil {
		return nil, nil, &RequestError{err}
	}
	var ids []identifier
	for _, name := range names {
		ids = append(ids, identifier{name.Kind, name.Value})
	}
	if cn := csr.Subject.CommonName; strings.Contains(cn, ".") || len(ids) == 0 {
		ids = withCommonName(ids, cn)
	}
	if len(ids) == 0 {
		return nil, nil, &RequestError{errors.New("it names no host and no address")}
	}
	return csr, ids, nil
}

// withCommonName adds the commonName where it is a name that servers take for
// one.
func withCommonName(ids []identifier, cn string) []identifier {
	names, err := certgen.ParseNames([]string{cn})
	if err != nil || len(names) != 1 {
		return ids
	}
	id := identifier{names[0].Kind, names[0].Value}
	if id.Kind != certgen.DNS && id.Kind != certgen.IP || slices.Contains(ids, id) {
		return ids
	}
	return append(ids, id)
}
