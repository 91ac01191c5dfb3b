package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/pkcs12x"
)

// rsaKey is the type of key for programs that are documented with RSA only:
// their makers ask for 2,048 bits or more.
const rsaKey = "rsa-3072"

// subjectFlags say whom a new certificate is for and with which key.
type subjectFlags struct {
	sans     []string
	subject  string
	key      string
	keyGiven func() bool
}

func (s *subjectFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&s.sans, "san", nil, "another `NAME` for the certificate; may be repeated")
	f.StringVar(&s.subject, "subject", "", "subject `DN`, such as CN=mux.example.com,O=Example (default: CN=HOST)")
	f.StringVar(&s.key, "key", certgen.DefaultKeyType, "`TYPE` of key: "+strings.Join(keyTypeNames(), ", "))
	s.keyGiven = func() bool { return f.Changed("key") }
	complete(c, "key", keyTypeNames())
}

func keyTypeNames() []string {
	var names []string
	for _, t := range certgen.KeyTypes() {
		names = append(names, t.Name)
	}
	return names
}

// names are those of the certificate, the words of the command line first. For a
// server the first must be a host.
func (s *subjectFlags) names(words []string, server bool) (certgen.Names, error) {
	parse := certgen.ParseNames
	if server {
		parse = certgen.ParseServerNames
	}
	if names, err := parse(words); err != nil || len(s.sans) == 0 {
		return names, err
	}
	if _, err := certgen.ParseNames(s.sans); err != nil {
		return nil, err // with the position in its own word
	}
	return parse(append(slices.Clone(words), s.sans...))
}

// dn is the DER of the subject.
func (s *subjectFlags) dn(names certgen.Names) ([]byte, error) {
	if s.subject != "" {
		return certgen.ParseDN(s.subject)
	}
	return certgen.DefaultSubject(names)
}

// keyType chooses the type of key that all the programs of --for know. The
// program that is documented with RSA alone comes back, if there is one.
func (s *subjectFlags) keyType(consumers []pkcs12x.Consumer) (keyType string, onlyRSA *pkcs12x.Consumer, err error) {
	if !slices.Contains(keyTypeNames(), s.key) {
		return "", nil, &Failure{
			Status: StatusUsage, Hint: didYouMean(s.key, keyTypeNames()),
			Err: fmt.Errorf("--key %q: %w", s.key, certgen.ErrKeyType),
		}
	}
	keyType = s.key
	if i := slices.IndexFunc(consumers, func(c pkcs12x.Consumer) bool { return c.OnlyRSA }); i >= 0 {
		onlyRSA = &consumers[i]
		if !s.keyGiven() {
			keyType = rsaKey
		}
	}
	for _, c := range consumers {
		if keyType == "ed25519" && len(c.Missing([]pkcs12x.Feature{pkcs12x.KeyEd25519})) > 0 {
			return "", nil, &Failure{
				Status: StatusUsage, Hint: "take a key that it reads: --key " + certgen.DefaultKeyType,
				Err: fmt.Errorf("--for: %s is not known to read %s", c.Title, pkcs12x.KeyEd25519.Title()),
			}
		}
	}
	return keyType, onlyRSA, nil
}
