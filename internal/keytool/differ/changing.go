package differ

import (
	"strings"
)

// Moves that change what is in a store, or bring it into another.

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
