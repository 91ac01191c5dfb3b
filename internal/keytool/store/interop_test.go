package store_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/store"
	"muxkey/internal/peer"
	"muxkey/keystore/jks"
	"muxkey/pkcs12x"
)

// sight is one look at a keystore: a path, a type ("-" to probe) and a password ("-"
// for none, else "p" and itself).
type sight struct{ path, typ, password string }

// javaViews says how Java sees stores; testdata/View.java has the form of an answer.
// With written, Java writes each store there as well, under its number.
func javaViews(t *testing.T, java string, sights []sight, written string, flags ...string) []string {
	t.Helper()
	var in bytes.Buffer
	for i, s := range sights {
		fmt.Fprintf(&in, "%s\t%s\t%s", s.path, s.typ, s.password)
		if written != "" {
			fmt.Fprintf(&in, "\t%s", filepath.Join(written, strconv.Itoa(i)))
		}
		in.WriteByte('\n')
	}
	cmd := exec.CommandContext(t.Context(), java, append(flags, "-XX:+UseSerialGC", "-cp", compiled(t, java), "View")...)
	cmd.Stdin = &in
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("java: %v\n%s", err, stderr.Bytes())
	}
	views := strings.Split(string(out), "----\n")
	if len(views) != len(sights)+1 {
		t.Fatalf("%d views of %d stores\n%s", len(views)-1, len(sights), stderr.Bytes())
	}
	return views[:len(sights)]
}

var classes struct {
	once sync.Once
	dir  string
	err  error
}

// compiled is the directory of the class of testdata/View.java, which is compiled once
// for all tests.
func compiled(t *testing.T, java string) string {
	t.Helper()
	classes.once.Do(func() {
		if classes.dir, classes.err = os.MkdirTemp("", "view"); classes.err == nil { // not t.TempDir: other tests use it
			var out []byte
			out, classes.err = exec.CommandContext(t.Context(), java, "-m", "jdk.compiler/com.sun.tools.javac.Main", "-d", classes.dir, "testdata/View.java").CombinedOutput()
			if classes.err != nil {
				classes.err = fmt.Errorf("%w: %s", classes.err, out)
			}
		}
	})
	must(t, classes.err)
	return classes.dir
}

func TestMain(m *testing.M) {
	status := m.Run()
	if classes.dir != "" {
		_ = os.RemoveAll(classes.dir)
	}
	os.Exit(status)
}

// view is what Java would say, by package store.
func view(t testing.TB, s sight, o store.Options) (string, *store.Store) {
	t.Helper()
	data, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	var password *string
	if text, ok := strings.CutPrefix(s.password, "p"); ok {
		password = &text
	}
	var st *store.Store
	if s.typ == "-" {
		st, err = store.Open(t.Context(), data, password, o)
	} else {
		st, err = store.Load(t.Context(), s.typ, data, password, o)
	}
	if err != nil {
		return "error " + oneLine(err) + "\n", nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "store %s %s %d\n", st.Type(), st.Provider(), st.Size())
	for _, alias := range st.Aliases() {
		e, ok := st.Entry(alias)
		if !ok {
			fmt.Fprintf(&b, "entry %s none -\n", quote(alias))
			continue
		}
		date := strconv.FormatInt(e.Created.UnixMilli(), 10)
		if e.Created.Equal(now) {
			date = "now"
		}
		fmt.Fprintf(&b, "entry %s %s %s", quote(alias), e.Kind, date)
		for _, c := range e.Chain {
			fmt.Fprintf(&b, " %s", digest(c.Raw))
		}
		b.WriteByte('\n')
		if password == nil || e.Kind == store.TrustedCertEntry {
			continue
		}
		k, err := st.Key(t.Context(), alias, *password)
		switch {
		case err != nil:
			fmt.Fprintf(&b, "key %s\n", oneLine(err))
		case k.PKCS8 != nil:
			fmt.Fprintf(&b, "key %s %s\n", k.Algorithm, digest(k.PKCS8))
		default:
			fmt.Fprintf(&b, "key %s %s\n", k.Algorithm, digest(k.Secret))
		}
	}
	return b.String(), st
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return fmt.Sprintf("%x", sum[:8])
}

func oneLine(err error) string {
	return strings.NewReplacer("\n", " ", "\r", " ").Replace(exception.Of(err).Error())
}

func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range utf16.Encode([]rune(s)) {
		if c > ' ' && c < 0x7f && c != '"' && c != '\\' {
			b.WriteByte(byte(c))
		} else {
			fmt.Fprintf(&b, "\\u%04x", c)
		}
	}
	return b.String() + `"`
}

