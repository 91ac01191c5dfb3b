package target

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"muxkey/internal/command"
	"muxkey/internal/lazy"
	"muxkey/trust"
)

// The objects of Kubernetes. The types are those of k8s.io/api core/v1 and
// certificates/v1beta1, and of trust-manager's pkg/apis/trust/v1alpha1. Their YAML
// is written by hand: the certificates stand in it as the text that people know, and
// no library lays a block scalar out as kubectl does.
var (
	configMapTarget = Target{
		ID:      "kubernetes-configmap",
		Title:   "Kubernetes ConfigMap",
		Clients: "pods of one namespace",
		Name:    "configmap.yaml",
		Options: []Option{Name, Namespace},
		Refuses: opensslRefuses,
		Write: object{apiVersion: "v1", kind: "ConfigMap", namespaced: true, refuses: opensslRefuses, body: func(_ Job, bundle []byte) string {
			return "data:\n  " + bundleKey + ": |\n" + indent("    ", bundle)
		}}.write,
		Use: func(path string, j Job) []Step {
			return append(applyStep(path), mountStep(fmt.Sprintf("    configMap: {name: %q}", j.Name)))
		},
		Check: podCheck,
		Proof: "kubectl makes the same object of the certificates, and muxkey reads them back; no cluster was there",
	}

	// secretTarget is for charts that want the CA as a Secret; there is nothing
	// secret in it.
	secretTarget = Target{
		ID:      "kubernetes-secret",
		Title:   "Kubernetes Secret",
		Clients: "pods of one namespace, where a chart wants a Secret",
		Name:    "secret.yaml",
		Options: []Option{Name, Namespace},
		Refuses: opensslRefuses,
		Write: object{apiVersion: "v1", kind: "Secret", namespaced: true, refuses: opensslRefuses, body: func(_ Job, bundle []byte) string {
			return "type: Opaque\ndata:\n  " + bundleKey + ": " + base64.StdEncoding.EncodeToString(bundle) + "\n"
		}}.write,
		Use: func(path string, j Job) []Step {
			return append(applyStep(path), mountStep(fmt.Sprintf("    secret: {secretName: %q}", j.Name)))
		},
		Check: podCheck,
		Proof: "kubectl makes the same object of the certificates, and muxkey reads them back; no cluster was there",
	}

	// trustManagerTarget is Bundle v1alpha1, which all releases up to 0.25 serve;
	// ClusterBundle (trust-manager.io/v1alpha2), to which they migrate it, is not in
	// most of them. One certificate that Go refuses makes trust-manager refuse all
	// (pkg/util/cert_pool.go).
	trustManagerTarget = Target{
		ID:      "trust-manager",
		Title:   "Bundle of trust-manager",
		Clients: "pods of all namespaces of a Kubernetes cluster with trust-manager, or of the one that --namespace names",
		Name:    "bundle.yaml",
		Options: []Option{Name, Namespace},
		Refuses: goRefuses,
		Write: object{apiVersion: "trust.cert-manager.io/v1alpha1", kind: "Bundle", refuses: goRefuses, body: func(j Job, bundle []byte) string {
			text := "spec:\n  sources:\n    - inLine: |\n" + indent("        ", bundle) +
				"  target:\n    configMap:\n      key: " + bundleKey + "\n"
			if j.Namespace != "" {
				text += fmt.Sprintf("    namespaceSelector:\n      matchLabels:\n        kubernetes.io/metadata.name: %q\n", j.Namespace)
			}
			return text
		}}.write,
		Use: func(path string, j Job) []Step {
			return append(applyStep(path), mountStep(fmt.Sprintf("    configMap: {name: %q}", j.Name)))
		},
		Check: func(_ string, j Job) []Step {
			return append([]Step{{Text: "trust-manager must say that it is synced:", Command: "kubectl get bundles.trust.cert-manager.io " + command.Quote(j.Name)}}, podCheck("", j)...)
		},
		Proof: "the fields and the certificates are compared with the types and the checks of trust-manager; it was not run",
	}

	// clusterTrustBundleTarget is held to what the API server checks
	// (pkg/apis/certificates/validation of Kubernetes). It has no signer, so anybody
	// with the right to make it may name it freely.
	clusterTrustBundleTarget = Target{
		ID:      "cluster-trust-bundle",
		Title:   "Kubernetes ClusterTrustBundle",
		Clients: "pods of a cluster of version 1.33 or later, where the feature gate ClusterTrustBundle and its API are switched on",
		Name:    "clustertrustbundle.yaml",
		Options: []Option{Name},
		Refuses: apiServerRefuses,
		Write: object{apiVersion: "certificates.k8s.io/v1beta1", kind: "ClusterTrustBundle", refuses: apiServerRefuses, body: func(_ Job, bundle []byte) string {
			return "spec:\n  trustBundle: |\n" + indent("    ", bundle)
		}}.write,
		Use: func(path string, j Job) []Step {
			return append(applyStep(path), mountStep(fmt.Sprintf("    projected: {sources: [{clusterTrustBundle: {name: %q, path: %s}}]}", j.Name, bundleKey)))
		},
		Check: podCheck,
		Proof: "the fields and the certificates are held to what the API server checks; no cluster was there",
	}
)

