package differ

import (
	"strings"
)

// What people do with keytool, weighted by what the scripts do that can be found
// in public documentation.

// beginnings are the moves that a sequence can start with.
func beginnings() []move {
	return []move{
		{50, (*generator).genkeypair},
		{12, (*generator).importTrusted},
		{25, (*generator).fixtureStore},
		{5, (*generator).genseckey},
		{2, (*generator).importpass},
		{6, (*generator).show},
		{3, (*generator).help},
		{2, (*generator).home},
	}
}

func moves() []move {
	return []move{
		{14, (*generator).genkeypair},
		{14, (*generator).importTrusted},
		{18, (*generator).list},
		{8, (*generator).export},
		{11, (*generator).importkeystore},
		{4, (*generator).migrateInPlace},
		{6, (*generator).round},
		{4, (*generator).certreq},
		{3, (*generator).gencert},
		{6, (*generator).reply},
		{6, (*generator).remove},
		{5, (*generator).changealias},
		{4, (*generator).storepasswd},
		{3, (*generator).keypasswd},
		{2, (*generator).keyclone},
		{2, (*generator).selfcert},
		{4, (*generator).genseckey},
		{2, (*generator).importpass},
		{7, (*generator).show},
		{2, (*generator).gencrl},
		{3, (*generator).fixtureStore},
		{3, (*generator).signedPair},
		{2, (*generator).help},
		{1, (*generator).home},
		{1, (*generator).cacerts},
		{1, (*generator).bare},
		{2, (*generator).dialog},
	}
}

// store is one of those made so far, or a new one.
func (g *generator) store() *store {
	if len(g.stores) == 0 {
		return g.newStore()
	}
	return g.stores[g.r.IntN(len(g.stores))]
}

func (g *generator) newStore() *store {
	s := &store{file: g.of("ks", "store", "trust", "server") + g.of("", ".p12", ".jks", ".ks"), kind: g.storetype(), password: g.password()}
	for _, other := range g.stores {
		if other.file == s.file {
			return other
		}
	}
	g.stores = append(g.stores, s)
	return s
}

func (g *generator) someStore(newInPercent int) *store {
	if g.chance(newInPercent) {
		return g.newStore()
	}
	return g.store()
}

// made notes that a call has most likely made an entry, with the store's type
// said by the first call only.
func (g *generator) made(s *store, e *entry) {
	s.entries = append(s.entries, e)
	g.last = s
	g.knows(s.password)
}

// fresh adds the type of a store that is not there yet.
func (g *generator) fresh(c *call, s *store) {
	if len(s.entries) == 0 && s.kind != "" {
		c.with("-storetype", s.kind)
	}
}

// entry is one of a store's, of a kind if there is one; at times one that the
// store does not have.
func (g *generator) entry(s *store, k kind) *entry {
	var fit []*entry
	for _, e := range s.entries {
		if e.kind == k || g.oddly(10) {
			fit = append(fit, e)
		}
	}
	if len(fit) == 0 && len(s.entries) > 0 && !g.oddly(50) {
		return s.entries[g.r.IntN(len(s.entries))]
	}
	if len(fit) == 0 || g.oddly(10) {
		return &entry{alias: g.alias(), kind: k}
	}
	return fit[g.r.IntN(len(fit))]
}

// kept is a store that has entries, if there is one.
func (g *generator) kept() *store {
	s := g.store()
	for range 4 {
		if len(s.entries) > 0 || g.oddly(10) {
			return s
		}
		s = g.store()
	}
	if !g.oddly(50) {
		g.genkeypair()
		s = g.last
	}
	return s
}

// anywhere is a store with an entry of a kind, if any has one.
func (g *generator) anywhere(k kind) (*store, *entry) {
	s := g.store()
	for range 4 {
		for _, e := range s.entries {
			if e.kind == k {
				return s, g.entry(s, k)
			}
		}
		s = g.store()
	}
	if k == key && !g.oddly(50) {
		g.genkeypair()
		s = g.last
	}
	return s, g.entry(s, k)
}

