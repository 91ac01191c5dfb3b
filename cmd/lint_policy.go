package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/diff"

	"muxkey/internal/console"
	"muxkey/internal/finding"
	"muxkey/internal/report"
	"muxkey/internal/safefile"
	"muxkey/policy/lint"
	"muxkey/policy/lint/rules"
)

// policy is that of --config, or the one that stands in the directory of the
// first path, or in the nearest above it up to the root of a repository.
func (o *lintOptions) policy(env *console.Env) (lint.Policy, error) {
	none := lint.Policy{Now: env.Now()}
	file := o.config
	switch {
	case o.noConfig:
		return none, nil
	case file == "":
		first := o.name
		if len(o.walk.Paths) > 0 {
			first = o.walk.Paths[0]
		}
		if file = findPolicy(first); file == "" {
			return none, nil
		}
		if here, err := os.Getwd(); err == nil {
			if near, err := filepath.Rel(here, file); err == nil && len(near) < len(file) {
				file = near
			}
		}
	}
	data, err := os.ReadFile(file) //nolint:gosec // that is what it is for
	if err != nil {
		return none, fmt.Errorf("reading the policy %s: %w", file, plainPath(err))
	}
	dir, err := filepath.Abs(filepath.Dir(file))
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir) // as the walk has its paths
	}
	if err != nil {
		return none, fmt.Errorf("reading the policy %s: %w", file, err)
	}
	p, err := lint.ParsePolicy(data, dir, slices.Collect(rules.All().All()))
	if err != nil {
		return none, &Failure{StatusUsage, "docs/lint.md has all that may stand in it", fmt.Errorf("reading the policy %s: %w", file, err)}
	}
	p.Now = env.Now()
	return p, nil
}

// findPolicy looks beside a path and above it, up to the root of a repository.
func findPolicy(path string) string {
	dir, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	for {
		file := filepath.Join(dir, lint.PolicyName)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file
		}
		_, err := os.Lstat(filepath.Join(dir, ".git"))
		above := filepath.Dir(dir)
		if err == nil || above == dir {
			return ""
		}
		dir = above
	}
}

// plainPath takes from the error of a file what was being done to it, which is
// said already.
func plainPath(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// heedBaseline leaves out what is known, or writes down all that is found.
func (o *lintOptions) heedBaseline(ctx context.Context, policy lint.Policy, out *linted) error {
	if o.writeBaseline != "" {
		b := finding.NewBaseline(out.Findings)
		if err := safefile.Write(ctx, o.writeBaseline, b.Bytes(), safefile.Options{Mode: 0o644, Replace: true}); err != nil {
			return err
		}
		out.notes = append(out.notes, fmt.Sprintf("wrote %s to the baseline %s", plural(len(out.Findings), "finding"), o.writeBaseline))
		out.Known, out.Findings = len(out.Findings), nil
		return nil
	}
	file := o.baseline
	if file == "" && policy.Baseline != "" {
		if file = policy.Baseline; !filepath.IsAbs(file) {
			file = filepath.Join(policy.Dir, file)
		}
	}
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file) //nolint:gosec // the user named it
	if err != nil {
		return fmt.Errorf("reading the baseline %s: %w", file, plainPath(err))
	}
	b, err := finding.ParseBaseline(data)
	if err != nil {
		return &Failure{StatusInput, "write it anew with --write-baseline", fmt.Errorf("reading the baseline %s: %w", file, err)}
	}
	all := len(out.Findings)
	fresh, gone := b.New(out.Findings)
	out.Findings, out.Known = fresh, all-len(fresh)
	if gone > 0 && o.walk.Since == "" {
		out.notes = append(out.notes, fmt.Sprintf("of the baseline, %s no longer there: write it anew with --write-baseline", plural(gone, "finding")))
	}
	return nil
}

// mend makes the repairs that are certain, or shows them.
func (o *lintOptions) mend(ctx context.Context, env *console.Env, format report.Format, l *lint.Linter, out *linted) error {
	fixed, left := l.Fix(ctx, out.Findings)
	if err := ctx.Err(); err != nil {
		return err
	}
	out.Mended = []finding.Finding{}
	for _, f := range fixed {
		if o.dryRun && format.Name == report.Default {
			if _, err := env.Out.Write(diff.Diff("a/"+f.Path, f.Before, "b/"+f.Path, f.After)); err != nil {
				return err
			}
		}
		if !o.dryRun {
			if err := f.Write(ctx); err != nil {
				return err
			}
		}
		out.Mended = append(out.Mended, f.Mended...)
	}
	out.Findings = slices.DeleteFunc(out.Findings, func(f finding.Finding) bool {
		return !o.dryRun && slices.ContainsFunc(out.Mended, func(m finding.Finding) bool { return m.Rule == f.Rule && *m.Place == *f.Place })
	})
	verb := "mended"
	if o.dryRun {
		verb = "could be mended"
	}
	out.notes = append(out.notes, fmt.Sprintf("%s %s in %s", plural(len(out.Mended), "finding"), verb, plural(len(fixed), "file")))
	for _, u := range left {
		out.notes = append(out.notes, fmt.Sprintf("not mended: %s in %s: %v", u.Finding.Rule, u.Finding.Where, u.Err))
	}
	return nil
}
