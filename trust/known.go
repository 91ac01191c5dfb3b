package trust

import "strings"

// Compromised is a key that nobody should trust, because everybody can sign with
// it or because it was made to listen in.
type Compromised struct {
	// Key is the SHA-256 of its SubjectPublicKeyInfo, in lower-case hex. A key
	// comes in certificates of many dates, so their fingerprints would miss some.
	Key    string
	Name   string // what its certificates are known as
	Why    string
	Source string // where that was made public
}

// KnownCompromised lists them: what has been a root or a CA, or what people have
// been told to install as one. All hashes were computed from the certificates and
// keys themselves. CAs that browsers have only ceased to trust are not here:
// their lists say so.
func KnownCompromised() []Compromised {
	const (
		// Names the reports on each case; the certificates lie beside it.
		chromium = "https://chromium.googlesource.com/chromium/src/+/main/net/data/ssl/blocklist/README.md"
		rfc9500  = "https://www.rfc-editor.org/rfc/rfc9500"
		badssl   = "https://github.com/chromium/badssl.com/tree/master/certs/src/key"
		jetty    = "https://github.com/jetty/jetty.project"

		shipped   = "its private key was in every copy of the product"
		inTheCode = "its private key is published with the source code"
		overrun   = "intruders have signed with it (2011)"
		listening = "it was made to listen in on the people of Kazakhstan"
		misused   = "it has issued certificates for sites of others to listen in on them"
		notMeant  = "it was issued as a CA by mistake, to somebody who is none"
	)
	return []Compromised{
		{"4bb8f35ba1e126f8dde1b0c420625ed86dce61a7bddadbdea9aba578ff13145e", "Superfish, on computers of Lenovo", shipped, chromium},
		{"cdee9f3305572a677e1a6c82dc1e02a35b11cae6a684338c9f37fe1ac8daec23", "eDellRoot, on computers of Dell", shipped, chromium},
		{"130ad4e0633521290531b6651f5759b0bc7bc656709ff8f365c2143b0389b6f6", "DSDTestProvider, on computers of Dell", shipped, chromium},
		{"0c43ea8bcde9fc3bca165664ac8215567e3489d5393a0c81e1a79141992e1953", "SenncomRootCA of Sennheiser HeadSetup", shipped, chromium},
		{"8f591f7aa4dc3efe9490c38a4692c9011ed128f1de595569406d77b6fa1f6b4c", "127.0.0.1 of Sennheiser HeadSetup", shipped, chromium},
		{"707d364e72ae521431dd953897f9c4846d5b8c324298fe53fbd4ada1f2d1157f", "Aastra of 2008, on telephones of Mitel", shipped, chromium},
		{"490b6ec6beb2d6034720b5149b6b29cd35515988cc16af854148b07b9b1f8a11", "Aastra of 2016, on telephones of Mitel", shipped, chromium},
		{"ef551284715232de92e246c323329362b132493bb16b589e4775520beb871a56", "Mitel Networks ICP CA of 2002", shipped, chromium},
		{"6adb8e3e055460922d1501cb97f94c6a02e39c8f2774ca408825b7b58379dc14", "Mitel Networks ICP CA of 2015", shipped, chromium},
		{"1af56c98ff043ef92bebff54cebb4dd67a25ba956c817f3e6dd3c1e52eb584c1", "the CA of Cyberoam firewalls", shipped, chromium},
		{"c4387d45364a313fbfe79812b35b815d42852ab03b06f11589638021c8f2cb44", "a CA of Hacking Team", "it was made to listen in", chromium},
		{"ea08c8d45d52ca593de524f0513ca6418da9859f7b08ef13ff9dd7bf612d6a37", "a CA of Hacking Team", "it was made to listen in", chromium},

		{"a903af8c07bb91b0d9e3f3a30c6d53339fc5bd47e5d6bdb476598860c068a024", "DigiNotar Root CA", overrun, chromium},
		{"455b87e96f1cea2f8b6dae0808ec24738fd92b7fd306757198bf389d755c0b6c", "DigiNotar Root CA G2", overrun, chromium},
		{"d34b255b2fe7d1a09656cbab6409f73c796ec7d66af73653ecc39af978297310", "DigiNotar Cyber CA", overrun, chromium},
		{"93ca2d436cae7f68d2b4256ca175c985ce39926dc9f7eeaeecf2f8970fb97802", "DigiNotar Services 1024 CA", overrun, chromium},
		{"f034f642ca1d9e88e9efeafcb15c7c937aa19e04b080f27335e1da70d1ca1201", "DigiNotar PKIoverheid CA Overheid", overrun, chromium},
		{"dd3eeb779bee07f9efdac382408b28d142fa842c78e8bc0e33348d57b92f0583", "DigiNotar PKIoverheid CA Overheid en Bedrijven", overrun, chromium},
		{"7e7058ea35ad4359654159973f560187f16d19c514b939c5055672d1d2a518ac", "DigiNotar PKIoverheid CA Organisatie - G2", overrun, chromium},

		{"b5ba8dd7f89564c2889d3d6453c84998c77824919b64ea0835aa62986591be50", "Qaznet Trust Network", listening, chromium},
		{"8e12d0cb3b7df3ea2257579489fd8658c95603ea6cf4b73163a41eb7b7e93fee", "Information Security Certification Authority CA, Kazakhstan", listening, chromium},
		{"b13fa2e6131a888a01f3d62056fb0efbe999eb6b6e14927613e02ba8b8fb046e", "Information Security Certification Authority, Kazakhstan", listening, chromium},

		{"04dde9aa9a79f61498682325fa0870276707fb9ca95384120b46893268494fc9", "MCSHOLDING TEST of CNNIC", misused, chromium},
		{"32ecc96f912f96d889e73088cd031c7ded2c651c805016157a23b6f32f798a3b", "a CA of Trustwave for the proxy of a company", misused, chromium},
		{"25da1ad58bbfcfb227d8723b1857d4c18e7baa7417b4f9eff9366b5e869f8b39", "AC DG Trésor SSL", misused, chromium},
		{"3edbd9ace639ba1a2d4ad04718711fda23e859b2fbf5d137d424045e7919dfb9", "*.EGO.GOV.TR of TÜRKTRUST", misused, chromium},
		{"c173f0626456ca854ff2a7f0b133a7cf4d0211e552f24b3e33ade8c59f0a424c", "e-islem.kktcmerkezbankasi.org of TÜRKTRUST", notMeant, chromium},

		{"2bd1e667ec9ebbe02b9a7da264210c99b3eac1cc9141a0e30e3f623eaccec4e1", "localhost of webpack-dev-server, before it made its own", shipped, badssl},
		{"680971cb44b0fd56592102a256e85c58e87109ad8044c2b90d8f3c6e9eeab897", "Acme Co of preact-cli", shipped, badssl},
		{"9d40513f43991af39fe413aff7608fc56463827137166547de0a1828d524ae98", "BadSSL MITM Software Test", inTheCode, badssl},
		{"389f9ede520dbc33d2aebc489246ad89e221d1ec15f693c348c58b08219367aa", "Acme Co of Go's package httptest", inTheCode, "https://go.dev/src/net/http/internal/testcert/testcert.go"},
		{"c392d541e9f9eb47baeb9c299196e8c7dc3bdeafe4753df0a2f894548c16ee09", "localhost of Jetty's module test-keystore", shipped, jetty},
		{"d5f9d2029aa131e6ef09c8f97ad37ae4d8e093a9c3e1ec21e2491a9064a88388", "localhost of Jetty's demonstration", shipped, jetty},
		{"ea2c0d80bb9280e74079335d5e7c84708a04bf80e966b53bbb3402c16247097a", "Example Com Inc. Root CA of OpenSearch's demonstration", "the private keys of what it has issued are in every copy of the product", "https://github.com/opensearch-project/security"},
		{"e83e1793adfd9486adfc5b779c45d60afcdfce413c4bbfa1a06ee37e9e3ea6f3", "Zowe Development Instances Certificate Authority", inTheCode, "https://github.com/zowe/api-layer"},
		{"b90dd45a484a2ef1102a30140ce1443a7edbd47c41d3d129927e71cc97a10ca7", "minica root ca 5345e6 of Pebble", inTheCode, "https://github.com/letsencrypt/pebble"},
		{"cdf2316cafa4600176746ec96069802514a868a71a470d0abee40d15cfe81b79", "Root CA of the OpenSSL guide", inTheCode, "https://github.com/openssl/openssl/tree/master/demos/guide"},

		{"8fb6bad671cfe698393c453357da61b56d757ab8c0f3fb9c87f2849e63131878", "testRSA2048", "its private key stands in an RFC", rfc9500},
		{"96465ea5dc9bb2da7b351d808a7196e5761f2412a5040131c68d719aaba28fb9", "testRSA4096", "its private key stands in an RFC", rfc9500},
		{"b2b04340cfaee616ec9c2c62d261b208e54bb197498df52e8cadede23ac0ba5e", "testECCP256", "its private key stands in an RFC", rfc9500},
		{"c4c10105a0be0ed4dd3354428dc38a9bfee64da141ce16e75c94eda272f9dd3a", "testECCP384", "its private key stands in an RFC", rfc9500},
		{"acb1b8327fef995e2458fdf5e3c33b2dc0749feabd6a894cb9bda9d70ac06c24", "testECCP521", "its private key stands in an RFC", rfc9500},
	}
}

