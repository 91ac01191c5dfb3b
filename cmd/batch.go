package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/certgen/template"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/internal/secret"
	"muxkey/keystore"
)

// batchFlags are those of muxkey create that make many keystores.
type batchFlags struct {
	file              string
	outDir            string
	manifest          string
	generatePasswords bool
}

func (b *batchFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&b.file, "batch", "", "make a keystore for each row of the CSV `FILE`; \"-\" is standard input")
	f.StringVar(&b.outDir, "out-dir", ".", "`DIR` for the keystores of --batch; it is made if it is not there")
	f.StringVar(&b.manifest, "manifest", "", "write what --batch made as JSON to `FILE` (default: named after the batch, in --out-dir)")
	f.BoolVar(&b.generatePasswords, "generate-passwords", false, "give each keystore of --batch a random password, in a file beside it that ends in .pw")
	exclusive(c, "password", "generate-passwords")
	// Nothing of a batch is ever overwritten, and each keystore has a name.
	for _, flag := range []string{"out", "cert-out", "generate-password", "force", "backup"} {
		exclusive(c, "batch", flag)
	}
	before := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		for _, flag := range []string{"out-dir", "manifest", "generate-passwords"} {
			if b.file == "" && c.Flags().Changed(flag) {
				return wrongUsage(fmt.Errorf("--%s is for --batch", flag))
			}
		}
		return before(c, args)
	}
}

// batchOutcome is what became of a row.
type batchOutcome string

const (
	batchMade   batchOutcome = "made"   // the keystore was made
	batchThere  batchOutcome = "there"  // it was there already, and is what the row asks for
	batchFailed batchOutcome = "failed" // it was not made; error says why
)

// batchManifest is the JSON of muxkey create --batch, and what is in the file of
// --manifest.
type batchManifest struct {
	SchemaVersion int             `json:"schemaVersion"`
	Batch         string          `json:"batch"`     // the file of --batch; "-" for standard input
	Manifest      string          `json:"manifest"`  // the file with all this
	Made          int             `json:"made"`      // how many keystores were made
	There         int             `json:"there"`     // how many were there already, whole, and were left as they are
	Failed        int             `json:"failed"`    // how many rows have no keystore
	Keystores     []batchKeystore `json:"keystores"` // one for each row, in the order of the file
}

// batchKeystore is a row of a batch with its keystore.
type batchKeystore struct {
	Line         int          `json:"line"`                   // in the file of --batch, from 1
	Host         string       `json:"host"`                   // as it stands there
	Result       batchOutcome `json:"result"`                 // what became of the row
	Keystore     string       `json:"keystore,omitempty"`     // the file; below --out-dir
	Alias        string       `json:"alias,omitempty"`        // of the entry
	Key          string       `json:"key,omitempty"`          // "EC P-256", "RSA 3072"
	NotBefore    *time.Time   `json:"notBefore,omitempty"`    // the first moment of the certificate's validity
	NotAfter     *time.Time   `json:"notAfter,omitempty"`     // the last one
	Serial       string       `json:"serial,omitempty"`       // of the certificate
	SHA256       string       `json:"sha256,omitempty"`       // fingerprint of the certificate
	PasswordFile string       `json:"passwordFile,omitempty"` // the file of --generate-passwords
	Remarks      []string     `json:"remarks"`                // warnings for people; empty without any
	Error        string       `json:"error,omitempty"`        // why it failed
}

// batch is a run over the rows.
type batch struct {
	createOptions
	env       *console.Env
	rows      []*batchRow
	plans     []keystorePlan
	from      issuer
	password  secret.Password // of all that have none of their own
	results   []batchKeystore
	errs      []error // of each row
	files     safefile.Many
	remaining atomic.Int64
}

func runBatch(ctx context.Context, env *console.Env, format report.Format, o createOptions) error {
	b := &batch{createOptions: o, env: env}
	b.store.out = "" // that of the rows
	if err := b.prepare(ctx); err != nil {
		return err
	}
	b.run(ctx)
	return b.finish(ctx, format)
}

