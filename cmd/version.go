package cmd

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/report"
)

// versionInfo says which program this is, as the Go tool noted it when it was
// built. Its JSON is a contract.
type versionInfo struct {
	SchemaVersion int    `json:"schemaVersion"`
	Version       string `json:"version"`          // a tag, or what Go makes of a commit; "(devel)" when unknown
	Commit        string `json:"commit,omitempty"` // of the source
	Time          string `json:"time,omitempty"`   // of the commit, RFC 3339 in UTC
	Modified      bool   `json:"modified"`         // the source was not just that of the commit
	Go            string `json:"go"`               // the version of Go that built it
	Platform      string `json:"platform"`         // "linux/amd64"
}

func newVersionCmd(env *console.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runVersion(env, formatOf(cmd))
		},
	}
}

func runVersion(env *console.Env, format report.Format) error {
	v := versionOf(debug.ReadBuildInfo())
	text := fmt.Sprintf("%s %s (%s, %s)", program, v.Version, v.Go, v.Platform)
	return show(env, format, report.Document{Value: v, Sections: []report.Section{{Notes: []string{text}}}})
}

func versionOf(info *debug.BuildInfo, ok bool) versionInfo {
	v := versionInfo{
		SchemaVersion: schemaVersion,
		Version:       "(devel)",
		Go:            runtime.Version(),
		Platform:      runtime.GOOS + "/" + runtime.GOARCH,
	}
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}
