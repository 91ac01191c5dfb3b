package keystore

import "context"

// PublishedPassword is a password that everybody can read: in the documentation
// of a product, in its sample configuration, or in the examples that people copy
// from.
type PublishedPassword struct {
	// ID of the row, which stands in reports in place of the password.
	ID string
	// Source says where it was published.
	Source string

	text string
}

// PublishedPasswords lists the rows, the most widespread first. The passwords
// themselves stay in this package.
func PublishedPasswords() []PublishedPassword {
	return []PublishedPassword{
		{"java", "the JDK's cacerts, keytool's documentation, Tomcat's default", "changeit"},
		{"change-me", "placeholder in examples", "changeme"},
		{"activemq", "the broker.ks of ActiveMQ, examples", "password"},
		{"spring", "the reference of Spring Boot, sample configurations", "secret"},
		{"digits", "lists of the most common passwords", "123456"},
		{"empty", "the empty password, of scripts whose variable is not set", ""},
		{"keystore", "tutorials", "keystore"},
		{"keytool", "tutorials", "keytool"},
		{"jetty-store", "the start.ini of Jetty 9, obfuscated", "storepwd"},
		{"jetty-key", "the start.ini of Jetty 9, obfuscated, for its keys", "keypwd"},
		{"tomcat", "tutorials on Tomcat", "tomcat"},
		{"jarsigner", "tutorials on signing", "storepassword"},
		{"android", "the debug.keystore of the Android SDK", "android"},
		{"google", "P12 keys of Google Cloud service accounts", "notasecret"},
		{"kafka", "walk-throughs of TLS for Kafka", "test1234"},
		{"confluent", "the sample clusters of Confluent", "confluent"},
		{"cassandra", "the cassandra.yaml that comes with Cassandra", "cassandra"},
		{"wso2", "the wso2carbon.jks that comes with WSO2's servers", "wso2carbon"},
		{"websphere", "the key.p12 that comes with WebSphere", "WebAS"},
		{"weblogic-identity", "the DemoIdentity.jks that comes with WebLogic", "DemoIdentityKeyStorePassPhrase"},
		{"weblogic-trust", "the DemoTrust.jks that comes with WebLogic", "DemoTrustKeyStorePassPhrase"},
		{"teamwork-cloud", "the keystore.p12 that comes with Teamwork Cloud", "nomagic"},
	}
}

// Published returns the ID of the row that a password is in; empty when it is in
// none.
func Published(password string) string {
	for _, row := range PublishedPasswords() {
		if row.text == password {
			return row.ID
		}
	}
	return ""
}

// What trying costs is bounded for each store, in the unit of pkcs12x.Limits:
// the first row may take maxFirstTry, and all others together maxOtherTries. That
// is all rows at the 2,048 iterations of OpenSSL, seven at the 10,000 of current
// JDKs, one at the 100,000 of JDK 12 to 16, and none beyond 300,000: 5 ms for a
// store as keytool makes it.
const (
	maxFirstTry   = 300_000
	maxOtherTries = 60_000
)

// tryPublished says which published password a store has. Only its integrity
// check is made, and nothing is opened.
func (s *Store) tryPublished(ctx context.Context, given string, isGiven bool) {
	rows := PublishedPasswords()
	if isGiven && s.Verified {
		s.Published = Published(given)
		return
	}
	if s.verify == nil {
		return
	}
	left := maxOtherTries
	for i, row := range rows {
		if i > 0 {
			left -= s.verifyWork
		}
		if s.verifyWork > maxFirstTry || left < 0 || ctx.Err() != nil {
			return
		}
		if s.verify(ctx, row.text) == nil {
			s.Published = row.ID
			return
		}
	}
}
