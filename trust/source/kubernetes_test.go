package source

import (
	"bytes"
	"strings"
	"testing"

	"muxkey/trust"
)

const certificatePEM = `-----BEGIN CERTIFICATE-----
MIIBdjCCAR2gAwIBAgIBATAKBggqhkjOPQQDAjAQMQ4wDAYDVQQDEwVzb3VuZDAe
-----END CERTIFICATE-----
`

// Objects for trust are read here. What else there is in them, and Secrets and
// ConfigMaps, are not.
func TestKubernetesDetect(t *testing.T) {
	block := "    " + strings.ReplaceAll(strings.TrimSuffix(certificatePEM, "\n"), "\n", "\n    ") + "\n"
	bundle := "apiVersion: certificates.k8s.io/v1beta1\nkind: ClusterTrustBundle\nspec:\n  trustBundle: |\n" + block
	configMap := "apiVersion: v1\nkind: ConfigMap\ndata:\n  ca.crt: |\n" + block
	for text, want := range map[string]bool{
		bundle:                       true,
		bundle + "---\n" + bundle:    true,
		configMap:                    false,
		bundle + "---\n" + configMap: false,
		"kind: ClusterTrustBundle\napiVersion: v1\n": false,
		certificatePEM: false,
		"":             false,
	} {
		if got := kubernetesKind.Detect([]byte(text)); got != want {
			t.Errorf("%v for\n%s", got, text)
		}
	}
}

// Each block that begins is an anchor, or is told of.
func FuzzKubernetes(f *testing.F) {
	f.Add([]byte("apiVersion: v1\nkind: Bundle\nspec:\n  sources:\n    - inLine: |\n        -----BEGIN CERTIFICATE-----\n        MIIB\n        -----END CERTIFICATE-----\n"))
	f.Add([]byte("apiVersion: v1\nkind: ClusterTrustBundle\n  -----BEGIN CERTIFICATE-----\n  -----BEGIN CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !kubernetesKind.Detect(data) {
			return
		}
		var b trust.Builder
		if err := kubernetesKind.Read(t.Context(), &b, Input{Name: "x", Data: data}); err != nil {
			return
		}
		s := b.Set()
		if len(s.Anchors)+len(s.Skipped) == 0 && bytes.Contains(data, []byte("-----BEGIN CERTIFICATE-----\n")) {
			t.Errorf("nothing came of\n%s", data)
		}
	})
}
