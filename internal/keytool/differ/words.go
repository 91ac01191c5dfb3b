package differ

import "strconv"

// The words that options get: first what scripts say, then what is odd.

func (g *generator) alias() string {
	return g.mostly(60, g.of("mykey", "server", "ca", "root", "Tomcat", "CARoot", "kafka-broker", "1", "node-1.example.com", "client", "a", "alias2"), "my key", "MyKey", "SERVER", "Ünïcode", "", "x,y=z", "caroot")
}

func (g *generator) dname() string {
	return g.mostly(40, g.of("CN=localhost", "CN=server.example.com, OU=Web, O=Example, L=Berlin, ST=Berlin, C=DE", "cn=Duke, ou=JavaSoft, o=Oracle, c=US", "CN=ca", "CN=Example CA,O=Example,C=US", "CN=a,DC=example,DC=com"),
		"CN=a+OU=b, O=c", `CN="Smith, John", O=x`, `CN=Smith\, John`, `CN=a\=b\+c\<d\>`, "CN=a;O=b", "CN=Jürgen Müller, C=DE", "OID.1.2.3.4=abc, CN=x", "1.2.3.4=abc", "CN=#1303616263",
		"EMAILADDRESS=a@example.com, CN=x", "E=a@example.com", "UID=me, CN=x", "SERIALNUMBER=12, CN=x", "T=Dr, GIVENNAME=A, SURNAME=B, INITIALS=C, GENERATION=III, CN=x", "S=Bavaria, C=DE", "STREET=Main St 1, IP=1.2.3.4, CN=x",
		"CN=  spaced  out  ", `CN=\ lead`, `CN=a\20b`, `CN=\C3\A9`, "DNQ=7, CN=x", "dnQualifier=7", "C=Germany, CN=x", "CN=a@b", "CN=a_b", "CN=*.example.com",
		"CN", "CN=", "=x", "CNN=x", "CN=a,", ",CN=a", "CN=a,,O=b", `CN="a`, `CN=a"b"`, "CN=a O=b", "foo", "CN=#13zz", "CN=#", `CN=a\`, "CN = a , O = b", "cn=a, Cn=b", "O=a/b, CN=c:d", "L=日本, CN=x", "CN=😀")
}

func (g *generator) startdate() string {
	return g.of("-1d", "+1y", "-365d", "+1m-2d", "-1y+1m-1d+2H-3M+4S", "2025/01/01", "2025/01/01 12:00:00", "12:00:00", "2049/12/31 23:59:59", "2050/01/01", "-10y",
		"2025/02/29", "2025/13/01", "2025/1/1", "2025-01-01", "1d", "+1", "+1x", "now", "", "+99999y", "2025/03/09 02:30:00", "2025/11/02 01:30:00", "25:00:00", "+1D", "2025/01/01  12:00:00")
}

func (g *generator) validity() string {
	return g.of("1", "90", "365", "3650", "36500", "10000", "0", "-1", "abc", "3000000", "2147483648", "")
}

func (g *generator) sigalg() string {
	return g.of("SHA256withRSA", "SHA256withECDSA", "SHA512withRSA", "SHA384withECDSA", "SHA1withRSA", "SHA1withECDSA", "MD5withRSA", "MD2withRSA", "sha256withrsa", "Ed25519", "ed25519", "EdDSA", "Ed448", "RSASSA-PSS", "SHA256withDSA",
		"SHA1withDSA", "SHA224withRSA", "SHA3-256withRSA", "SHA3-384withECDSA", "SHA512/256withRSA", "SHA-256withRSA", "SHA256", "FOO", "", "NONEwithRSA", "SHA256withRSAandMGF1", "1.2.840.113549.1.1.11", "ML-DSA", "ML-DSA-65", "SHA256withECDSAinP1363Format")
}

func (g *generator) ext() string {
	return g.mostly(40, g.of("SAN=dns:localhost,ip:127.0.0.1", "san=dns:a.example.com,dns:*.example.com", "SubjectAlternativeName=DNS:a,EMAIL:b@c.de,URI:http://x/y,IP:10.0.0.1,IP:::1,OID:1.2.3",
		"bc", "bc=ca:true", "bc:c", "BasicConstraints:critical=ca:true,pathlen:0", "bc=3", "bc=ca:false", "ku=digitalSignature,keyEncipherment", "ku:c=keyCertSign,cRLSign", "KeyUsage=dig,kE",
		"eku=serverAuth,clientAuth", "ExtendedKeyUsage=codeSigning", "eku:critical=1.2.3.4.5,timeStamping,OCSPSigning,emailProtection,anyExtendedKeyUsage", "eku=sA,cA", "ian=uri:http://issuer/", "crl=uri:http://x/ca.crl",
		"CRLDistributionPoints=uri:http://x/ca.crl,dns:y", "aia=ocsp:uri:http://ocsp,caIssuers:uri:http://ca", "sia=caRepository:uri:http://repo", "1.2.3.4=0102", "1.2.3.4:critical=04:02:AB:CD", "1.2.3.4", "2.5.29.14=04:14:00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13",
		"ku=keyAgreement,encipherOnly,decipherOnly,nonRepudiation,contentCommitment,dataEncipherment", "san:c=dns:a", "ku="+g.of("digitalSignature", "keyCertSign", "cRLSign", "dataEncipherment")),
		"ku=", "ku=foo", "eku=foo", "san=", "san=foo:bar", "san=dns", "san=ip:1.2.3", "san=ip:300.1.1.1", "san=dns:a_b", "san=dns:-x", "san=dns:*.a,dns:*", "san=email:x", "san=uri:foo", "san=uri:", "san=oid:9.9.9", "san=dns:1a.com", "san=dns:a..b", "san=dns:mü.de",
		"bc=foo", "bc=ca:maybe", "bc=pathlen:3", "bc=ca:true,pathlen:x", "bc=-1", "foo=bar", "", "=", "ke=x", "k=dig", "1.2.3.4=0", "1.2.3.4=zz", "1.2=", "9.2.3=01", "a.b.c=01", "aia:critical=ocsp:uri:http://x", "aia=uri:http://x", "aia=foo:uri:x", "crl=foo", "san:foo=dns:a", "san:critical:c=dns:a",
		"honored=all", "honored=san", "2.5.29.15=03:02:05:A0", "2.5.29.17=30:00", "2.5.29.15=0101", "ku=c", "ku=d", "s=dns:a", "i=dns:a", "BC", "BASICCONSTRAINTS=ca:true", "alternative=dns:a", "2.5.29.35=30:00", "ski", "aki", "eku=serverauth", "eku=SERVERAUTH", "ian=dns:*.a")
}

// keyAlgorithm adds -keyalg and what goes with it.
func (g *generator) keyAlgorithm(c *call) {
	switch n := g.r.IntN(100); {
	case n < 30:
		c.with("-keyalg", g.mostly(90, "EC", "ec", "Ec"))
		switch m := g.r.IntN(10); {
		case m < 3:
			c.with("-groupname", g.mostly(40, g.of("secp256r1", "secp384r1", "secp521r1"), "SECP256R1", "prime256v1", "P-256", "secp256k1", "secp224r1", "ed25519", "x25519", "foo", "", "1.2.840.10045.3.1.7", "brainpoolP256r1", "ffdhe2048", "NIST P-256"))
		case m < 5:
			c.with("-keysize", g.mostly(40, g.of("256", "384", "521"), "224", "192", "255", "100", "0"))
		case m < 6 && g.oddly(40):
			c.with("-groupname", "secp256r1").with("-keysize", "256")
		}
	case n < 48:
		c.with("-keyalg", g.likely(80, "Ed25519", "EdDSA", "ed25519", "Ed448", "EDDSA"))
		if g.oddly(25) {
			c.with(g.of("-keysize", "-groupname"), g.of("255", "256", "448", "Ed25519", "Ed448", "X25519"))
		}
	case n < 76:
		c.with("-keyalg", g.likely(95, "RSA", "rsa"))
		if !g.chance(8) {
			c.with("-keysize", g.mostly(50, g.of("1024", "2048"), "512", "768", "1023", "511", "0", "16385", "1025"))
		}
	case n < 80:
		c.with("-keyalg", g.likely(90, "DSA", "dsa"))
		if g.chance(70) {
			c.with("-keysize", g.mostly(50, g.of("1024", "2048"), "512", "1000"))
		}
	case n < 83:
		c.with("-keyalg", "RSASSA-PSS").with("-keysize", g.mostly(70, "2048", "1024", "512"))
	case n < 89 && g.oddly(60):
		c.with("-keyalg", g.of("X25519", "XDH", "DH", "DiffieHellman", "ML-DSA", "ML-KEM", "ML-DSA-44", "ML-KEM-512", "X448"))
		if g.chance(15) {
			c.with(g.of("-groupname", "-keysize"), g.of("X25519", "X448", "ML-DSA-87", "ML-KEM-1024", "2048", "512", "ffdhe2048"))
		}
	case n < 92 && g.oddly(100):
		c.with("-keyalg", g.of("FOO", "", "AES", "SHA256withRSA", "ECDSA", "1.2.840.113549.1.1.1", "HmacSHA256"))
	case n < 94 && g.oddly(100): // none
	case n < 97:
		c.with("-keyalg", "EC").with("-sigalg", g.mostly(30, g.of("SHA256withECDSA", "SHA512withECDSA", "SHA1withECDSA"), g.sigalg()))
		return
	default:
		c.with("-keyalg", "RSA").with("-keysize", "2048").with("-sigalg", g.mostly(30, g.of("SHA256withRSA", "SHA512withRSA", "SHA1withRSA", "MD5withRSA", "RSASSA-PSS"), g.sigalg()))
		return
	}
	if g.oddly(10) {
		c.with("-sigalg", g.sigalg())
	}
}

func (g *generator) password() string {
	p := g.mostly(75, g.likely(70, "changeit", "secret12", "123456"), "abc", "", "pässwörd", "a b c d e f", "12345", "a$b'c\"d\\e")
	g.knows(p)
	return p
}

func (g *generator) storetype() string {
	return g.likely(45, "", "PKCS12", "pkcs12", "JKS", "jks", "JCEKS", "jceks", "JKS", "PKCS12", "jKs")
}

// certificateAlgorithm adds what genkeypair, selfcert and gencert share.
func (g *generator) certificateOptions(c *call) {
	if g.chance(45) {
		c.with("-validity", g.mostly(60, strconv.Itoa(1+g.r.IntN(4000)), g.validity()))
	}
	if g.chance(10) {
		c.with("-startdate", g.mostly(30, g.of("-1d", "+1y", "-365d", "+1m-2d", "-1y+1m-1d+2H-3M+4S", "2025/01/01", "2025/01/01 12:00:00", "12:00:00", "2050/01/01"), g.startdate()))
	}
	for g.chance(30) {
		c.with("-ext", g.ext())
	}
}
