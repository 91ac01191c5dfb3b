package differ

// Moves that make keys.

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
