package cmd

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"muxkey/certgen"
	"muxkey/certgen/template"
	"muxkey/chain"
	"muxkey/internal/acme"
	"muxkey/internal/command"
	"muxkey/internal/console"
	"muxkey/internal/dial"
	"muxkey/internal/reload"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/internal/secret"
	"muxkey/internal/signer"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/policy/check"
	"muxkey/policy/lint"
	"muxkey/trust/install"
	"muxkey/trust/source"
	"muxkey/trust/target"
)

// Status is an exit status of the program. The comments beside the constants are
// the documentation: docs/exit-status.md is made from them.
type Status int

// The exit statuses, the same for every command.
const (
	StatusDone        Status = 0   // done, and nothing was found
	StatusFound       Status = 1   // the answer is no: a check failed, or something was found
	StatusUsage       Status = 2   // the command line is wrong; nothing was done
	StatusInput       Status = 3   // an input cannot be read: missing, not a keystore, damaged, over a limit
	StatusPassword    Status = 4   // the password is wrong, or none was given
	StatusAlias       Status = 5   // there is no such alias, or the entry is of another kind; the error lists those there are
	StatusOutput      Status = 6   // the output could not be written; what was there before is untouched
	StatusNetwork     Status = 7   // the network failed: connection, proxy or handshake
	StatusInterrupted Status = 130 // interrupted by Ctrl-C or a request to terminate
)

// Failure is an error whose exit status the command knows.
type Failure struct {
	Status Status
	// Hint is what mends it, a command or an advice; when empty, that of Err.
	Hint string
	// Err is what to say. Without it nothing is said: the report has said it.
	Err error
}

func (f *Failure) Error() string {
	if f.Err == nil {
		return fmt.Sprintf("exit status %d", int(f.Status))
	}
	return f.Err.Error()
}

// Unwrap returns Err.
func (f *Failure) Unwrap() error { return f.Err }

// wrongUsage returns the failure of a command line that is wrong. Without a hint
// of its own it points to the help of the command.
func wrongUsage(err error) *Failure { return &Failure{Status: StatusUsage, Err: err} }

// errFound ends a command whose report has told what was found.
var errFound error = &Failure{Status: StatusFound}

// Kind is a sort of error: a word for programs, its exit status, and how it is
// recognised.
type Kind struct {
	Name   string
	Status Status
	Doc    string // what it means
	// match returns the hint when err is of this kind.
	match func(err error) (hint string, ok bool)
}