// named adds the alias, in another case at times, or leaves it out.
func (g *generator) named(c *call, option string, e *entry) {
	switch n := g.r.IntN(20); {
	case n == 0 && g.oddly(100) || e.alias == "mykey" && n < 8:
	case n == 1:
		c.with(option, strings.ToUpper(e.alias))
	default:
		c.with(option, e.alias)
	}
}

func (g *generator) genkeypair() {
	s := g.someStore(20)
	e := &entry{alias: g.alias(), kind: key}
	c := command(g.likely(60, "-genkeypair", "-genkey"))
	g.named(c, "-alias", e)
	g.keyAlgorithm(c)
	if !g.oddly(8) {
		c.with("-dname", g.dname())
	}
	g.fresh(c, s)
	g.at(c, s)
	if g.chance(25) {
		e.password = g.likely(60, s.password, g.mostly(60, g.of("secret12", "keypass1"), "abc", ""))
		g.secret(c, "-keypass", e.password)
	}
	g.certificateOptions(c)
	if g.chance(12) {
		c.flag("-noprompt")
	}
	g.run(c)
	g.made(s, e)
}

// signedPair makes a key pair whose certificate another key signs.
func (g *generator) signedPair() {
	s, signer := g.anywhere(key)
	e := &entry{alias: g.alias(), kind: key}
	c := command("-genkeypair").with("-alias", e.alias).with("-dname", g.dname())
	if g.chance(40) {
		c.with("-keyalg", g.of("X25519", "XDH", "DH", "X448", "EC", "Ed25519", "ML-KEM"))
	} else {
		g.keyAlgorithm(c)
	}
	g.at(c, s)
	g.named(c, "-signer", signer)
	if signer.password != "" && g.chance(80) {
		c.with("-signerkeypass", signer.password)
	}
	g.certificateOptions(c)
	g.run(c)
	g.made(s, e)
}

func (g *generator) genseckey() {
	s := g.someStore(25)
	e := &entry{alias: g.alias(), kind: secret}
	c := command("-genseckey")
	g.named(c, "-alias", e)
	c.with("-keyalg", g.mostly(30, g.of("AES", "AES", "DESede", "HmacSHA256"), "AES", "DES", "DESede", "HmacSHA256", "HmacSHA1", "Blowfish", "RC2", "ARCFOUR", "ChaCha20", "aes", "FOO", "RSA", "HmacMD5", "RC4", "TripleDES", "HmacSHA512"))
	if g.chance(85) {
		c.with("-keysize", g.mostly(60, g.of("128", "256", "168"), "56", "168", "112", "64", "0", "40", "127", "512"))
	}
	g.fresh(c, s)
	g.at(c, s)
	if g.chance(30) {
		e.password = g.of(s.password, "secret12", "keypass1")
		c.with("-keypass", e.password)
	}
	g.run(c)
	g.made(s, e)
}

func (g *generator) importpass() {
	s := g.someStore(25)
	e := &entry{alias: g.alias(), kind: secret}
	c := command(g.of("-importpass", "-importpassword"))
	g.named(c, "-alias", e)
	if g.chance(30) {
		c.with("-keyalg", g.of("PBE", "PBEWithMD5AndDES", "PBEWithSHA1AndDESede", "PBEWithHmacSHA256AndAES_128", "PBEWithHmacSHA512AndAES_256", "AES", "FOO", "pbe"))
	}
	g.fresh(c, s)
	g.at(c, s)
	g.run(c.answers(g.of("tell nobody", "secret", "", "abc", "pässwörd")))
	g.made(s, e)
}

func (g *generator) list() {
	s := g.kept()
	c := command("-list")
	if g.chance(45) {
		g.named(c, "-alias", g.entry(s, kind(g.r.IntN(3))))
	}
	g.at(c, s)
	switch g.r.IntN(6) {
	case 0, 1, 2:
		c.flag("-v")
	case 3:
		c.flag("-rfc")
	}
	g.run(c)
}

