package target

import (
	"context"

	"muxkey/internal/command"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust"
)

// jksTarget is what every Java reads, without its password as well.
var jksTarget = Target{
	ID:      "jks",
	Title:   "JKS trust store",
	Clients: "Java of every version, and servers made with it",
	Name:    "truststore.jks",
	Options: []Option{Password},
	Write:   keystoreOf("jks"),
	Use:     javaSteps("JKS"),
	Proof:   "a Java client connects with it; keytool lists it",
}

// keystoreOf writes the anchors as trusted certificates in a format of package
// keystore. Dates are those from which the certificates are valid, so that the same
// anchors make the same file wherever its encryption lets them.
func keystoreOf(format string) func(context.Context, Job) ([]File, error) {
	return func(ctx context.Context, j Job) ([]File, error) {
		entries, err := trustedEntries(j.Set.Anchors)
		if err != nil {
			return nil, err
		}
		profile, _ := pkcs12x.ProfileByName(pkcs12x.DefaultProfile)
		data, err := keystore.Encode(ctx, j.Rand, format, entries, keystore.Encoding{Profile: profile, Password: j.Password})
		if err != nil {
			return nil, err
		}
		return []File{{Data: data}}, nil
	}
}

func trustedEntries(anchors []*trust.Anchor) ([]*keystore.Entry, error) {
	names := uniqueNames(anchors, oneLine)
	entries := make([]*keystore.Entry, len(anchors))
	for i, a := range anchors {
		c, err := pkcs12x.ParseCertificate(a.Raw)
		if err != nil {
			return nil, err
		}
		entries[i] = &keystore.Entry{Alias: names[i], Kind: pkcs12x.TrustedCertificate, Chain: []*keystore.Certificate{c}, Created: a.NotBefore}
	}
	return entries, nil
}

func javaSteps(kind string) func(string, Job) []Step {
	return func(path string, _ Job) []Step {
		return []Step{{
			Text:    "Name the trust store to Java:",
			Command: "java -Djavax.net.ssl.trustStore=" + command.Quote(path) + " -Djavax.net.ssl.trustStoreType=" + kind + ` -Djavax.net.ssl.trustStorePassword="$PASSWORD" ...`,
		}}
	}
}
