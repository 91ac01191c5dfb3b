package target

import (
	"context"
	"fmt"
	"strings"

	"muxkey/internal/command"
)

// dockerTarget is the directory in which Docker looks for the CA of a registry;
// the port belongs to the name as it stands in the name of the image
// (https://docs.docker.com/engine/security/certificates/). Podman and Skopeo have
// the same (containers-certs.d(5)), and containerd reads it where a host has no
// hosts.toml (docs/hosts.md of containerd, "Support for Docker's Certificate File
// Pattern"); one beside would do nothing more there.
var dockerTarget = Target{
	ID:        "docker",
	Title:     "certs.d of a registry",
	Clients:   "Docker, Podman, Buildah, Skopeo, containerd and so Kubernetes nodes: for images of one registry",
	Name:      "certs.d",
	Directory: true,
	Options:   []Option{Server},
	Needs:     []Option{Server},
	Write: func(_ context.Context, j Job) ([]File, error) {
		list, err := j.hosts()
		if err != nil {
			return nil, err
		}
		var files []File
		for _, h := range list {
			files = append(files, File{Path: h.String() + "/ca.crt", Data: pemOf(j.Set.Anchors, false)})
		}
		return files, nil
	},
	Use: func(path string, j Job) []Step {
		from := command.Quote(strings.TrimSuffix(path, "/")) + "/."
		into := func(dir string) string { return "mkdir -p " + dir + " && cp -r " + from + " " + dir + "/" }
		return []Step{
			{Text: "For Docker, as root; it need not be started again:", Command: into("/etc/docker/certs.d")},
			{Text: "For Podman, Buildah and Skopeo of one user; those of root take /etc/containers/certs.d as well:", Command: into(`"$HOME/.config/containers/certs.d"`)},
			{Text: "For containerd, as root; its config_path must name this directory:", Command: into("/etc/containerd/certs.d")},
			{
				Text:    "Where containerd has a hosts.toml for the registry, it looks at no other file; add this line to its table:",
				Command: fmt.Sprintf("[host.\"https://%s\"]\n  ca = \"/etc/containerd/certs.d/%[1]s/ca.crt\"", j.first()), Shell: "toml",
			},
		}
	},
	Check: func(string, Job) []Step {
		return []Step{{Text: `Pull an image from the registry: there must be no "certificate signed by unknown authority" any more.`}}
	},
	Proof: "Skopeo takes an image from a registry with it, and not without; Docker and containerd document the same layout, and were not run",
}
