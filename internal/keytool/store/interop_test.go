package store_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
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
	cmd := exec.CommandContext(t.Context(), java, append(flags, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "testdata/View.java")...)
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

// MUXKEY_KEYSTORES names a file of sights, one a line with tabs between, to compare
// besides those of the repository.
func moreSights(t *testing.T) (list []sight) {
	t.Helper()
	path := os.Getenv("MUXKEY_KEYSTORES")
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for in := bufio.NewScanner(f); in.Scan(); {
		if fields := strings.Split(in.Text(), "\t"); len(fields) == 3 {
			list = append(list, sight{fields[0], fields[1], fields[2]})
		}
	}
	return list
}

// The keystores of the repository, and what was found elsewhere, are what Java says
// they are.
func TestInteropViews(t *testing.T) {
	java := peer.Program(t, "java")
	sights := moreSights(t)
	o := options(t, "17")
	o.Now = func() time.Time { return now }
	different := 0
	for i, want := range javaViews(t, java, sights, "") {
		got, _ := view(t, sights[i], o)
		if got != want {
			different++
			t.Errorf("%s %s %s\n--- java\n%s--- here\n%s", sights[i].path, sights[i].typ, sights[i].password, want, got)
		}
	}
	t.Logf("%d of %d differ", different, len(sights))
}

var (
	_ = jks.JKS
	_ = pkcs12x.Bag{}
	_ context.Context
)
