package level

import (
	"slices"
	"strings"
	"testing"
)

// facts are what the keytools of the JDKs said and wrote when they were measured:
// 8u504, 11.0.33, 17.0.21, 21.0.13, 25.0.3 and 26.0.2. The columns are the levels.
const facts = `
new keystore                jks     pkcs12  pkcs12  pkcs12  pkcs12  pkcs12
-keyalg left out            DSA     DSA     -       -       -       -
-genseckey without -keyalg  DES     DES     -       -       -       -
RSA                         2048    2048    2048    3072    3072    3072
DH                          2048    2048    2048    3072    3072    3072
EC                          256r1   256r1   256r1   384r1   384r1   384r1
signature of RSA 2048       SHA256  SHA256  SHA256  SHA384  SHA384  SHA384
signature of RSA 3072       SHA256  SHA256  SHA256  SHA384  SHA384  SHA384
signature of RSA 4096       SHA256  SHA384  SHA384  SHA384  SHA384  SHA384
signature of RSA 8192       SHA256  SHA512  SHA512  SHA512  SHA512  SHA512
signature of EC 256         SHA256  SHA256  SHA256  SHA384  SHA384  SHA384
signature of EC 384         SHA256  SHA384  SHA384  SHA384  SHA384  SHA384
signature of EC 521         SHA256  SHA512  SHA512  SHA512  SHA512  SHA512
bits of a serial number     31      31      64      64      64      64
DES in PKCS12               no      no      yes     yes     yes     yes
ARCFOUR in PKCS12           no      yes     yes     yes     yes     yes
Blowfish in PKCS12          no      no      no      yes     yes     yes
HmacMD5 in PKCS12           no      no      no      no      no      no
makes HmacSHA3-256          no      no      yes     yes     yes     yes
makes ChaCha20              no      yes     yes     yes     yes     yes
content tells the type      no      yes     yes     yes     yes     yes
PKCS12 is RC2 and 3DES      yes     no      no      no      no      no
PBMAC1                      no      no      no      no      no      yes
DES is legacy               no      no      no      yes     yes     yes
CR LF around PEM            no      no      no      no      yes     yes
new keys are told of        no      no      yes     yes     yes     yes
JKS is outdated             no      no      no      no      no      yes
-groupname                  no      yes     yes     yes     yes     yes
EdDSA keys                  no      no      yes     yes     yes     yes
X25519 keys                 no      yes     yes     yes     yes     yes
ML-DSA signs unasked        no      no      no      no      yes     yes
`

func TestFacts(t *testing.T) {
	all := levels()
	rows := 0
	for line := range strings.Lines(strings.TrimSpace(facts)) {
		name, rest := strings.TrimSpace(line[:28]), strings.Fields(line[28:])
		if len(rest) != len(all) {
			t.Fatalf("%q has %d columns for %d levels", name, len(rest), len(all))
		}
		for i, want := range rest {
			if got := fact(t, all[i], name); got != want {
				t.Errorf("%d, %s: %q, and the JDK %q", all[i].Number, name, got, want)
			}
		}
		rows++
	}
	if rows < 25 {
		t.Errorf("%d facts only", rows)
	}
}

func fact(t *testing.T, l Level, name string) string {
	t.Helper()
	is := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	named := func(text string) string {
		if text == "" {
			return "-"
		}
		return text
	}
	signs := func(algorithm string, bits int) string {
		hash, _, _ := strings.Cut(l.SignatureFor(algorithm, "", bits), "with")
		return hash
	}
	number := map[int]string{31: "31", 64: "64", 2048: "2048", 3072: "3072"}
	switch name {
	case "new keystore":
		return l.StoreType
	case "-keyalg left out":
		return named(l.KeyAlgorithm)
	case "-genseckey without -keyalg":
		return named(l.SecretAlgorithm)
	case "RSA":
		return number[l.RSABits]
	case "DH":
		return number[l.DHBits]
	case "EC":
		return strings.TrimPrefix(l.ECGroup, "secp")
	case "signature of RSA 2048":
		return signs("RSA", 2048)
	case "signature of RSA 3072":
		return signs("RSA", 3072)
	case "signature of RSA 4096":
		return signs("RSA", 4096)
	case "signature of RSA 8192":
		return signs("RSA", 8192)
	case "signature of EC 256":
		return signs("EC", 256)
	case "signature of EC 384":
		return signs("EC", 384)
	case "signature of EC 521":
		return signs("EC", 521)
	case "bits of a serial number":
		return number[l.SerialBits]
	case "DES in PKCS12", "ARCFOUR in PKCS12", "Blowfish in PKCS12", "HmacMD5 in PKCS12":
		return is(!slices.Contains(l.Nameless, strings.TrimSuffix(name, " in PKCS12")))
	case "makes HmacSHA3-256", "makes ChaCha20":
		return is(!slices.Contains(l.Missing, strings.TrimPrefix(name, "makes ")))
	case "content tells the type":
		return is(!l.Assumes)
	case "PKCS12 is RC2 and 3DES":
		return is(l.LegacyPKCS12)
	case "PBMAC1":
		return is(l.PBMAC1)
	case "DES is legacy":
		return is(l.JudgesSecrets && slices.Contains(l.Legacy, Constraint{Algorithm: "DES"}))
	case "CR LF around PEM":
		return is(!l.MixedPEM)
	case "new keys are told of":
		return is(!l.QuietKeys)
	case "JKS is outdated":
		return is(l.Outdated)
	case "-groupname":
		return is(l.Groups)
	case "EdDSA keys":
		return is(!slices.Contains(l.NoKeys, "Ed25519"))
	case "X25519 keys":
		return is(!slices.Contains(l.NoKeys, "X25519"))
	case "ML-DSA signs unasked":
		return is(l.SignatureFor("ML-DSA", "ML-DSA-65", -1) != "" && !slices.Contains(l.NoKeys, "ML-DSA"))
	}
	t.Fatalf("%q is no fact", name)
	return ""
}

// TestHashes finds a digest for keys of every size.
func TestHashes(t *testing.T) {
	for _, l := range levels() {
		for _, bits := range []int{1, 384, 512, 623, 624, 3072, 3073, 7680, 7681, 16384} {
			if l.RSAHash(bits) == "" {
				t.Errorf("%d: no digest for %d bits", l.Number, bits)
			}
		}
	}
}