// prepare does everything that a run needs once.
func (b *batch) prepare(ctx context.Context) error {
	data, err := b.read()
	if err != nil {
		return err
	}
	if b.rows, err = readRows(b.source(), data, b.createOptions); err != nil {
		return err
	}
	b.results, b.errs, b.plans = make([]batchKeystore, len(b.rows)), make([]error, len(b.rows)), make([]keystorePlan, len(b.rows))
	// What is wrong with the flags is wrong with all rows, and is said once.
	if _, err := b.issuer.plan(); err != nil {
		return err
	}
	if _, _, err := (&newStoreFlags{out: "x.p12", encoding: b.store.encoding}).plan(); err != nil {
		return err
	}
	b.planRows()
	if b.batch.manifest == "" {
		b.batch.manifest = filepath.Join(b.batch.outDir, b.manifestName())
	}
	if err := b.mayReplaceManifest(); err != nil {
		return err
	}
	if b.from, err = b.openIssuer(ctx, b.env); err != nil {
		return err
	}
	needed := func(r *batchRow) bool { return r.err == nil && r.password == nil }
	if !b.batch.generatePasswords && slices.ContainsFunc(b.rows, needed) {
		if b.password, err = b.store.password.readNew(ctx, b.env, fmt.Sprintf("new password for %d keystores", len(b.rows))); err != nil {
			return err
		}
	}
	if err := b.directories(); err != nil {
		return err
	}
	return safefile.Check(b.batch.manifest, safefile.Options{Mode: 0o644, Replace: true})
}

func (b *batch) read() ([]byte, error) {
	if b.batch.file != stdin {
		f, err := os.Open(b.batch.file)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // nothing was written
		return io.ReadAll(io.LimitReader(f, maxBatch+1))
	}
	return io.ReadAll(io.LimitReader(b.env.In, maxBatch+1))
}

// source is the file of the batch in messages.
func (b *batch) source() string {
	if b.batch.file == stdin {
		return inputName
	}
	return b.batch.file
}

// manifestName is apart for each batch, so that two in one directory do not take
// away each other's.
func (b *batch) manifestName() string {
	if b.batch.file == stdin {
		return "batch.json"
	}
	base := filepath.Base(b.batch.file)
	return strings.TrimSuffix(base, filepath.Ext(base)) + ".json"
}

// planRows finds what is wrong with rows before anything is made, two that want
// the same file among them.
func (b *batch) planRows() {
	templates := map[string]func() (*template.Template, error){}
	taken := map[string]int{}
	now := b.env.Now()
	for i, r := range b.rows {
		if r.err != nil {
			continue
		}
		o := &r.options
		read := templates[o.issuer.usage.template]
		if o.issuer.usage.template == "" || read == nil {
			t, err := o.issuer.usage.plan()
			read = func() (*template.Template, error) { return t, err }
			if o.issuer.usage.template != "" {
				templates[o.issuer.usage.template] = read
			}
		}
		t, err := read()
		if err != nil {
			r.err = err
			continue
		}
		o.store.out = filepath.Join(b.batch.outDir, o.store.out)
		if b.plans[i], r.err = o.plan(t, now); r.err != nil {
			continue
		}
		if b.batch.generatePasswords && r.password == nil {
			o.store.generatePassword = strings.TrimSuffix(o.store.out, filepath.Ext(o.store.out)) + ".pw"
		}
		for _, path := range []string{o.store.out, o.store.generatePassword} {
			// Without regard to case, as some file systems have it.
			key := strings.ToLower(path)
			if other, ok := taken[key]; ok && path != "" {
				r.err = &Failure{StatusUsage, "give each row a name of its own in the column out", fmt.Errorf("%s is the file of line %d already", path, other)}
				break
			}
			taken[key] = r.line
		}
	}
}

// directories makes those that the keystores and the manifest go to.
func (b *batch) directories() error {
	wanted := []string{b.batch.outDir}
	for _, r := range b.rows {
		if r.err == nil {
			wanted = append(wanted, filepath.Dir(r.options.store.out))
		}
	}
	slices.Sort(wanted)
	for _, dir := range slices.Compact(wanted) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return &Failure{Status: StatusOutput, Err: fmt.Errorf("make the directory %s: %w", dir, pathReason(err))}
		}
	}
	return nil
}

