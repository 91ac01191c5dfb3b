package certgen_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"muxkey/certgen"
)

func TestNamesAreSortedByTheirForm(t *testing.T) {
	long := strings.Repeat("a", 63)
	for _, tt := range []struct{ word, want, display string }{
		{"mux.example.com", "dns:mux.example.com", ""},
		{"MUX.Example.COM.", "dns:mux.example.com", ""},
		{"mux", "dns:mux", ""},
		{"localhost", "dns:localhost", ""},
		{"3com.example", "dns:3com.example", ""},
		{"a--b.example", "dns:a--b.example", ""},
		{"foo_bar.example.com", "dns:foo_bar.example.com", ""},
		{"*.example.com", "dns:*.example.com", ""},
		{"dns:mux", "dns:mux", ""},
		{"DNS:Mux", "dns:mux", ""},
		{long + ".example", "dns:" + long + ".example", ""},
		{long + "." + long + "." + long + "." + long[:61], "dns:" + long + "." + long + "." + long + "." + long[:61], ""},

		{"bücher.example", "dns:xn--bcher-kva.example", "bücher.example"},
		{"BÜCHER.example", "dns:xn--bcher-kva.example", "bücher.example"},
		{"xn--bcher-kva.example", "dns:xn--bcher-kva.example", "bücher.example"},
		{"XN--BCHER-KVA.example", "dns:xn--bcher-kva.example", "bücher.example"},
		{"bu\u0308cher.example", "dns:xn--bcher-kva.example", "bücher.example"},
		{"faß.example", "dns:xn--fa-hia.example", "faß.example"},
		{"*.bücher.example", "dns:*.xn--bcher-kva.example", "*.bücher.example"},
		{"a_b.bücher.example", "dns:a_b.xn--bcher-kva.example", "a_b.bücher.example"},
		{"ab--cd.bücher.example", "dns:ab--cd.xn--bcher-kva.example", "ab--cd.bücher.example"},
		{"mux。example．com", "dns:mux.example.com", ""},
		{"אב.example", "dns:xn--4dbc.example", "אב.example"},

		{"10.0.0.1", "ip:10.0.0.1", ""},
		{"ip:10.0.0.1", "ip:10.0.0.1", ""},
		{"2001:DB8:0:0::1", "ip:2001:db8::1", ""},
		{"[2001:db8::1]", "ip:2001:db8::1", ""},
		{"IP:[::1]", "ip:::1", ""},
		{"::ffff:10.0.0.1", "ip:10.0.0.1", ""},

		{"admin@Example.COM", "email:admin@example.com", ""},
		{"email:O'Brien+x@example.com", "email:O'Brien+x@example.com", ""},
		{"root@localhost", "email:root@localhost", ""},
		{"a@bücher.example", "email:a@xn--bcher-kva.example", "a@bücher.example"},

		{"spiffe://Example.ORG/Mux", "uri:spiffe://example.org/Mux", ""},
		{"HTTPS://mux.example.com:8443/a?b#c", "uri:https://mux.example.com:8443/a?b#c", ""},
		{"https://bücher.example:443/%C3%A4", "uri:https://xn--bcher-kva.example:443/%C3%A4", "https://bücher.example:443/%C3%A4"},
		{"http://[2001:DB8::1]:80/", "uri:http://[2001:db8::1]:80/", ""},
		{"urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", "uri:urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", ""},
		{"sip:example.com", "uri:sip:example.com", ""},
		{"uri:tag:example.com,2026:x", "uri:tag:example.com,2026:x", ""},
	} {
		names, err := certgen.ParseNames([]string{tt.word})
		if err != nil {
			t.Errorf("%q: %v", tt.word, err)
			continue
		}
		if tt.display == "" {
			tt.display = names[0].Value
		}
		if got := names[0].String(); got != tt.want || names[0].Display != tt.display {
			t.Errorf("%q: got %s shown as %s, want %s shown as %s", tt.word, got, names[0].Display, tt.want, tt.display)
		}
	}
}

