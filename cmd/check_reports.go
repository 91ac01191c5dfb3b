package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/internal/console"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/policy/check"
)

// reportFlags say into which files the report goes: a pipeline wants several forms
// of it, and the work is done once.
type reportFlags struct {
	out  string   // of the report that standard output would have
	more []string // FORMAT=FILE

	files []reportFile
}

type reportFile struct {
	path   string
	format report.Format
}

func (r *reportFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&r.out, "out", "o", "", "write the report to `FILE`, which is replaced")
	f.StringArrayVar(&r.more, "report", nil, "write it to a file as well, which is replaced: `FORMAT=FILE`; more than once")
}

func (r *reportFlags) given() bool { return r.out != "" || len(r.more) > 0 }

// check refuses before the work begins what could not be written after it.
func (r *reportFlags) check(command string, format report.Format) error {
	r.files = nil
	if r.out != "" {
		r.files = append(r.files, reportFile{r.out, format})
	}
	for _, text := range r.more {
		name, path, ok := strings.Cut(text, "=")
		if !ok || path == "" {
			return wrongUsage(fmt.Errorf("--report %q is no FORMAT=FILE such as junit=check.xml", text))
		}
		f, err := report.Find(name)
		if err != nil {
			return wrongUsage(fmt.Errorf("--report: %w", err))
		}
		if f.Of != nil && !slices.Contains(f.Of, command) {
			return wrongUsage(fmt.Errorf("--report %s is for %s %s alone", name, program, strings.Join(f.Of, " and ")))
		}
		r.files = append(r.files, reportFile{path, f})
	}
	seen := map[string]bool{}
	for _, f := range r.files {
		path := filepath.Clean(f.path)
		if seen[path] {
			return wrongUsage(fmt.Errorf("two reports would be written to %s", path))
		}
		seen[path] = true
		if err := safefile.Check(f.path, safefile.Options{Replace: true}); err != nil {
			return err
		}
	}
	return nil
}

// show writes the report to the files, each of them whole or not at all, and to
// standard output.
func (r *reportFlags) show(ctx context.Context, env *console.Env, format report.Format, d report.Document) error {
	return join(r.write(ctx, env, d), r.put(env, format, d))
}

func (r *reportFlags) write(ctx context.Context, env *console.Env, d report.Document) error {
	var errs []error
	for _, f := range r.files {
		o := options(env)
		o.Width, o.Colour = 0, false
		var text bytes.Buffer
		err := f.format.Report(&text, d, o)
		if err == nil {
			err = safefile.Write(ctx, f.path, text.Bytes(), safefile.Options{Mode: 0o644, Replace: true})
		}
		errs = append(errs, err)
	}
	return join(errs...)
}

// put writes the report to standard output, unless a file has its place.
func (r *reportFlags) put(env *console.Env, format report.Format, d report.Document) error {
	if r.out != "" {
		return nil
	}
	return show(env, format, d)
}

// shardFlag is the part of the targets that is checked.
type shardFlag struct{ text string }

func (s *shardFlag) add(c *cobra.Command) {
	c.Flags().StringVar(&s.text, "shard", "", "check one `PART` of the targets: 2/10; all reports: muxkey report merge")
}

// set reads the part.
func (s *shardFlag) set(o *check.Options) (err error) {
	if s.text == "" {
		return nil
	}
	if o.Shard, o.Shards, err = check.ParseShard(s.text); err != nil {
		return wrongUsage(fmt.Errorf("--shard %w", err))
	}
	return nil
}

// verdictFor is the exit status of a report; that of a plugin where the report is
// one for Nagios.
func verdictFor(format report.Format, d report.Document) error {
	if !asPlugin(format) {
		return verdictOf(d.Checked.Report)
	}
	if status := report.NagiosStatus(d.Checked); status != report.NagiosOK {
		return &Failure{Status: Status(status)}
	}
	return nil
}

func asPlugin(format report.Format) bool { return format.Name == "nagios" }

// complainToNagios says on standard output, where alone a plugin is heard, that
// nobody knows. A report has said so already.
func complainToNagios(out io.Writer, err error) Status {
	if f, ok := errors.AsType[*Failure](err); ok && f.Err == nil {
		return f.Status
	}
	said := line(diagnose(err).Message)
	first := report.NagiosLine(report.NagiosUnknown, said)
	if !strings.HasSuffix(first, said) { // it was cut
		first += "\n" + said
	}
	_, _ = fmt.Fprintln(out, first) // there is no place left to report an error
	return Status(report.NagiosUnknown)
}