func pathReason(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// mayReplaceManifest refuses, before the work, to overwrite a file that is the
// manifest of no batch.
func (b *batch) mayReplaceManifest() error {
	path := b.batch.manifest
	if path == stdin {
		return wrongUsage(errors.New("--manifest names a file; --json writes the same to standard output"))
	}
	data, err := os.ReadFile(path)
	if err == nil {
		var old batchManifest
		if json.Unmarshal(data, &old) != nil || old.SchemaVersion == 0 || old.Keystores == nil {
			return &Failure{StatusOutput, "name another file with --manifest", &safefile.Error{Op: "write", Path: path, Err: fmt.Errorf("%w and is no manifest of a batch", safefile.ErrExists)}}
		}
	}
	return nil
}

// run works on all rows, on every core. A row waits for its disk as well, so
// there are more of them at a time than there are cores. And a wait for the disk
// keeps one of the GOMAXPROCS places, which the runtime notices and takes back
// only now and then, so that a fifth of the cores was idle without more of them.
func (b *batch) run(ctx context.Context) {
	var next atomic.Int64
	b.remaining.Store(int64(len(b.rows)))
	_, done := b.env.Progress(func() string {
		return fmt.Sprintf("%d of %d keystores", int64(len(b.rows))-b.remaining.Load(), len(b.rows))
	})
	cores := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2 * cores))
	var wg sync.WaitGroup
	for range min(4*cores, len(b.rows)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(b.rows); i = int(next.Add(1)) - 1 {
				b.results[i], b.errs[i] = b.row(ctx, i)
				b.remaining.Add(-1)
			}
		})
	}
	wg.Wait()
	done()
}

// row makes the keystore of a row, or finds that it is there.
func (b *batch) row(ctx context.Context, i int) (batchKeystore, error) {
	r, p := b.rows[i], b.plans[i]
	out := batchKeystore{Line: r.line, Host: r.host, Result: batchFailed, Remarks: []string{}}
	err := r.err
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		out.Keystore, out.Alias, out.PasswordFile = p.path, p.alias, r.options.store.generatePassword
		err = b.make(ctx, r, p, &out)
	}
	if err == nil {
		return out, nil
	}
	if errors.Is(err, context.Canceled) {
		out.Error = "interrupted"
		return out, err
	}
	out.Error = line(strings.ReplaceAll(err.Error(), "\n", "; "))
	list, many := err.(failures) //nolint:errorlint // only the outermost error is such a list
	if !many {
		list = failures{err}
	}
	var told failures // each with the line, and its own hint
	for _, err := range list {
		told = append(told, fmt.Errorf("%s, line %d: %w", b.source(), r.line, err))
	}
	return out, told
}

func (b *batch) make(ctx context.Context, r *batchRow, p keystorePlan, out *batchKeystore) error {
	pw, isNew, err := b.passwordOf(ctx, r)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(p.path); err == nil {
		e, err := p.there(ctx, pw)
		if err != nil {
			return err
		}
		out.Result = batchThere
		out.describe(e)
		return nil
	}
	made, err := p.make(ctx, b.env, b.from, pw)
	if err != nil {
		return err
	}
	if isNew {
		if err := b.files.Write(ctx, out.PasswordFile, []byte(pw.Reveal()+"\n"), safefile.Options{Mode: 0o600}); err != nil {
			return err
		}
	}
	if err := b.files.Write(ctx, p.path, made.data, safefile.Options{Mode: 0o600}); err != nil {
		// Who made the keystore meanwhile has read the password from the file.
		if isNew && !errors.Is(err, safefile.ErrExists) {
			_ = os.Remove(out.PasswordFile)
		}
		return err
	}
	out.Result = batchMade
	out.Remarks = made.remarks
	out.describe(made.entry)
	return nil
}

// passwordOf is the password of a row. isNew tells that it was made up and is in
// no file yet; one that an earlier run left is taken up again.
func (b *batch) passwordOf(ctx context.Context, r *batchRow) (pw secret.Password, isNew bool, err error) {
	file := r.options.store.generatePassword
	switch {
	case r.password != nil:
		pw, err = r.password.ReadNew(ctx, b.env, r.host)
	case file == "":
		pw = b.password
	default:
		if _, err = os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
			if _, err = os.Lstat(r.options.store.out); err == nil {
				return pw, false, &Failure{StatusPassword, "move the keystore away, or name its password in the column password", fmt.Errorf("%s is there, and %s with its password is not", r.options.store.out, file)}
			}
			pw, err = secret.Generate(b.env.Rand)
			return pw, true, err
		}
		var s secret.Source
		if s, err = secret.Parse("file:" + file); err == nil {
			pw, err = s.ReadNew(ctx, b.env, r.host)
		}
	}
	return pw, false, err
}

// errOther means that a file is in the place of a keystore, and not what its row
// asks for.
var errOther = errors.New("it is there already, and not what the row asks for")

