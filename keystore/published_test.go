package keystore

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"os"
	"slices"
	"testing"

	"muxkey/pkcs12x"
)

func answer(password string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return password, nil }
}

// made is a store of one certificate and key under a password.
func made(t *testing.T, format, password string, profile func(*pkcs12x.Profile)) []byte {
	t.Helper()
	data, err := os.ReadFile("../testdata/chain.p12")
	if err != nil {
		t.Fatal(err)
	}
	st, err := Decode(t.Context(), "chain.p12", data, Options{Password: answer("changeit"), Unlock: true})
	if err != nil {
		t.Fatal(err)
	}
	e := Encoding{Password: password}
	e.Profile, _ = pkcs12x.ProfileByName(pkcs12x.DefaultProfile)
	if profile != nil {
		profile(&e.Profile)
	}
	out, err := Encode(t.Context(), rand.Reader, format, st.Entries, e)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTryPublished(t *testing.T) {
	costly := func(p *pkcs12x.Profile) { p.MAC.Iterations = 400_000 }
	for _, tt := range []struct {
		name, format, password string
		profile                func(*pkcs12x.Profile)
		given                  string
		want                   string
		wrong                  bool
	}{
		{"first row", "pkcs12", "changeit", nil, "", "java", false},
		{"another row", "pkcs12", "secret", nil, "", "spring", false},
		{"JKS", "jks", "changeit", nil, "", "java", false},
		{"JKS, last row", "jks", "nomagic", nil, "", "teamwork-cloud", false},
		{"JCEKS", "jceks", "storepwd", nil, "", "jetty-store", false},
		{"a password of its own", "pkcs12", "Zq7-own-password", nil, "", "", false},
		{"given and right", "pkcs12", "changeit", nil, "changeit", "java", false},
		{"given, right and its own", "jks", "Zq7-own-password", nil, "Zq7-own-password", "", false},
		{"given and wrong", "pkcs12", "secret", nil, "Zq7-other-password", "spring", true},
		{"too costly to try", "pkcs12", "changeit", costly, "", "", false},
		{"costly, but given", "pkcs12", "changeit", costly, "changeit", "java", false},
		{"no room for the later rows", "pkcs12", "nomagic", nil, "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := Options{TryPublished: true, WrongAsNone: true, Unlock: true}
			if tt.given != "" {
				o.Password = answer(tt.given)
			}
			st, err := Decode(t.Context(), "store", made(t, tt.format, tt.password, tt.profile), o)
			if err != nil {
				t.Fatal(err)
			}
			if st.Published != tt.want || st.WrongPassword != tt.wrong {
				t.Errorf("Published = %q, WrongPassword = %v; want %q, %v", st.Published, st.WrongPassword, tt.want, tt.wrong)
			}
			if tt.given == "" && st.Verified {
				t.Error("a published password opened the store")
			}
			for _, e := range st.Entries {
				if tt.given == "" && e.Key != nil && e.Key.PKCS8 != nil {
					t.Errorf("a published password opened the key %q", e.Alias)
				}
			}
		})
	}
}

func TestWrongPasswordIsAnErrorUnlessToldOtherwise(t *testing.T) {
	data := made(t, "pkcs12", "secret", nil)
	if _, err := Decode(t.Context(), "store", data, Options{Password: answer("changeit")}); !errors.Is(err, ErrPassword) {
		t.Errorf("got %v", err)
	}
	st, err := Decode(t.Context(), "store", data, Options{Password: answer("changeit"), WrongAsNone: true})
	if err != nil || !st.WrongPassword || st.Verified || st.Published != "" {
		t.Errorf("got %+v, %v", st, err)
	}
}

func TestPublishedPasswords(t *testing.T) {
	var ids, texts []string
	for _, p := range PublishedPasswords() {
		if p.Source == "" {
			t.Errorf("%s has no source", p.ID)
		}
		if slices.Contains(ids, p.ID) || slices.Contains(texts, p.text) {
			t.Errorf("%s is there twice", p.ID)
		}
		ids, texts = append(ids, p.ID), append(texts, p.text)
	}
}

func TestSniff(t *testing.T) {
	long := func(line string, n int) []byte { return slices.Concat([]byte(line), make([]byte, n)) }
	p12, err := os.ReadFile("../testdata/chain.p12")
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(base64.StdEncoding.EncodeToString(p12))
	for name, tt := range map[string]struct {
		head []byte
		want bool
	}{
		"nothing":               {nil, false},
		"PKCS#12":               {p12, true},
		"PKCS#12, its head":     {p12[:64], true},
		"JKS":                   {long("\xfe\xed\xfe\xed\x00\x00\x00\x02", 100), true},
		"base64":                {text, true},
		"base64, its head":      {text[:101], true},
		"base64 of words":       {[]byte("thisisnothingbutwordswithoutanyblanksbetweenthem"), false},
		"PEM":                   {[]byte("-----BEGIN CERTIFICATE-----\n"), true},
		"PEM in YAML":           {[]byte("data:\n  ca.crt: |\n    -----BEGIN CERTIFICATE-----\n    MII"), true},
		"PEM in UTF-16":         {[]byte("\xff\xfe-\x00-\x00-\x00-\x00-\x00B\x00E\x00G\x00I\x00N\x00 \x00X\x00-\x00-\x00-\x00-\x00-\x00"), true},
		"PEM in a sentence":     {[]byte("It begins with -----BEGIN CERTIFICATE-----."), false},
		"a keychain, not read":  {long("kych", 100), true},
		"a picture":             {long("\x89PNG\r\n\x1a\n", 100), false},
		"a program with labels": {long("\x7fELF\n-----BEGIN CERTIFICATE-----\n", 10), false},
		"DER of another kind":   {[]byte{0x30, 3, 0x0a, 1, 0}, false},
	} {
		got, settled := Sniff("file", tt.head)
		if got != tt.want || got && !settled {
			t.Errorf("%s: got %v, settled: %v", name, got, settled)
		}
	}
}

// What the first octets rule out need not be read further; a text or a database
// must.
func TestSniffSettles(t *testing.T) {
	for head, want := range map[string]bool{
		"\x89PNG\r\n\x1a\n":            true,
		"\x7fELF":                      true,
		"SQLite format 3\x00":          false,
		"#!/bin/sh\n":                  false,
		"\x01\x02\x03":                 false,
		string(make([]byte, HeadSize)): true,
	} {
		if promising, settled := Sniff("file", []byte(head)); promising || settled != want {
			t.Errorf("%.10q: %v, %v", head, promising, settled)
		}
	}
}

func TestCompanion(t *testing.T) {
	for name, want := range map[string]string{"key4.db": "cert9.db", "my-key4.db": "my-cert9.db", "cert9.db": "", "key4.db.bak": ""} {
		if of, ok := Companion(name); ok != (want != "") || ok && of != want {
			t.Errorf("%s: %q, %v", name, of, ok)
		}
	}
}