// Kinds is the one place where errors of the domain packages meet exit statuses;
// those know nothing of it. The first kind that matches counts. Those that match
// nothing are for errors of which the command tells the status.
func Kinds() []Kind {
	return []Kind{
		{"interrupted", StatusInterrupted, "the program was told to stop", is("", context.Canceled)},
		{"exists", StatusOutput, "the output exists already", is("name another file, or replace this one with --force", safefile.ErrExists)},
		{"key-exists", StatusOutput, "the token has a key of that name already", is("give the new key another object or id in the URI", signer.ErrExists)},
		{"too-large", StatusOutput, "the anchors do not fit into what a target is", as((*target.SizeError).Hint)},
		{"trust-store", StatusOutput, "a trust store of the machine cannot be changed", either(
			is("install it (apt-get install libnss3-tools, dnf install nss-tools), or make a database: muxkey trust build SOURCE... --target nss", install.ErrNoCertutil),
			is("name the trust store of Java or a browser with --java or --nss", install.ErrNoLayout),
			is("", install.ErrOutside), as(none[*install.RefreshError]), as(none[*install.CertutilError]))},
		{"output", StatusOutput, "the output could not be written", as(outputHint)},
		{"no-password", StatusPassword, "a password is needed, and none was given", either(
			is("for example: --password env:NAME", secret.ErrNone),
			is("give one with --password or in $"+console.VarPassword, keystore.ErrNoPassword, pkcs12x.ErrLocked, console.ErrNoTerminal, console.ErrNoAnswer))},
		{"new-password", StatusPassword, "the new password will not do", is("", secret.ErrEmpty, secret.ErrMismatch)},
		{"password-source", StatusInput, "the place that the password is to come from cannot be read", as(none[*secret.SourceError])},
		{"no-pin", StatusPassword, "a token wants a PIN, and none was given", is("add pin-source=env:NAME or pin-source=file:PATH to the URI", signer.ErrNoPIN)},
		{"pin", StatusPassword, "the PIN of a token is wrong, or the token is locked", as((*signer.PINError).Hint)},
		{"password", StatusPassword, "the password is wrong", is(
			"look for a blank or a line break too many, for Caps Lock, and for letters that another program encoded", keystore.ErrPassword)},
		{"no-key", StatusAlias, "there is no such key in a token or key service, or several could be meant", is("", signer.ErrNoKey)},
		{"entry-kind", StatusAlias, "there is no entry of the kind that is needed", as(none[*keystore.KindError])},
		{"alias", StatusAlias, "there is no entry of that alias, or several could be meant", either(
			as((*keystore.NoAliasError).Hint),
			as(func(*keystore.AmbiguousAliasError) string { return "choose one with --alias" }))},
		{"not-built", StatusUsage, "this program was built without what a URI of a key needs", as((*signer.UnavailableError).Hint)},
		{"key-uri", StatusUsage, "the URI of a key is wrong, or it is no place for the type of key", either(
			as((*signer.URIError).Hint),
			as(none[*signer.KeyTypeError]))},
		{"token", StatusInput, "a token or key service is not there, or fails", either(
			as((*signer.ModuleError).Hint),
			is("", signer.ErrNoToken, signer.ErrDevice, signer.ErrUnsupported, signer.ErrTimeout, signer.ErrMismatch, signer.ErrExportable))},
		{"member", StatusInput, "the file carries several keystores and none was named, or one that is not there", as((*keystore.MemberError).Hint)},
		{"private-key", StatusInput, "a bundle has a private key in it", as(func(*source.PrivateKeyError) string {
			return "take the certificate out of it first: muxkey export FILE -o certificate.pem"
		})},
		{"no-anchors", StatusInput, "a target can have none of the anchors", is("docs/targets.md says what the targets take", target.ErrNoAnchors)},
		{"target-option", StatusUsage, "an option has a value that a target cannot take", as(none[*target.OptionError])},
		{"limit", StatusInput, "the file asks for more than the limits allow", as(limitHint)},
		{"unsupported", StatusInput, "the file uses a scheme that this version does not know; the password may well be right", is("", pkcs12x.ErrUnsupported)},
		{"damaged", StatusInput, "the file is of a known format and broken", either(
			func(err error) (string, bool) {
				f, ok := errors.AsType[*keystore.FormatError](err)
				return "", ok && f.Damaged
			},
			is("", pkcs12x.ErrDamaged, certgen.ErrDamaged))},
		{"format", StatusInput, "the file is not what it should be, or of a format that this version does not read", either(
			as(func(e *keystore.FormatError) string { return e.Hint }),
			is("", pkcs12x.ErrNotPKCS12))},
		{"template", StatusUsage, "a template for certificates is wrong", as(func(e *template.FieldError) string { return e.Hint })},
		{"key", StatusInput, "a key is too weak to be certified, or of a type that is not certified here", as(none[*certgen.KeyError])},
		{"signature", StatusInput, "something was not signed by the key that it should be signed by", is("", certgen.ErrSignature)},
		{"not-a-ca", StatusInput, "what should issue is no CA, or is not made for what it is to do", either(
			as(func(*certgen.NotCAError) string { return "make a CA: muxkey ca create NAME -o ca.p12" }),
			is("", certgen.ErrCannotCRL))},
		{"expired", StatusInput, "a CA has expired, or is not valid yet", as(expiredHint)},
		{"other-ca", StatusInput, "what belongs to one CA was given with another", is("", certgen.ErrOtherCRL)},
		{"other-key", StatusInput, "a certificate is for another key", either(
			as(none[*chain.OtherKeyError]),
			is("", certgen.ErrKeyMismatch))},
		{"reply", StatusInput, "a CA's reply has no certificate for the key, or not the one that was asked for", either(
			as(none[*chain.CAError]),
			as(none[*chain.MissingNamesError]),
			is("", chain.ErrEmpty))},
		{"chain", StatusInput, "an issuer of a certificate is missing", as(none[*chain.MissingIssuerError])},
		{"not-permitted", StatusUsage, "the CA may not issue what is asked for", either(
			as(none[*certgen.NotPermittedError]),
			as(func(*certgen.OutlivesError) string {
				return "leave out --days and --not-after, and it ends with the CA"
			}),
			as(func(*certgen.PathLenError) string { return "a CA gets its limit when it is made, with --path-length" }),
			as(none[*certgen.UsageError]),
			is("", certgen.ErrOwnSubject))},
		// Some of these wrap errors of the system, whose kinds come later.
		{"terms", StatusUsage, "the terms of service of the ACME server are not agreed to", as(
			func(*acme.TermsError) string { return "read them, and then: --agree-terms" })},
		{
			"acme-account", StatusUsage, "the ACME server makes no account without an external account binding, or not with that one",
			is("--eab-kid ID --eab-key SOURCE, with what the CA gave you", acme.ErrBinding, acme.ErrBindingKey),
		},
		{"acme-account-key", StatusInput, "the key of the ACME account cannot be used", as(none[*acme.KeyError])},
		{"acme-request", StatusInput, "no ACME server can issue what is asked for", as(none[*acme.RequestError])},
		{"acme-proof", StatusUsage, "the names cannot be proved in the way that was chosen", either(
			as(solverHint), as(none[*acme.ProfileError]),
			func(err error) (string, bool) {
				e, ok := errors.AsType[*acme.ListenError](err)
				if !ok || !errors.Is(e, acme.ErrNoAddress) {
					return "", false
				}
				return "--listen ADDRESS, or --dns-hook COMMAND; " + e.Hint(), true
			},
			is("--dns-hook COMMAND", acme.ErrNoHook))},
		{"acme-hook", StatusInput, "the command that sets DNS records failed", as(none[*acme.HookError])},
		{"listen", StatusNetwork, "an address cannot be listened on", as((*acme.ListenError).Hint)},
		{"acme-problem", StatusNetwork, "the ACME server refused", as((*acme.Problem).Hint)},
		{"acme-server", StatusNetwork, "the ACME server cannot be reached, or is none", either(
			as(serverHint), is("", acme.ErrTimeout, acme.ErrNoWindow))},
		{"name", StatusUsage, "a name or subject for a certificate is wrong", either(
			as(func(e *certgen.NameError) string { return e.Hint }),
			as(func(e *certgen.DNError) string { return e.Hint }),
			is("", certgen.ErrNoNames, certgen.ErrNoSubject))},
		{"policy", StatusUsage, "the policy of muxkey check is wrong", as((*check.PolicyError).Hint)},
		{"usage", StatusUsage, "the command line is wrong", either(
			as(none[*secret.SpecError]),
			as((*command.SplitError).Hint),
			as(none[*reload.SpecError]),
			as((*dial.EndpointError).Hint),
			as((*dial.ProxyError).Hint),
			is("", certgen.ErrKeyType, certgen.ErrTime, certgen.ErrLifetime, certgen.ErrUsage, certgen.ErrProfile, certgen.ErrReason))},
		{"network", StatusNetwork, "the network failed", as((*dial.Error).Hint)},
		{"git", StatusInput, "git cannot tell what has changed", as((*lint.GitError).Hint)},
		{"not-found", StatusInput, "an input does not exist", is("", fs.ErrNotExist)},
		{"permission", StatusInput, "an input may not be read", is("", fs.ErrPermission)},
		{"input", StatusInput, "an input cannot be read for another reason", is("")},
		{"found", StatusFound, "a check failed, or something was found", is("")},
	}
}

