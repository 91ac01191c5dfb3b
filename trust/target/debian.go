package target

import (
	"context"

	"muxkey/internal/command"
)

// debianTarget is what update-ca-certificates takes in: one certificate in each
// file, whose name ends in .crt. A second certificate in a file gets no hash link.
var debianTarget = Target{
	ID:        "debian",
	Title:     "anchors of Debian",
	Clients:   "all of Debian, Ubuntu and Alpine: OpenSSL, GnuTLS, curl, wget, git, Go, and Java with ca-certificates-java",
	Name:      "debian",
	Directory: true,
	Write: func(_ context.Context, j Job) ([]File, error) {
		var files []File
		for i, name := range uniqueNames(j.Set.Anchors, fileName) {
			files = append(files, File{Path: name + ".crt", Data: pemOf(j.Set.Anchors[i:i+1], j.Comments)})
		}
		return files, nil
	},
	Options: []Option{Comments},
	Use: func(path string, _ Job) []Step {
		return []Step{{
			Text:    "Copy the files to where the system looks for its own anchors, and let it take them in:",
			Command: "cp " + command.Quote(path) + "/*.crt /usr/local/share/ca-certificates/ && update-ca-certificates",
		}}
	},
	Check: curlCheck(""),
	Proof: "update-ca-certificates takes the files in, and curl then connects",
}
