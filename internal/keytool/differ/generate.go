package differ

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Generate makes a sequence of a seed, the same one every time. Files are those
// that the fixtures have, as paths below "fx".
func Generate(seed, number uint64, files []string) Sequence {
	g := &generator{r: rand.New(rand.NewPCG(seed, number)), files: files, passwords: []string{"changeit"}}
	g.odds = []int{5, 5, 35, 35, 100}[g.r.IntN(5)]
	g.pick(beginnings())
	for range 2 + g.r.IntN(5) {
		g.pick(moves())
	}
	return Sequence{Seed: seed, Number: number, Steps: g.steps, Passwords: g.passwords}
}

// generator knows roughly what the calls so far have made, so that most calls make
// sense. It never looks at results: where a call fails, the next ones meet that.
type generator struct {
	r         *rand.Rand
	files     []string
	odds      int // how odd this sequence is, in percent of how odd one can be
	steps     []Step
	passwords []string

	stores   []*store
	last     *store   // that got an entry
	certs    []string // files with certificates
	requests []string // files with certificate requests
	names    int      // of files, so far
}

type store struct {
	file, kind, password string // kind as -storetype has it; "" when nobody says it
	entries              []*entry
}

type entry struct {
	alias    string
	kind     kind
	password string // "": the store's
}

type kind int

const (
	key kind = iota
	trusted
	secret
)

type move struct {
	weight int
	do     func(*generator)
}

func (g *generator) pick(moves []move) {
	total := 0
	for _, m := range moves {
		total += m.weight
	}
	n := g.r.IntN(total)
	for _, m := range moves {
		if n -= m.weight; n < 0 {
			m.do(g)
			return
		}
	}
}

// chance is true in percent of all cases.
func (g *generator) chance(percent int) bool { return g.r.IntN(100) < percent }

func (g *generator) of(words ...string) string { return words[g.r.IntN(len(words))] }

// oddly is true in percent of all cases where a sequence is as odd as can be, and
// seldom in a sensible one.
func (g *generator) oddly(percent int) bool { return g.r.IntN(10000) < percent*g.odds }

// mostly is the first word, but for odd calls.
func (g *generator) mostly(percent int, first string, others ...string) string {
	if g.oddly(100 - percent) {
		return g.of(others...)
	}
	return first
}

// likely is the first word in so many cases, else one of the others.
func (g *generator) likely(percent int, first string, others ...string) string {
	if g.chance(percent) {
		return first
	}
	return g.of(others...)
}

func (g *generator) file(suffix string) string {
	g.names++
	return "f" + strconv.Itoa(g.names) + suffix
}

func (g *generator) shell(format string, args ...any) {
	g.steps = append(g.steps, Step{Shell: fmt.Sprintf(format, args...)})
}

func (g *generator) knows(password string) {
	if !slices.Contains(g.passwords, password) {
		g.passwords = append(g.passwords, password)
	}
}

// call is a call of keytool that is being put together.
type call struct {
	command  string
	options  []option
	stdin    string
	from, to string // files that stand for stdin and stdout
}

type option struct {
	name, value string
	flag        bool // it has no value
}

func command(name string) *call { return &call{command: name} }

func (c *call) with(name, value string) *call {
	c.options = append(c.options, option{name: name, value: value})
	return c
}

func (c *call) flag(name string) *call {
	c.options = append(c.options, option{name: name, flag: true})
	return c
}

func (c *call) answers(lines ...string) *call {
	for _, line := range lines {
		c.stdin += line + "\n"
	}
	return c
}

// hasStore tells that the call is kept away from the store of whoever runs it.
func (c *call) hasStore() bool {
	for _, o := range c.options {
		if (o.name == "-keystore" || o.name == "-destkeystore") && !o.flag || strings.HasPrefix(o.name, "-J-Duser.home=") {
			return true
		}
	}
	return false
}

func (c *call) words() []string {
	var words []string
	for _, o := range c.options {
		words = append(words, o.name)
		if !o.flag {
			words = append(words, o.value)
		}
	}
	return words
}

// input and output name a file, or pipe it at times.
func (g *generator) input(c *call, name, file string) {
	if g.chance(80) {
		c.with(name, file)
	} else {
		c.from = file
	}
}

