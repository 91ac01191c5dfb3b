package source

import (
	"bytes"
	"context"

	"muxkey/internal/lazy"
	"muxkey/trust"
)

// kubernetesKind is objects of Kubernetes that are made for trust, with certificates
// in a block scalar each line of which is one of PEM. Secrets and ConfigMaps may hold
// anything, in any encoding; they are left to package keystore, and files that have
// both kinds with them.
var kubernetesKind = Kind{
	ID:    "kubernetes",
	Title: "Bundle of trust-manager, ClusterTrustBundle of Kubernetes (YAML)",
	Detect: func(data []byte) bool {
		// PEM lines first: nearly no file has them indented.
		if !indentedBlock().Match(data) {
			return false
		}
		kinds := objectKind().FindAllSubmatch(data, -1)
		for _, k := range kinds {
			switch string(k[1]) {
			case "Bundle", "ClusterBundle", "ClusterTrustBundle":
			default:
				return false
			}
		}
		return len(kinds) > 0 && bytes.Contains(data, []byte("apiVersion:"))
	},
	Read: func(ctx context.Context, b *trust.Builder, in Input) error {
		if in.Options.KeyIssuers {
			return keystoreKind.Read(ctx, b, in) // which says that there is no key
		}
		return readPEM(ctx, b, in)
	},
}

var (
	indentedBlock = lazy.Regexp(`(?m)^[ ]+-----BEGIN CERTIFICATE-----[ \t\r]*$`)
	objectKind    = lazy.Regexp(`(?m)^(?:- |  )?kind:[ \t]*["']?([A-Za-z]+)`)
)