func TestBadNamesAreRefusedWithTheirPosition(t *testing.T) {
	long := strings.Repeat("a", 63)
	for _, tt := range []struct {
		word string
		pos  int
		why  string // part of it
		hint string // part of it
	}{
		{"", 0, "empty", ""},
		{"dns:", 0, "empty", ""},
		{"mux example.com", 4, "blank", "argument of its own"},
		{" mux", 1, "blank", ""},
		{"mux\n", 4, "blank", ""},
		{"mux\u00a0x", 4, "blank", ""},
		{"mux\x00", 4, "control character U+0000", ""},
		{"mux\x1b[31m", 4, "control character", ""},
		{"mu\u200bx", 3, "invisible character U+200B", ""},
		{"mu\u202ex", 3, "invisible character U+202E", ""},
		{"mu\xffx", 3, "byte 0xff", ""},
		{"‘mux’", 1, "quotation mark ‘", "mux"},
		{"mux”", 4, "quotation mark ”", "mux"},
		{`"mux"`, 1, "quotation mark", "mux"},
		{"'mux'", 1, "quotation mark", "mux"},
		{"mu'x", 3, `"'"`, ""},
		{"mux.example.com:1533", 16, "port", "write mux.example.com"},
		{"dns:mux:1533", 8, "port", "write mux"},
		{"mux.example.com/", 16, `"/"`, "write mux.example.com"},
		{"mux.example.com:1533/x", 16, `":"`, ""},
		{"a.example,b.example", 10, `","`, "argument of its own"},
		{"a.example;b.example", 10, `";"`, "argument of its own"},
		{"mux!.example", 4, `"!"`, ""},
		{".", 0, "no host name", ""},
		{"a..b", 3, "empty label", ""},
		{".a", 1, "empty label", ""},
		{"a..", 3, "empty label", ""},
		{"-a.example", 1, "hyphen", ""},
		{"a-.example", 2, "hyphen", ""},
		{"a.-", 3, "hyphen", ""},
		{"*", 1, "fewer than two labels", ""},
		{"*.com", 1, "fewer than two labels", ""},
		{"*.xn--p1ai", 1, "fewer than two labels", ""},
		{"a*.example.com", 2, "misplaced wildcard", "*.example.com"},
		{"a.*.example.com", 3, "misplaced wildcard", ""},
		{"*.*.example.com", 3, "misplaced wildcard", ""},
		{"*bücher.example.com", 1, "misplaced wildcard", ""},
		{long + "a.example", 1, "more than 63", ""},
		{"x." + strings.Repeat("ü", 62) + ".example", 3, "more than 63", ""},
		{long + "." + long + "." + long + "." + long[:62], 0, "more than 253", ""},
		{strings.Repeat("a", 2049), 0, "more than 2048", ""},
		{"mux.123", 5, "number at the end", ""},
		{"mux.１２３", 5, "number at the end", ""},
		{"mux.0x1f", 5, "number at the end", ""},
		{"12345", 1, "number at the end", ""},
		{"*.example.123", 11, "number at the end", ""},
		{"dns:10.0.0.1", 12, "number at the end", "ip:10.0.0.1"},
		{"xn--a.example", 1, "internationalised label", ""},
		{"a.℀.example", 3, "internationalised label", ""},
		{"….example", 1, "internationalised label", ""},
		{"1.אב", 1, "internationalised name", ""},

		{"10.0.0.256", 8, `no IPv4 address: "256"`, ""},
		{"010.0.0.1", 1, `"010"`, "leading zeros"},
		{"10.0.0.", 7, `no IPv4 address: ""`, ""},
		{"10.0.0", 6, "ends after 3 numbers", ""},
		{"10.0.0.1.2", 10, `"2"`, ""},
		{"10.0.0.1:80", 9, "port", "write 10.0.0.1"},
		{"10.0.0.0/8", 9, `"/"`, "write 10.0.0.0"},
		{"[::1]:443", 6, "port", "write ::1"},
		{"fe80::1%eth0", 8, `"%"`, "zone"},
		{"2001:db8::g", 11, `"g"`, ""},
		{"1:2:3", 1, "no IPv6 address", ""},
		{"[10.0.0.1]", 1, `"["`, ""},
		{"ip:mux", 4, `"m"`, ""},
		{"ip:*.example.com", 4, `"*"`, ""},

		{"a@b@c.example", 2, `"@"`, ""},
		{"@example.com", 1, "nothing before", ""},
		{"a@", 0, "no host name", ""},
		{"email:mux", 9, `no "@"`, ""},
		{"a..b@example.com", 3, "misplaced dot", ""},
		{".a@example.com", 1, "misplaced dot", ""},
		{"a.@example.com", 2, "misplaced dot", ""},
		{"ä@example.com", 1, `"ä"`, ""},
		{"a@*.example.com", 3, "wildcard", "only host names"},
		{"a@10.0.0.1", 10, "number at the end", ""},
		{"<a@example.com>", 1, `"<"`, ""},
		{strings.Repeat("a", 65) + "@example.com", 0, "more than 64", ""},
		{"a@" + long + "." + long + "." + long + "." + long[:61], 0, "more than 254", ""},

		{"uri:mux", 5, "no absolute URI", ""},
		{"a:b://bücher.example/", 8, `"ü"`, "percent-encode"},
		{"https:///x", 1, "no absolute URI", ""},
		{"https://mux example.com", 12, "blank", ""},
		{"https://mux.example.com/ä", 25, `"ä"`, "percent-encode"},
		{"https://mux.example.com/<", 25, `"<"`, "percent-encode"},
		{"https://mux.example.com/%zz", 25, `"%"`, "%25"},
		{"https://mux.example.com/%e", 25, `"%"`, "%25"},
		{"https://*.example.com/", 9, "wildcard", ""},
		{"https://mux.123/", 13, "number at the end", ""},
		{"https://mux:99999/", 13, "port over 65535", ""},
		{"https://[::1%25a]/", 9, "no IPv6 address", ""},
		{"https://mux..example/", 13, "empty label", ""},
	} {
		names, err := certgen.ParseNames([]string{"good.example.com", tt.word})
		e, ok := errors.AsType[*certgen.NameError](err)
		if !ok {
			t.Errorf("%q: got %v and error %v, want a NameError", tt.word, names, err)
			continue
		}
		if e.Pos != tt.pos || !strings.Contains(e.Why, tt.why) || !strings.Contains(e.Hint, tt.hint) {
			t.Errorf("%q: got %v (hint: %s), want %q at %d (hint: %s)", tt.word, err, e.Hint, tt.why, tt.pos, tt.hint)
		}
	}
}