// Development is how the certificates of a program are recognised that has
// another key on each machine.
type Development struct {
	// Prefix is that of a common name or an organisation in the subject. With
	// Whole it is all of it.
	Prefix  string
	Whole   bool
	Program string
	Why     string
}

// KnownDevelopment lists them, by the names that stand in the sources of the
// programs and in the certificates that they make.
func KnownDevelopment() []Development {
	const (
		key         = "its key lies on a developer's machine"
		proxy       = "its key lies on the machine of somebody who looks into connections"
		placeholder = "it is made anew at each start, where a certificate is missing"
		staging     = "it is for tests, and nobody audits it"
	)
	return []Development{
		{"mkcert development CA", true, "mkcert", key},
		{"mkcert ", false, "mkcert", key},
		{"minica root ca ", false, "minica", key},
		{"minikubeCA", true, "minikube", key},
		{"Caddy Local Authority", false, "Caddy", "its key lies on one server, unprotected"},
		{"DO_NOT_TRUST", false, "Fiddler", proxy},
		{"Charles Proxy C", false, "Charles", proxy},
		{"mitmproxy", true, "mitmproxy", proxy},
		{"PortSwigger CA", true, "Burp Suite", proxy},
		{"OWASP Zed Attack Proxy Root CA", true, "ZAP", proxy},
		{"Proxyman CA", false, "Proxyman", proxy},
		{"Kubernetes Ingress Controller Fake Certificate", true, "ingress-nginx", placeholder},
		{"TRAEFIK DEFAULT CERT", true, "Traefik", placeholder},
		{"(STAGING) ", false, "Let's Encrypt's staging environment", staging},
		{"Fake LE ", false, "Let's Encrypt's staging environment", staging},
	}
}

func (d Development) matches(name string) bool {
	return name == d.Prefix || !d.Whole && strings.HasPrefix(name, d.Prefix)
}

// development looks at the names of the subject alone: a certificate that such a
// CA has issued is judged by what it is itself.
func development(j *judgement, a *judged) string {
	for _, n := range a.names {
		for _, d := range j.development {
			if n.telling && d.matches(n.text) {
				return "it was made by " + d.Program + ": " + d.Why
			}
		}
	}
	return ""
}
