package differ

import (
	"strings"
)

// Moves that carry certificates, requests and lists from one to another.

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
