package target

import (
	"context"
	"crypto/x509/pkix"
	"encoding/asn1"
	"path"
	"slices"
	"strings"

	"muxkey/internal/command"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/trust"
)

// The trust stores of Java. Java takes an anchor as it is: none of the forms says
// for what it is trusted. The attribute by which a PKCS#12 file marks its trusted
// certificates has usages in it, which the JDK reads and does not heed
// (sun.security.pkcs12.PKCS12KeyStore).
var (
	// jksTarget is what every Java reads, without its password as well.
	jksTarget = Target{
		ID:      "jks",
		Title:   "JKS trust store",
		Clients: "Java of every version, and servers made with it",
		Name:    "truststore.jks",
		Options: []Option{Password},
		Refuses: javaRefuses,
		Write:   keystoreOf("jks"),
		Use:     javaSteps("JKS"),
		Check:   javaCheck(""),
		Proof:   "a Java client connects with it and no password; keytool lists it",
	}

	// jceksTarget is for servers that are set up for this type; it has no merit over
	// JKS where there are certificates alone.
	jceksTarget = Target{
		ID:      "jceks",
		Title:   "JCEKS trust store",
		Clients: "Java servers whose keystores are of type JCEKS; not Java in FIPS mode",
		Name:    "truststore.jceks",
		Options: []Option{Password},
		Refuses: javaRefuses,
		Write:   keystoreOf("jceks"),
		Use:     javaSteps("JCEKS"),
		Check:   javaCheck(""),
		Proof:   "a Java client connects with it and no password; keytool lists it",
	}

	// pkcs12Target marks each certificate with the attribute 2.16.840.1.113894.746875.1.1,
	// without which Java shows no entries.
	pkcs12Target = Target{
		ID:      "pkcs12",
		Title:   "PKCS#12 trust store",
		Clients: "Java 8u301 and later, and servers made with it; it needs its password",
		Name:    "truststore.p12",
		Options: []Option{Password},
		Refuses: javaRefuses,
		Write:   keystoreOf("pkcs12"),
		Use:     javaSealed("PKCS12", ""),
		Check:   javaCheck("@PATH.args "),
		Proof:   "a Java client connects with it and its password, and not without; keytool lists it",
	}

	// passwordlessTarget is as the cacerts of the JDK is since 18 (JDK-8275252).
	passwordlessTarget = Target{
		ID:      "pkcs12-passwordless",
		Title:   "PKCS#12 trust store without a password",
		Clients: "Java 8u301 and later, in FIPS mode as well",
		Name:    "truststore-open.p12",
		Refuses: javaRefuses,
		Write:   keystoreWith("pkcs12", pkcs12x.Passwordless(), javaAlias),
		Use:     javaSteps("PKCS12"),
		Check:   javaCheck(""),
		Proof:   "a Java client connects with it, without a password and with any; keytool lists it",
	}

	// bksTarget is version 2, which Bouncy Castle reads from 1.47 on.
	bksTarget = Target{
		ID:      "bks",
		Title:   "BKS trust store",
		Clients: "apps of Android, and Java with Bouncy Castle",
		Name:    "truststore.bks",
		Options: []Option{Password},
		Refuses: javaRefuses,
		Write:   keystoreOf("bks"),
		Use: func(path string, j Job) []Step {
			return append([]Step{{Text: "An app of Android loads it as KeyStore.getInstance(\"BKS\"). Elsewhere Bouncy Castle has to be one of Java's providers: on the class path, and in conf/security/java.security."}},
				javaSealed("BKS", " -Djavax.net.ssl.trustStoreProvider=BC")(path, j)...)
		},
		Check: javaCheck("@PATH.args "),
		Proof: "a Java client with Bouncy Castle as provider connects with it",
	}

	// cacertsTarget takes the place of the JDK's own list. That is JKS up to 17, and
	// PKCS#12 without a password from 18 on; every version reads either, as
	// keystore.type.compat lets it tell them by their content, so this is the one
	// that the oldest reads as well.
	cacertsTarget = Target{
		ID:      "java-cacerts",
		Title:   "cacerts of a Java installation, as JKS",
		Clients: "all programs of one Java installation, of any version; not in FIPS mode",
		Name:    "cacerts",
		Options: []Option{Password},
		Refuses: javaRefuses,
		Apart:   true,
		Write:   keystoreWith("jks", pkcs12x.Profile{}, cacertsAlias),
		Use: func(path string, _ Job) []Step {
			return []Step{
				{
					Text:    "It replaces Java's own list, so build it from that list and your anchors. Keep the old one:",
					Command: `cacerts=$(find -L "$JAVA_HOME/lib/security" "$JAVA_HOME/jre/lib/security" -name cacerts 2>/dev/null | head -n 1) && cp -n "$cacerts" "$cacerts.before-muxkey"`,
				},
				{Text: "Put it there; programs read it when they start:", Command: "cp " + command.Quote(path) + ` "$cacerts"`},
			}
		},
		Proof: "keytool -cacerts lists it under the aliases of the JDK's own, and a Java client of that installation connects with it",
	}
)

// maxAlias is how long a name may be, in characters, so that a number fits behind
// it: a friendlyName has at most 255 (RFC 2985 appendix A, pkcs-9-ub-pkcs9String).
const maxAlias = 240

// javaAlias is a name as Java's stores have it: in small letters. That PKCS#12 and
// BKS could have capitals does not help, since Java makes small letters of those
// of PKCS#12 when it reads them, by rules of its own, and then what differs here
// may be the same there: the small letter of a sigma at the end of a word.
func javaAlias(a *trust.Anchor) string { return javaName(a.Name()) }

