package keytool_test

import (
	"strings"
	"testing"
)

// TestOldLevels has what 8u504 and 11.0.33 say otherwise than their successors: the
// last line of stdout.
func TestOldLevels(t *testing.T) {
	pkcs12, pem := absolute(t, "../../pkcs12x/testdata/pk12util-default.p12"), absolute(t, "../../testdata/other-root.pem")
	t.Chdir(t.TempDir())
	generate := func(how string) string {
		return "-genkeypair -keystore new -storepass changeit -dname CN=a -keyalg " + how
	}
	for _, tt := range []struct{ level, args, stdin, want string }{
		{"8", generate("EC -keysize 0"), "", "java.lang.IllegalArgumentException: Key size must be at least 112 bits"},
		{"8", generate("EC -keysize 572"), "", "java.lang.IllegalArgumentException: Key size must be at most 571 bits"},
		{"8", generate("EC -keysize 500"), "", "java.lang.IllegalArgumentException: No EC parameters available for key size 500 bits"},
		{"8", generate("EllipticCurve"), "", "java.lang.Exception: Cannot derive signature algorithm"},
		{"8", generate("RSA -keysize 0"), "", "java.lang.IllegalArgumentException: Public exponent must be smaller than key size"},
		{"11", generate("RSA -keysize 0"), "", "java.lang.IllegalArgumentException: Public exponent must be smaller than key size"},
		{"17", generate("RSA -keysize 0"), "", "java.lang.IllegalArgumentException: Public exponent must be no longer than 0 bits"},
		{"11", generate("EC -groupname SECP256R1"), "", "java.lang.IllegalArgumentException: Unknown curve name: SECP256R1"},
		{"17", generate("EC -groupname SECP256R1"), "", ""},
		{"11", "-list -storepass changeit -keystore " + pkcs12, "", "java.security.KeyStoreException: Unrecognized keystore format. Please load it with a specified type"},
		{"8", "-importcert -keystore trust -storepass changeit -file " + pem, "what\n", "java.lang.NullPointerException"},
	} {
		c := call{args: strings.Fields(tt.args), stdin: tt.stdin}
		r := c.ours(t, tt.level)
		lines := strings.Split(strings.TrimSpace(r.Stdout), "\n")
		if got := strings.TrimPrefix(lines[len(lines)-1], "keytool error: "); got != tt.want || (r.Status == 0) != (tt.want == "") {
			t.Errorf("%s at %s: %d, %q, want %q", tt.args, tt.level, r.Status, got, tt.want)
		}
	}
}