// there opens the keystore that stands in the place of one to be made.
func (p keystorePlan) there(ctx context.Context, pw secret.Password) (*keystore.Entry, error) {
	other := func(why string, args ...any) error {
		return &Failure{StatusOutput, "move it away, or give the row another name in the column out", fmt.Errorf("%s: %w: %w", p.path, errOther, fmt.Errorf(why, args...))}
	}
	st, err := keystore.Open(ctx, p.path, keystore.Options{Unlock: true, Password: func(context.Context) (string, error) { return pw.Reveal(), nil }})
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, other("%w", err)
	}
	e, err := st.PrivateKey(p.alias)
	switch {
	case err != nil:
		return nil, other("%w", err)
	case e.Key.Public() == nil:
		return nil, other("the key of %q does not open", e.Alias)
	case len(e.Chain) == 0 || e.Chain[0].X509 == nil:
		return nil, other("%q has no certificate", e.Alias)
	}
	leaf := e.Chain[0].X509
	if key := certgen.KeyTypeOf(leaf.PublicKey); key != keyLabel(p.keyType) {
		return nil, other("its key is %s", key)
	}
	// Renewal is what reads the names of a certificate.
	have, _ := certgen.Renewal(leaf)
	for _, n := range p.names {
		if !hasName(have.Names, n) {
			return nil, other("its certificate is not for %s", n.Value)
		}
	}
	return e, nil
}

// keyLabel is what a type of key is called for people.
func keyLabel(name string) string {
	for _, t := range certgen.KeyTypes() {
		if t.Name == name {
			return t.Label
		}
	}
	return name
}

func (k *batchKeystore) describe(e *keystore.Entry) {
	leaf := e.Chain[0]
	sum := sha256.Sum256(leaf.Raw)
	k.Alias, k.Key = e.Alias, certgen.KeyTypeOf(e.Key.Public())
	k.NotBefore, k.NotAfter = new(leaf.NotBefore), new(leaf.NotAfter)
	k.Serial = hex.EncodeToString(leaf.Serial.Bytes())
	k.SHA256 = hex.EncodeToString(sum[:])
}

// finish writes the manifest and the report. It says what was made also when
// the run was interrupted.
func (b *batch) finish(ctx context.Context, format report.Format) error {
	m := batchManifest{SchemaVersion: schemaVersion, Batch: b.batch.file, Manifest: b.batch.manifest, Keystores: b.results}
	for _, k := range b.results {
		switch k.Result {
		case batchMade:
			m.Made++
		case batchThere:
			m.There++
		case batchFailed:
			m.Failed++
		}
	}
	var errs failures
	for _, err := range b.errs {
		if many, ok := err.(failures); ok { //nolint:errorlint // only the outermost error is such a list
			errs = append(errs, many...)
		}
	}
	if err := ctx.Err(); err != nil {
		errs = append(errs, err)
	}
	text, err := report.MarshalJSON(m)
	if err == nil {
		err = safefile.Write(context.WithoutCancel(ctx), m.Manifest, text, safefile.Options{Mode: 0o644, Replace: true})
	}
	if err != nil {
		errs = append(errs, err)
	}
	if err := show(b.env, format, m.document(b.source())); err != nil {
		errs = append(errs, err)
	}
	return join(errs...)
}

func (m batchManifest) document(source string) report.Document {
	rows := report.Section{Columns: []string{"Line", "Host", "Result", "Keystore", "Key", "Until"}}
	remarks := map[string]int{}
	for _, k := range m.Keystores {
		row := report.Row{Cells: []string{fmt.Sprint(k.Line), k.Host, string(k.Result), k.Keystore, k.Key, ""}}
		switch k.Result {
		case batchFailed:
			row.Tone = report.Bad
		case batchMade, batchThere:
			row.Cells[5] = k.NotAfter.Format(time.DateOnly)
		}
		rows.Rows = append(rows.Rows, row)
		for _, r := range k.Remarks {
			remarks[r]++
		}
	}
	var f fields
	f.add("Made", fmt.Sprint(m.Made))
	f.add("There", fmt.Sprint(m.There))
	f.add("Failed", fmt.Sprint(m.Failed))
	f.add("Manifest", m.Manifest)
	sum := report.Section{Title: "Batch " + source, Fields: f}
	for _, k := range m.Keystores { // in the order of the rows, each once
		for _, r := range k.Remarks {
			switch n := remarks[r]; n {
			case 0:
			case 1:
				sum.Notes = append(sum.Notes, "Note: "+k.Host+": "+r)
			default:
				sum.Notes = append(sum.Notes, fmt.Sprintf("Note: %d keystores: %s", n, r))
			}
			delete(remarks, r)
		}
	}
	return report.Document{Value: m, Sections: []report.Section{rows, sum}}
}