func (g *generator) export() {
	s, e := g.anywhere(kind(g.r.IntN(2)))
	c := command(g.likely(60, "-exportcert", "-export"))
	g.named(c, "-alias", e)
	g.at(c, s)
	pem := g.chance(50)
	if pem {
		c.flag("-rfc")
	}
	if pem && g.chance(20) || g.chance(3) {
		g.run(c)
		return
	}
	file := g.file(g.of(".crt", ".pem", ".cer"))
	g.output(c, "-file", file)
	g.run(c)
	g.certs = append(g.certs, file)
}

// certificate is a file with one certificate or several.
func (g *generator) certificate() string {
	if len(g.certs) > 0 && g.chance(60) {
		return g.certs[g.r.IntN(len(g.certs))]
	}
	if !g.oddly(60) {
		return g.of("fx/pki/root.pem", "fx/pki/other-root.pem", "fx/ks/certificate.der", "fx/ks/chain.pem", "fx/ks/certificate-v1.der")
	}
	return g.fixture("fx/pki/root.pem", ".pem", ".der", ".p7b", ".base64")
}

// fixture is one of the fixtures whose name ends in one of the ways given.
func (g *generator) fixture(usual string, suffixes ...string) string {
	if g.chance(35) {
		return usual
	}
	var fit []string
	for _, f := range g.files {
		for _, s := range suffixes {
			if strings.HasSuffix(f, s) {
				fit = append(fit, f)
			}
		}
	}
	return fit[g.r.IntN(len(fit))]
}

func (g *generator) importTrusted() {
	s := g.someStore(30)
	e := &entry{alias: g.alias(), kind: trusted}
	c := command(g.likely(40, "-importcert", "-import"))
	g.named(c, "-alias", e)
	file := g.certificate()
	g.fresh(c, s)
	g.at(c, s)
	if g.chance(40) {
		c.flag("-trustcacerts")
	}
	if g.chance(60) {
		g.input(c.flag("-noprompt"), "-file", file)
	} else {
		c.with("-file", file)
		c.answers(g.mostly(50, g.of("yes", "y"), "YES", "no", "", "maybe", "maybe\nyes"))
	}
	g.run(c)
	g.made(s, e)
}

// reply imports what may be the answer to a request, at the alias of a key.
func (g *generator) reply() {
	s, e := g.anywhere(key)
	file := g.certificate()
	if len(g.certs) > 1 && g.chance(50) {
		// The chain, in whatever order.
		parts := []string{g.certificate(), g.certificate(), g.certificate()}[:2+g.r.IntN(2)]
		file = g.file(".pem")
		g.shell("cat %s > %s", strings.Join(parts, " "), file)
	}
	c := command(g.of("-importcert", "-import"))
	g.named(c, "-alias", e)
	c.with("-file", file)
	g.at(c, s)
	g.keypass(c, s, e)
	if g.chance(40) {
		c.flag("-trustcacerts")
	}
	if g.chance(50) {
		c.flag("-noprompt")
	} else {
		c.answers(g.of("yes", "no", ""))
	}
	g.run(c)
}

// keypass adds the password of a key: mostly where it has one of its own.
func (g *generator) keypass(c *call, s *store, e *entry) {
	switch {
	case e.password != "" && g.chance(75):
		g.secret(c, "-keypass", e.password)
	case e.password != "" && g.chance(50):
		c.answers(e.password)
	case g.chance(10):
		c.with("-keypass", g.mostly(50, s.password, "secret12", "wrong1"))
	}
}

func (g *generator) certreq() {
	s, e := g.anywhere(key)
	c := command("-certreq")
	g.named(c, "-alias", e)
	g.at(c, s)
	g.keypass(c, s, e)
	if g.oddly(30) {
		c.with("-sigalg", g.sigalg())
	}
	if g.chance(15) {
		c.with("-dname", g.dname())
	}
	for g.chance(25) {
		c.with("-ext", g.ext())
	}
	if g.chance(15) {
		g.run(c)
		return
	}
	file := g.file(".csr")
	g.output(c, "-file", file)
	g.run(c)
	g.requests = append(g.requests, file)
}