// general is the kind of an error of which only the status is known: the last one
// in the list.
func general(s Status) string {
	word := ""
	for _, k := range Kinds() {
		if k.Status == s {
			word = k.Name
		}
	}
	return word
}

func is(hint string, targets ...error) func(error) (string, bool) {
	return func(err error) (string, bool) {
		for _, t := range targets {
			if errors.Is(err, t) {
				return hint, true
			}
		}
		return "", false
	}
}

func as[E error](hint func(E) string) func(error) (string, bool) {
	return func(err error) (string, bool) {
		if e, ok := errors.AsType[E](err); ok {
			return hint(e), true
		}
		return "", false
	}
}

func either(matches ...func(error) (string, bool)) func(error) (string, bool) {
	return func(err error) (string, bool) {
		for _, match := range matches {
			if hint, ok := match(err); ok {
				return hint, true
			}
		}
		return "", false
	}
}

func none[E error](E) string { return "" }

// outputHint says what makes the place for a file.
func outputHint(e *safefile.Error) string {
	switch {
	case errors.Is(e, safefile.ErrNoDirectory):
		return "mkdir -p " + command.Quote(filepath.Dir(e.Path))
	case errors.Is(e, safefile.ErrDirectory):
		return "name a file in it, such as " + command.Quote(filepath.Join(e.Path, defaultKeystore))
	case errors.Is(e, safefile.ErrDangling):
		return "remove the link, or make the file that it points to"
	}
	return ""
}

