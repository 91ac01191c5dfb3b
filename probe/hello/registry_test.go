package hello_test

import (
	"crypto/tls"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"muxkey/internal/peer"
	"muxkey/probe/hello"
)

// The standard library knows the numbers and names of those that it has.
func TestSuitesOfGo(t *testing.T) {
	for _, c := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		s, ok := hello.SuiteOf(c.ID)
		if !ok || s.ID != c.ID || s.Name != c.Name {
			t.Errorf("%04X is %q, and %q in crypto/tls", c.ID, s.Name, c.Name)
		}
		if v := s.Verdict(); c.Insecure && v.Grade > hello.Weak || !c.Insecure && v.Grade < hello.Secure && !strings.Contains(s.Name, "_CBC_SHA") {
			t.Errorf("%s is %s, and insecure in crypto/tls: %t", s.Name, v.Grade, c.Insecure)
		}
		if old := slices.Contains(c.SupportedVersions, tls.VersionTLS10); old != (s.Since < hello.TLS12) {
			t.Errorf("%s is since %s, and in crypto/tls for %04x", s.Name, s.Since, c.SupportedVersions)
		}
	}
}

func TestRegistry(t *testing.T) {
	all := hello.Suites()
	if len(all) < 350 {
		t.Errorf("only %d suites", len(all))
	}
	openSSL := map[string]string{}
	for i, s := range all {
		if i > 0 && s.ID <= all[i-1].ID {
			t.Errorf("%04X stands behind %04X", s.ID, all[i-1].ID)
		}
		if again, ok := hello.SuiteOf(s.ID); !ok || again != s {
			t.Errorf("%04X is found as %+v", s.ID, again)
		}
		if s.Cipher == "" || s.Bits == 0 != (s.Cipher == "NULL") || (s.KeyExchange == "" || s.Authentication == "") != (s.Since == hello.TLS13) {
			t.Errorf("%+v", s)
		}
		if s.OpenSSL != "" && openSSL[s.OpenSSL] != "" {
			t.Errorf("%s and %s are both %s", openSSL[s.OpenSSL], s.Name, s.OpenSSL)
		}
		openSSL[s.OpenSSL] = s.Name
		if v := s.Verdict(); (len(v.Reasons) == 0) != (v.Grade >= hello.Secure) {
			t.Errorf("%s: %+v", s.Name, v)
		}
	}
	if s, ok := hello.SuiteOf(0x0A0A); ok || s.Name != "0x0A0A" || s.Verdict().Grade != hello.Weak {
		t.Errorf("got %+v", s)
	}
}

