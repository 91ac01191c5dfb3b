package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// words are strings that YAML readers take for something else, or that break
// what a careless writer makes of them.
var words = []string{
	"", " ", "a", " a", "a ", "yes", "No", "on", "OFF", "y", "N", "null", "Null", "~", "true", "FALSE",
	"0", "00", "0123", "0x12", "0o7", "0b11", "1e3", "12e4", "1_000", "1:20", "+1", "-1", ".5", "1.", ".inf", ".NaN",
	"2025-03-01", "2025-03-01T12:00:00Z", "-", "- a", "--- a", "...", "?", "? a", ":", "a:", "a: b", "a #b", "#a",
	"*a", "&a", "!a", "|", ">-", "%a", "@a", "`a", "'", `"`, "{a", "[a", "a]", "a, b", "=", "<<", `\`, `CN=a\,b`,
	"\t", "a\tb", "\n", "a\nb\n", "\r", "a\r\nb", "\x00", "\x1b[31m", "\x7f", "\u0085", "\u009b31m", "\u00a0",
	"\u2028", "\u202e", "\ufeff", "\U000e0001", "é", "日本語", "😀", "mux.example.com", "private-key", "a/b@c_d",
}

func nested() any {
	object := map[string]any{}
	list := []any{}
	for _, w := range words {
		object[w] = w
		list = append(list, w, []any{w, []any{}, []any{[]any{w}, w}}, map[string]any{w: w, "z": map[string]any{}, "n": []any{w}})
	}
	return map[string]any{
		"object": object, "list": list, "empty": map[string]any{}, "none": nil, "yes": true, "no": false,
		"number": json.Number("9007199254740993"), "half": 0.5, "nested": map[string]any{"a": map[string]any{"b": []any{1, 2}}},
	}
}

// Read back, YAML must be the value that JSON is.
func TestYAMLSaysWhatJSONSays(t *testing.T) {
	for _, v := range []any{nested(), "a: b", nil, []any{}, 1, []any{[]any{"x"}}} {
		var asJSON, asYAML bytes.Buffer
		if err := writeJSON(&asJSON, Document{Value: v}, Options{}); err != nil {
			t.Fatal(err)
		}
		if err := writeYAML(&asYAML, Document{Value: v}, Options{}); err != nil {
			t.Fatal(err)
		}
		var want, got any
		if err := json.Unmarshal(asJSON.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(asYAML.Bytes(), &got); err != nil {
			t.Fatalf("%v in\n%s", err, asYAML.Bytes())
		}
		// Through JSON again, for one type of number.
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		got = nil
		if err := json.Unmarshal(again, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("JSON and YAML differ (-JSON +YAML):\n%s", diff)
		}
	}
}

func TestLayout(t *testing.T) {
	value := struct {
		Schema  int              `json:"schemaVersion"`
		Serial  string           `json:"serial"`
		Entries []map[string]any `json:"entries"`
		Notes   []string         `json:"notes"`
	}{1, "12e4", []map[string]any{
		{"alias": "mux", "names": []string{"mux.example.com", "*.example.com"}},
		{"alias": "a<b>&\u202e\U000e0001"},
	}, []string{}}
	for name, want := range map[string]string{
		"json": `{
  "schemaVersion": 1,
  "serial": "12e4",
  "entries": [
    {
      "alias": "mux",
      "names": [
        "mux.example.com",
        "*.example.com"
      ]
    },
    {
      "alias": "a<b>&\u202e\udb40\udc01"
    }
  ],
  "notes": []
}
`,
		"yaml": `schemaVersion: 1
serial: "12e4"
entries:
  - alias: mux
    names:
      - mux.example.com
      - "*.example.com"
  - alias: "a<b>&\u202e\U000e0001"
notes: []
`,
	} {
		f, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := f.Write(&out, Document{Value: value}, Options{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