func (g *generator) gencert() {
	s, e := g.anywhere(key)
	c := command("-gencert")
	g.named(c, "-alias", e)
	g.at(c, s)
	g.keypass(c, s, e)
	request := g.fixture("fx/ks/request.pem", "request.pem", "request.der", "root.pem")
	if len(g.requests) > 0 && g.chance(85) {
		request = g.requests[g.r.IntN(len(g.requests))]
	}
	g.input(c, "-infile", request)
	g.certificateOptions(c)
	if g.chance(20) {
		c.with("-ext", g.of("honored=all", "honored=all,-san", "honored=san:critical,ku", "honored=2.5.29.17", "honored=all,-ku,bc:non-critical", "honored", "honored=foo", "honored:c=all"))
	}
	if g.oddly(30) {
		c.with("-sigalg", g.sigalg())
	}
	if g.chance(8) {
		c.with("-dname", g.dname())
	}
	pem := g.chance(60)
	if pem {
		c.flag("-rfc")
	}
	if pem && g.chance(15) {
		g.run(c)
		return
	}
	file := g.file(g.of(".pem", ".crt"))
	g.output(c, "-outfile", file)
	g.run(c)
	g.certs = append(g.certs, file)
}

// round makes an authority if there is none, a request, a certificate of it, and
// imports the reply.
func (g *generator) round() {
	s, e := g.anywhere(key)
	ca, issuer := g.anywhere(key)
	if g.chance(50) {
		ca, issuer = g.newStore(), &entry{alias: "ca", kind: key}
		g.made(ca, issuer)
		g.run(command("-genkeypair").with("-alias", "ca").with("-keyalg", g.of("EC", "EC", "Ed25519", "RSA")).with("-dname", "CN=CA,O=Example").
			with("-ext", "bc:c").with("-keystore", ca.file).with("-storepass", ca.password))
	}
	if !g.oddly(50) && (ca == s && issuer.alias == e.alias) {
		return
	}
	csr, crt, caCrt := g.file(".csr"), g.file(".crt"), g.file(".pem")
	g.run(g.at(command("-certreq").with("-alias", e.alias).with("-file", csr), s))
	gencert := g.at(command("-gencert").with("-alias", issuer.alias).with("-infile", csr).with("-outfile", crt), ca)
	g.certificateOptions(gencert)
	if g.chance(60) {
		gencert.flag("-rfc")
	}
	g.run(gencert)
	g.run(g.at(command("-exportcert").flag("-rfc").with("-alias", issuer.alias).with("-file", caCrt), ca))
	g.requests, g.certs = append(g.requests, csr), append(g.certs, crt, caCrt)
	if g.chance(75) {
		root := &entry{alias: "caroot", kind: trusted}
		g.run(g.at(command("-import").flag("-noprompt").with("-alias", "CARoot").with("-file", caCrt), s))
		g.made(s, root)
	}
	answer := crt
	if g.chance(30) {
		answer = g.file(".pem")
		g.shell("cat %s > %s", g.of(crt+" "+caCrt, caCrt+" "+crt, crt+" "+caCrt+" "+caCrt), answer)
	}
	c := g.at(command("-import").with("-alias", e.alias).with("-file", answer), s)
	if g.chance(60) {
		c.flag("-noprompt")
	} else {
		c.answers(g.of("yes", "no"))
	}
	g.run(c)
}

func (g *generator) remove() {
	s := g.kept()
	e := g.entry(s, kind(g.r.IntN(3)))
	c := g.at(command("-delete"), s)
	if g.chance(90) {
		g.named(c, "-alias", e)
	} else {
		c.answers(e.alias)
	}
	g.run(c)
}

func (g *generator) changealias() {
	s := g.kept()
	e := g.entry(s, kind(g.r.IntN(3)))
	c := g.at(command("-changealias"), s)
	g.named(c, "-alias", e)
	g.keypass(c, s, e)
	to := g.alias()
	if g.chance(90) {
		c.with("-destalias", to)
	} else {
		c.answers(to)
	}
	g.run(c)
	e.alias = to
}

