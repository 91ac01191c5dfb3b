package inventory

import (
	"strings"
	"testing"
	"time"

	"muxkey/pkcs12x"
)

// Whatever an archive says of itself, a walk ends, in time and without a word
// that is about nothing.
func FuzzArchive(f *testing.F) {
	pem := fixture(f, "root.pem")
	jar := zipped(f, file{"a.pem", pem}, file{"b.txt", []byte("x")})
	image := tarred(f, file{"l/layer.tar", tarred(f, file{"k.pem", pem})}, file{"manifest.json", []byte(`[{"RepoTags":["a:1"],"Layers":["l/layer.tar"]}]`)}, file{"index.json", []byte(`{"manifests":[{"digest":"sha256:aa"}]}`)})
	for _, seed := range [][]byte{jar, image, gzipped(f, image), zstded(f, image), zipped(f, file{"in.jar", jar}, file{"b.jar", jar}), []byte("PK\x05\x06"), []byte("#!/bin/sh\n"), pem} {
		f.Add(seed)
	}
	limits := DefaultLimits()
	limits.Unpacked, limits.RatioFrom, limits.Aside = 64<<20, 1<<20, 8<<20
	f.Fuzz(func(t *testing.T, data []byte) {
		start := time.Now()
		// Without the goroutines of Walk, which would make the coverage a matter of
		// chance.
		finder := &finder{Options: Options{Recursive: true, Limits: limits}}
		finder.Counts, finder.Open.Limits = &Counts{}, pkcs12x.DefaultLimits()
		finder.job(t.Context(), &place{path: "in", named: true}, func(found Found) {
			said := 0
			for _, is := range []bool{found.Store != nil, found.Err != nil, found.Skipped != ""} {
				if is {
					said++
				}
			}
			if said != 1 || found.Path != "in" && !strings.HasPrefix(found.Path, "in#") {
				t.Errorf("%+v", found)
			}
		}).data("in", data)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