// sights are looks at all keystores of the repository: without a password, with a
// wrong one, and with the right one. MUXKEY_KEYSTORES may name a file with more, one a
// line with tabs between, which are taken in place of them.
func sights(t *testing.T) (list []sight) {
	t.Helper()
	if path := os.Getenv("MUXKEY_KEYSTORES"); path != "" {
		f, err := os.Open(path)
		must(t, err)
		defer func() { _ = f.Close() }()
		for in := bufio.NewScanner(f); in.Scan(); {
			if fields := strings.Split(in.Text(), "\t"); len(fields) == 3 {
				list = append(list, sight{fields[0], fields[1], fields[2]})
			}
		}
		return list
	}
	for _, dir := range []string{"testdata", "keystore", "pkcs12x"} {
		must(t, filepath.WalkDir(filepath.Join("../../..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			f, notPKCS12 := pkcs12x.Parse(data, pkcs12x.DefaultLimits())
			slow := notPKCS12 == nil && f.Integrity != nil && f.Integrity.Iterations > 100_000
			if _, unknown := store.Probe(data); err == nil && unknown == nil && !slow {
				list = append(list, sight{path, "-", "-"}, sight{path, "-", "pwrong!"}, sight{path, "-", "p" + password})
			}
			return err
		}))
	}
	if len(list) < 100 {
		t.Fatalf("only %d looks at keystores", len(list))
	}
	return list
}

// better says what is read here and not by Java 17, or otherwise, by the beginnings of
// the names of files.
var better = map[string]string{
	"openssl-pbes2-aes-192":  "Java 17 knows AES of 128 and 256 bits alone",
	"openssl-pbes2-camellia": "Java has no Camellia",
	"openssl-pbes2-des":      "Java knows AES alone in PBES2",
	"openssl-pbes2-rc2":      "Java knows AES alone in PBES2",
	"openssl-pbe-sha1-2des":  "Java has no 3DES of two keys",
	"openssl-pbe-sha1-des":   "Java has no SHA-1 with DES",
	"flipped.p12":            "it is broken where Java does not look before it checks the MAC",
	"openssl-mac-sha3":       "Java has no such MAC",
	"openssl-mac-blake2":     "Java has no such MAC",
	"aliases.jks":            "an alias with half a surrogate pair, which a Go string cannot hold",
}

func reason(path string) string {
	for name, why := range better {
		if strings.HasPrefix(filepath.Base(path), name) {
			return why
		}
	}
	return ""
}

// The keystores of the repository are what Java says they are.
func TestInteropViews(t *testing.T) {
	java := peer.Program(t, "java")
	list := sights(t)
	o := options(t, "17")
	different := 0
	for i, want := range javaViews(t, java, list, "") {
		s := list[i]
		if got, _ := view(t, s, o); got != want && reason(s.path) == "" {
			different++
			t.Errorf("%s %s %s\n--- java\n%s--- here\n%s", s.path, s.typ, s.password, want, got)
		}
	}
	t.Logf("%d of %d differ", different, len(list))
}

// few are stores with one iteration everywhere, under each kind of cipher.
func few(t *testing.T) map[string][]byte {
	t.Helper()
	stores := map[string][]byte{}
	for _, algorithm := range []string{"PBEWithHmacSHA256AndAES_256", "PBEWithSHA1AndRC2_40", "PBEWithSHA1AndRC4_128"} {
		s, err := store.New("PKCS12", options(t, "17",
			"keystore.pkcs12.certProtectionAlgorithm="+algorithm, "keystore.pkcs12.certPbeIterationCount=1",
			"keystore.pkcs12.keyPbeIterationCount=1", "keystore.pkcs12.macIterationCount=1"))
		must(t, err)
		k, cert := person(t, "mux")
		must(t, s.SetKey(t.Context(), "mux", k, new(password), []*pkcs12x.Certificate{cert}))
		stores[algorithm], err = s.Encode(t.Context(), new(password))
		must(t, err)
	}
	return stores
}

// A wrong password leaves good padding behind once in 256 times, and always under RC4:
// that is a wrong password all the same.
func TestInteropWrongPasswords(t *testing.T) {
	java := peer.Program(t, "java")
	dir := t.TempDir()
	o := options(t, "17")
	var list []sight
	for name, data := range few(t) {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, data, 0o600))
		for i := range 1000 {
			list = append(list, sight{path, "PKCS12", fmt.Sprintf("pwrong%d", i)})
		}
	}
	for i, want := range javaViews(t, java, list, "") {
		if got, _ := view(t, list[i], o); got != want || !strings.Contains(want, "password was incorrect") {
			t.Errorf("%s %s\n--- java\n%s--- here\n%s", list[i].path, list[i].password, want, got)
		}
	}
}

