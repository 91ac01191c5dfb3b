package target

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"muxkey/keystore"
	"muxkey/trust"
)

// made is an anchor of that name; change alters the certificate before it is signed.
func made(t *testing.T, name string, change func(*x509.Certificate)) *trust.Anchor {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if change != nil {
		change(c)
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	a, err := trust.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// awkward are anchors with which things go wrong: no CA, one that Go refuses, no
// name, names that end lines, quotes and paths, and two of one name.
func awkward(t *testing.T) []*trust.Anchor {
	t.Helper()
	refused := made(t, "refused", nil)
	raw := slices.Clone(refused.Raw)
	at := bytes.Index(raw, []byte{0x17, 13}) // UTCTime, whose month must not be 99
	copy(raw[at+4:], "99")
	outline, err := trust.Parse(raw)
	if err != nil || outline.Unparsable == "" {
		t.Fatalf("Go takes the damaged certificate: %v", err)
	}
	return []*trust.Anchor{
		made(t, "sound", nil),
		made(t, "no CA", func(c *x509.Certificate) { c.IsCA = false }),
		outline,
		made(t, "", func(c *x509.Certificate) { c.Subject = pkix.Name{} }),
		made(t, "a\nb: \"c\" ${d} `e` ../f \x00 | <g> ä", nil),
		made(t, strings.Repeat("long ", 60), nil),
		made(t, "twin", nil),
		made(t, "twin", nil),
	}
}

func job(anchors ...*trust.Anchor) Job {
	return Job{
		Set: &trust.Set{Anchors: anchors}, Purposes: []trust.Purpose{trust.Server}, Password: "changeit", Name: "muxkey-trust",
		Hosts: []string{"mux.example.com", "registry.example.com:5000"}, Rand: rand.Reader,
	}
}

func fingerprints(anchors []*trust.Anchor) []string {
	var out []string
	for _, a := range anchors {
		out = append(out, a.Fingerprint())
	}
	slices.Sort(out)
	return out
}

// certificatesOf are the fingerprints of the certificates in a text, and nothing
// else may be there.
func certificatesOf(t *testing.T, text []byte) []string {
	t.Helper()
	var anchors []*trust.Anchor
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		if block.Type != "CERTIFICATE" || len(block.Headers) > 0 {
			t.Errorf("a block %s with headers %v", block.Type, block.Headers)
		}
		a, err := trust.Parse(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		anchors = append(anchors, a)
		text = rest
	}
	if len(bytes.TrimSpace(text)) > 0 {
		t.Errorf("%q stands behind the certificates", text)
	}
	return fingerprints(anchors)
}

// One member of each of these unions is there, and no other field: what a published
// type does not have, the API server refuses or drops.
type (
	metadata struct {
		Name      string `yaml:"name"`
		Namespace string `yaml:"namespace"`
	}
	kubernetesObject struct {
		APIVersion string            `yaml:"apiVersion"`
		Kind       string            `yaml:"kind"`
		Metadata   metadata          `yaml:"metadata"`
		Type       string            `yaml:"type"`
		Data       map[string]string `yaml:"data"`
		Spec       struct {
			// certificates.k8s.io/v1beta1 ClusterTrustBundleSpec
			TrustBundle string `yaml:"trustBundle"`
			// trust.cert-manager.io/v1alpha1 BundleSpec
			Sources []struct {
				InLine string `yaml:"inLine"`
			} `yaml:"sources"`
			Target struct {
				ConfigMap struct {
					Key string `yaml:"key"`
				} `yaml:"configMap"`
				NamespaceSelector struct {
					MatchLabels map[string]string `yaml:"matchLabels"`
				} `yaml:"namespaceSelector"`
			} `yaml:"target"`
		} `yaml:"spec"`
	}
)

func TestKubernetes(t *testing.T) {
	all := awkward(t)
	for _, tt := range []struct {
		target           Target
		version, kind    string
		bundle           func(o kubernetesObject) string
		namespaced, rule func(o kubernetesObject) bool
	}{
		{
			target: configMapTarget, version: "v1", kind: "ConfigMap",
			bundle: func(o kubernetesObject) string { return o.Data["ca.crt"] },
			rule:   func(o kubernetesObject) bool { return len(o.Data) == 1 && o.Metadata.Namespace == "web" },
		},
		{
			target: secretTarget, version: "v1", kind: "Secret",
			bundle: func(o kubernetesObject) string {
				text, err := base64.StdEncoding.DecodeString(o.Data["ca.crt"])
				if err != nil {
					t.Error(err)
				}
				return string(text)
			},
			rule: func(o kubernetesObject) bool {
				return len(o.Data) == 1 && o.Type == "Opaque" && o.Metadata.Namespace == "web"
			},
		},
		{
			target: trustManagerTarget, version: "trust.cert-manager.io/v1alpha1", kind: "Bundle",
			bundle: func(o kubernetesObject) string { return o.Spec.Sources[0].InLine },
			rule: func(o kubernetesObject) bool {
				return len(o.Spec.Sources) == 1 && o.Spec.Target.ConfigMap.Key == "ca.crt" &&
					o.Spec.Target.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"] == "web" && o.Metadata.Namespace == ""
			},
		},
		{
			target: clusterTrustBundleTarget, version: "certificates.k8s.io/v1beta1", kind: "ClusterTrustBundle",
			bundle: func(o kubernetesObject) string { return o.Spec.TrustBundle },
			rule:   func(o kubernetesObject) bool { return o.Metadata.Namespace == "" },
		},
	} {
		t.Run(tt.target.ID, func(t *testing.T) {
			j := job(all...)
			j.Name, j.Namespace = "1e3", "web" // a name that is a number to YAML
			files, err := tt.target.Write(t.Context(), j)
			if err != nil {
				t.Fatal(err)
			}
			var o kubernetesObject
			d := yaml.NewDecoder(bytes.NewReader(files[0].Data))
			d.KnownFields(true)
			if err := d.Decode(&o); err != nil {
				t.Fatal(err)
			}
			if o.APIVersion != tt.version || o.Kind != tt.kind || o.Metadata.Name != "1e3" || !tt.rule(o) {
				t.Errorf("made %+v", o)
			}
			// What the form takes is there, and what it does not is told.
			var want, lost []*trust.Anchor
			for _, a := range all {
				if tt.target.Refuses == nil || tt.target.Refuses(a) == "" {
					want = append(want, a)
				} else {
					lost = append(lost, a)
				}
			}
			if got := certificatesOf(t, []byte(tt.bundle(o))); !slices.Equal(got, fingerprints(want)) {
				t.Errorf("%d certificates are in it, want %d", len(got), len(want))
			}
			var told []*trust.Anchor
			for _, l := range tt.target.Losses(j) {
				told = append(told, l.Anchor)
			}
			if !slices.Equal(fingerprints(told), fingerprints(lost)) {
				t.Errorf("%d losses are told, want %d", len(told), len(lost))
			}
			if tt.target.Refuses != nil {
				if _, err := tt.target.Write(t.Context(), job(lost...)); !errors.Is(err, ErrNoAnchors) {
					t.Errorf("without a certificate: %v", err)
				}
			}
			for _, wrong := range []Job{{Name: "Upper"}, {Name: "a b"}, {Name: "-a"}, {Name: "a..b"}, {Name: "a:b"}, {Name: strings.Repeat("a", 254)}, {}} {
				wrong.Set = j.Set
				if _, err := tt.target.Write(t.Context(), wrong); !isOptionError(err, Name) {
					t.Errorf("name %q: %v", wrong.Name, err)
				}
			}
		})
	}
	j := job(all...)
	j.Namespace = "a.b"
	if _, err := configMapTarget.Write(t.Context(), j); !isOptionError(err, Namespace) {
		t.Errorf("namespace a.b: %v", err)
	}
}

func isOptionError(err error, want Option) bool {
	e, ok := errors.AsType[*OptionError](err)
	return ok && e.Option == want
}

// The API server takes these alone (ValidateClusterTrustBundle): certificates that
// Go reads and that are CAs.
func TestClusterTrustBundleHasOnlyCAs(t *testing.T) {
	for _, a := range awkward(t) {
		c, err := a.Certificate()
		takes := err == nil && c.IsCA && c.BasicConstraintsValid
		if why := apiServerRefuses(a); (why == "") != takes {
			t.Errorf("%s: %q, and the API server takes it: %v", a.Name(), why, takes)
		}
	}
}

// An object may have 1 MiB of values and no octet more.
func TestObjectSize(t *testing.T) {
	a := made(t, "padded", func(c *x509.Certificate) { c.Subject.Organization = []string{strings.Repeat("x", 3000)} })
	one := len(pemOf([]*trust.Anchor{a}, false))
	most := maxObject / one
	if _, err := configMapTarget.Write(t.Context(), job(slices.Repeat([]*trust.Anchor{a}, most)...)); err != nil {
		t.Errorf("%d octets: %v", most*one, err)
	}
	_, err := configMapTarget.Write(t.Context(), job(slices.Repeat([]*trust.Anchor{a}, most+1)...))
	if e, ok := errors.AsType[*SizeError](err); !ok || e.Size != (most+1)*one || e.Max != maxObject || e.Hint() == "" {
		t.Errorf("%d octets: %v", (most+1)*one, err)
	}
}

func TestDockerLayout(t *testing.T) {
	all := awkward(t)
	j := job(all...)
	j.Hosts = []string{"mux.example.com", "registry.example.com:5000", "MUX.example.com:443", "[2001:db8::1]:5000"}
	files, err := dockerTarget.Write(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
		if got := certificatesOf(t, f.Data); !slices.Equal(got, fingerprints(all)) {
			t.Errorf("%s has %d certificates", f.Path, len(got))
		}
	}
	if want := []string{"mux.example.com/ca.crt", "registry.example.com:5000/ca.crt", "[2001:db8::1]:5000/ca.crt"}; !slices.Equal(paths, want) {
		t.Errorf("files %q", paths)
	}
	for _, wrong := range []string{"../..", "a/b", "", "*.example.com", "a:b", "a:0", "a:70000", "https://a/", "a b", "$(a)", "mail@example.com"} {
		j.Hosts = []string{wrong}
		if _, err := dockerTarget.Write(t.Context(), j); !isOptionError(err, Server) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

// What stands in paths and between quotes of a shell can do no harm there.
func TestProgramNames(t *testing.T) {
	for _, name := range []string{"", "..", ".a", "-a", "a/b", "a b", "$(a)", "`a`", `a"b`, "ä"} {
		j := job(made(t, "a", nil))
		j.Name = name
		if _, err := nodeTarget.Write(t.Context(), j); !isOptionError(err, Name) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// Each store of a product is one that Java opens, with all the anchors.
func TestProductStores(t *testing.T) {
	all := awkward(t)
	taken, err := job(all...).taken(gmsTarget.Refuses)
	if err != nil {
		t.Fatal(err)
	}
	want := taken.Set.Anchors
	for _, tt := range []struct {
		target      Target
		file        string
		format      string
		others      []string
		protections string
	}{
		{sametimeTarget, "truststore.p12", "pkcs12", []string{"ca.pem", "certificates/sound.crt", "clients/mux.example.com/plugin_customization.ini"}, "PBE-SHA1-3DES"},
		{teamworkCloudTarget, "certs/cert.jks", "jks", []string{"teamworkcloud.crt", fmt.Sprintf("teamworkcloud-%d.crt", len(want))}, ""},
		{gmsTarget, "truststore.jks", "jks", []string{"ca.pem"}, ""},
	} {
		files, err := tt.target.Write(t.Context(), job(all...))
		if err != nil {
			t.Errorf("%s: %v", tt.target.ID, err)
			continue
		}
		byPath := map[string][]byte{}
		for _, f := range files {
			byPath[f.Path] = f.Data
		}
		for _, name := range tt.others {
			if byPath[name] == nil {
				t.Errorf("%s: %s is not there", tt.target.ID, name)
			}
		}
		st, err := keystore.Decode(t.Context(), tt.file, byPath[tt.file], keystore.Options{Password: func(context.Context) (string, error) { return "changeit", nil }})
		if err != nil {
			t.Errorf("%s: %v", tt.target.ID, err)
			continue
		}
		var got []string
		for _, e := range st.Entries {
			if st.IsAnchor(e) {
				a, err := trust.Parse(e.Chain[0].Raw)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, a.Fingerprint())
			}
		}
		slices.Sort(got)
		if st.Format != tt.format || !st.Verified || !slices.Equal(got, fingerprints(want)) {
			t.Errorf("%s: a %s with %d anchors", tt.target.ID, st.Format, len(got))
		}
		if tt.protections != "" && (len(st.Protections) != 1 || st.Protections[0].Name != tt.protections) {
			t.Errorf("%s: encrypted with %+v", tt.target.ID, st.Protections)
		}
	}
}
