package keystore

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"muxkey/internal/command"
)

// foreign is a file that no format takes.
type foreign struct {
	what string // with its article
	use  use
	hint string // a format for the file's name
}

// use says how near a foreign file is to what was wanted.
type use int

const (
	nothing       use = iota // a picture, a text ...
	otherKey                 // a key of another world: SSH, PGP
	otherKeystore            // a keystore that this version does not read
)

// magics are the beginnings of files that people hand over by mistake, so that
// the error can say what they are.
var magics = []struct {
	at    int
	magic string
	foreign
}{
	{0, "\x89PNG\r\n\x1a\n", foreign{what: "a PNG image"}},
	{0, "\xff\xd8\xff", foreign{what: "a JPEG image"}},
	{0, "GIF8", foreign{what: "a GIF image"}},
	{0, "%PDF-", foreign{what: "a PDF document"}},
	{0, "PK\x03\x04", foreign{what: "a ZIP or JAR archive", hint: archiveHint}},
	{0, "PK\x05\x06", foreign{what: "an empty ZIP archive"}},
	{0, "\x1f\x8b", foreign{what: "a gzip archive", hint: archiveHint}},
	{0, "BZh", foreign{what: "a bzip2 archive", hint: archiveHint}},
	{0, "\xfd7zXZ\x00", foreign{what: "an xz archive"}},
	{0, "7z\xbc\xaf\x27\x1c", foreign{what: "a 7-Zip archive"}},
	{0, "\x28\xb5\x2f\xfd", foreign{what: "a zstd archive", hint: archiveHint}},
	{0, "Rar!\x1a\x07", foreign{what: "a RAR archive"}},
	{257, "ustar", foreign{what: "a tar archive", hint: archiveHint}},
	{0, "\x7fELF", foreign{what: "an ELF program"}},
	{0, "\xcf\xfa\xed\xfe", foreign{what: "a Mach-O program"}},
	{0, "\xca\xfe\xba\xbe", foreign{what: "a Java class or Mach-O program"}},
	{0, "\xac\xed\x00\x05", foreign{what: "a serialised Java object"}},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", foreign{what: "a Microsoft Office document"}},
	{0, "regf", foreign{what: "a Windows registry hive"}},
	{0, "\x13\x57\x9a\xce", foreign{what: "a GDBM database"}},
	{0, "SQLite format 3\x00", foreign{what: sqlite}},
	{0, "\x00\x06\x15\x61", foreign{what: "a Berkeley DB file", hint: oldNSSHint}},
	{0, "\x61\x15\x06\x00", foreign{what: "a Berkeley DB file", hint: oldNSSHint}},
	{0, "\x00\x00\x00\x00CERT", foreign{
		"a Windows serialised certificate store (SST)", otherKeystore,
		"on Windows: Get-ChildItem of the certificates, then Export-PfxCertificate",
	}},
	{0, "\x1e\xf1\xb5\xb0", foreign{"a Microsoft private key (PVK)", otherKeystore, "convert it: openssl rsa -inform PVK -in %s -out key.pem"}},
	{0, "kych", foreign{"a macOS keychain", otherKeystore, "export from it: security export -k %s -t identities -f pkcs12 -o keystore.p12"}},
	{8, "X509KEY\x00", foreign{
		"an IBM key database (KDB)", otherKeystore,
		"export from it: gsk8capicmd -cert -export -db %s -label LABEL -target keystore.p12 -target_type pkcs12",
	}},
	{0, "PuTTY-User-Key-File-", foreign{"a PuTTY private key", otherKey, ""}},
	{0, "Key: (", foreign{"a GnuPG private key", otherKey, ""}},
	{0, "ssh-", foreign{"an SSH public key", otherKey, ""}},
	{0, "ecdsa-sha2-", foreign{"an SSH public key", otherKey, ""}},
	{0, "sk-ssh-", foreign{"an SSH public key", otherKey, ""}},
	{0, "sk-ecdsa-", foreign{"an SSH public key", otherKey, ""}},
	{0, "---- BEGIN SSH2 ", foreign{"an SSH key in the form of RFC 4716", otherKey, ""}},
	{0, "age-encryption.org/", foreign{what: "a file encrypted with age"}},
	{0, "AGE-SECRET-KEY-", foreign{"an age private key", otherKey, ""}},
}

const (
	sqlite      = "an SQLite database"
	archiveHint = "look for keystores in it: muxkey inspect --recursive %s"
	oldNSSHint  = "if it is an old cert8.db or key3.db of NSS, let NSS write the new form beside it, which is read: certutil -K -X -d sql:DIRECTORY"
)

