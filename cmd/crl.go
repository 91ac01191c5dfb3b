package cmd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

type crlOptions struct {
	ca       caFlags
	out      string
	as       string
	revoke   []string
	unrevoke []string
	reason   string
	days     int
	prune    int
	pss      bool
	dryRun   bool
	limits   limitFlags
}

func newCRLCmd(env *console.Env) *cobra.Command {
	o := crlOptions{}
	c := &cobra.Command{
		Use:   "crl --ca STORE",
		Short: "Make and update the list of a CA's revoked certificates",
		Long: `Make the certificate revocation list (CRL) of a CA, or go on with the one that
is in the file: what is revoked stays in it, the number goes up, and the dates
begin anew. That must be done in time, also when nothing is revoked: clients
that check refuse all certificates of a CA whose list is too old.

A certificate is named by a file that holds it, or by its serial number in hex.`,
		Example: `  muxkey crl --ca ca.p12 -o ca.crl
  muxkey crl --ca ca.p12 -o ca.crl --revoke mux.crt --reason keyCompromise
  muxkey crl --ca ca.p12 -o ca.crl --revoke 4a:17:9c --reason certificateHold
  muxkey crl --ca ca.p12 -o ca.crl --unrevoke 4a:17:9c --days 7`,
		Args: takes(),
		RunE: func(c *cobra.Command, _ []string) error {
			return runCRL(c.Context(), env, formatOf(c), o)
		},
	}
	f := c.Flags()
	o.ca.add(c)
	f.StringVarP(&o.out, "out", "o", "", "write to `FILE`, and go on with the list that is in it (default: the CA's name with .crl)")
	f.StringVar(&o.as, "as", "", "`FORM`: pem, der (default: that of the file; of a new one pem for .pem, else der)")
	f.StringArrayVar(&o.revoke, "revoke", nil, "revoke a `CERTIFICATE`: its file or serial number; may be repeated")
	f.StringVar(&o.reason, "reason", certgen.ReasonNames()[0], "why, a `WORD` of: "+strings.Join(certgen.ReasonNames(), ", "))
	f.StringArrayVar(&o.unrevoke, "unrevoke", nil, "take back a `CERTIFICATE` that is on certificateHold; may be repeated")
	f.IntVar(&o.days, "days", certgen.CRLDays, "have the next list made within `DAYS`")
	f.IntVar(&o.prune, "prune", 0, "drop what was revoked more than `DAYS` ago: as long as the CA's certificates last, and they have expired")
	f.BoolVar(&o.pss, "pss", false, "RSA keys sign with RSASSA-PSS")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be in the list, and write nothing")
	o.limits.add(c)
	complete(c, "reason", certgen.ReasonNames())
	complete(c, "as", []string{"pem", "der"})
	return c
}

// madeCRL is the JSON of muxkey crl.
type madeCRL struct {
	SchemaVersion int         `json:"schemaVersion"`
	CRL           string      `json:"crl"` // the file
	As            string      `json:"as"`  // its form: "pem" or "der"
	Issuer        string      `json:"issuer"`
	Number        string      `json:"number"`           // of the list, in decimal
	ThisUpdate    time.Time   `json:"thisUpdate"`       // when it was made
	NextUpdate    time.Time   `json:"nextUpdate"`       // when the next one is due
	RevokedCount  int         `json:"revokedCount"`     // of all revoked certificates
	SHA256        string      `json:"sha256,omitempty"` // fingerprint of the list; missing in a dry run
	DryRun        bool        `json:"dryRun"`           // nothing was written
	Changes       []crlChange `json:"changes"`          // against the list that was there
	Remarks       []string    `json:"remarks"`          // warnings for people; empty without any
}

// crlChange is a line of what became of one certificate.
type crlChange struct {
	Serial string `json:"serial"` // of the certificate, in hex
	Action string `json:"action"` // "revoke", "unrevoke", "prune" or "skip"
	Detail string `json:"detail,omitempty"`
}

