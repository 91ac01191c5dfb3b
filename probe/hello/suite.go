package hello

import (
	"strconv"
	"strings"
)

// Suite is a cipher suite of the registry "TLS Cipher Suites" of IANA.
type Suite struct {
	ID      uint16
	Name    string // IANA's
	OpenSSL string // empty if OpenSSL never had it
	// KeyExchange is "RSA", "DHE", "ECDHE", "DH" and "ECDH" (both also of
	// certificates with such a key), "PSK", "SRP", "KRB5" and so on. It is empty in
	// TLS 1.3, where the group is agreed on beside the suite.
	KeyExchange string
	// Authentication is "RSA", "ECDSA", "DSS", "anon" (nobody is who he says), "PSK"
	// and so on, and empty in TLS 1.3, where the certificate alone decides.
	Authentication string
	Cipher         string // "AES-128-GCM", "3DES-EDE-CBC", "NULL"
	Bits           int    // of security that the cipher gives at best; 0 for NULL
	Hash           string // of the MAC, or of the key derivation for AEAD: "MD5", "SHA", "SHA256"
	AEAD           bool
	Export         bool // made weak for the export rules of the 1990s
	ForwardSecrecy bool // a key stolen later does not open what was recorded
	Since          Version
}

// Suites are all suites of the registry, by number.
func Suites() []Suite {
	list := make([]Suite, 0, 360)
	for line := range strings.Lines(registry) {
		if s, ok := parseSuite(line); ok {
			list = append(list, s)
		}
	}
	return list
}

// SuiteOf finds a suite by its number. One that is not in the registry has the
// number as its name and is not known to be anything.
func SuiteOf(id uint16) (Suite, bool) {
	number := hex4(id)
	if at := strings.Index(registry, "\n"+number+" "); at >= 0 {
		line, _, _ := strings.Cut(registry[at+1:], "\n")
		return parseSuite(line)
	}
	return Suite{ID: id, Name: "0x" + number, Since: SSL30}, false
}

func hex4(n uint16) string {
	const digits = "0123456789ABCDEF"
	return string([]byte{digits[n>>12], digits[n>>8&15], digits[n>>4&15], digits[n&15]})
}

// parseSuite reads a line of the registry. All but the numbers of bits follows
// from the name, which IANA builds of key exchange, authentication, cipher and
// hash.
func parseSuite(line string) (Suite, bool) {
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return Suite{}, false
	}
	id, err := strconv.ParseUint(fields[0], 16, 16)
	if err != nil {
		return Suite{}, false
	}
	s := Suite{ID: uint16(id), Name: fields[1], Since: SSL30}
	if len(fields) > 2 {
		s.OpenSSL = strings.Replace(fields[2], "=", s.Name, 1)
	}
	keys, rest, classic := strings.Cut(strings.TrimPrefix(s.Name, "TLS_"), "_WITH_")
	if !classic || id >= 0xC103 && id <= 0xC106 { // GOST for TLS 1.3 (RFC 9367) has WITH in its names
		if !classic {
			rest = keys
		}
		s.Since, s.ForwardSecrecy = TLS13, true
	} else {
		s.agreement(keys)
	}
	s.encryption(rest)
	switch {
	case s.Since == TLS13:
	case s.AEAD, s.Hash == "SHA256", s.Hash == "SHA384", s.KeyExchange == "GOST":
		// RFC 5246 section 1.2. The PSK suites of RFC 5487 section 3 with CBC and
		// those of RFC 5932 are for older versions too, but their hash is not.
		s.Since = TLS12
	}
	return s, true
}

// agreement reads what stands before "_WITH_".
func (s *Suite) agreement(keys string) {
	keys, s.Export = strings.CutSuffix(strings.TrimSuffix(keys, "1024"), "_EXPORT")
	switch {
	case keys == "PSK_DHE": // the only two that IANA wrote so
		keys = "DHE_PSK"
	case strings.HasPrefix(keys, "SRP_SHA"):
		keys = strings.Replace(keys, "_SHA", "", 1)
	case strings.HasPrefix(keys, "GOST"):
		keys = "GOST"
	}
	s.KeyExchange, s.Authentication, _ = strings.Cut(keys, "_")
	if s.Authentication == "" {
		s.Authentication = s.KeyExchange
	}
	ephemeral := s.KeyExchange == "DHE" || s.KeyExchange == "ECDHE" || s.KeyExchange == "ECCPWD" || s.KeyExchange == "SRP"
	s.ForwardSecrecy = ephemeral || s.Authentication == "anon"
}

