package manifest_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"muxkey/keystore/manifest"
	"muxkey/pkcs12x"
)

func parse(t *testing.T, text string) *manifest.File {
	t.Helper()
	f, err := manifest.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return f
}

// listing has a line for each value.
func listing(f *manifest.File) []string {
	var out []string
	for _, v := range f.Values {
		out = append(out, fmt.Sprintf("%s %s/%s %s %s=%q %v", v.Kind, v.Namespace, v.Object, v.Field, v.Key, v.Data, v.Err))
	}
	return out
}

func TestValuesAreFound(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{
			"a Secret",
			"apiVersion: v1\nkind: Secret\nmetadata: {name: mux, namespace: prod}\ndata:\n  a: QQ==\nstringData:\n  b: plain\n",
			[]string{`Secret prod/mux stringData b="plain" <nil>`, `Secret prod/mux data a="A" <nil>`},
		},
		{
			"stringData wins over data, as on the server",
			"kind: Secret\ndata:\n  a: QQ==\nstringData:\n  a: plain\n",
			[]string{`Secret / stringData a="plain" <nil>`},
		},
		{
			"a ConfigMap, whose data is text",
			"kind: ConfigMap\nmetadata:\n  generateName: trust-\ndata:\n  a: QQ==\nbinaryData:\n  b: QQ==\nstringData:\n  c: no such field\n",
			[]string{`ConfigMap /trust- data a="QQ==" <nil>`, `ConfigMap /trust- binaryData b="A" <nil>`},
		},
		{
			"several documents, others among them",
			"---\nkind: Deployment\ndata: {a: QQ==}\n---\n# nothing\n---\nkind: Secret\ndata: {b: QQ==}\n...\n---\nnot a mapping\n---\n- kind: Secret\n",
			[]string{`Secret / data b="A" <nil>`},
		},
		{
			"lists",
			"kind: List\nitems:\n- kind: Secret\n  data:\n    a: QQ==\n- kind: List\n  items:\n  - kind: ConfigMap\n    data: {b: x}\n- kind: Pod\n",
			[]string{`Secret / data a="A" <nil>`, `ConfigMap / data b="x" <nil>`},
		},
		{
			"a list whose items do not say what they are",
			"kind: SecretList\nitems:\n- metadata: {name: one}\n  data:\n    a: QQ==\n",
			[]string{`Secret /one data a="A" <nil>`},
		},
		{
			"JSON",
			`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"mux"},"data":{"a":"QQ=="},"stringData":{"b":"x\ny\u003c\/"}}`,
			[]string{`Secret /mux stringData b="x\ny</" <nil>`, `Secret /mux data a="A" <nil>`},
		},
		{
			"JSON with tabs",
			"{\n\t\"kind\":\t\"Secret\",\n\t\"data\": {\n\t\t\"a\": \"QQ==\"\n\t}\n}\n",
			[]string{`Secret / data a="A" <nil>`},
		},
		{
			"base64 in lines, and what is none",
			"kind: Secret\ndata:\n  a: |\n    Q\n    Q==\n  b: >-\n    Q\n    Q==\n  c: Q\n    Q==\n  d: \"Q\\\n    Q==\"\n  e: not base64\n  f: \"\"\n  g:\n  h: [QQ==]\n  i: {j: k}\n",
			[]string{
				`Secret / data a="A" <nil>`, `Secret / data b="A" <nil>`, `Secret / data c="A" <nil>`, `Secret / data d="A" <nil>`,
				`Secret / data e="not base64" ` + manifest.ErrBase64.Error(), `Secret / data f="" <nil>`, `Secret / data g="" <nil>`,
			},
		},
		{
			"anchors",
			"kind: Secret\nmetadata: &m {name: mux}\ndata: &d\n  a: &a QQ==\n  b: *a\n---\nkind: Secret\nmetadata:\n  name: &n other\n  namespace: *n\ndata: {}\n",
			[]string{`Secret /mux data a="A" <nil>`, `Secret /mux data b="A" <nil>`},
		},
		{"keys that are no names", "kind: Secret\ndata: {{0}: QQ==, [a]: Qg==, b: Qw==}\n", []string{`Secret / data b="C" <nil>`}},
		{"templates", "kind: Secret\ndata:\nmetadata:\n", nil},
	} {
		if got := listing(parse(t, tt.text)); !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

// Each value is replaced in its own style, and nothing else changes. "@" marks
// the old and the new text.
func TestOnlyTheValueChanges(t *testing.T) {
	const pem = "-----BEGIN X-----\nAAAA\n\nBBBB\n-----END X-----\n"
	for _, tt := range []struct{ name, head, old, new, tail, value string }{
		{"plain", "data:\n  a: ", "QQ==", "Qkk=", " # comment\n  b: x\n", "BI"},
		{"plain at the end of the file", "data:\n  a: ", "QQ==", "Qkk=", "", "BI"},
		{"plain on a line of its own", "data:\n  a:\n    ", "QQ==", "Qkk=", "\n\n  # comment\n  b: x\n", "BI"},
		{"plain over several lines", "data:\n  a: ", "QUFB\n    QUFB\n\n    QQ==", "Qkk=", "  # c\n  b: x\n", "BI"},
		{"CRLF", "data:\r\n  a: ", "QUFB\r\n    QQ==", "Qkk=", "\r\n  b: x\r\n", "BI"},
		{"double quotes", "data:\n  \"a\": ", `"QQ=="`, `"Qkk="`, " # é\n", "BI"},
		{"double quotes with escapes and breaks", "data:\n  a: ", "\"QU\\u0046C\\\n   QQ==\"", `"Qkk="`, "\n", "BI"},
		{"single quotes", "data:\n  a: ", "'QQ=='", "'Qkk='", "\n", "BI"},
		{"behind letters of several octets", "data: {\"ü€😀\": 1, a: ", "QQ==", "Qkk=", ", b: x}\n", "BI"},
		{"in braces, over lines", "data: {a: ", "QUFB\n  QQ==", "Qkk=", ",\n # c\n b: x}\n", "BI"},
		{"in braces, at the end", "data: {b: x, a: ", "QQ==", "Qkk=", "}\n", "BI"},
		{"JSON", "data: {\"a\":", `"QQ=="`, `"Qkk="`, "}\n", "BI"},
		{"literal, wrapped", "data:\n  a: ", "|\n    QUFB\n    QUFB\n    QQ==\n", "|\n    QkJC\n    QkJC\n    QkJC\n    QkI=\n", "\n  # comment\n  b: x\n", "BBBBBBBBBBB"},
		{"literal of one line", "data:\n  a: ", "|-  # note\n      QQ==\n", "|-  # note\n      QkJCQkJCQkJCQkI=\n", "  b: x\n", "BBBBBBBBBBB"},
		{"literal with an indicator", "data:\n  a: ", "|2\n    QQ==\n", "|2\n    Qkk=\n", "  b: x\n", "BI"},
		{"literal at the end of the file", "data:\n  a: ", "|\n    QUFB\n    QQ==", "|\n    Qkk=\n", "", "BI"},
		{"literal before another document", "data:\n  a: ", "|\n    QQ==\n", "|\n    Qkk=\n", "---\nkind: Pod\n", "BI"},
		{"folded becomes one line, as blanks are no base64", "data:\n  a: ", ">-\n    QUFB\n    QQ==\n", ">-\n    QkJCQkJCQkJCQkI=\n", "  b: x\n", "BBBBBBBBBBB"},
		{"a comment line less far in", "data:\n  a: ", "|\n    QQ==\n", "|\n    Qkk=\n", "   # less\n  b: x\n", "BI"},

		{"text as a literal", "stringData:\n  a: ", "|\n    x\n", "|\n    -----BEGIN X-----\n    AAAA\n\n    BBBB\n    -----END X-----\n", "  b: x\n", pem},
		{"text as a literal without a last line end", "stringData:\n  a: ", "| # note\n    x\n", "|- # note\n    x\n    y\n", "  b: x\n", "x\ny"},
		{"the other way round", "stringData:\n  a: ", "|-\n    x\n", "|\n    x\n    y\n", "  b: x\n", "x\ny\n"},
		{"folded text becomes a literal", "stringData:\n  a: ", ">\n    x\n    y\n", "|\n    x\n    y\n", "  b: x\n", "x\ny\n"},
		{"blank lines that were kept", "stringData:\n  a: ", "|+\n    x\n", "|\n    y\n", "\n\n  b: x\n", "y\n"},
		{"a literal in a file of CRLF", "stringData:\r\n  a: ", "|\r\n    x\r\n", "|\r\n    x\r\n    y\r\n", "  b: x\r\n", "x\ny\n"},
		{"text that no literal can hold", "stringData:\n  a: ", "|\n    x\n", "\"x\\r\\ny\\r\\n\"\n", "  b: x\n", "x\r\ny\r\n"},
		{"text that begins with a blank", "stringData:\n  a: ", "|\n    x\n", "\"  x\\n\"\n", "  b: x\n", "  x\n"},
		{"plain text that gets lines", "stringData:\n  a: ", "x", "|\n    x\n    y", "\n  b: x\n", "x\ny\n"},
		{"plain text before a comment", "stringData:\n  a: ", "x", `"x\ny\n"`, " # note\n  b: x\n", "x\ny\n"},
		{"plain text in braces", "stringData: {a: ", "x", `"x\ny\n"`, "}\n", "x\ny\n"},
		{"single quotes and text", "stringData:\n  a: ", "'it''s'", "'that''s'", "\n", "that's"},
		{"single quotes and lines", "stringData:\n  a: ", "'x'", `"x\ny"`, "\n", "x\ny"},
		{"text in braces and quotes", "stringData: {\"a\": ", `"x"`, `"x\n\"y\"\\\t\u0007é"`, "}\n", "x\n\"y\"\\\t\aé"},
	} {
		head := "# a comment é\nkind: Secret\n" + tt.head
		f := parse(t, head+tt.old+tt.tail)
		i := slices.IndexFunc(f.Values, func(v *manifest.Value) bool { return v.Key == "a" })
		got, err := f.Replace(map[*manifest.Value][]byte{f.Values[i]: []byte(tt.value)})
		if want := head + tt.new + tt.tail; err != nil || string(got) != want {
			t.Errorf("%s: %v\n got %q\nwant %q", tt.name, err, got, want)
		}
	}
}

func TestOnlyTheValueChangesInJSON(t *testing.T) {
	const text = "\n{ \"kind\" : \"Secret\", \"metadata\": {\"name\": \"\\ud83d\\ude00\\/\"},\n\t\"data\": {\"é\":\"\", \"a\"\t:\n\"QQ\\u003d=\" , \"n\": [1, true, null, {}, []]}}\n{}"
	f := parse(t, text)
	want := []string{`Secret /😀/ data é="" <nil>`, `Secret /😀/ data a="A" <nil>`}
	if got := listing(f); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	got, err := f.Replace(map[*manifest.Value][]byte{f.Values[1]: []byte("BI")})
	if want := strings.Replace(text, `QQ\u003d=`, "Qkk=", 1); err != nil || string(got) != want {
		t.Errorf("%v\n got %q\nwant %q", err, got, want)
	}
}

func TestSeveralValuesAtOnce(t *testing.T) {
	const text = "kind: List\nitems:\n- kind: Secret\n  data:\n    tls.crt: QQ==\n    tls.key: Qg== # key\n- kind: Secret\n  stringData: {x: y}\n  data:\n    z: Qw==\n"
	f := parse(t, text)
	changes := map[*manifest.Value][]byte{}
	for _, v := range f.Values {
		changes[v] = []byte("new " + v.Key)
	}
	got, err := f.Replace(changes)
	if err != nil {
		t.Fatal(err)
	}
	want := text
	for old, value := range map[string]string{"QQ==": "new tls.crt", "Qg==": "new tls.key", "Qw==": "new z"} {
		want = strings.ReplaceAll(want, old, base64.StdEncoding.EncodeToString([]byte(value)))
	}
	if want = strings.ReplaceAll(want, "{x: y}", `{x: "new x"}`); string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWhatIsNotReplaced(t *testing.T) {
	for _, tt := range []struct {
		name, text, value string
		want              error
	}{
		{"an anchor", "kind: Secret\ndata:\n  a: &x QQ==\n  b: *x\n", "B", manifest.ErrShared},
		{"an alias", "kind: Secret\ndata:\n  b: &x QQ==\n  a: *x\n", "B", manifest.ErrShared},
		{"within an anchor", "kind: Secret\ndata: &x\n  a: QQ==\n", "B", manifest.ErrShared},
		{"a tag", "kind: Secret\ndata:\n  a: !!str QQ==\n", "B", manifest.ErrShared},
		{"binary data in a ConfigMap's text", "kind: ConfigMap\ndata:\n  a: x\n", "\xff\xfe", manifest.ErrNotText},
	} {
		f := parse(t, tt.text)
		i := slices.IndexFunc(f.Values, func(v *manifest.Value) bool { return v.Key == "a" })
		got, err := f.Replace(map[*manifest.Value][]byte{f.Values[i]: []byte(tt.value)})
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, %q", tt.name, err, got)
		}
	}
}

func TestDetect(t *testing.T) {
	for text, want := range map[string]bool{
		"kind: Secret\n":             false,
		"apiVersion kind Secret\x00": false,

		"apiVersion: v1\nkind: Secret\n":                            true,
		"kind: \"ConfigMap\" # x\napiVersion: v1\n":                 true,
		"{\"apiVersion\":\"v1\",\"data\":{},\"kind\":\n\"Secret\"}": true,
		"- {apiVersion: v1,kind: List}":                             true,
		"apiVersion: v1\nkind: SealedSecret\n":                      false,
		"apiVersion: v1\nkind: Secrets\n":                           false,
		"apiVersion: v1\nmankind: Secret\n":                         false,
		"apiVersion: v1\nkind: Deployment\nspec:\n  kind: Secret\n": true, // reading it shows that there is none

		"apiVersion: v1\ndata:\n  a: " + strings.Repeat("QUFB", 20_000):     true, // the kind comes later
		"apiVersion: v1\ndata:\n  a: " + strings.Repeat("QUFB", 10):         false,
		"apiVersion: v1\nkind: Pod\ndata:" + strings.Repeat("QUFB", 20_000): false,
	} {
		if got := manifest.Detect([]byte(text)); got != want {
			t.Errorf("%.60q: %v", text, got)
		}
	}
}

// hostile files, which must be refused or read in time.
func hostile() map[string]string {
	const head = "apiVersion: v1\nkind: Secret\n"
	bomb := head + "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := range 20 {
		bomb += fmt.Sprintf("b%d: &b%d [%s*a]\n", i, i, strings.Repeat(fmt.Sprintf("*b%d, ", max(0, i-1)), 9*min(i, 1)))
	}
	items := "kind: List\nx: &x\n  kind: Secret\n  data:\n" + strings.Repeat("    k: QUFB\n", 1)
	for i := range 1000 {
		items += fmt.Sprintf("    k%d: QUFB\n", i)
	}
	items += "items: [" + strings.Repeat("*x,", 70_000) + "]\n"
	big := "kind: List\nx: &x\n  kind: Secret\n  data:\n    k: " + strings.Repeat("QUFB", 1<<20) + "\nitems: [" + strings.Repeat("*x,", 1000) + "]\n"
	return map[string]string{
		"brackets":           head + strings.Repeat("[", 400_000),
		"braces":             head + strings.Repeat("{a: ", 400_000),
		"dashes":             head + "a:\n" + strings.Repeat("- ", 400_000),
		"question marks":     head + strings.Repeat("? ", 400_000),
		"lists in lists":     strings.Repeat("{kind: List, items: [", 5000),
		"lists, closed":      strings.Repeat("{kind: List, items: [", 4000) + strings.Repeat("]}", 4000),
		"many keys":          head + "data:\n" + strings.Repeat("  k: QQ==\n", 400_000),
		"many documents":     strings.Repeat("---\nkind: Secret\n", 19_000),
		"many elements":      head + "data: [" + strings.Repeat("a,", 39_000) + "]",
		"too many":           head + "data: [" + strings.Repeat("a,", 5_000_000) + "]",
		"comments":           head + strings.Repeat("# c\n", 2_000_000),
		"comments, nested":   head + "a:\n" + strings.Repeat("   # c\n", 2_000_000) + "  b: c\n",
		"a long value":       head + "data:\n  a: " + strings.Repeat("QUFB", 5<<20) + "\n",
		"many lines":         head + "data:\n  a: |\n" + strings.Repeat("    QUFB\n", 2_000_000),
		"plain lines":        head + "data:\n  a:\n" + strings.Repeat("    QUFB\n", 2_000_000),
		"escapes":            head + "data:\n  a: \"" + strings.Repeat("\\n", 8_000_000) + "\"\n",
		"aliases":            bomb,
		"aliased items":      items,
		"aliased values":     big,
		"an alias to itself": "kind: List\nitems: &a\n- kind: List\n  items: *a\n",
		"too large":          head + strings.Repeat("#", manifest.MaxSize),
		"deep JSON":          "{\"kind\":\"Secret\",\"a\":" + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}",
		"JSON elements":      "{\"kind\":\"Secret\",\"a\":[" + strings.Repeat("1,", 39_000) + "1]}",
		"JSON braces":        strings.Repeat("{\"\":", 200_000),
		"a tab":              head + "\tdata: x\n",
		"cut short":          head + "data:\n  a: \"QQ",
		"a control":          head + "data:\n  a: \x01\n",
		"no UTF-8":           head + "data:\n  a: \xff\xff\n",
		"a template":         head + "data:\n  {{- range .Values }}\n  a: {{ . | b64enc }}\n  {{- end }}\n",
		"a key twice":        head + "data:\n  a: QQ==\n  a: Qg==\n",
		"merge keys":         "x: &x {a: QQ==}\n" + head + "data:\n  <<: *x\n",
		"an unknown alias":   head + "data: *nowhere\n",
	}
}