func runCRL(ctx context.Context, env *console.Env, format report.Format, o crlOptions) error {
	reason, err := o.check()
	if err != nil {
		return err
	}
	ca, err := o.ca.open(ctx, env)
	if err != nil {
		return err
	}
	ca.Signing.PSS = o.pss
	u := crlUpdate{options: o, ca: ca, reason: reason, now: env.Now()}
	if u.add, err = u.serials(ctx, env, "--revoke", o.revoke); err != nil {
		return err
	}
	if u.drop, err = u.serials(ctx, env, "--unrevoke", o.unrevoke); err != nil {
		return err
	}
	var v madeCRL
	if _, err := os.Lstat(o.out); errors.Is(err, fs.ErrNotExist) {
		out, err := u.make(env, nil, o.newForm(), &v)
		if err != nil {
			return err
		}
		write := safefile.Write
		if o.dryRun {
			write = func(_ context.Context, path string, _ []byte, opts safefile.Options) error {
				return safefile.Check(path, opts)
			}
		}
		if err := write(ctx, o.out, out, safefile.Options{Mode: 0o644}); err != nil {
			return err
		}
		return show(env, format, v.document(env.Now(), true))
	}
	err = safefile.Edit(ctx, o.out, safefile.Options{}, func(file io.Reader) ([]byte, error) {
		data, err := io.ReadAll(io.LimitReader(file, int64(o.limits.size)+1))
		if err != nil {
			return nil, err
		}
		old, form, err := o.read(ctx, data)
		if err != nil {
			return nil, err
		}
		out, err := u.make(env, old, form, &v)
		if o.dryRun {
			return nil, err // the file stays as it is
		}
		return out, err
	})
	if err != nil {
		return err
	}
	return show(env, format, v.document(env.Now(), false))
}

// check refuses what can be refused before anything is read.
func (o *crlOptions) check() (certgen.Reason, error) {
	if !o.ca.given() {
		return 0, wrongUsage(errors.New("--ca names the CA whose list it is, and is needed"))
	}
	o.ca.limits = o.limits.limits()
	if o.out == "" {
		o.out = strings.TrimSuffix(o.ca.store, filepath.Ext(o.ca.store)) + ".crl"
	}
	reason, err := certgen.ParseReason(o.reason)
	switch {
	case err != nil:
		return 0, &Failure{StatusUsage, didYouMean(o.reason, certgen.ReasonNames()), fmt.Errorf("--reason: %w", err)}
	case reason != 0 && len(o.revoke) == 0:
		return 0, wrongUsage(errors.New("--reason says why --revoke is done, and nothing is revoked"))
	case o.as != "" && o.as != "pem" && o.as != "der":
		return 0, &Failure{StatusUsage, "one of: pem, der", fmt.Errorf("--as %q is no form of a CRL", o.as)}
	case o.out == stdin || o.ca.store == stdin && o.out == stdin+".crl":
		return 0, &Failure{StatusUsage, "name the file with -o", errors.New("a CRL goes to a file, where the next one goes on with it")}
	case o.days < 1:
		return 0, wrongUsage(fmt.Errorf("--days %d: the next list is a day away at least", o.days))
	case o.prune < 0:
		return 0, wrongUsage(fmt.Errorf("--prune %d: the days are counted back from now", o.prune))
	}
	return reason, o.ca.spare("--out", o.out)
}

// newForm is the form of a list that is not there yet: RFC 2585 section 3 has DER
// behind the URLs of certificates, and nginx reads PEM.
func (o *crlOptions) newForm() string {
	switch {
	case o.as != "":
		return o.as
	case strings.EqualFold(filepath.Ext(o.out), ".pem"):
		return "pem"
	}
	return "der"
}

// read takes the list out of the file that is there.
func (o *crlOptions) read(ctx context.Context, data []byte) (*certgen.CRL, string, error) {
	st, err := keystore.Decode(ctx, o.out, data, keystore.Options{Limits: o.ca.limits})
	if err != nil {
		return nil, "", err
	}
	if len(st.Entries) != 1 || st.Entries[0].Kind != pkcs12x.CRL {
		return nil, "", &Failure{StatusInput, "name another file with -o", fmt.Errorf("update the CRL %s: the file holds something else", o.out)}
	}
	old, err := certgen.ParseCRL(st.Entries[0].Value)
	if err != nil {
		return nil, "", fmt.Errorf("update the CRL %s: %w", o.out, err)
	}
	form := o.as
	if form == "" {
		form = "der"
		if st.Format == "pem" {
			form = "pem"
		}
	}
	return old, form, nil
}

