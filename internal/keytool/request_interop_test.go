package keytool_test

import (
	"os"
	"strings"
	"testing"

	"muxkey/internal/keytool/differ"
)

// withAttributes was made with OpenSSL: it has a challengePassword, an
// unstructuredName, an attribute that Java does not know, and extensions.
const withAttributes = `-----BEGIN CERTIFICATE REQUEST-----
MIIBdjCCARsCAQAwGzENMAsGA1UECgwEeCwgeTEKMAgGA1UEAwwBcTBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABDEdA7vfaDReQ1Sr6bbuYrE/ztn0LdL3mbr1I7sB
9QKkpxftO8+JAr8P/fQbC15WBhJc7WzsGzoKkYbc4kaBYTyggZ0wEgYJKoZIhvcN
AQkCMQUMA3VuczAVBgkqhkiG9w0BCQcxCAwGc2VjcmV0MBgGAyoDBDERDA9BU04x
OlVURjg6b3RoZXIwVgYJKoZIhvcNAQkOMUkwRzAPBgNVHRMECDAGAQH/AgEDMBMG
A1UdJQQMMAoGCCsGAQUFBwMBMBQGA1UdEQQNMAuCA2EuYocEAQIDBDAJBgMqAwQE
AgUAMAoGCCqGSM49BAMCA0kAMEYCIQDfIImqwkpmIW38CQ0s0tNKRgibDtrIWY9b
rEb3OsUdNwIhAPEkDIN6kgrR0P0bryphzpodPWHhdbOFnYdZsjVha7Iz
-----END CERTIFICATE REQUEST-----
`

// TestInteropDebugRequest holds Java's own form of requests, which -debug shows, against
// Java.
func TestInteropDebugRequest(t *testing.T) {
	home := jdks(t)["17"]
	dir := t.TempDir()
	t.Chdir(dir)
	java, err := differ.StartDriver(t.Context(), home, dir, t.TempDir(), append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC", "JAVA_HOME="+home))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = java.Close() }()
	requests := map[string]string{"attributes": withAttributes}
	for _, key := range []string{"RSA", "RSASSA-PSS", "DSA", "EC", "Ed25519"} {
		for _, line := range []string{
			"-genkeypair -keystore a -storepass changeit -alias " + key + " -dname CN=" + key + " -keyalg " + key,
			"-certreq -keystore a -storepass changeit -ext san=dns:example.com -ext ku:c=digitalSignature -ext 1.2.3=0500 -file request -alias " + key,
		} {
			if r := (call{args: strings.Fields(line)}).ours(t, "17"); r.Status != 0 {
				t.Fatalf("%s: %s%s", line, r.Stdout, r.Stderr)
			}
		}
		request, err := os.ReadFile("request")
		if err != nil {
			t.Fatal(err)
		}
		requests[key] = string(request)
	}
	for name, request := range requests {
		args := []string{"-printcertreq", "-debug"}
		want, err := java.Run(t.Context(), args, request)
		if err != nil {
			t.Fatal(err)
		}
		got := call{args: args, stdin: request}.ours(t, "17")
		if !strings.Contains(want.Stdout, "[PKCS #10 certificate request:") {
			t.Errorf("%s: %s%s", name, want.Stdout, want.Stderr)
		}
		if d := differ.NewComparer().Text(want.Stdout, got.Stdout); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