// Damage behind the right password is what Java says it is: where it stumbles, that is a
// wrong password, and elsewhere the integrity check finds it.
func TestInteropDamage(t *testing.T) {
	java := peer.Program(t, "java")
	dir := t.TempDir()
	o := options(t, "17")
	var list []sight
	for name, data := range few(t) {
		sealed := bytes.LastIndex(data, []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06}) + 160 // behind the parameters
		for i := range 300 {
			damaged := bytes.Clone(data)
			damaged[sealed+i*(len(data)-100-sealed)/300] ^= 1 << (i % 8)
			path := filepath.Join(dir, name+strconv.Itoa(i))
			must(t, os.WriteFile(path, damaged, 0o600))
			list = append(list, sight{path, "PKCS12", "p" + password})
		}
	}
	for i, want := range javaViews(t, java, list, "") {
		if got, _ := view(t, list[i], o); got != want {
			t.Errorf("%s\n--- java\n%s--- here\n%s", list[i].path, want, got)
		}
	}
}

// layout says how a store is written: its safes with their algorithms, its bags with
// their attributes, its MAC. For JKS and JCEKS it is the bytes themselves.
func layout(t testing.TB, data []byte, password string) string {
	t.Helper()
	if _, ok := jks.Detect(data); ok {
		return fmt.Sprintf("%x", data)
	}
	f, err := pkcs12x.Parse(data, pkcs12x.DefaultLimits())
	if err != nil {
		return err.Error()
	}
	in, err := f.Contents(t.Context(), &password)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, s := range in.Safes {
		fmt.Fprintf(&b, "safe %v %+v %v\n", s.Encrypted, s.Encryption, s.Err)
		for _, bag := range s.Bags {
			fmt.Fprintf(&b, "bag %v %d\n", bag.Type, len(bag.Value))
			for _, a := range bag.Attributes {
				fmt.Fprintf(&b, "  %v %s\n", a.ID, dates.ReplaceAllString(fmt.Sprintf("%q", a.Values), " now"))
			}
		}
	}
	m, ok := f.MACSpec()
	fmt.Fprintf(&b, "mac %+v %v %v\n", m, ok, in.Err)
	return b.String()
}

// A store that was read and written again is what Java makes of it, to the byte for
// JKS and JCEKS, and to the last attribute for PKCS12.
func TestInteropRewrites(t *testing.T) {
	java := peer.Program(t, "java")
	list := slices.DeleteFunc(sights(t), func(s sight) bool { return s.password == "-" || s.password == "pwrong!" || reason(s.path) != "" })
	o := options(t, "17")
	theirs, ours := t.TempDir(), t.TempDir()
	originals := javaViews(t, java, list, theirs)
	var java1, here []sight
	for i, s := range list {
		_, st := view(t, s, o)
		if st == nil || strings.HasPrefix(originals[i], "error") {
			continue
		}
		data, err := st.Encode(t.Context(), new(s.password[1:]))
		must(t, err)
		number := strconv.Itoa(i)
		must(t, os.WriteFile(filepath.Join(ours, number), data, 0o600))
		java1 = append(java1, sight{filepath.Join(theirs, number), s.typ, s.password})
		here = append(here, sight{filepath.Join(ours, number), s.typ, s.password})
		want, err := os.ReadFile(filepath.Join(theirs, number))
		must(t, err)
		if want, have := layout(t, want, s.password[1:]), layout(t, data, s.password[1:]); want != have {
			t.Errorf("%s %s\n--- java\n%s--- here\n%s", s.path, s.password, want, have)
		}
	}
	views := javaViews(t, java, slices.Concat(java1, here), "")
	for i := range here {
		if want, got := views[i], views[len(here)+i]; got != want {
			t.Errorf("view of %s\n--- java\n%s--- here\n%s", here[i].path, want, got)
		}
	}
	t.Logf("%d stores", len(here))
}

