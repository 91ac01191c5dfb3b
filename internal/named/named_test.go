package named_test

import (
	"slices"
	"strings"
	"testing"

	"muxkey/internal/named"
)

type format struct {
	id   string
	year int
}

func formats() named.Set[format] {
	return named.New(func(f format) string { return f.id },
		format{"pkcs12", 1999}, format{"jks", 1998}, format{"jceks", 2001}, format{"pem", 1993})
}

func TestSetKeepsTheOrderOfTheList(t *testing.T) {
	s := formats()
	want := []string{"pkcs12", "jks", "jceks", "pem"}
	if got := s.Names(); !slices.Equal(got, want) {
		t.Errorf("names are %q, want %q", got, want)
	}
	var years []int
	for f := range s.All() {
		years = append(years, f.year)
	}
	if !slices.Equal(years, []int{1999, 1998, 2001, 1993}) {
		t.Errorf("items come as %v", years)
	}
	if s.Len() != 4 {
		t.Errorf("length is %d", s.Len())
	}
}

func TestSetFindsByExactName(t *testing.T) {
	s := formats()
	if f, ok := s.Get("jks"); !ok || f.year != 1998 {
		t.Errorf("jks is %v, %v", f, ok)
	}
	for _, name := range []string{"", "JKS", "jk", "jks "} {
		if f, ok := s.Get(name); ok || f != (format{}) {
			t.Errorf("%q found %v", name, f)
		}
	}
	var empty named.Set[format]
	if _, ok := empty.Get("jks"); ok || empty.Len() != 0 || empty.Nearest("jks") != "" {
		t.Error("the zero set is not empty")
	}
}

func TestSetCannotBeChangedFromOutside(t *testing.T) {
	list := []string{"a", "b"}
	s := named.New(func(s string) string { return s }, list...)
	list[0] = "x"
	s.Names()[1] = "y"
	if got := s.Names(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("names became %q", got)
	}
	if got, _ := s.Get("a"); got != "a" {
		t.Errorf("item became %q", got)
	}
}

func TestBadListPanics(t *testing.T) {
	for _, tt := range []struct {
		list []string
		want string
	}{
		{[]string{"a", "b", "a"}, `items 0 and 2 are both called "a"`},
		{[]string{"a", ""}, "item 1 has no name"},
	} {
		func() {
			defer func() {
				if got, _ := recover().(string); !strings.Contains(got, tt.want) {
					t.Errorf("%q: panic says %q, want %q", tt.list, got, tt.want)
				}
			}()
			named.New(func(s string) string { return s }, tt.list...)
		}()
	}
}

func TestNearest(t *testing.T) {
	names := []string{"pkcs12", "jks", "jceks", "pem", "sarif", "create", "export", "q"}
	for _, tt := range []struct{ word, want string }{
		{"jsk", "jks"}, // two neighbours swapped
		{"JKS", "jks"}, // case alone
		{"pcks12", "pkcs12"},
		{"pkcs#12", "pkcs12"},
		{"pkcs", "pkcs12"},
		{"sarf", "sarif"},
		{"craete", "create"},
		{"exprot", "export"},
		{"pme", "pem"},
		{"pém", "pem"}, // one character, whatever its bytes
		{"xml", ""},
		{"pk", ""},
		{"z", ""}, // every letter changed is no likeness
		{"", ""},
		{strings.Repeat("pkcs12", 1_000_000), ""},
	} {
		if got := named.Nearest(tt.word, names); got != tt.want {
			t.Errorf("%.20q: nearest is %q, want %q", tt.word, got, tt.want)
		}
	}
	if got := named.Nearest("pex", []string{"xml", "pem", "pen"}); got != "pem" {
		t.Errorf("of two that are as near the first is not taken, but %q", got)
	}
	if got := formats().Nearest("pks12"); got != "pkcs12" {
		t.Errorf("set's nearest is %q", got)
	}
}