// bundleKey is what kube-root-ca.crt and cert-manager call such a file.
const bundleKey = "ca.crt"

// maxObject is how much the values of a ConfigMap or Secret may have together
// (MaxSecretSize in core/v1), and the trust bundle of a ClusterTrustBundle.
const maxObject = 1 << 20

// object is a kind of object with the certificates in it.
type object struct {
	apiVersion, kind string
	namespaced       bool
	refuses          func(*trust.Anchor) string
	// body is what stands below the metadata.
	body func(j Job, bundle []byte) string
}

func (o object) write(_ context.Context, j Job) ([]File, error) {
	// kube-apiserver: IsDNS1123Subdomain for names, IsDNS1123Label for namespaces.
	if len(j.Name) > 253 || !subdomain().MatchString(j.Name) {
		return nil, &OptionError{Name, j.Name, "the name of an object in Kubernetes has lower-case letters, digits, \"-\" and \".\""}
	}
	if j.Namespace != "" && (len(j.Namespace) > 63 || strings.Contains(j.Namespace, ".") || !subdomain().MatchString(j.Namespace)) {
		return nil, &OptionError{Namespace, j.Namespace, "the name of a namespace has lower-case letters, digits and \"-\""}
	}
	j, err := j.taken(o.refuses)
	if err != nil {
		return nil, err
	}
	bundle := pemOf(j.Set.Anchors, false)
	if len(bundle) > maxObject {
		return nil, &SizeError{"a " + o.kind, len(bundle), maxObject}
	}
	head := fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata:\n  name: %q\n", o.apiVersion, o.kind, j.Name)
	if o.namespaced && j.Namespace != "" {
		head += fmt.Sprintf("  namespace: %q\n", j.Namespace)
	}
	return []File{{Data: []byte(head + o.body(j, bundle))}}, nil
}

var subdomain = lazy.Regexp(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// indent puts blanks before each line.
func indent(blanks string, text []byte) string {
	var out strings.Builder
	for line := range bytes.Lines(text) {
		out.WriteString(blanks)
		out.Write(line)
	}
	return out.String()
}

func goRefuses(a *trust.Anchor) string {
	if a.Unparsable != "" {
		return "Go refuses the certificate, and then the whole bundle is refused"
	}
	return opensslRefuses(a) // programs in pods are not all made with Go
}

func apiServerRefuses(a *trust.Anchor) string {
	if !a.CA {
		return "it is no CA, and the API server takes nothing else"
	}
	return goRefuses(a)
}

// applyStep is server-side: for kubectl keeps what it has applied in an annotation
// otherwise, which holds 256 KiB.
func applyStep(path string) []Step {
	return []Step{{Text: "Give it to the cluster:", Command: "kubectl apply --server-side -f " + command.Quote(path)}}
}

func mountStep(volume string) Step {
	return Step{
		Text: "Mount it in the pods, and name the file to the programs in them; SSL_CERT_FILE is for those with OpenSSL or Go, which then trust nothing else:",
		Command: `spec:
  containers:
  - name: app
    env: [{name: SSL_CERT_FILE, value: /etc/muxkey-trust/` + bundleKey + `}]
    volumeMounts: [{name: muxkey-trust, mountPath: /etc/muxkey-trust, readOnly: true}]
  volumes:
  - name: muxkey-trust
` + volume,
		Shell: "yaml",
	}
}

func podCheck(_ string, j Job) []Step {
	return []Step{{
		Text:    "In a pod that has curl:",
		Command: fmt.Sprintf("kubectl exec POD -- curl -sS -o /dev/null --cacert /etc/muxkey-trust/%s https://%s/ && echo trusted", bundleKey, j.first()),
	}}
}