// A new store is written as Java writes it under the same properties.
func TestInteropSettings(t *testing.T) {
	java := peer.Program(t, "java")
	dir := t.TempDir()
	o := options(t, "17")
	source, err := store.New("JCEKS", options(t, "17", "jdk.jceks.iterationCount=10000"))
	must(t, err)
	for _, name := range []string{"Mux One", "two"} {
		k, cert := person(t, name)
		must(t, source.SetKey(t.Context(), name, k, new(password), []*pkcs12x.Certificate{cert}))
		_, ca := person(t, "ca "+name)
		must(t, source.SetCertificate("CA "+name, ca))
	}
	for _, algorithm := range []string{"AES", "DESede", "HmacSHA256"} {
		must(t, source.SetKey(t.Context(), algorithm, &store.Key{Algorithm: algorithm, Secret: []byte("0123456789abcdef01234567")}, new(password), nil))
	}
	data, err := source.Encode(t.Context(), new(password))
	must(t, err)
	from := filepath.Join(dir, "source.jceks")
	must(t, os.WriteFile(from, data, 0o600))
	source, err = store.Open(t.Context(), data, new(password), o)
	must(t, err)
	var all []sight
	for i, properties := range [][]string{
		{},
		{"keystore.pkcs12.legacy="},
		{"keystore.pkcs12.keyProtectionAlgorithm=PBEWithSHA1AndRC2_128", "keystore.pkcs12.certProtectionAlgorithm=PBEWithHmacSHA512AndAES_128", "keystore.pkcs12.macAlgorithm=HmacPBESHA512"},
		{"keystore.PKCS12.keyProtectionAlgorithm=PBEWithHmacSHA384AndAES_256", "keystore.pkcs12.certProtectionAlgorithm=PBEWithMD5AndDES", "keystore.pkcs12.macAlgorithm=HmacPBESHA384"},
		{"keystore.pkcs12.keyProtectionAlgorithm=PBEWithMD5AndDES", "keystore.pkcs12.certProtectionAlgorithm=PBEWithSHA1AndRC4_128", "keystore.pkcs12.macAlgorithm=HmacPBESHA224"},
		{"keystore.pkcs12.keyProtectionAlgorithm=PBEWithSHA1AndRC4_40", "keystore.pkcs12.certProtectionAlgorithm=PBEWithHmacSHA1AndAES_128", "keystore.pkcs12.macAlgorithm=NONE"},
		{"keystore.pkcs12.certProtectionAlgorithm=NONE", "keystore.pkcs12.macAlgorithm=NONE", "keystore.pkcs12.keyPbeIterationCount=77"},
		{"keystore.pkcs12.certPbeIterationCount=5", "keystore.pkcs12.keyPbeIterationCount=6", "keystore.pkcs12.macIterationCount=7", "jdk.jceks.iterationCount=12345"},
		{"keystore.pkcs12.certProtectionAlgorithm=FOO"},
		{"keystore.pkcs12.keyProtectionAlgorithm=FOO"},
		{"keystore.pkcs12.macAlgorithm=HmacPBEFOO"},
		{"keystore.pkcs12.keyPbeIterationCount=abc"},
		{"keystore.pkcs12.macIterationCount=5000001"},
		{"keystore.pkcs12.certPbeIterationCount=0"},
	} {
		t.Run(strings.Join(properties, " "), func(t *testing.T) {
			var flags []string
			for _, p := range properties {
				flags = append(flags, "-D"+p)
			}
			o := options(t, "17", properties...)
			types := []string{"PKCS12", "JCEKS"}
			if !strings.Contains(strings.Join(properties, " "), "jceks") {
				types = types[:1]
			}
			var copies []sight
			for _, typ := range types {
				copies = append(copies, sight{from, "-", "p" + password + "\t" + filepath.Join(dir, strconv.Itoa(i)+typ) + "\t" + typ})
			}
			for j, answer := range javaViews(t, java, copies, "", flags...) {
				typ := types[j]
				path := filepath.Join(dir, strconv.Itoa(i)+typ)
				data, err := copied(t, source, typ, o)
				if err != nil {
					if got := "error " + oneLine(err) + "\n"; !strings.HasSuffix(answer, got) {
						t.Errorf("%s: Java says\n%s\nand here it is\n%s", typ, answer, got)
					}
					continue
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatalf("%s: Java did not write it: %s", typ, answer)
				}
				if typ == "JCEKS" { // salts make the bytes different
					if len(data) != len(want) {
						t.Errorf("%d octets, Java has %d", len(data), len(want))
					}
				} else if want, have := layout(t, want, password), layout(t, data, password); want != have {
					t.Errorf("--- java\n%s--- here\n%s", want, have)
				}
				must(t, os.WriteFile(path+".here", data, 0o600))
				all = append(all, sight{path, "-", "p" + password}, sight{path + ".here", "-", "p" + password})
			}
		})
	}
	views := javaViews(t, java, all, "")
	for i := 0; i < len(all); i += 2 {
		if want, got := undated(views[i]), undated(views[i+1]); want != got || strings.HasPrefix(want, "error") {
			t.Errorf("%s: Java sees\n%s, want\n%s", all[i].path, got, want)
		}
	}
}

// copied is what View.copy makes of a store.
func copied(t *testing.T, from *store.Store, typ string, o store.Options) ([]byte, error) {
	t.Helper()
	to, err := store.New(typ, o)
	must(t, err)
	for _, alias := range from.Aliases() {
		e, _ := from.Entry(alias)
		if e.Kind == store.TrustedCertEntry {
			must(t, to.SetCertificate(alias, e.Chain[0]))
			continue
		}
		k, err := from.Key(t.Context(), alias, password)
		must(t, err)
		if err := to.SetKey(t.Context(), alias, k, new(password), e.Chain); err != nil {
			return nil, err
		}
	}
	return to.Encode(t.Context(), new(password))
}

// undated is a view without the dates.
func undated(view string) string { return dates.ReplaceAllString(view, " now") }

var dates = regexp.MustCompile(` (1\d{12}|now)\b`)