// notOurs is the error for a file that no format took.
func notOurs(name string, data []byte) error { return identify(data).error(name) }

func (f foreign) error(name string) error {
	e := &FormatError{Path: name, What: f.what, Unread: f.use == otherKeystore}
	if f.use == otherKey {
		e.Err = errOtherKey
	}
	if f.hint != "" {
		e.Hint = strings.ReplaceAll(f.hint, "%s", command.Quote(name))
	}
	return e
}

var errOtherKey = errors.New("such keys have no place in a keystore for TLS")

func identify(data []byte) foreign {
	if len(data) == 0 {
		return foreign{what: "an empty file"}
	}
	for _, m := range magics {
		if len(data) > m.at && bytes.HasPrefix(data[m.at:], []byte(m.magic)) {
			return m.foreign
		}
	}
	if len(bytes.Trim(data, "\x00")) == 0 {
		return foreign{what: "a file of nothing but zero octets"}
	}
	if text, ok := asText(data); ok {
		return foreign{what: identifyText(text)}
	}
	if copiedAsText(data) {
		return foreign{what: "a binary file that was copied as text: the octets over 127 are lost", hint: "take the original;" +
			" where Maven copies it, keep it from filtering (nonFilteredFileExtensions)"}
	}
	if what := identifyASN1(data); what != "" {
		return foreign{what: what}
	}
	if c := data[0]; c == 0x99 || c == 0x98 || c == 0x95 || c == 0xc6 || c == 0xc5 {
		return foreign{what: "a file of no known format (perhaps a PGP key)"}
	}
	return foreign{what: "a file of no known format"}
}

// copiedAsText recognises keystores in which a decoder has put U+FFFD for every
// octet that is no UTF-8.
func copiedAsText(data []byte) bool {
	head := data[:min(len(data), headSize)]
	return bytes.Count(head, []byte("\ufffd")) > len(head)/20
}

// asText returns the beginning of a text.
func asText(data []byte) (string, bool) {
	data = fromUTF16(data[:min(len(data), headSize)])
	for len(data) > 0 && !utf8.FullRune(data[max(0, len(data)-utf8.UTFMax):]) {
		data = data[:len(data)-1]
	}
	if len(data) == headSize { // may end inside a character
		for i := 0; i < utf8.UTFMax && !utf8.Valid(data); i++ {
			data = data[:len(data)-1]
		}
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n\f\v\x1a\x1b", r) }) {
		return "", false
	}
	return text, true
}

func identifyText(text string) string {
	trimmed := strings.TrimSpace(text)
	lower := strings.ToLower(trimmed[:min(len(trimmed), 256)])
	switch {
	case trimmed == "":
		return "a file of nothing but blanks"
	case strings.HasPrefix(lower, "<!doctype html") || strings.HasPrefix(lower, "<html"):
		return "an HTML page"
	case strings.HasPrefix(lower, "<?xml") || strings.HasPrefix(lower, "<"):
		return "an XML file"
	case strings.HasPrefix(lower, "{") && strings.Contains(text, `"kty"`):
		return "a JSON web key (JWK)"
	case strings.HasPrefix(lower, "{") || strings.HasPrefix(lower, "["):
		return "a JSON file"
	case strings.Contains(text, "BEGIN CERTIFICATE") || strings.Contains(text, "PRIVATE KEY"):
		return "a text that speaks of a certificate or key, but without a line of the form -----BEGIN CERTIFICATE----- (were the dashes changed?)"
	}
	return "a text without any PEM block"
}

// identifyASN1 names DER that is of the field, but no keystore.
func identifyASN1(data []byte) string {
	in := cryptobyte.String(data)
	var body, first cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) {
		if cutShort(data) && data[0] == 0x30 {
			return "the beginning of a DER file (cut short?)"
		}
		return ""
	}
	switch {
	case body.PeekASN1Tag(cbasn1.ENUM):
		return "an OCSP response"
	case body.PeekASN1Tag(cbasn1.SEQUENCE) && body.ReadASN1(&first, cbasn1.SEQUENCE) &&
		first.PeekASN1Tag(cbasn1.INTEGER) && (body.Empty() || body.PeekASN1Tag(cbasn1.SEQUENCE)):
		return "a time-stamp response"
	}
	return "a DER file that holds no certificate, CSR, CRL or key"
}
