package keytool

import (
	"archive/zip"
	"context"
	"crypto"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"muxkey/certgen/jca"
	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/jar"
	certtext "muxkey/internal/keytool/text"
)

// printJar prints the certificates of those who have signed a JAR.
func (t *tool) printJar(ctx context.Context, path string) error {
	signers, err := t.jarSigners(ctx, path)
	if err != nil {
		return err
	}
	for i, s := range signers {
		fmt.Fprintf(t.out, "Signer #%d:\n\n", i+1)
		if t.level.BareSigners {
			fmt.Fprint(t.out, "Signature:\n\n")
		}
		if err := t.printSigner(labelCertificate, s.Chain, i+1, len(signers)); err != nil {
			return err
		}
		if s.Timestamp == nil {
			continue
		}
		fmt.Fprint(t.out, "Timestamp:\n\n")
		if err := t.printSigner(labelTimestamper, s.Timestamp, i+1, len(signers)); err != nil {
			return err
		}
	}
	if len(signers) == 0 {
		fmt.Fprintln(t.out, "Not a signed jar file")
	}
	return nil
}

// printSigner prints one chain, of the signer with that number.
func (t *tool) printSigner(label string, chain []*certtext.Certificate, number, signers int) error {
	for i, c := range chain {
		if !t.level.BareSigners {
			fmt.Fprintf(t.out, "Certificate #%d:\n", i+1)
		}
		if t.call.RFC {
			_, subject := c.Names()
			fmt.Fprintf(t.out, "Certificate owner: %s\n\n", subject)
		}
		if err := t.show(c); err != nil {
			return err
		}
		fmt.Fprintln(t.out)
		name := label
		switch {
		case t.level.BareSigners:
			name = oneOf(label, i, len(chain))
		case len(chain) > 1 && signers > 1:
			name += fmt.Sprintf(" #%d of signer #%d", i+1, number)
		case len(chain) > 1:
			name += fmt.Sprintf(" #%d", i+1)
		case signers > 1:
			name += fmt.Sprintf(" of signer #%d", number)
		}
		// Java means to see to what the first is for, and counts from one.
		if err := t.warnLink(name, chain, i, false); err != nil {
			return err
		}
	}
	return nil
}

func (t *tool) jarSigners(ctx context.Context, path string) ([]jar.Signer, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && path != "" && !t.level.NativeZip { // which Java takes for a folder, first
		return nil, exception.Wrap(exception.NoSuchFile, path, err)
	}
	if err != nil {
		return nil, fileNotFound(path, err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, exception.Wrap(exception.IO, reason(err), err)
	}
	if info.IsDir() {
		return nil, fileNotFound(path, syscall.EISDIR)
	}
	if info.Size() == 0 {
		return nil, exception.New(exception.Zip, "zip file is empty")
	}
	archive, err := zip.NewReader(f, info.Size())
	switch {
	case err != nil && t.level.NativeZip:
		return nil, exception.Wrap(exception.Zip, "error in opening zip file", err)
	case err != nil:
		return nil, exception.Wrap(exception.Zip, "zip END header not found", err)
	}
	return jar.Signers(ctx, archive, t.level, jar.Crypto{Verify: verifyNamed, Hash: digest})
}

// digest is a hash by Java's name for it, with a hyphen or without; nil for one
// that is not known.
func digest(name string) hash.Hash {
	for h := crypto.MD5; h <= crypto.BLAKE2b_512; h++ {
		if h.Available() && strings.EqualFold(strings.Replace(h.String(), "SHA-", "SHA", 1), strings.Replace(strings.ToUpper(name), "SHA-", "SHA", 1)) {
			return h.New()
		}
	}
	return nil
}

// verifyNamed checks a signature under an algorithm by its name.
func verifyNamed(key certtext.Key, name string, algorithm, message, signature []byte) error {
	public, err := jca.ParsePublicKey(key.SPKI)
	if err != nil {
		return err
	}
	s, err := jca.FindSignature(name)
	if name == "RSASSA-PSS" {
		s, err = jca.SignatureOf(algorithm)
	}
	if err != nil {
		return err
	}
	return public.Verify(s, message, signature)
}