func TestNameErrorText(t *testing.T) {
	_, err := certgen.ParseNames([]string{"mux example.com"})
	if got, want := fmt.Sprint(err), `host name "mux example.com": blank at character 4`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// Control characters do not reach a terminal, and long input is cut.
	for _, word := range []string{"mux\x1b[31m\xff", "‘mux\x1b[31m’", strings.Repeat("a\x1b", 5000)} {
		_, err := certgen.ParseNames([]string{word})
		e, ok := errors.AsType[*certgen.NameError](err)
		if !ok {
			t.Fatalf("%.20q was taken: %v", word, err)
		}
		if got := e.Error() + e.Hint; strings.Contains(got, "\x1b") || !utf8.ValidString(got) || len(got) > 1500 {
			t.Errorf("message for %.20q: %.80q, %d bytes", word, got, len(got))
		}
	}
}

func TestPasswordsInURLsStayOutOfErrors(t *testing.T) {
	for _, word := range []string{
		"https://joe:s3cret@mux.example.com/",
		"uri:https://joe:s3c@ret@mux.example.com",
		"https://joe:s3c ret@mux.example.com",
		"dns:https://joe:s3c“ret@mux.example.com",
		"https://joe:s3cret@mux.example.com/" + strings.Repeat("a", 3000),
		strings.Repeat("a", 3000) + "://joe:s3cret@mux.example.com/",
	} {
		for _, parse := range []func([]string) (certgen.Names, error){certgen.ParseNames, certgen.ParseServerNames} {
			_, err := parse([]string{word})
			e, ok := errors.AsType[*certgen.NameError](err)
			if !ok {
				t.Errorf("%q was taken: %v", word, err)
				continue
			}
			if all := e.Error() + e.Input + e.Hint; strings.Contains(all, "s3c") {
				t.Errorf("%q: the password is in the error %s", word, all)
			}
		}
	}
}