func (g *generator) keyclone() {
	s, e := g.anywhere(key)
	c := g.at(command("-keyclone"), s)
	g.named(c, "-alias", e)
	g.keypass(c, s, e)
	to := &entry{alias: g.alias(), kind: e.kind, password: e.password}
	if g.chance(90) {
		c.with(g.of("-dest", "-destalias"), to.alias)
	} else {
		c.answers(to.alias)
	}
	if g.chance(50) {
		to.password = g.of("secret12", "keypass1", s.password)
		c.with("-new", to.password)
	} else {
		c.answers(g.of("", "keypass1\nkeypass1"))
	}
	g.run(c)
	g.made(s, to)
}

func (g *generator) storepasswd() {
	s := g.kept()
	c := g.at(command("-storepasswd"), s)
	to := g.mostly(60, g.of("secret12", "newsecret", "changeit"), "abc", "", "pässwörd", s.password)
	if g.chance(85) {
		c.with("-new", to)
	} else {
		c.answers(to, g.mostly(70, to, "different"))
	}
	g.run(c)
	s.password = to
	g.knows(to)
}

func (g *generator) keypasswd() {
	s, e := g.anywhere(key)
	c := g.at(command("-keypasswd"), s)
	g.named(c, "-alias", e)
	g.keypass(c, s, e)
	to := g.mostly(60, g.of("secret12", "keypass1", "changeit"), "abc", "", "pässwörd", s.password)
	if g.chance(85) {
		c.with("-new", to)
	} else {
		c.answers(to, g.mostly(70, to, "different"))
	}
	g.run(c)
	e.password = to
}

func (g *generator) selfcert() {
	s, e := g.anywhere(key)
	c := g.at(command("-selfcert"), s)
	g.named(c, "-alias", e)
	g.keypass(c, s, e)
	if g.chance(60) {
		c.with("-dname", g.dname())
	}
	if g.oddly(30) {
		c.with("-sigalg", g.sigalg())
	}
	g.certificateOptions(c)
	g.run(c)
}

func (g *generator) importkeystore() {
	from, to := g.kept(), g.newStore()
	if g.chance(30) {
		to = g.store()
	}
	c := command("-importkeystore").with("-srckeystore", from.file).with("-destkeystore", to.file)
	if g.chance(40) && from.kind != "" {
		c.with("-srcstoretype", from.kind)
	}
	if (len(to.entries) == 0 || g.chance(20)) && to.kind != "" {
		c.with("-deststoretype", to.kind)
	}
	// The order in which they are asked for.
	g.secret(c, g.likely(90, "-deststorepass", "-storepass"), to.password)
	g.secret(c, "-srcstorepass", from.password)
	var single *entry
	if g.chance(40) {
		single = g.entry(from, kind(g.r.IntN(3)))
		g.named(c, g.likely(85, "-srcalias", "-alias"), single)
		if g.chance(30) {
			c.with("-destalias", g.alias())
		}
		if single.password != "" && g.chance(80) {
			c.with("-srckeypass", single.password)
		}
	}
	if g.chance(20) {
		c.with("-destkeypass", g.of(to.password, "secret12", "abc"))
	}
	if g.chance(55) {
		c.flag("-noprompt")
	} else {
		c.answers(g.of("yes", "no\nother", "no\n", "", "y\ny\ny"))
	}
	g.run(c)
	for _, e := range from.entries {
		if single == nil || single == e {
			copied := *e
			g.made(to, &copied)
		}
	}
}

func (g *generator) migrateInPlace() {
	s := g.kept()
	to := g.likely(70, "pkcs12", "PKCS12", "JKS", "JCEKS", "jks")
	c := command("-importkeystore").with("-srckeystore", s.file).with("-destkeystore", g.likely(90, s.file, "./"+s.file)).with("-deststoretype", to)
	g.secret(c, "-srcstorepass", s.password)
	if g.chance(30) {
		c.with("-deststorepass", g.likely(80, s.password, "secret12"))
	}
	g.run(c)
	s.kind = to
}

