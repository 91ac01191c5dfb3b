package inspect_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"muxkey/inspect"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// FuzzInspect describes whatever can be opened: certificates with extensions of
// every kind, requests, CRLs, keys. The JSON of it must be JSON, and no larger
// than what it is of by much.
func FuzzInspect(f *testing.F) {
	for _, pattern := range []string{"../keystore/testdata/*.der", "../keystore/testdata/*.pem", "../testdata/*.p12", "testdata/*.csr"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	o := withPassword("changeit")
	o.Limits = pkcs12x.DefaultLimits()
	o.Limits.Work = 30_000
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := keystore.Decode(t.Context(), "x", data, o)
		if err != nil {
			return
		}
		out, err := json.Marshal(inspect.NewReport(inspect.Inspect(st, now)))
		if err != nil {
			t.Fatal(err)
		}
		if len(out) > 64<<10+100*len(data) {
			t.Fatalf("%d octets give %d octets of JSON", len(data), len(out))
		}
	})
}