// expiredHint tells an old certificate from a clock that is wrong.
func expiredHint(e *certgen.ExpiredError) string {
	if e.Now.Before(e.NotBefore) {
		return "look at the clock of this machine"
	}
	return "nothing that it issues now would be taken; make a new CA, or renew its certificate"
}

// solverHint names the way that would prove a name.
func solverHint(e *acme.SolverError) string {
	if len(e.Could) == 0 {
		return ""
	}
	if way := e.Could[0]; way != (acme.DNS01{}).Type() {
		return "--challenge " + way + " --listen ADDRESS"
	}
	return "--dns-hook COMMAND"
}

// serverHint says what helps where the ACME server has a certificate from a CA
// of its own.
func serverHint(e *acme.ServerError) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](e); ok {
		return "if its CA is one of your own: --acme-ca FILE"
	}
	return ""
}

// limitHint names the flag that raises a limit, and the size it takes.
func limitHint(e *pkcs12x.LimitError) string {
	for _, l := range []struct{ limit, flag string }{
		{"bytes", "--max-size"},
		{"bags", "--max-size"},
		{"objects", "--max-size"},
		{"entries", "--max-size"},
		{"entries and certificates", "--max-size"},
		{"iterations", "--max-iterations"},
		{"hash calls", "--max-work"},
	} {
		if l.limit == e.Limit {
			return "if you trust the file, raise the limit with " + l.flag
		}
	}
	return ""
}

// failures are several errors, each with a line of its own. The exit status is
// the highest.
type failures []error

func (f failures) Error() string   { return errors.Join(f...).Error() }
func (f failures) Unwrap() []error { return f }

// join makes one error of many, of which some may be nil.
func join(errs ...error) error {
	var list failures
	for _, err := range errs {
		if err != nil {
			list = append(list, err)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

// diagnosis is what is said about an error. Its JSON is a contract.
type diagnosis struct {
	Status  Status `json:"status"`
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func diagnose(err error) diagnosis {
	// What has no kind is as a rule a system that refuses to read.
	d := diagnosis{Status: StatusInput, Message: err.Error()}
	for _, k := range Kinds() {
		if hint, ok := k.match(err); ok {
			d.Status, d.Kind, d.Hint = k.Status, k.Name, hint
			break
		}
	}
	if f, ok := errors.AsType[*Failure](err); ok {
		if f.Status != d.Status {
			d.Status, d.Kind, d.Hint = f.Status, "", ""
		}
		if f.Hint != "" {
			d.Hint = f.Hint
		}
	}
	if d.Kind == "" {
		d.Kind = general(d.Status)
	}
	if errors.Is(err, context.Canceled) {
		d.Message = "interrupted" // where, the person knows
	}
	return d
}

// complain tells the person, or the program that asked for JSON, what went wrong
// and returns the exit status.
func complain(w io.Writer, err error, asJSON bool) Status {
	list, many := err.(failures) //nolint:errorlint // only the outermost error is such a list
	if !many {
		list = failures{err}
	}
	status := StatusDone
	for _, err := range list {
		if err == nil {
			continue
		}
		d := diagnose(err)
		status = max(status, d.Status)
		if f, ok := errors.AsType[*Failure](err); ok && f.Err == nil {
			continue
		}
		d.write(w, asJSON)
	}
	return status
}

// write ignores errors: there is no place left to report them.
func (d diagnosis) write(w io.Writer, asJSON bool) {
	if asJSON {
		text, _ := report.MarshalJSON(struct {
			SchemaVersion int       `json:"schemaVersion"`
			Error         diagnosis `json:"error"`
		}{schemaVersion, d})
		_, _ = w.Write(text)
		return
	}
	text := fmt.Sprintf("%s: %s\n", program, line(d.Message))
	if d.Hint != "" {
		text += fmt.Sprintf("hint: %s\n", line(d.Hint))
	}
	_, _ = io.WriteString(w, text)
}

// line makes a text one printable line, not longer than somebody will read: an
// error may quote a hostile alias, or list thousands.
func line(text string) string {
	const most = 2000
	n := 0
	for i := range text {
		if n++; n > most {
			return report.Printable(text[:i]) + " ..."
		}
	}
	return report.Printable(text)
}
