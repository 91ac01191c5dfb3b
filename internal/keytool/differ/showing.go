package differ

// Moves that look.

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
