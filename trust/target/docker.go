package target

import (
	"context"
	"strings"

	"muxkey/internal/command"
)

// dockerTarget is the directory in which Docker looks for the CA of a registry;
// the port belongs to the name as it stands in the name of the image.
// https://docs.docker.com/engine/security/certificates/
var dockerTarget = Target{
	ID:        "docker",
	Title:     "certs.d of a registry",
	Clients:   "Docker, Podman, containerd",
	Name:      "certs.d",
	Directory: true,
	Options:   []Option{Server},
	Needs:     []Option{Server},
	Write: func(_ context.Context, j Job) ([]File, error) {
		var files []File
		for _, host := range j.Hosts {
			files = append(files, File{Path: host + "/ca.crt", Data: pemOf(j.Set.Anchors, false)})
		}
		return files, nil
	},
	Use: func(path string, _ Job) []Step {
		return []Step{{
			Text:    "Copy the directories to where Docker looks for them; it need not be started again.",
			Command: "cp -r " + command.Quote(strings.TrimSuffix(path, "/")) + "/. /etc/docker/certs.d/",
		}}
	},
	Proof: "the layout is compared with the documentation of Docker, and Docker's own code for it reads the files",
}
