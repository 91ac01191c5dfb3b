package explain

import (
	"strings"

	"muxkey/internal/keytool/grammar"
	"muxkey/internal/keytool/level"
	"muxkey/keystore"
)

// advice is something that is better done otherwise.
type advice struct {
	// when tells whether a call does it.
	when func(s *script) bool
	text string
}

// Advice returns what about a call is better done otherwise; nothing for most.
func Advice(c *grammar.Call, l level.Level, around Surroundings) []string {
	if c.Help || c.Command == "" {
		return nil
	}
	s := &script{Call: c, level: l, around: around}
	var texts []string
	for _, a := range advices() {
		if a.when(s) {
			texts = append(texts, a.text)
		}
	}
	return texts
}

func advices() []advice {
	return []advice{
		{(*script).hasLiteral, "a password on the command line is there to be read for everyone on the machine and in the shell's history; give it with -storepass:env NAME or -storepass:file FILE"},
		{(*script).hasPublished, "the password stands in public documentation, and is the first that is tried"},
		{
			func(s *script) bool { return s.makesCertificate() && len(s.names()) == 0 },
			"clients find the name of a server in the subject alternative names only; give them with -ext san=dns:HOST",
		},
		{
			func(s *script) bool {
				return s.Command == "-genkeypair" && isRSA(s) && s.KeySize != nil && *s.KeySize > 0 && *s.KeySize < 2048
			},
			"RSA keys of less than 2048 bits are refused nearly everywhere; take -keyalg EC, or -keysize 3072",
		},
		{
			func(s *script) bool {
				return s.Command == "-genkeypair" && isRSA(s) && (s.KeySize == nil || *s.KeySize <= 0) && s.level.RSABits < 3072
			},
			"the default of 2048 bits is enough until 2030 only; take -keyalg EC, or -keysize 3072",
		},
		{
			func(s *script) bool {
				return s.Command == "-genkeypair" && strings.EqualFold(or(s.KeyAlg, s.level.KeyAlgorithm), "DSA")
			},
			"TLS has no DSA any more, so no client can use such a key; take -keyalg EC",
		},
		{(*script).weakHash, "signatures with MD5 or SHA-1 are refused; leave -sigalg away, and keytool takes SHA-256 or better"},
		{
			func(s *script) bool { return s.makesStore() && isLegacy(or(s.StoreType, s.level.StoreType)) },
			"JKS and JCEKS protect keys poorly and are on their way out of Java; take -storetype PKCS12",
		},
		{
			func(s *script) bool { return s.makesCertificate() && s.Validity != nil && *s.Validity > 825 },
			"clients of Apple refuse server certificates that are valid for more than 825 days",
		},
		{
			func(s *script) bool { return s.Command == "-importcert" && s.NoPrompt },
			"-noprompt trusts a certificate that nobody has looked at; compare its fingerprint first: muxkey inspect FILE",
		},
		{
			func(s *script) bool {
				return s.KeyPass != nil && s.StorePass != nil && *s.KeyPass != *s.StorePass && s.isPKCS12()
			},
			"the keys of a PKCS12 keystore have its password: -keypass counts for nothing",
		},
		{
			func(s *script) bool {
				return s.SSLServer != nil
			},
			"what a server shows is not verified by looking at it: muxkey probe says whether clients will trust it",
		},
	}
}

// hasLiteral tells whether a password stood on the command line.
func (s *script) hasLiteral() bool {
	for name, value := range s.passwords() {
		if value != nil && *value != "" && s.Sources[name] == "" {
			return true
		}
	}
	return false
}

// hasPublished tells whether a password is one of those that examples have.
func (s *script) hasPublished() bool {
	for _, value := range s.passwords() {
		if value != nil && keystore.Published(*value) != "" {
			return true
		}
	}
	return false
}

func (s *script) passwords() map[string]*string {
	return map[string]*string{
		"storepass": s.StorePass, "srcstorepass": s.SrcStorePass, "keypass": s.KeyPass, "srckeypass": s.SrcKeyPass,
		"destkeypass": s.DestKeyPass, "signerkeypass": s.SignerKeyPass, "new": s.New,
	}
}

// makesCertificate tells whether a certificate for a server comes out, as far as
// can be seen: not that of a CA.
func (s *script) makesCertificate() bool {
	return s.Command == "-genkeypair" && !(&script{Call: s.Call, level: s.level}).extensions().ca
}

// names are the subject alternative names of the call.
func (s *script) names() []string {
	return (&script{Call: s.Call, level: s.level}).extensions().names
}

func (s *script) weakHash() bool {
	name := strings.ToUpper(strings.ReplaceAll(or(s.SigAlg, ""), "-", ""))
	return strings.HasPrefix(name, "MD") || strings.HasPrefix(name, "SHA1")
}

// makesStore tells whether the call makes a new keystore.
func (s *script) makesStore() bool {
	switch s.Command {
	case "-genkeypair", "-genseckey", "-importcert", "-importpass", "-importkeystore":
		return !s.CACerts && (s.Keystore == nil || *s.Keystore != "NONE") && !s.exists()
	}
	return false
}

// isPKCS12 tells whether the call says that the keystore is one.
func (s *script) isPKCS12() bool {
	return strings.EqualFold(or(s.StoreType, ""), "PKCS12") || s.StoreType == nil && s.makesStore() && s.level.StoreType == "pkcs12"
}

func isRSA(s *script) bool {
	return strings.HasPrefix(strings.ToUpper(or(s.KeyAlg, s.level.KeyAlgorithm)), "RSA")
}

func isLegacy(storeType string) bool {
	return strings.EqualFold(storeType, "JKS") || strings.EqualFold(storeType, "JCEKS") || strings.EqualFold(storeType, "CaseExactJKS")
}
