// Package jar tells who has signed a JAR, by the rules of the JDK's JarFile: which
// signatures count, what of the archive must be as they say, and in which order
// the signers come.
//
// The specification is that of signed JARs in the JAR File Specification. Java's
// rules for weak algorithms are not applied: keytool switches them off.
package jar

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
	"muxkey/internal/keytool/text"
)

// Signer is one who has signed entries of a JAR.
type Signer struct {
	// Chain is the signer's certificate and its issuers, as far as they are there.
	Chain []*text.Certificate
	// Timestamp is the chain of who vouches for the time; nil without a time stamp.
	Timestamp []*text.Certificate
}

// Crypto is what signatures are checked with.
type Crypto struct {
	// Verify checks a signature under an algorithm that has a name, and an
	// AlgorithmIdentifier in DER where the name is not all.
	Verify func(key text.Key, name string, algorithm, message, signature []byte) error
	// Hash makes a digest by Java's name for it; nil for one that is not known.
	Hash func(name string) hash.Hash
}

// maxMeta bounds, in octets, what is read of the manifest and of a signature.
const maxMeta = 64 << 20

// maxTotal bounds, in octets, what all entries hold, as hostile archives hold
// terabytes.
const maxTotal = 16 << 30

const manifestName = "META-INF/MANIFEST.MF"

// errUnsigned is for a signature that Java passes over without a word.
var errUnsigned = errors.New("a signature that does not count")

// Signers returns who has signed entries of an archive, each once, in the order
// of the entries. What is signed and not as it was is an exception.
func Signers(ctx context.Context, archive *zip.Reader, l level.Level, c Crypto) ([]Signer, error) {
	v := verifier{crypto: c, level: l, signers: map[string][]int{}}
	if err := v.readMeta(archive); err != nil {
		return nil, err
	}
	if len(v.signers) == 0 {
		return nil, nil
	}
	var order []int
	total := int64(0)
	for _, f := range archive.File {
		name := strings.TrimPrefix(strings.TrimPrefix(f.Name, "./"), "/")
		if strings.EqualFold(name, manifestName) {
			name = manifestName
		}
		by, ok := v.signers[name]
		if !ok || strings.HasSuffix(f.Name, "/") {
			continue
		}
		if name != manifestName {
			n, err := v.checkEntry(ctx, f, name, maxTotal-total)
			if err != nil {
				return nil, err
			}
			total += n
		}
		for _, i := range by {
			if !slices.Contains(order, i) {
				order = append(order, i)
			}
		}
	}
	list := make([]Signer, len(order))
	for i, n := range order {
		list[i] = v.all[n]
	}
	return list, nil
}

// verifier is the state of one archive.
type verifier struct {
	crypto   Crypto
	level    level.Level
	manifest manifest
	all      []Signer
	// signers are the indexes into all of who signs an entry.
	signers map[string][]int
}

// readMeta reads the manifest and the signatures.
func (v *verifier) readMeta(archive *zip.Reader) error {
	files := map[string][]byte{}
	var blocks []string
	found := false
	for _, f := range archive.File {
		name := strings.ToUpper(f.Name)
		rest, ok := strings.CutPrefix(name, "META-INF/")
		if !ok || strings.Contains(rest, "/") {
			continue
		}
		block := strings.HasSuffix(name, ".RSA") || strings.HasSuffix(name, ".DSA") || strings.HasSuffix(name, ".EC")
		if !block && name != manifestName && !strings.HasSuffix(name, ".SF") {
			continue
		}
		data, err := read(f)
		if err != nil {
			return err
		}
		switch {
		case name == manifestName && !found:
			v.manifest, found = parseManifest(data), true
		case block:
			blocks = append(blocks, name)
		}
		files[name] = data
	}
	if !found {
		return nil
	}
	for _, name := range blocks {
		base := name[:strings.LastIndexByte(name, '.')]
		sf, ok := files[base+".SF"]
		if !ok {
			continue
		}
		if err := v.readSignature(base, sf, files[name]); err != nil && !errors.Is(err, errUnsigned) {
			return err
		}
	}
	return nil
}

func read(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, exception.Wrap(exception.Zip, err.Error(), err)
	}
	defer func() { _ = r.Close() }()
	data, err := io.ReadAll(io.LimitReader(r, maxMeta+1))
	if err == nil && len(data) > maxMeta {
		err = fmt.Errorf("%s has more than %d octets", f.Name, maxMeta)
	}
	if err != nil {
		return nil, exception.Wrap(exception.Zip, err.Error(), err)
	}
	return data, nil
}

// security is what Java throws when something is not as it was signed.
func security(format string, a ...any) error {
	return exception.New(exception.Security, fmt.Sprintf(format, a...))
}