func TestSuites(t *testing.T) {
	for _, tt := range []struct {
		name  string
		want  string // key exchange, authentication, cipher, bits, hash, since
		grade hello.Grade
		why   string
	}{
		{"TLS_AES_256_GCM_SHA384", "  AES-256-GCM 256 SHA384 TLS 1.3 aead fs", hello.Recommended, ""},
		{"TLS_AES_128_CCM_8_SHA256", "  AES-128-CCM-8 128 SHA256 TLS 1.3 aead fs", hello.Weak, "a tag of 64 bits"},
		{"TLS_SHA256_SHA256", "  NULL 0 SHA256 TLS 1.3 fs", hello.Insecure, "no encryption"},
		{"TLS_AEGIS_128L_SHA256", "  AEGIS-128L 128 SHA256 TLS 1.3 aead fs", hello.Secure, ""},
		{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE ECDSA CHACHA20-POLY1305 256 SHA256 TLS 1.2 aead fs", hello.Recommended, ""},
		{"TLS_DHE_RSA_WITH_AES_128_CCM", "DHE RSA AES-128-CCM 128 SHA256 TLS 1.2 aead fs", hello.Secure, ""},
		{"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "ECDHE RSA AES-256-CBC 256 SHA384 TLS 1.2 fs", hello.Weak, "CBC (Lucky Thirteen)"},
		{"TLS_RSA_WITH_AES_128_CBC_SHA", "RSA RSA AES-128-CBC 128 SHA SSLv3", hello.Weak, "CBC with SHA-1 (Lucky Thirteen, BEAST); no forward secrecy"},
		{"TLS_RSA_WITH_3DES_EDE_CBC_SHA", "RSA RSA 3DES-EDE-CBC 112 SHA SSLv3", hello.Weak, "blocks of 64 bits (Sweet32); CBC with SHA-1 (Lucky Thirteen, BEAST); no forward secrecy"},
		{"TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256", "ECDH RSA AES-128-GCM 128 SHA256 TLS 1.2 aead", hello.Weak, "no forward secrecy"},
		{"TLS_DHE_DSS_WITH_AES_256_GCM_SHA384", "DHE DSS AES-256-GCM 256 SHA384 TLS 1.2 aead fs", hello.Weak, "DSS"},
		{"TLS_ECDHE_RSA_WITH_RC4_128_SHA", "ECDHE RSA RC4-128 128 SHA SSLv3 fs", hello.Insecure, "RC4 (RFC 7465)"},
		{"TLS_RSA_WITH_DES_CBC_SHA", "RSA RSA DES-CBC 56 SHA SSLv3", hello.Insecure, "DES: a key of 56 bits (RFC 5469); CBC with SHA-1 (Lucky Thirteen, BEAST); no forward secrecy"},
		{"TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5", "RSA RSA RC2-CBC-40 40 MD5 SSLv3 export", hello.Insecure, "export grade: a key of 40 bits (FREAK, Logjam); RC2; MD5; no forward secrecy"},
		{"TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA", "RSA RSA DES-CBC 56 SHA SSLv3 export", hello.Insecure, "export grade: a key of 56 bits (FREAK, Logjam); CBC with SHA-1 (Lucky Thirteen, BEAST); no forward secrecy"},
		{"TLS_DHE_DSS_EXPORT_WITH_DES40_CBC_SHA", "DHE DSS DES40-CBC 40 SHA SSLv3 export fs", hello.Insecure, "export grade: a key of 40 bits (FREAK, Logjam); CBC with SHA-1 (Lucky Thirteen, BEAST); DSS"},
		{"TLS_DH_anon_WITH_AES_256_GCM_SHA384", "DH anon AES-256-GCM 256 SHA384 TLS 1.2 aead fs", hello.Insecure, "no authentication: anybody can be in the middle"},
		{"TLS_RSA_WITH_NULL_MD5", "RSA RSA NULL 0 MD5 SSLv3", hello.Insecure, "no encryption; MD5; no forward secrecy"},
		{"TLS_PSK_DHE_WITH_AES_128_CCM_8", "DHE PSK AES-128-CCM-8 128 SHA256 TLS 1.2 aead fs", hello.Weak, "a tag of 64 bits"},
		{"TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA", "SRP RSA AES-128-CBC 128 SHA SSLv3 fs", hello.Weak, "CBC with SHA-1 (Lucky Thirteen, BEAST)"},
		{"TLS_GOSTR341112_256_WITH_MAGMA_CTR_OMAC", "GOST GOST MAGMA-CTR-OMAC 256  TLS 1.2", hello.Weak, "blocks of 64 bits (Sweet32); no forward secrecy"},
		{"TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_L", "  KUZNYECHIK-MGM-L 256  TLS 1.3 aead fs", hello.Secure, ""},
	} {
		at := slices.IndexFunc(hello.Suites(), func(s hello.Suite) bool { return s.Name == tt.name })
		if at < 0 {
			t.Errorf("there is no %s", tt.name)
			continue
		}
		s := hello.Suites()[at]
		got := fmt.Sprintf("%s %s %s %d %s %s", s.KeyExchange, s.Authentication, s.Cipher, s.Bits, s.Hash, s.Since)
		for _, flag := range []struct {
			word string
			set  bool
		}{{" aead", s.AEAD}, {" export", s.Export}, {" fs", s.ForwardSecrecy}} {
			if flag.set {
				got += flag.word
			}
		}
		v := s.Verdict()
		if why := strings.Join(v.Reasons, "; "); got != tt.want || v.Grade != tt.grade || why != tt.why {
			t.Errorf("%s:\n%q, %s: %q\n%q, %s: %q", s.Name, got, v.Grade, why, tt.want, tt.grade, tt.why)
		}
	}
}

func TestGroups(t *testing.T) {
	seen := map[uint16]bool{}
	for _, g := range hello.Groups() {
		if seen[g.ID] {
			t.Errorf("%s is there twice", g.Name)
		}
		seen[g.ID] = true
		if again, ok := hello.GroupOf(g.ID); !ok || again.Name != g.Name {
			t.Errorf("%04X is found as %+v", g.ID, again)
		}
		if (len(g.Verdict.Reasons) == 0) != (g.Verdict.Grade >= hello.Secure) || g.Bits > 0 && (g.Bits < 103) != (g.Verdict.Grade == hello.Insecure) {
			t.Errorf("%+v", g)
		}
	}
	for id := uint16(1); id <= 41; id++ { // the registry has no holes there
		if !seen[id] {
			t.Errorf("there is no group %d", id)
		}
	}
	for _, id := range []tls.CurveID{tls.CurveP256, tls.CurveP384, tls.CurveP521, tls.X25519, tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024} {
		g, ok := hello.GroupOf(uint16(id))
		if name := strings.Replace(id.String(), "CurveP", "secp", 1); !ok || !strings.EqualFold(strings.TrimSuffix(g.Name, "r1"), name) || g.PostQuantum != strings.Contains(name, "MLKEM") {
			t.Errorf("%04X is %s, and %s in crypto/tls", uint16(id), g.Name, id)
		}
	}
	if g, ok := hello.GroupOf(0x0A0A); ok || g.Name != "0x0A0A" {
		t.Errorf("got %+v", g)
	}
}

func TestPrime(t *testing.T) {
	prime := func(start string, size int, end byte) hello.Prime {
		p := append([]byte(start), make([]byte, size-len(start)-8)...)
		for range 8 {
			p = append(p, end)
		}
		return p
	}
	const ones, e, pi = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "\xAD\xF8\x54\x58\xA2\xBB\x4A\x9A", "\xC9\x0F\xDA\xA2\x21\x68\xC2\x34"
	for _, tt := range []struct {
		prime hello.Prime
		bits  int
		name  string
		grade hello.Grade
	}{
		{prime(ones+e, 256, 0xFF), 2048, "ffdhe2048", hello.Secure},
		{prime(ones+pi, 128, 0xFF), 1024, "modp1024", hello.Weak},
		{prime(ones+pi, 96, 0xFF), 768, "modp768", hello.Insecure},
		{prime(ones+pi, 128, 0xFE), 1024, "custom", hello.Weak},
		{prime("\x01", 65, 0xFF), 513, "custom", hello.Insecure},
		{nil, 0, "custom", hello.Insecure},
	} {
		if v := tt.prime.Verdict(); tt.prime.Bits() != tt.bits || tt.prime.Name() != tt.name || v.Grade != tt.grade {
			t.Errorf("%d %s %s, want %d %s %s", tt.prime.Bits(), tt.prime.Name(), v.Grade, tt.bits, tt.name, tt.grade)
		}
	}
}

func TestVersions(t *testing.T) {
	var got []string
	for _, v := range append(hello.Versions(), 0x0305) {
		got = append(got, v.String()+" "+v.Verdict().Grade.String())
	}
	if want := "SSLv3 insecure, TLS 1.0 weak, TLS 1.1 weak, TLS 1.2 secure, TLS 1.3 recommended, 0x0305 insecure"; strings.Join(got, ", ") != want {
		t.Errorf("got %q", got)
	}
}

// OpenSSL has the names that it is said to have.
func TestNamesOfOpenSSL(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), peer.Program(t, "openssl"), "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line) // 0xC0,0x30 - NAME - OPENSSL-NAME version Kx= ...
		var high, low uint16
		if _, err := fmt.Sscanf(f[0], "0x%X,0x%X", &high, &low); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if s, _ := hello.SuiteOf(high<<8 | low); s.Name != f[2] || s.OpenSSL != f[4] {
			t.Errorf("%s is %s and %s, in OpenSSL %s and %s", f[0], s.Name, s.OpenSSL, f[2], f[4])
		}
		lines++
	}
	if lines < 50 {
		t.Errorf("only %d suites", lines)
	}
}