func (g *generator) output(c *call, name, file string) {
	if g.chance(80) {
		c.with(name, file)
	} else {
		c.to = file
	}
}

// at adds the store and its password, which is also typed in at times.
func (g *generator) at(c *call, s *store) *call {
	c.with("-keystore", s.file)
	if g.chance(25) && s.kind != "" || g.oddly(5) {
		c.with("-storetype", g.mostly(80, s.kind, "jks", "PKCS12", "JCEKS", "pkcs12", "nosuch", "DKS", "CaseExactJKS"))
	}
	g.secret(c, "-storepass", s.password)
	return c
}

// secret adds a password in one of the ways that it can be given.
func (g *generator) secret(c *call, name, password string) {
	if g.oddly(10) {
		password = g.of("wrong-password", "wrong", "", "changeiT", "pässwörd")
	}
	switch n := g.r.IntN(100); {
	case n < 84:
		c.with(name, password)
	case n < 89:
		variable := map[string]string{"changeit": "PW", "secret12": "PW2", "abc": "PWSHORT", "": "PWEMPTY", "pässwörd": "PWNAME"}[password]
		if variable == "" && !g.oddly(100) {
			c.with(name, password)
			return
		}
		if variable == "" {
			variable = "NO_SUCH_VARIABLE"
		}
		c.with(name+g.mostly(80, ":env", ":ENV", ":Env", ":environment"), variable)
	case n < 93:
		file := g.file(".pw")
		g.shell("printf '%%b' %s > %s", quote(password+g.of("", `\n`, `\r\n`, `\nsecond line\n`)), file)
		c.with(name+g.mostly(80, ":file", ":FILE", ":path"), g.mostly(90, file, "no-such.pw"))
	case n < 95 && g.oddly(100): // nothing, and nobody answers
	default:
		c.answers(password, password)
	}
}

// run ends a call: some are made odd, and the options stand in any order.
func (g *generator) run(c *call) {
	if g.chance(30) {
		g.r.Shuffle(len(c.options), func(i, j int) { c.options[i], c.options[j] = c.options[j], c.options[i] })
	}
	if g.oddly(40) {
		g.spoil(c)
	}
	if g.chance(6) {
		c.flag("-v")
	}
	if g.chance(2) {
		c.flag("-nowarn")
	}
	if !c.hasStore() {
		c.flag("-J-Duser.home=home")
	}
	args := c.words()
	at := 0
	if g.chance(10) { // between two options, or between one and its value
		at = g.r.IntN(len(args) + 1)
		for at > 0 && at < len(args) && !strings.HasPrefix(args[at], "-") {
			at++
		}
	}
	args = append(args[:at:at], append([]string{g.spelling(c.command)}, args[at:]...)...)
	g.steps = append(g.steps, Step{Args: args, Stdin: c.stdin, From: c.from, To: c.to})
}

// spelling is the name of a command or option as people write it.
func (g *generator) spelling(name string) string {
	if !g.chance(8) || len(name) < 5 {
		return name
	}
	switch n := g.r.IntN(5); {
	case n == 0:
		return "-" + name
	case n == 1:
		return strings.ToUpper(name)
	case n == 2:
		return name[:3] + strings.ToUpper(name[3:4]) + name[4:]
	case n == 3 && g.oddly(100):
		return name[:len(name)-1] // no abbreviation: keytool has none for commands
	default:
		return name[:3] + "-" + name[3:]
	}
}