// mostTime is for one file: two seconds on a machine that has nothing else to do.
const mostTime = 4 * time.Second

func TestHostileFiles(t *testing.T) {
	read := []string{"many documents", "many elements", "comments", "comments, nested", "a long value", "many lines", "plain lines", "escapes", "an alias to itself", "aliases", "lists, closed", "deep JSON", "JSON elements"}
	for name, text := range hostile() {
		// What is slow by itself is slow every time; a busy machine is not.
		var err error
		took := time.Hour
		for range 3 {
			start := time.Now()
			_, err = manifest.Parse([]byte(text))
			if took = min(took, time.Since(start)); took <= mostTime {
				break
			}
		}
		if took > mostTime {
			t.Errorf("%s took %v", name, took)
		}
		_, syntax := errors.AsType[*manifest.SyntaxError](err)
		_, limit := errors.AsType[*pkcs12x.LimitError](err)
		if slices.Contains(read, name) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else if !syntax && !limit {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range hostile() {
		if len(text) < 10_000 {
			f.Add([]byte(text))
		}
	}
	f.Add([]byte("apiVersion: v1\nkind: Secret\nmetadata: {name: mux}\ndata:\n  a: |-\n    QQ==\n  'b': \"Q\\\n   Q==\"\nstringData:\n  c: >\n   x\n   y\n\n  d: 'it''s'\n"))
	f.Add([]byte(`{"kind":"List","items":[{"kind":"ConfigMap","data":{"a":"b"},"binaryData":{"c":"QQ=="}}]}`))
	f.Add([]byte("kind: Secret\r\ndata:\r\n  a: Q\r\n   Q==\r\n\r\n  b: QQ== # c\u2028\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := manifest.Parse(data)
		if err != nil {
			return
		}
		for _, v := range file.Values {
			const value = "-----BEGIN X-----\nQUFB\n-----END X-----\n"
			out, err := file.Replace(map[*manifest.Value][]byte{v: []byte(value)})
			if err != nil {
				continue // what was made is read back, and refused if it is not right
			}
			if again, err := manifest.Parse(out); err != nil || !slices.ContainsFunc(again.Values, func(v *manifest.Value) bool { return bytes.Equal(v.Data, []byte(value)) }) {
				t.Fatalf("%v in %q", err, out)
			}
		}
	})
}
