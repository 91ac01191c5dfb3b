package mutant_test

import (
	"bytes"
	"strings"
	"testing"

	"muxkey/internal/mutant"
)

// Mutants differ from what they were made of, and are the same in every run.
func TestMutants(t *testing.T) {
	files, err := mutant.Files("*.go", "../../testdata/*.p12", "../../testdata/*.pem", "../../testdata/*.png")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for i, f := range files {
		if strings.HasSuffix(f.Name, ".go") || i > 0 && files[i-1].Name >= f.Name {
			t.Errorf("%s is among the files, behind %s", f.Name, files[max(i-1, 0)].Name)
		}
	}
	a, b := mutant.New(7, files), mutant.New(7, files)
	same, ways := 0, map[string]bool{}
	const number = 2000
	original := bytes.Clone(files[0].Data)
	for range number {
		x, how := a.Make(files[0].Data)
		if y, _ := b.Make(files[0].Data); !bytes.Equal(x, y) {
			t.Fatalf("another mutant with the same seed: %s", how)
		}
		if bytes.Equal(x, original) {
			same++
		}
		ways[strings.Trim(strings.SplitN(how, ";", 2)[0], "0123456789abcdefx ")] = true
	}
	if !bytes.Equal(original, files[0].Data) {
		t.Error("the file itself was changed")
	}
	if same > number/20 || len(ways) < 8 {
		t.Errorf("%d of %d are no mutants, and they are made in %d ways", same, number, len(ways))
	}
	for _, tiny := range [][]byte{nil, {0x30}, {0x30, 0x80}, []byte("\n\n\n")} {
		for range 200 {
			mutant.New(1, nil).Make(tiny)
			a.Make(tiny)
		}
	}
}
