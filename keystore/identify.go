package keystore

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// magics are the beginnings of files that people hand over by mistake, so that
// the error can say what they are.
var magics = []struct {
	at    int
	magic string
	what  string
}{
	{0, "\x89PNG\r\n\x1a\n", "a PNG image"},
	{0, "\xff\xd8\xff", "a JPEG image"},
	{0, "GIF8", "a GIF image"},
	{0, "%PDF-", "a PDF document"},
	{0, "PK\x03\x04", "a ZIP or JAR archive"},
	{0, "PK\x05\x06", "an empty ZIP archive"},
	{0, "\x1f\x8b", "a gzip archive"},
	{0, "BZh", "a bzip2 archive"},
	{0, "\xfd7zXZ\x00", "an xz archive"},
	{0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
	{0, "\x28\xb5\x2f\xfd", "a zstd archive"},
	{0, "Rar!\x1a\x07", "a RAR archive"},
	{257, "ustar", "a tar archive"},
	{0, "\x7fELF", "an ELF program"},
	{0, "\xcf\xfa\xed\xfe", "a Mach-O program"},
	{0, "\xca\xfe\xba\xbe", "a Java class or Mach-O program"},
	{0, "\xac\xed\x00\x05", "a serialised Java object"},
	{0, "SQLite format 3\x00", "an SQLite database (NSS and browsers keep keys in such files; pk12util exports them)"},
	{0, "\x00\x06\x15\x61", "a Berkeley DB file (old NSS kept keys in such files; pk12util exports them)"},
	{0, "\x13\x57\x9a\xce", "a GDBM database"},
	{0, "\x00\x00\x00\x00CERT", "a Windows serialised certificate store (SST)"},
	{0, "\x1e\xf1\xb5\xb0", "a Microsoft private key (PVK)"},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a Microsoft Office document"},
	{0, "kych", "a macOS keychain"},
	{0, "regf", "a Windows registry hive"},
	{0, "\x00\x00\x00\x01\x00\x00\x00\x14", "a BKS or UBER keystore (Bouncy Castle)"},
	{0, "\x00\x00\x00\x02\x00\x00\x00\x14", "a BKS keystore (Bouncy Castle)"},
	{0, "PuTTY-User-Key-File-", "a PuTTY private key"},
	{0, "Key: (", "a GnuPG private key"},
	{0, "ssh-", "an SSH public key"},
	{0, "ecdsa-sha2-", "an SSH public key"},
	{0, "sk-ssh-", "an SSH public key"},
	{0, "sk-ecdsa-", "an SSH public key"},
	{0, "---- BEGIN SSH2 ", "an SSH key in the form of RFC 4716"},
	{0, "age-encryption.org/", "a file encrypted with age"},
	{0, "AGE-SECRET-KEY-", "an age private key"},
}

// identify names a file that no format took, with its article.
func identify(data []byte) string {
	if len(data) == 0 {
		return "an empty file"
	}
	for _, m := range magics {
		if len(data) > m.at && bytes.HasPrefix(data[m.at:], []byte(m.magic)) {
			return m.what
		}
	}
	if len(bytes.Trim(data, "\x00")) == 0 {
		return "a file of nothing but zero octets"
	}
	if text, ok := asText(data); ok {
		return identifyText(text)
	}
	if what := identifyASN1(data); what != "" {
		return what
	}
	if c := data[0]; c == 0x99 || c == 0x98 || c == 0x95 || c == 0xc6 || c == 0xc5 {
		return "a file of no known format (perhaps a PGP key)"
	}
	return "a file of no known format"
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
	var body, first, inner cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) {
		if cutShort(data) && data[0] == 0x30 {
			return "the beginning of a DER file (cut short?)"
		}
		return ""
	}
	switch {
	case body.PeekASN1Tag(cbasn1.ENUM):
		return "an OCSP response"
	case body.PeekASN1Tag(cbasn1.SEQUENCE) && body.ReadASN1(&first, cbasn1.SEQUENCE):
		switch {
		case first.PeekASN1Tag(cbasn1.INTEGER) && (body.Empty() || body.PeekASN1Tag(cbasn1.SEQUENCE)):
			return "a time-stamp response"
		case first.PeekASN1Tag(cbasn1.SEQUENCE) && first.ReadASN1(&inner, cbasn1.SEQUENCE) &&
			inner.PeekASN1Tag(cbasn1.OBJECT_IDENTIFIER) && first.PeekASN1Tag(cbasn1.OCTET_STRING):
			return "a BCFKS keystore (Bouncy Castle)"
		}
	}
	return "a DER file that holds no certificate, CSR, CRL or key"
}