func TestServerNamesBeginWithAHost(t *testing.T) {
	names, err := certgen.ParseServerNames([]string{"mux", "10.0.0.1", "a@example.com", "spiffe://example.org/mux"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(names), "[dns:mux ip:10.0.0.1 email:a@example.com uri:spiffe://example.org/mux]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, tt := range []struct {
		word string
		pos  int
		hint string
	}{
		{"https://mux.example.com", 6, "write mux.example.com, and after it uri:https://mux.example.com if"},
		{"https://mux.example.com/chat", 6, "write mux.example.com,"},
		{"uri:https://mux.example.com", 4, "write mux.example.com,"},
		{"urn:isbn:1", 4, "give the host name first"},
		{"a@example.com", 2, "give the host name first"},
		{"email:a@example.com", 8, "give the host name first"},
	} {
		_, err := certgen.ParseServerNames([]string{tt.word})
		e, ok := errors.AsType[*certgen.NameError](err)
		if !ok || e.Pos != tt.pos || !strings.Contains(e.Hint, tt.hint) {
			t.Errorf("%q: got %+v, want position %d and hint %q", tt.word, err, tt.pos, tt.hint)
		}
	}
	if names, err := certgen.ParseServerNames(nil); err != nil || len(names) != 0 {
		t.Errorf("no words: %v, %v", names, err)
	}
}

func TestRepeatedNamesAreMerged(t *testing.T) {
	names, err := certgen.ParseNames([]string{"b.example", "a.example", "B.example.", "dns:a.example", "::1", "[0::1]", "uri:urn:a:b", "urn:a:b"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(names), "[dns:b.example dns:a.example ip:::1 uri:urn:a:b]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := names.Values(certgen.DNS), []string{"b.example", "a.example"}; !slices.Equal(got, want) {
		t.Errorf("host names are %v, want %v", got, want)
	}
}

func TestRemarks(t *testing.T) {
	for word, want := range map[string]string{
		"mux":                     "without a domain",
		"bücher":                  "without a domain",
		"a_b.example":             "underscore",
		"https://mux.example.com": "never with a URI",
		"localhost":               "",
		"mux.example.com":         "",
		"*.example.com":           "",
		"root@localhost":          "",
		"spiffe://example.org/a":  "",
	} {
		names, err := certgen.ParseNames([]string{word})
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(names[0].Remarks, "; ")
		if !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: remarks %q, want %q", word, got, want)
		}
	}
}

func FuzzParseNames(f *testing.F) {
	for _, word := range []string{
		"mux.example.com", "*.bücher.example", "dns:a_b.example.", "10.0.0.1", "[::1]", "ip:::ffff:1.2.3.4", "a@b.example",
		"https://bücher.example:443/a?b#c", "urn:a:b", "uri:tag:x", "‘mux’", "mux:1533", "https://u:p@h/", "1.אב", "….℀", "xn--a",
	} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		names, err := certgen.ParseNames([]string{word})
		if err != nil {
			e, ok := errors.AsType[*certgen.NameError](err)
			if !ok {
				t.Fatalf("%q: error of type %T", word, err)
			}
			if n := len([]rune(e.Input)); e.Pos < 0 || e.Pos > n {
				t.Fatalf("%q: position %d in a name of %d characters", word, e.Pos, n)
			}
			return
		}
		n := names[0]
		for _, r := range n.Value {
			if r <= ' ' || r > '~' {
				t.Fatalf("%q: %q in the name %q", word, r, n.Value)
			}
		}
		again, err := certgen.ParseNames([]string{n.String()})
		if err != nil {
			t.Fatalf("%q: made %s, which is refused: %v", word, n, err)
		}
		if again[0].String() != n.String() || again[0].Display != n.Display {
			t.Fatalf("%q: made %s (%s), then %s (%s)", word, n, n.Display, again[0], again[0].Display)
		}
		key, err := certgen.GenerateKey(t.Context(), seeded(1), "ed25519")
		if err != nil {
			t.Fatal(err)
		}
		subject, err := certgen.ParseDN("CN=fuzz")
		if err != nil {
			t.Fatal(err)
		}
		cert := mustSelfSign(t, certgen.Request{Key: key, Names: names, Subject: subject})
		var got []string
		for _, u := range cert.URIs {
			got = append(got, u.String())
		}
		for _, ip := range cert.IPAddresses {
			got = append(got, ip.String())
		}
		got = slices.Concat(got, cert.DNSNames, cert.EmailAddresses)
		if len(got) != 1 || got[0] != n.Value {
			t.Fatalf("%q: the certificate names %q, want %q", word, got, n.Value)
		}
	})
}