// encryption reads what stands behind "_WITH_".
func (s *Suite) encryption(rest string) {
	words := strings.Split(rest, "_")
	switch last := words[len(words)-1]; {
	case strings.HasPrefix(last, "SHA") || last == "MD5" || last == "SM3":
		s.Hash = last
		words = words[:len(words)-1]
	case strings.Contains(rest, "CCM"): // the hash of TLS 1.2 (RFC 6655 section 3)
		s.Hash = "SHA256"
	}
	s.Cipher = strings.Join(words, "-")
	has := func(part string) bool { return strings.Contains(s.Cipher, part) }
	s.AEAD = has("GCM") || has("CCM") || has("POLY1305") || has("AEGIS") || has("MGM")
	for _, c := range []struct {
		part string
		bits int
	}{
		{"NULL", 0},
		{"-40", 40},
		{"DES40", 40},
		{"-56", 56},
		{"3DES", 112}, // a meet in the middle halves the work (SP 800-57 part 1)
		{"DES", 56},
		{"256", 256},
		{"CHACHA20", 256},
		{"28147", 256},
		{"KUZNYECHIK", 256},
		{"MAGMA", 256},
		{"-128", 128},
		{"IDEA", 128},
		{"SEED", 128},
		{"SM4", 128},
	} {
		if strings.Contains("-"+s.Cipher, c.part) {
			s.Bits = c.bits
			break
		}
	}
	if s.Cipher == "SHA256" || s.Cipher == "SHA384" { // RFC 9150: integrity without encryption
		s.Cipher, s.Bits = "NULL", 0
	}
}

// Verdict says what the suite is worth, by RFC 9325 section 4 and what it refers
// to.
func (s Suite) Verdict() Verdict {
	v := Verdict{Grade: Secure}
	if s.Cipher == "" {
		v.against(Weak, "not in the registry")
		return v
	}
	has := func(part string) bool { return strings.Contains(s.Cipher, part) }
	ec := s.Since == TLS13 || s.KeyExchange == "ECDHE"
	if ec && s.ForwardSecrecy && (has("AES") && has("GCM") || has("CHACHA20")) && s.Authentication != "anon" && s.Authentication != "PSK" {
		v.Grade = Recommended
	}
	for _, c := range []struct {
		holds  bool
		grade  Grade
		reason string
	}{
		{s.Cipher == "NULL", Insecure, "no encryption"},
		{s.Authentication == "anon", Insecure, "no authentication: anybody can be in the middle"},
		{s.Export, Insecure, "export grade: a key of " + strconv.Itoa(s.Bits) + " bits (FREAK, Logjam)"},
		{has("RC4"), Insecure, "RC4 (RFC 7465)"},
		{!s.Export && (has("DES") && !has("3DES")), Insecure, "DES: a key of 56 bits (RFC 5469)"},
		{has("RC2"), Insecure, "RC2"},
		{s.Hash == "MD5", Insecure, "MD5"},
		{has("3DES") || has("IDEA") || has("28147") || has("MAGMA"), Weak, "blocks of 64 bits (Sweet32)"},
		{has("CBC") && s.Hash == "SHA", Weak, "CBC with SHA-1 (Lucky Thirteen, BEAST)"},
		{has("CBC") && s.Hash != "SHA" && s.Hash != "MD5", Weak, "CBC (Lucky Thirteen)"},
		{!s.ForwardSecrecy, Weak, "no forward secrecy"},
		{s.KeyExchange == "DHE" && s.Authentication == "DSS", Weak, "DSS"},
		{has("CCM-8"), Weak, "a tag of 64 bits"},
	} {
		if c.holds {
			v.against(c.grade, c.reason)
		}
	}
	return v
}
