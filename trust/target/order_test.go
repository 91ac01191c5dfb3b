package target_test

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"muxkey/trust"
	"muxkey/trust/source"
	"muxkey/trust/target"
)

// In whatever order sources come, and whichever core reads which block first, every
// target gets the same bytes, and the manifest the same words.
func TestOrderOfSourcesDoesNotMatter(t *testing.T) {
	dir := t.TempDir()
	var sources []string
	put := func(name string, data []byte) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		sources = append(sources, path)
	}
	anchors := edgeAnchors(t)
	text := func(anchors []*trust.Anchor) (out []byte) {
		for _, a := range anchors {
			out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Raw})...)
		}
		return out
	}
	half := len(anchors) / 2
	put("first.pem", text(anchors[:half+3]))
	put("second.pem", append([]byte(strings.Repeat("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n-----BEGIN X-----\n-----END X-----\n", 30)), text(anchors[half-3:])...))
	put("one.der", anchors[0].Raw)
	jks, _ := target.Targets().Get("jks")
	put("other-names.jks", conformance{jks}.write(t, fullJob(renamed(anchors[2:9]), 1))[0].Data)
	trusted, _ := target.Targets().Get("openssl-trusted")
	put("with-terms.pem", conformance{trusted}.write(t, fullJob(narrowed(anchors[1:6]), 1))[0].Data)
	put("again.pem", text(anchors[:4]))

	var want map[string][]byte
	random := mathrand.New(mathrand.NewPCG(1, 2))
	for run := range 6 {
		random.Shuffle(len(sources), func(i, j int) { sources[i], sources[j] = sources[j], sources[i] })
		got := writtenFrom(t, sources)
		if want == nil {
			want = got
			continue
		}
		if len(got) != len(want) {
			t.Fatalf("run %d: %d files, not %d", run, len(got), len(want))
		}
		for name, data := range got {
			if !bytes.Equal(data, want[name]) {
				t.Errorf("run %d: %s is another one after %q", run, name, sources)
			}
		}
	}
	if len(want) < target.Targets().Len() {
		t.Errorf("%d files of %d targets", len(want), target.Targets().Len())
	}
}

// renamed gives anchors other labels.
func renamed(anchors []*trust.Anchor) []*trust.Anchor {
	out := slices.Clone(anchors)
	for i, a := range out {
		other := *a
		other.Label = "other " + a.Name()
		out[i] = &other
	}
	return out
}

// narrowed takes away something that anchors are trusted for.
func narrowed(anchors []*trust.Anchor) []*trust.Anchor {
	out := slices.Clone(anchors)
	for i, a := range out {
		other := *a
		other.Terms.Only = []trust.Purpose{trust.Email, trust.Server}
		out[i] = &other
	}
	return out
}

// writtenFrom is all that becomes of sources, by names.
func writtenFrom(t *testing.T, sources []string) map[string][]byte {
	t.Helper()
	var b trust.Builder
	o := source.Options{}
	for _, path := range sources {
		if err := source.Path(t.Context(), &b, path, o); err != nil {
			t.Fatal(err)
		}
	}
	set := b.Set()
	out := map[string][]byte{}
	said, err := json.Marshal([]any{trust.List(set.Anchors), set.Skipped, set.Findings, set.Judge(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	out["what is said of them"] = said
	for to := range target.Targets().All() {
		j := fullJob(set.Anchors, 1) // encrypted with the same random numbers
		j.Comments = true
		for _, f := range (conformance{to}).write(t, j) {
			out[to.ID+"/"+f.Path] = f.Data
		}
	}
	return out
}
