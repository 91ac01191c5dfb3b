package javaio_test

import (
	"bytes"
	"errors"
	"testing"

	"muxkey/keystore/javaio"
	"muxkey/pkcs12x"
)

func TestText(t *testing.T) {
	for text, java := range map[string]string{
		"":        "",
		"mux":     "mux",
		"grün €":  "gr\xc3\xbcn \xe2\x82\xac",
		"nul\x00": "nul\xc0\x80",
		"😀":       "\xed\xa0\xbd\xed\xb8\x80",
	} {
		if got := string(javaio.EncodeUTF(text)); got != java {
			t.Errorf("%q became %q, want %q", text, got, java)
		}
		if got, ok := javaio.DecodeUTF([]byte(java)); !ok || got != text {
			t.Errorf("%q became %q, %v", java, got, ok)
		}
	}
	if got, ok := javaio.DecodeUTF([]byte("😀")); !ok || got != "😀" {
		t.Errorf("plain UTF-8 became %q, %v", got, ok)
	}
	for _, broken := range []string{"\x80", "\xc3", "\xe2\x82", "\xc3\x28", "\xf0\x9f\x98", "\xff"} {
		if got, ok := javaio.DecodeUTF([]byte(broken)); ok {
			t.Errorf("%q became %q", broken, got)
		}
	}
}

// A text is written back as it was read, and anew when it has changed.
func TestAppendText(t *testing.T) {
	for _, tt := range []struct{ text, stored, want string }{
		{"😀", "", "\x00\x06\xed\xa0\xbd\xed\xb8\x80"},
		{"😀", "😀", "\x00\x04😀"},
		{"a", "😀", "\x00\x01a"},
		{"\ufffd", "\xed\xa0\xbd", "\x00\x03\xed\xa0\xbd"},
	} {
		got, err := javaio.AppendText([]byte{7}, tt.text, []byte(tt.stored))
		if err != nil || string(got) != "\x07"+tt.want {
			t.Errorf("%q: %q, %v", tt.text, got, err)
		}
	}
	if _, err := javaio.AppendText(nil, string(bytes.Repeat([]byte("a"), 1<<16)), nil); !errors.Is(err, pkcs12x.ErrUnsupported) {
		t.Errorf("a text of 65,536 octets: %v", err)
	}
}

func TestReader(t *testing.T) {
	data := "\x07\x00\x08\x00\x00\x00\x09\x00\x00\x00\x00\x00\x00\x00\x0a\x00\x02ab\x00\x00\x00\x03cde\x00\x00\x00\x02wxyz"
	r := &javaio.Reader{Rest: []byte(data)}
	left := 5
	if r.Uint8("x") != 7 || r.Uint16("x") != 8 || r.Uint32("x") != 9 || r.Uint64("x") != 10 || r.Text(r.Short("x"), "x") != "ab" ||
		string(r.Long("x")) != "cde" || r.Count("things", 2, &left, 5) != 2 || left != 3 || string(r.Rest) != "wxyz" || r.Err != nil {
		t.Errorf("%+v, %d left", r, left)
	}
	for name, tt := range map[string]struct {
		data string
		read func(*javaio.Reader)
		want string
	}{
		"cut in a number":    {"\x00", func(r *javaio.Reader) { r.Uint32("a date") }, "a date is not all there (cut short?)"},
		"cut in a text":      {"\x00\x05ab", func(r *javaio.Reader) { r.Short("an alias") }, "an alias is not all there (cut short?)"},
		"negative length":    {"\xff\xff\xff\xff", func(r *javaio.Reader) { r.Long("a key") }, "the length of a key is negative"},
		"no text":            {"\x00\x01\xff", func(r *javaio.Reader) { r.Text(r.Short("an alias"), "an alias") }, "an alias is no text"},
		"more than fits":     {"\x00\x00\x00\x03abcde", func(r *javaio.Reader) { left := 9; r.Count("things", 2, &left, 9) }, "the number of things is 3, more than fits into the file (cut short?)"},
		"more than allowed":  {"\x00\x00\x00\x03abcdef", func(r *javaio.Reader) { left := 2; r.Count("things", 2, &left, 9) }, "asks for 10 bags, the limit is 9"},
		"the first error":    {"\x00\x05ab", func(r *javaio.Reader) { r.Short("an alias"); r.Long("a key"); r.Fail("too late") }, "an alias is not all there (cut short?)"},
		"nothing after that": {"\x00\x05ab\x01", func(r *javaio.Reader) { r.Short("an alias"); r.Fail("%d", r.Uint8("x")) }, "an alias is not all there (cut short?)"},
	} {
		r := &javaio.Reader{Rest: []byte(tt.data)}
		tt.read(r)
		if r.Err == nil || r.Err.Error() != tt.want {
			t.Errorf("%s: %v, want %q", name, r.Err, tt.want)
		}
		if _, limit := errors.AsType[*pkcs12x.LimitError](r.Err); !limit && !errors.Is(r.Err, pkcs12x.ErrDamaged) {
			t.Errorf("%s: %v is not of pkcs12x", name, r.Err)
		}
	}
}
