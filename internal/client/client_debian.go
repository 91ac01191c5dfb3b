package client

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
)

// debianClient lets update-ca-certificates take the bundle in, as it does with
// /usr/local/share/ca-certificates, and OpenSSL connects with what that makes.
var debianClient = Client{
	ID: "update-ca-certificates", Title: "update-ca-certificates, then OpenSSL",
	Programs: []string{"update-ca-certificates"},
	Needs:    []string{"openssl"},
	Targets:  []string{"debian"},
	try: command(func(_ context.Context, r *run) error {
		for _, dir := range []string{"made", "packaged", "hooks"} {
			if err := os.Mkdir(filepath.Join(r.dir, dir), 0o700); err != nil {
				return err
			}
		}
		if _, err := r.file("conf", nil); err != nil {
			return err
		}
		r.env = []string{"UPDATE=" + r.program, "LOCAL=" + cmp.Or(r.Bundle, filepath.Join(r.dir, "packaged"))}
		r.program = "sh"
		r.args = append([]string{
			"-c", `
			"$UPDATE" --certsconf "$PWD/conf" --certsdir "$PWD/packaged" --hooksdir "$PWD/hooks" \
				--localcertsdir "$LOCAL" --etccertsdir "$PWD/made" && exec openssl "$@"`, "sh",
		}, sClient(r, "-CApath", filepath.Join(r.dir, "made"), "-no-CAfile", "-no-CAstore")...)
		return nil
	}, opensslSigns...),
}
