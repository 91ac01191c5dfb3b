package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// pack makes an archive of the files of a folder: by its name a tar archive,
// packed with gzip or not, else a ZIP archive.
func pack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pack ARCHIVE FOLDER")
	}
	out, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	files := os.DirFS(ts.MkAbs(args[1]))
	switch {
	case strings.HasSuffix(args[0], ".tar"):
		w := tar.NewWriter(out)
		ts.Check(errors.Join(w.AddFS(files), w.Close()))
	case strings.HasSuffix(args[0], ".tar.gz"):
		z := gzip.NewWriter(out)
		w := tar.NewWriter(z)
		ts.Check(errors.Join(w.AddFS(files), w.Close(), z.Close()))
	default:
		w := zip.NewWriter(out)
		ts.Check(errors.Join(w.AddFS(files), w.Close()))
	}
	ts.Check(out.Close())
}
