package cmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"muxkey/certgen"
	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/keystore"
)

// request makes a request for the CA. With --rekey the new key waits in a
// keystore of its own.
func (o *renewOptions) request(ctx context.Context, env *console.Env, format report.Format, v renewed, st *keystore.Store, e *keystore.Entry, passwords *keyring) error {
	request := newFile{flag: "--csr-out", path: o.csrOut, opts: safefile.Options{Mode: 0o644, Replace: o.force}}
	pending := newFile{opts: safefile.Options{Mode: 0o600}}
	if o.rekey {
		pending.path = o.pendingName(st)
	}
	files := onDisk(request)
	if pending.path != "" {
		files = append(files, pending)
	}
	for _, f := range files {
		err := safefile.Check(f.path, f.opts)
		if errors.Is(err, safefile.ErrExists) && f.path == pending.path {
			return &Failure{
				Status: StatusOutput, Err: err,
				Hint: "a new key waits there already: make its request again with muxkey csr --from " + command.Quote(f.path) + ", or delete it",
			}
		}
		if err != nil {
			return err
		}
	}
	signer, err := o.signer(ctx, env, st, e, passwords)
	if err != nil {
		return err
	}
	content, remarks, err := contentFor(e, signer.Public(), false)
	if err != nil {
		return fmt.Errorf("renewing %q in %s: %w", e.Alias, o.store, err)
	}
	v.CSR, v.Pending, v.Remarks = o.csrOut, pending.path, append(v.Remarks, remarks...)
	if o.edit.dryRun {
		return v.show(env, format, e.Chain[0])
	}
	if request.data, err = encodeCSR(env, signer, content, certgen.Signing{}); err != nil {
		return err
	}
	files = onDisk(request)
	if pending.path != "" {
		placeholder, err := csrOptions{}.placeholder(env, signer, content)
		if err != nil {
			return err
		}
		waiting, err := newEntry(e.Alias, signer, env.Now(), placeholder)
		if err != nil {
			return err
		}
		enc := o.encoding(st, passwords)
		enc.Old = nil
		if pending.data, err = keystore.Encode(ctx, env.Rand, st.Format, []*keystore.Entry{waiting}, enc); err != nil {
			return fmt.Errorf("making %s: %w", pending.path, err)
		}
		files = append([]newFile{pending}, files...)
	}
	if err := writeAll(ctx, files); err != nil {
		return err
	}
	if request.path == stdin {
		if _, err := env.Out.Write(request.data); err != nil {
			return err
		}
		return v.write(env, format, e.Chain[0], true)
	}
	return v.show(env, format, e.Chain[0])
}

// pendingName is the keystore in which a new key waits: "keystore-new.p12" for
// "keystore.p12".
func (o *renewOptions) pendingName(st *keystore.Store) string {
	file, member := keystore.SplitMember(o.store)
	extension := filepath.Ext(file)
	if f, ok := keystore.Formats().Get(st.Format); member != "" && ok && len(f.Extensions) > 0 {
		extension = f.Extensions[0]
	}
	return strings.TrimSuffix(file, filepath.Ext(file)) + "-new" + extension
}