// fixtureStore goes on with a store that another program has made.
func (g *generator) fixtureStore() {
	from := g.fixture(g.of("fx/p12/openssl-default.p12", "fx/p12/keytool-17.p12", "fx/jks/keytool.jks", "fx/jks/secret.jceks", "fx/pki/two-keys.p12"), ".p12", ".jks", ".jceks")
	for _, s := range g.stores {
		if strings.HasSuffix(from, s.file) {
			return
		}
	}
	s := &store{file: from[strings.LastIndexByte(from, '/')+1:], password: "changeit"}
	switch {
	case strings.Contains(from, "password-unicode"), strings.HasSuffix(from, "aliases.jks"):
		s.password = g.of("grün€😀", "changeit")
	case strings.Contains(from, "empty-password"), strings.Contains(from, "no-password"):
		s.password = ""
	}
	switch s.file {
	case "keytool.jks", "keytool.jceks":
		s.entries = []*entry{{alias: "mux", kind: key}, {alias: "root ca", kind: trusted}, {alias: "other", kind: key, password: "own-secret"}}
	case "trust.jks", "keytool-trust.p12":
		s.entries = []*entry{{alias: "root", kind: trusted}}
	case "secret.jceks":
		s.entries = []*entry{{alias: "aes", kind: secret}, {alias: "des", kind: secret}, {alias: "blowfish", kind: secret}}
	case "password.jceks":
		s.entries = []*entry{{alias: "pbe", kind: secret}, {alias: "own", kind: secret, password: "own-secret"}}
	case "keytool-secret.p12":
		s.entries = []*entry{{alias: "mux", kind: key}, {alias: "aes", kind: secret}}
	case "trust.p12":
		s.entries = []*entry{{alias: "example root", kind: trusted}, {alias: "Other Root", kind: trusted}}
	default:
		s.entries = []*entry{{alias: "mux", kind: key}}
	}
	g.shell("cp %s %s && chmod 644 %s", from, s.file, s.file)
	g.stores = append(g.stores, s)
	g.knows(s.password)
	g.list()
}

func (g *generator) show() {
	switch n := g.r.IntN(20); {
	case n < 11:
		c := command("-printcert")
		file := g.certificate()
		if g.chance(10) {
			file = g.fixture("fx/odd/signed.jar", ".pem", ".der", ".p12", ".p7m", ".jar", ".png")
		}
		if g.chance(20) {
			c.flag("-rfc")
		}
		if g.chance(10) {
			c.flag("-v")
		}
		g.input(c, "-file", file)
		g.run(c)
	case n < 15:
		c := command("-printcertreq")
		file := g.fixture("fx/ks/request.pem", "request.pem", "request.der")
		if len(g.requests) > 0 {
			file = g.requests[g.r.IntN(len(g.requests))]
		}
		g.input(c, "-file", file)
		g.run(c)
	case n < 18:
		c := command("-printcrl").with("-file", g.fixture("fx/ks/crl.pem", "crl.pem", "crl.der", ".crl", ".p7b"))
		if g.chance(30) {
			g.at(c, g.store())
		}
		if g.chance(20) {
			c.flag("-rfc")
		}
		g.run(c)
	default:
		g.run(command("-printcert").with("-jarfile", g.fixture("fx/odd/signed.jar", ".jar", ".png")))
		if g.oddly(20) {
			g.run(command("-printcert").with("-sslserver", g.of("localhost:1", "127.0.0.1:1", "localhost:x", ":1", "")))
		}
	}
}

func (g *generator) gencrl() {
	s, e := g.anywhere(key)
	c := command("-gencrl")
	g.named(c, "-alias", e)
	g.at(c, s)
	g.keypass(c, s, e)
	for g.chance(80) {
		c.with("-id", g.mostly(50, g.of("1", "12:1", "255:3", "18446744073709551616:4"), "0x1f", "abc", "5:0", "5:99", "", "-3", ":1", "7:"))
	}
	if g.oddly(30) {
		c.with("-sigalg", g.sigalg())
	}
	if g.chance(50) {
		c.flag("-rfc")
	}
	if g.chance(30) {
		c.with("-validity", g.mostly(30, "30", g.validity()))
	}
	file := g.file(".crl")
	g.run(c.with("-file", file))
	show := command("-printcrl").with("-file", file)
	if g.chance(60) {
		g.at(show, s)
	}
	g.run(show)
}