func javaName(name string) string {
	runes := []rune(strings.ToLower(strings.TrimSpace(oneLine(name))))
	return strings.TrimSpace(string(runes[:min(len(runes), maxAlias)]))
}

// cacertsAlias keeps the alias that a JDK's own list has for an anchor, whatever
// other sources call it: who looks for it, or removes it in the next release,
// goes by that.
func cacertsAlias(a *trust.Anchor) string {
	for _, o := range a.Origins {
		base := path.Base(strings.ReplaceAll(o.Source, `\`, "/"))
		if o.Entry != "" && (base == "cacerts" || base == "java-cacerts") { // the second is openSUSE's
			return javaName(o.Entry)
		}
	}
	return javaAlias(a)
}

// keystoreOf writes the anchors as trusted certificates in a format of package
// keystore, in the way that nearly all of Java reads it.
func keystoreOf(format string) func(context.Context, Job) ([]File, error) {
	return keystoreWith(format, pkcs12x.Modern2023(), javaAlias)
}

// keystoreWith is keystoreOf with another profile, for PKCS#12, and other aliases.
// Dates are those from which the certificates are valid, so that the same anchors
// make the same file wherever its encryption lets them.
func keystoreWith(format string, profile pkcs12x.Profile, alias func(*trust.Anchor) string) func(context.Context, Job) ([]File, error) {
	return func(ctx context.Context, j Job) ([]File, error) {
		j, err := j.taken(javaRefuses)
		if err != nil {
			return nil, err
		}
		entries := trustedEntries(j.Set.Anchors, alias)
		data, err := keystore.Encode(ctx, j.Rand, format, entries, keystore.Encoding{Profile: profile, Password: j.Password})
		if err != nil {
			return nil, err
		}
		return []File{{Data: data}}, nil
	}
}

// javaTakes is what crypto/x509 refuses, in its words, and Java does not.
var javaTakes = []string{"negative serial number", "unsupported elliptic curve"}

// javaRefuses says why Java does not read a certificate. It then does not read any
// of the store that has it, so that one such anchor would take all others away
// (sun.security.x509.X509CertInfo, tried with Java 17). What crypto/x509 refuses for
// other reasons, such as an extension that is damaged, Java refuses as a rule.
func javaRefuses(a *trust.Anchor) string {
	const lost = ", and no store that has it"
	switch {
	case emptyName(a.Issuer):
		return "Java reads no certificate whose issuer has no name" + lost
	case emptyName(a.Subject) && !criticalNames(a):
		return "Java reads no certificate without a subject, and without other names that are marked as critical" + lost
	case a.Unparsable != "" && !slices.Contains(javaTakes, a.Unparsable):
		return "it is damaged (" + a.Unparsable + "), and Java would read no store that has it"
	}
	return ""
}

func emptyName(der []byte) bool { return len(der) <= 2 }

// criticalNames tells whether subjectAltName is there, and critical (RFC 5280
// section 4.2.1.6 wants that where there is no subject).
func criticalNames(a *trust.Anchor) bool {
	c, err := pkcs12x.ParseCertificate(a.Raw)
	return err == nil && slices.ContainsFunc(c.Extensions, func(e pkix.Extension) bool {
		return e.Critical && e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 17})
	})
}

// trustedEntries takes the anchors as they were parsed: to do that again would
// take most of the time where there are many.
func trustedEntries(anchors []*trust.Anchor, alias func(*trust.Anchor) string) []*keystore.Entry {
	names := distinctNames(anchors, alias)
	entries := make([]*keystore.Entry, len(anchors))
	for i, a := range anchors {
		c := &keystore.Certificate{
			Raw: a.Raw, Version: a.Version, Serial: a.Serial, RawIssuer: a.Issuer, RawSubject: a.Subject,
			NotBefore: a.NotBefore, NotAfter: a.NotAfter, RawSPKI: a.SPKI, SubjectKeyID: a.KeyID,
		}
		entries[i] = &keystore.Entry{Alias: names[i], Kind: pkcs12x.TrustedCertificate, Chain: []*keystore.Certificate{c}, Created: a.NotBefore}
	}
	return entries
}

// javaSteps is for stores whose certificates Java reads without a password. The
// variable is heeded by every Java program that is started from the shell.
func javaSteps(kind string) func(string, Job) []Step {
	return func(path string, _ Job) []Step {
		return []Step{{
			Text:    "Name the trust store to Java; it is read without its password:",
			Command: "export JAVA_TOOL_OPTIONS=\"-Djavax.net.ssl.trustStoreType=" + kind + " -Djavax.net.ssl.trustStore='$(realpath " + command.Quote(path) + ")'\"",
		}}
	}
}

// javaSealed is for stores that are closed without their password. What
// JAVA_TOOL_OPTIONS says, Java prints; so the password goes into a file that Java
// 9 and later read arguments from.
func javaSealed(kind, more string) func(string, Job) []Step {
	return func(path string, _ Job) []Step {
		file := command.Quote(path + ".args")
		return []Step{{
			Text: "Name the trust store and its password to Java, in a file that nobody else can read:",
			Command: `printf 'Password of the trust store: ' >&2; stty -echo 2>/dev/null; read -r password; stty echo 2>/dev/null; ` +
				`(umask 077; printf '%s\n' "-Djavax.net.ssl.trustStore=\"$(realpath ` + command.Quote(path) + `)\"" -Djavax.net.ssl.trustStoreType=` + kind + more +
				` "-Djavax.net.ssl.trustStorePassword=\"$password\"" >` + file + ")",
		}, {Text: "Start the program with it:", Command: "java @" + file + " -version"}}
	}
}