// crlUpdate is an update at work.
type crlUpdate struct {
	options   crlOptions
	ca        *certgen.CA
	reason    certgen.Reason
	now       time.Time
	add, drop []*big.Int
}

// serials reads what names certificates.
func (u *crlUpdate) serials(ctx context.Context, env *console.Env, flag string, words []string) ([]*big.Int, error) {
	var out []*big.Int
	for _, word := range words {
		fail := func(err error) error { return fmt.Errorf("%s %s: %w", flag, word, err) }
		if _, err := os.Stat(word); err != nil {
			serial, ok := parseSerial(word)
			if !ok {
				return nil, &Failure{StatusUsage, "muxkey inspect CERTIFICATE shows the serial number", fail(errors.New("there is no such file, and it is no serial number in hex"))}
			}
			out = append(out, serial)
			continue
		}
		st, err := openPublic(ctx, env, word, u.options.ca.limits)
		if err != nil {
			return nil, err
		}
		found := u.issued(st)
		if len(found) == 0 {
			if len(st.Locked) > 0 {
				return nil, &Failure{StatusInput, "take its certificate out first: muxkey export " + command.Quote(word) + " -o " + command.Quote(certName(word)), fail(errors.New("it opens with a password only"))}
			}
			return nil, &Failure{Status: StatusInput, Err: fail(fmt.Errorf("there is no certificate in it that %s has issued", certgen.FormatDN(u.ca.Certificate().RawSubject)))}
		}
		out = append(out, found...)
	}
	return out, nil
}

// issued are the serial numbers of the certificates in a file that the CA has
// issued; those of its chain are not.
func (u *crlUpdate) issued(st *keystore.Store) []*big.Int {
	own := u.ca.Certificate()
	var out []*big.Int
	for _, e := range st.Entries {
		for _, c := range e.Chain {
			if c.X509 != nil && !bytes.Equal(c.Raw, own.Raw) && bytes.Equal(c.RawIssuer, own.RawSubject) &&
				certgen.CheckSignature(own.PublicKey, c.X509.SignatureAlgorithm, c.X509.RawTBSCertificate, c.X509.Signature) == nil {
				out = append(out, c.Serial)
			}
		}
	}
	return out
}

// maxSerial bounds a serial number in hex digits. RFC 5280 section 4.1.2.2 has 40,
// and some CAs had more.
const maxSerial = 80

// parseSerial reads hex with or without colons, as programs show serial numbers.
func parseSerial(word string) (*big.Int, bool) {
	text := strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(word), "0x"), ":", "")
	if len(text) > maxSerial || strings.Trim(text, "0123456789abcdef") != "" {
		return nil, false
	}
	n, ok := new(big.Int).SetString(text, 16)
	return n, ok && n.Sign() > 0
}

// make signs the list that follows the old one, if there is one.
func (u *crlUpdate) make(env *console.Env, old *certgen.CRL, form string, v *madeCRL) ([]byte, error) {
	changes, err := u.changes(old)
	if err != nil {
		return nil, fmt.Errorf("update the CRL %s: %w", u.options.out, err)
	}
	update := certgen.CRLUpdate{
		Old: old, ThisUpdate: u.now, NextUpdate: u.now.AddDate(0, 0, u.options.days),
		Drop: func(r certgen.Revocation) bool { return contains(u.drop, r.Serial) || u.outdated(r) },
	}
	for _, serial := range u.add {
		update.Add = append(update.Add, certgen.Revocation{Serial: serial, Time: u.now, Reason: u.reason})
	}
	der, err := u.ca.CreateCRL(env.Rand, update)
	if err != nil {
		return nil, fmt.Errorf("update the CRL %s: %w", u.options.out, err)
	}
	made, err := certgen.ParseCRL(der)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(der)
	*v = madeCRL{
		SchemaVersion: schemaVersion, CRL: u.options.out, As: form, Issuer: certgen.FormatDN(made.Issuer), Number: made.Number.String(),
		ThisUpdate: made.ThisUpdate, NextUpdate: made.NextUpdate, RevokedCount: len(made.Revoked), SHA256: hex.EncodeToString(sum[:]), Changes: changes,
		DryRun: u.options.dryRun, Remarks: append([]string{}, remarksOnSigner(u.ca.Key)...),
	}
	if v.DryRun {
		v.SHA256 = ""
	}
	if form == "pem" {
		return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}), nil
	}
	return der, nil
}

