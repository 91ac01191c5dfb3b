package keytool

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/store"
	certtext "muxkey/internal/keytool/text"
)

// list is -list.
func list(ctx context.Context, t *tool) error {
	t.warnUnverified()
	if t.call.Alias != nil {
		return t.listEntry(ctx, labelCertificate, *t.call.Alias)
	}
	return t.listAll(ctx)
}

// noIntegrity is said of a keystore that is shown without a password.
const noIntegrity = `
*****************  WARNING WARNING WARNING  *****************
* The integrity of the information stored in your keystore  *
* has NOT been verified!  In order to verify its integrity, *
* you must provide your keystore password.                  *
*****************  WARNING WARNING WARNING  *****************

`

// stars separate what is shown.
const stars = "*******************************************\n"

func (t *tool) listAll(ctx context.Context) error {
	size := t.store.Size()
	entries := "entries"
	if size == 1 {
		entries = "entry"
	}
	kind := t.store.Type()
	if content, err := store.Probe(t.data); err == nil && t.level.NarrowPKCS12 && isPKCS12(content) && !strings.EqualFold(kind, "DKS") {
		kind = content
	}
	fmt.Fprintf(t.out, "Keystore type: %s\nKeystore provider: %s\n\nYour keystore contains %s %s\n\n", kind, t.store.Provider(), thousands(size), entries)
	aliases := t.store.Aliases()
	slices.SortFunc(aliases, compareUTF16)
	for _, alias := range aliases {
		if err := t.listEntry(ctx, "<"+alias+">", alias); err != nil {
			return err
		}
		if t.call.Verbose || t.call.RFC {
			fmt.Fprint(t.out, "\n\n"+stars+stars+"\n\n")
		}
	}
	return nil
}

// compareUTF16 is the order of Java's String.compareTo.
func compareUTF16(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

// thousands is a number with commas, as Java's MessageFormat prints it.
func thousands[N int | int64](n N) string {
	sign, text := "", fmt.Sprint(n)
	if n < 0 {
		sign, text = text[:1], text[1:]
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return sign + text
}

// day is a date as Java's DateFormat prints it in English.
func (t *tool) day(d time.Time) string { return d.In(t.zone).Format("Jan 2, 2006") }

// listEntry prints an entry, under the alias as it was given.
func (t *tool) listEntry(ctx context.Context, label, alias string) error {
	e, ok := t.store.Entry(alias)
	if !ok {
		return noAlias(alias)
	}
	chain, err := t.certificates(e)
	if err != nil {
		return err
	}
	if !t.detailed() {
		return t.listShort(ctx, label, alias, e, chain)
	}
	fmt.Fprintf(t.out, "Alias name: %s\nCreation date: %s\n", alias, t.day(e.Created))
	debugs := !t.call.Verbose && !t.call.RFC
	if !debugs || e.Kind != store.TrustedCertEntry {
		fmt.Fprintf(t.out, "Entry type: %s\n", e.Kind)
	}
	switch e.Kind {
	case store.SecretKeyEntry:
		return t.judgeSecret(ctx, label, alias)
	case store.PrivateKeyEntry:
		fmt.Fprintf(t.out, "Certificate chain length: %d\n", len(chain))
		for i, c := range chain {
			fmt.Fprintf(t.out, "Certificate[%d]:\n", i+1)
			if err := t.showListed(c, t.call.Debug && !t.call.Verbose); err != nil {
				return err
			}
			if err := t.warnLink(label, chain, i, i == 0); err != nil {
				return err
			}
		}
	case store.TrustedCertEntry:
		if !debugs {
			fmt.Fprintln(t.out)
		}
		if err := t.showListed(chain[0], debugs); err != nil {
			return err
		}
		return t.warnCertificate(label, chain[0])
	}
	return nil
}

// listShort prints an entry on one line, and a fingerprint.
func (t *tool) listShort(ctx context.Context, label, alias string, e *store.Entry, chain []*certtext.Certificate) error {
	fmt.Fprintf(t.out, "%s, %s, %s, \n", alias, t.day(e.Created), e.Kind)
	switch {
	case e.Kind == store.SecretKeyEntry:
		return t.judgeSecret(ctx, label, alias)
	case len(chain) == 0:
		fmt.Fprintln(t.out, "Certificate chain length: 0")
		return nil
	}
	fmt.Fprintln(t.out, "Certificate fingerprint (SHA-256): "+certtext.Fingerprint256(chain[0].Raw))
	if e.Kind == store.TrustedCertEntry || t.level.JudgesLeaf {
		return t.warnCertificate(label, chain[0])
	}
	return t.warnChain(label, chain)
}

// showListed prints a certificate of a list, with debugs in Java's own form: before
// -rfc counts with those of a chain, and after that with one that is trusted.
func (t *tool) showListed(c *certtext.Certificate, debugs bool) error {
	if !debugs {
		return t.show(c)
	}
	fmt.Fprintln(t.out, t.printer().Debug(c))
	return nil
}

// show prints a certificate, in PEM with -rfc.
func (t *tool) show(c *certtext.Certificate) error {
	if t.call.RFC {
		fmt.Fprint(t.out, t.printer().PEM("CERTIFICATE", c.Raw))
		return nil
	}
	return t.describe(c)
}

// describe prints a certificate, whatever -rfc says.
func (t *tool) describe(c *certtext.Certificate) error {
	text, err := t.printer().Certificate(c, t.trusted(c.Raw))
	fmt.Fprint(t.out, text)
	return err
}

// judgeSecret warns of a secret key that the keystore's password opens; others
// cannot be looked at.
func (t *tool) judgeSecret(ctx context.Context, label, alias string) error {
	switch {
	case !t.level.JudgesSecrets:
		return nil
	case t.call.StorePass == nil && strings.EqualFold(t.store.Type(), "JCEKS"):
		return exception.New(exception.IllegalArgument, "password can't be null")
	case t.call.StorePass == nil:
		return nil
	}
	key, err := t.store.Key(ctx, alias, *t.call.StorePass)
	if err != nil {
		if unrecoverable(err) {
			return nil
		}
		return err
	}
	if !strings.HasPrefix(key.Algorithm, "PBE") { // which algorithm protects a password cannot be seen
		t.warnSecretKey(label, key.Algorithm)
	}
	return nil
}

// detailed tells that an entry is shown in several lines.
func (t *tool) detailed() bool { return t.call.Verbose || t.call.RFC || t.call.Debug }