func (g *generator) help() {
	commands := []string{
		"-genkeypair", "-genseckey", "-importpass", "-certreq", "-gencert", "-importcert", "-exportcert", "-list", "-delete", "-changealias", "-keyclone", "-storepasswd",
		"-keypasswd", "-importkeystore", "-printcert", "-printcertreq", "-printcrl", "-gencrl", "-selfcert", "-showinfo", "-version", "-genkey", "-import", "-export", "-identitydb",
	}
	switch c := command(g.of(commands...)); g.r.IntN(8) {
	case 0:
		g.run(command(g.of("-help", "--help", "-h", "-?")))
	case 1:
		g.steps = append(g.steps, Step{Args: []string{}})
	case 2:
		g.run(c.flag(g.of("-foo", "x", "-keysizes")))
	case 3:
		g.run(command(g.of("-version", "-showinfo", "-identitydb", "-foo")))
	case 4:
		g.run(c.flag(g.of(commands...)))
	case 5:
		g.run(command("-showinfo").flag("-tls"))
	default:
		g.run(c.flag(g.of("-help", "-h", "--help", "-?")))
	}
}

// home uses the store that nobody names.
func (g *generator) home() {
	property := "-J-Duser.home=" + g.likely(80, "home", ".", "no-such-home")
	c := command("-genkeypair").flag(property).with("-keyalg", "EC").with("-dname", g.dname()).with("-alias", g.alias())
	g.secret(c, "-storepass", "changeit")
	g.run(c)
	g.run(command("-list").flag(property).with("-storepass", "changeit"))
}

// cacerts reads the JDK's own trust store; nothing here may write it.
func (g *generator) cacerts() {
	c := command("-list").flag("-cacerts")
	if g.chance(70) {
		c.with("-alias", g.of("no-such-root", "debian:isrg_root_x1.pem", "debian:ISRG_Root_X1.pem", "verisignclass2g2ca [jdk]"))
	}
	if g.chance(70) {
		c.with("-storepass", g.likely(85, "changeit", "wrong1", ""))
	}
	if g.chance(10) {
		c.with("-storetype", "jks")
	}
	g.steps = append(g.steps, Step{Args: append([]string{c.command}, c.words()...)})
}

// bare are commands with little or nothing behind them.
func (g *generator) bare() {
	c := command(g.of("-list", "-delete", "-certreq", "-changealias", "-importkeystore", "-storepasswd", "-keypasswd", "-gencert", "-printcert", "-printcrl", "-printcertreq", "-showinfo", "-selfcert", "-keyclone"))
	c.flag("-J-Duser.home=no-such-home")
	switch g.r.IntN(3) {
	case 0:
		c.answers("changeit", "changeit")
	case 1:
		s := g.store()
		c.with("-keystore", s.file).answers(s.password)
	}
	g.run(c)
}

// dialog makes a key pair whose name is asked for.
func (g *generator) dialog() {
	s := g.someStore(30)
	e := &entry{alias: g.alias(), kind: key}
	c := command("-genkeypair").with("-alias", e.alias).with("-keyalg", "EC").with("-keystore", s.file)
	if g.chance(60) {
		c.with("-storepass", s.password)
	} else {
		c.answers(s.password, s.password)
	}
	c.answers(g.of("localhost", "a, b", ""), "Web", g.of("Example", "."), "Berlin", g.of("", "."), g.of("DE", ""), g.of("yes", "y", "no\nx\n\n\n\n\n\nyes", "", "yes\n\n"))
	if g.chance(20) {
		c.stdin = c.stdin[:g.r.IntN(len(c.stdin))]
	}
	g.run(c)
	g.made(s, e)
}