func contains(list []*big.Int, serial *big.Int) bool {
	for _, n := range list {
		if n.Cmp(serial) == 0 {
			return true
		}
	}
	return false
}

func (u *crlUpdate) outdated(r certgen.Revocation) bool {
	return u.options.prune > 0 && r.Time.Before(u.now.AddDate(0, 0, -u.options.prune)) && !contains(u.add, r.Serial)
}

// changes says what becomes of each certificate, and refuses what cannot be done.
func (u *crlUpdate) changes(old *certgen.CRL) ([]crlChange, error) {
	out := []crlChange{}
	if old == nil {
		old = &certgen.CRL{}
	}
	if u.now.Before(old.ThisUpdate) {
		return nil, &Failure{StatusInput, "look at the clock of this machine", fmt.Errorf("it was made at %s, and it is %s", old.ThisUpdate.UTC().Format(time.RFC3339), u.now.UTC().Format(time.RFC3339))}
	}
	for _, serial := range u.add {
		c := crlChange{fmt.Sprintf("%x", serial), "revoke", u.reason.String()}
		if r, ok := old.Find(serial); ok && (r.Reason != certgen.CertificateHold || u.reason == certgen.CertificateHold) {
			c.Action, c.Detail = "skip", "revoked already on "+r.Time.UTC().Format(time.DateOnly)+": "+r.Reason.String()
		} else if ok {
			c.Detail += ", was on hold"
		}
		out = append(out, c)
	}
	for _, serial := range u.drop {
		r, ok := old.Find(serial)
		switch {
		case !ok:
			return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("the certificate %x is not revoked", serial)}
		case r.Reason != certgen.CertificateHold:
			return nil, &Failure{Status: StatusInput, Err: fmt.Errorf("the certificate %x is revoked for good (%s); only certificateHold can be taken back", serial, r.Reason)}
		}
		out = append(out, crlChange{fmt.Sprintf("%x", serial), "unrevoke", "was on hold since " + r.Time.UTC().Format(time.DateOnly)})
	}
	for _, r := range old.Revoked {
		if u.outdated(r) && !contains(u.drop, r.Serial) {
			out = append(out, crlChange{fmt.Sprintf("%x", r.Serial), "prune", "was revoked on " + r.Time.UTC().Format(time.DateOnly)})
		}
	}
	return out, nil
}

func (v madeCRL) document(now time.Time, isNew bool) report.Document {
	title := "Updated " + v.CRL
	switch {
	case v.DryRun && isNew:
		title = "Would make " + v.CRL + " (nothing was written)"
	case v.DryRun:
		title = "Would update " + v.CRL + " (nothing was written)"
	case isNew:
		title = "Made " + v.CRL
	}
	var f fields
	f.add("Issuer", v.Issuer)
	f.add("Number", v.Number)
	f.add("Made", v.ThisUpdate.Format(time.RFC3339))
	f.add("Next", v.NextUpdate.Format(time.RFC3339)+" (in "+days(v.NextUpdate.Sub(now))+")")
	f.add("Revoked", strconv.Itoa(v.RevokedCount))
	f.add("Form", strings.ToUpper(v.As))
	f.add("SHA-256", v.SHA256)
	s := report.Section{Title: title, Fields: f, Columns: []string{"Certificate", "Change", "Detail"}}
	for _, c := range v.Changes {
		s.Rows = append(s.Rows, report.Row{Cells: []string{c.Serial, c.Action, c.Detail}})
	}
	for _, r := range v.Remarks {
		s.Notes = append(s.Notes, "Note: "+r)
	}
	return report.Document{Value: v, Sections: []report.Section{s}}
}