// readSignature checks a signature block and the signature file that it signs, and
// notes whose entries are whose.
func (v *verifier) readSignature(base string, file, block []byte) error {
	sf := parseManifest(file)
	if sf.main.attributes["SIGNATURE-VERSION"] != "1.0" {
		return nil
	}
	bag, err := text.ReadSignedData(block, v.level)
	if err != nil {
		return errUnsigned
	}
	var mine []int
	for _, g := range bag.Signers {
		signer, err := v.signer(bag, g, file)
		if err != nil {
			return err
		}
		if signer == nil {
			continue
		}
		mine = append(mine, v.add(*signer))
	}
	if len(mine) == 0 {
		return security("cannot verify signature block file %s", base)
	}
	whole := v.matches(sf.main, "-DIGEST-MANIFEST", v.manifest.raw)
	if whole != matched && v.matches(sf.main, "-DIGEST-MANIFEST-MAIN-ATTRIBUTES", v.manifest.main.raw) == differs {
		return security("Invalid signature file digest for Manifest main attributes")
	}
	for _, name := range sf.order {
		if whole != matched {
			section, ok := v.manifest.sections[name]
			if !ok {
				return security("no manifest section for signature file entry %s", name)
			}
			algorithm, verdict := v.compare(sf.sections[name], "-DIGEST", section.raw)
			if verdict == differs {
				return security("invalid %s signature file digest for %s", algorithm, name)
			}
			if verdict == absent {
				continue
			}
		}
		v.mark(strings.TrimPrefix(strings.TrimPrefix(name, "./"), "/"), mine)
	}
	v.mark(manifestName, mine)
	return nil
}

// add notes a signer, and returns where; the same one is noted once.
func (v *verifier) add(s Signer) int {
	for i, have := range v.all {
		if sameChain(have.Chain, s.Chain) && sameChain(have.Timestamp, s.Timestamp) {
			return i
		}
	}
	v.all = append(v.all, s)
	return len(v.all) - 1
}

func sameChain(a, b []*text.Certificate) bool {
	return slices.EqualFunc(a, b, func(x, y *text.Certificate) bool { return bytes.Equal(x.Raw, y.Raw) })
}

func (v *verifier) mark(name string, signers []int) {
	for _, i := range signers {
		if !slices.Contains(v.signers[name], i) {
			v.signers[name] = append(v.signers[name], i)
		}
	}
}

// checkEntry holds an entry against the digests of the manifest, and returns its
// size.
func (v *verifier) checkEntry(ctx context.Context, f *zip.File, name string, limit int64) (int64, error) {
	section := v.manifest.sections[name]
	var writers []io.Writer
	digests := map[string]hash.Hash{}
	for key := range section.attributes {
		if algorithm, ok := strings.CutSuffix(key, "-DIGEST"); ok {
			if h := v.crypto.Hash(algorithm); h != nil {
				digests[key] = h
				writers = append(writers, h)
			}
		}
	}
	r, err := f.Open()
	if err != nil {
		return 0, exception.Wrap(exception.Zip, err.Error(), err)
	}
	defer func() { _ = r.Close() }()
	n, err := io.Copy(io.MultiWriter(writers...), io.LimitReader(reader{ctx, r}, limit+1))
	if err == nil && n > limit {
		err = errors.New("the archive holds too much")
	}
	if err != nil {
		return n, exception.Wrap(exception.Zip, err.Error(), err)
	}
	for key, h := range digests {
		if !equal(h.Sum(nil), section.attributes[key]) {
			return n, security("%s digest error for %s", strings.TrimSuffix(key, "-DIGEST"), f.Name)
		}
	}
	return n, nil
}

// reader reads until the context ends.
type reader struct {
	ctx context.Context //nolint:containedctx // it lives as long as one copy
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// equal compares a digest with base64.
func equal(sum []byte, text string) bool {
	want, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	return err == nil && subtle.ConstantTimeCompare(sum, want) == 1
}

// verdict is what a digest says.
type verdict int

const (
	absent verdict = iota
	matched
	differs
)

func (v *verifier) matches(s section, suffix string, data []byte) verdict {
	_, verdict := v.compare(s, suffix, data)
	return verdict
}

// compare holds data against the digests of a section with that suffix. algorithm
// is that of one that differs.
func (v *verifier) compare(s section, suffix string, data []byte) (algorithm string, result verdict) {
	for key, value := range s.attributes {
		name, ok := strings.CutSuffix(key, suffix)
		if !ok {
			continue
		}
		h := v.crypto.Hash(name)
		if h == nil {
			continue
		}
		_, _ = h.Write(data)
		if !equal(h.Sum(nil), value) {
			return name, differs
		}
		result = cmp.Or(matched, result)
	}
	return "", result
}