// spoil does to a call what people do by mistake, or what they think harmless.
func (g *generator) spoil(c *call) {
	i := 0
	if len(c.options) > 0 {
		i = g.r.IntN(len(c.options))
	} else {
		c.flag("-v")
	}
	o := &c.options[i]
	switch g.r.IntN(22) {
	case 0, 1, 2:
		c.options = append(c.options[:i:i], c.options[i+1:]...)
	case 3:
		o.flag = true // its value is missing, or the next option is
	case 4:
		o.name = g.spelling(g.spelling(g.spelling(o.name)))
	case 5:
		o.value = strings.ToUpper(o.value)
	case 6:
		o.value = ""
	case 7:
		c.options = append(c.options, *o)
	case 8:
		c.options = append(c.options, option{name: o.name, value: "other"})
	case 9:
		c.flag(g.of("-foo", "word", "-", "--", "-list", "-genkeypair", "-import", "-x509", "-keysise"))
	case 10:
		c.flag(g.of("-rfc", "-noprompt", "-trustcacerts", "-protected", "-debug", "-v", "-tls", "-srcprotected"))
	case 11:
		c.with(g.of("-validity", "-keysize"), g.of("0", "-1", "abc", "365", "1", "99999999999", "1.5", "+7", "0x10", ""))
	case 12:
		c.with(g.of("-providername", "-providerclass", "-addprovider", "-providerpath", "-providerarg"), g.of("SUN", "SunJCE", "SunEC", "SunRsaSign", "NoSuch", "no.such.Class", "com.sun.crypto.provider.SunJCE"))
	case 13:
		c.with(g.of("-alias", "-destalias", "-srcalias", "-dest"), g.alias())
	case 14:
		c.with(g.of("-keypass", "-new", "-storepass", "-destkeypass", "-srckeypass"), g.of("changeit", "secret12", "abc", "", "pässwörd"))
	case 15:
		c.with(g.of("-keypass", "-storepass", "-new", "-alias", "-keystore")+g.of(":env", ":file", ":foo", ":"), g.of("PW", "no-such", "PWEMPTY"))
	case 16:
		c.flag(g.of("-J-Dkeystore.pkcs12.legacy", "-J-Dkeystore.pkcs12.legacy=true", "-J-Xmx64m", "-J-Duser.language=en",
			"-J-Dkeystore.pkcs12.macAlgorithm="+g.of("HmacPBESHA1", "HmacPBESHA512", "NONE", "none", "nosuch", ""),
			"-J-Dkeystore.pkcs12.certProtectionAlgorithm="+g.of("NONE", "PBEWithSHA1AndDESede", "PBEWithHmacSHA256AndAES_128", "PBEWithSHA1AndRC2_40", "nosuch", ""),
			"-J-Dkeystore.pkcs12.keyProtectionAlgorithm="+g.of("PBEWithSHA1AndDESede", "PBEWithHmacSHA512AndAES_256", "PBEWithHmacSHA1AndAES_128", "nosuch", ""),
			"-J-Dkeystore.PKCS12.keyProtectionAlgorithm=PBEWithSHA1AndRC2_128",
			"-J-Dkeystore.pkcs12."+g.of("macIterationCount", "certPbeIterationCount", "keyPbeIterationCount")+"="+g.of("1", "1000", "0", "-5", "abc", "5000001", "")))
	case 17:
		c.with("-storetype", g.of("JKS", "PKCS12", "JCEKS", "jks", "pkcs12", "P12", "DKS", "PKCS11", ""))
	case 18:
		c.with("-ext", g.ext())
	case 19:
		c.with("-keystore", g.of("no-such-store", "fx", "fx/pki/root.pem", "", "no/such/folder/ks", "NONE", "fx/pki/picture.png"))
	case 20:
		c.stdin = g.of("", "\n\n\n\n", "yes\n", "changeit\n", "wrong1\nwrong2\nwrong3\nwrong4\n", "changeit\nyes\n", "no\n", "maybe\nyes\n")
	case 21:
		file := g.file(".conf")
		g.shell("printf '%%b' %s > %s", quote(g.of(
			`keytool.all = -storepass changeit\n`, `keytool.list = -v\n`, `keytool.all=-nowarn\nkeytool.genkeypair=-keyalg EC\n`,
			`keytool.all = -alias "my key" -dname 'CN=a b'\n`, `keytool.genkey = -keyalg EC\nkeytool.genkeypair = -keyalg RSA\n`,
			`keytool.all = -storetype ${no.such}\n`, `keytool.all = -v\n# comment\nother = x\n`, `keytool.all = -foo\n`, `keytool.import = -noprompt\nkeytool.importcert=-v\n`,
			`keytool.all = "unclosed\n`, ``)), file)
		c.options = append([]option{{name: "-conf", value: g.likely(95, file, "no-such.conf")}}, c.options...)
	}
}
