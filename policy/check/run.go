package check

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"muxkey/inspect"
	"muxkey/internal/dial"
	"muxkey/internal/finding"
	"muxkey/inventory"
	"muxkey/keystore"
	"muxkey/pkcs12x"
	"muxkey/policy/check/rules"
	"muxkey/probe"
	"muxkey/trust/path"
)

// Options say what is checked, and with what.
type Options struct {
	// Targets are paths and addresses; none: those of the policy.
	Targets []string
	// List is a list of targets in one of the forms of an inventory; nil: none.
	List []byte
	Now  time.Time
	// Clock is the time as it passes; nil: it stands at Now.
	Clock func() time.Time
	// Rand is for what servers are asked, and safe for use at the same time.
	Rand io.Reader
	// FailOn is the severity from which on a target has failed; empty: that of the
	// policy, or medium.
	FailOn string
	// Baseline has findings that are known; nil: none.
	Baseline *finding.Baseline
	// Shard, of Shards, is the part of the targets that is checked, from 1; 0: all.
	Shard, Shards int
	// Password reads the password of a source such as "env:STORE_PW"; an empty
	// source is the default one.
	Password func(ctx context.Context, source, label string) (string, error)
	// Source is the default one where each file has its own: "file:{dir}/{name}.pw",
	// as in a policy; empty: it is the same for all.
	Source string
	// Everywhere: the default source is also for files in directories and archives,
	// which nobody has named.
	Everywhere bool
	// Place finds the file behind a word such as "system".
	Place func(word string) (string, error)
	// Responder asks OCSP responders.
	Responder path.Responder
	// Salt makes passwords comparable within one run, and nowhere else.
	Salt []byte
	// Workers is how many servers are asked at a time; 0: 16.
	Workers int
	// Counts is kept up to date for who shows the progress; may be nil.
	Counts *inventory.Counts
	Limits pkcs12x.Limits
}

// Run checks what the policy names. That something is not as it should be, or
// cannot be read, is no error but the answer. Errors: *PolicyError, those of files
// that the policy stands on, and that of the context.
func Run(ctx context.Context, p *Policy, o Options) (*Report, error) {
	r := &resolver{policy: p, password: o.Password, place: o.Place, ask: o.Responder, bundles: map[string]*path.Bundle{}, lists: map[string][]*x509.RevocationList{}}
	run := &run{policy: p, options: o, passwords: newPasswords(p, o), rules: p.chosen(), used: map[*Allowance]bool{}, failOn: cmp.Or(o.FailOn, p.FailOn, string(finding.Medium))}
	jobs, err := p.jobs(ctx, r, o)
	if err != nil {
		return nil, err
	}
	all := jobs
	if o.Shards > 0 {
		jobs = slices.DeleteFunc(slices.Clone(all), func(j *job) bool { return shardOf(j.name, o.Shards) != o.Shard })
	}
	results := run.files(ctx, jobs, all)
	results = append(results, run.servers(ctx, jobs)...)
	if len(o.Targets) == 0 && o.List == nil {
		list, err := run.serviceJobs(ctx, r, all)
		if err != nil {
			return nil, err
		}
		results = append(results, run.services(ctx, list)...)
		jobs = append(jobs, list...)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(results, func(a, b result) int { return inOrder(a.checked, b.checked) })
	run.fleet(results)
	out := run.report(results)
	run.literals(out, jobs)
	run.allow(out, len(o.Targets) == 0 && o.List == nil && o.Shards == 0)
	out.heed(o.Baseline)
	return out, nil
}

// shardOf spreads names evenly, the same on every machine.
func shardOf(name string, shards int) int {
	sum := sha256.Sum256([]byte(name))
	return int((uint64(sum[0])<<24|uint64(sum[1])<<16|uint64(sum[2])<<8|uint64(sum[3]))%uint64(shards)) + 1 //nolint:gosec // a count of machines
}

// run is the state of one Run.
type run struct {
	policy    *Policy
	options   Options
	passwords *passwords
	rules     []rules.Rule
	failOn    string
	used      map[*Allowance]bool // suppressions that some finding is for
}

// result is what became of a target, and what the fleet needs of it.
type result struct {
	checked Checked
	member  rules.Member
}

// chosen are the rules that the policy applies.
func (p *Policy) chosen() []rules.Rule {
	var out []rules.Rule
	for r := range rules.All().All() {
		if p.chooses(r.ID) {
			out = append(out, r)
		}
	}
	for _, r := range p.custom {
		if p.chooses(r.ID) {
			out = append(out, r)
		}
	}
	return out
}

// files opens and judges what stands in files. What is named itself, among all, is
// left out of the directories that it stands in.
func (r *run) files(ctx context.Context, jobs, all []*job) []result {
	named := map[string]bool{}
	for _, j := range all {
		named[j.name] = true
	}
	byName := map[string]*job{}
	var targets []inventory.Target
	var out []result
	for _, j := range jobs {
		switch {
		case j.err != nil:
			out = append(out, result{checked: r.unchecked(j, File, j.name, reason(j.err))})
		case j.endpoint == nil:
			byName[j.name] = j
			targets = append(targets, inventory.Target{Path: j.name})
		}
	}
	walk := inventory.Options{
		Recursive: true,
		Open:      r.open(),
		Counts:    r.options.Counts,
		Skip:      func(path string) bool { return named[path] },
	}
	walk.Password = func(file string, named bool) func(context.Context) (string, error) {
		j := jobOf(byName, file)
		return func(ctx context.Context) (string, error) { return r.passwords.of(ctx, j.plan.Password, file, named) }
	}
	for list := range inventory.Walk(ctx, targets, walk, func(ctx context.Context, f inventory.Found) []result {
		return r.found(ctx, jobOf(byName, f.Path), f)
	}) {
		out = append(out, list...)
	}
	return out
}

// jobOf is the job that a file was found for: its own, or that of a directory or
// an archive above it.
func jobOf(jobs map[string]*job, file string) *job {
	for name := file; ; {
		if j := jobs[name]; j != nil {
			return j
		}
		above := filepath.Dir(name)
		if i := strings.LastIndexByte(name, '#'); i > 0 {
			above = name[:i]
		}
		if above == name {
			return nil
		}
		name = above
	}
}

func (r *run) found(ctx context.Context, j *job, f inventory.Found) []result {
	if f.Skipped != "" {
		return []result{{checked: r.unchecked(j, File, f.Path, f.Skipped)}}
	}
	s, err := r.subject(ctx, j.plan, f.Path, f.Store, f.Err)
	if err != nil {
		return []result{{checked: r.unchecked(j, File, f.Path, reason(err))}}
	}
	return []result{r.judge(ctx, j, File, s)}
}

// servers asks those of the jobs that are servers.
func (r *run) servers(ctx context.Context, jobs []*job) []result {
	jobs = slices.DeleteFunc(slices.Clone(jobs), func(j *job) bool { return j.endpoint == nil })
	out := make([]result, len(jobs))
	r.several(len(jobs), func(i int) { out[i] = r.server(ctx, jobs[i]) })
	return out
}

// several does something n times, a few at a time: it is the network that is waited
// for.
func (r *run) several(n int, do func(i int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(n, cmp.Or(r.options.Workers, 16)) {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

func (r *run) server(ctx context.Context, j *job) result {
	s, err := r.shown(ctx, j.name, *j.endpoint, j.plan)
	if err != nil {
		c := r.unchecked(j, Endpoint, j.name, reason(err))
		c.Network = true
		return result{checked: c}
	}
	return r.judge(ctx, j, Endpoint, s)
}

// shown asks a server what it shows.
func (r *run) shown(ctx context.Context, name string, at dial.Endpoint, p *plan) (*rules.Subject, error) {
	shown, err := probe.Probe(ctx, at, probe.Options{
		Dialer: p.dialer, Host: p.ServerName, Timeout: p.timeout, Matrix: p.matrix, Now: r.clock, Rand: r.options.Rand,
	})
	if err != nil && !shown.Answers() {
		return nil, err
	}
	facts := inspect.Target{Path: name, Format: "tls", FormatTitle: "TLS server"}
	store := &keystore.Store{Path: name, Format: "tls"}
	if len(shown.Presented) > 0 {
		facts.Entries = []inspect.Entry{{Chain: shown.Certificates}}
		store.Entries = []*keystore.Entry{{Chain: shown.Presented}}
	}
	return &rules.Subject{Name: name, Facts: &facts, Store: store, Server: shown, Expect: p.expect, Now: r.options.Now}, nil
}

// clock is the time as it passes, for the clocks of servers.
func (r *run) clock() time.Time {
	if r.options.Clock != nil {
		return r.options.Clock()
	}
	return r.options.Now
}

// judge asks all rules about a subject.
func (r *run) judge(ctx context.Context, j *job, kind TargetKind, s *rules.Subject) result {
	c := r.checked(j, kind, s.Name)
	if s.Facts != nil {
		c.Format = s.Facts.Format
		c.Certificates = certificates(s)
	}
	if s.Store != nil && s.Store.Signed { // it shows and trusts nothing, and a time stamp may stand for the date
		return result{c, rules.Member{Name: s.Name, Profile: s.Expect.Profile}}
	}
	for _, rule := range r.rules {
		if rule.Subject == nil || !rule.Holds(s.Expect.Profile) {
			continue
		}
		for _, f := range rule.Subject(ctx, s) {
			r.take(&c, rule.Rule, f)
		}
	}
	return result{c, rules.NewMember(s)}
}

func (r *run) checked(j *job, kind TargetKind, name string) Checked {
	c := Checked{Name: name, Kind: kind, Status: OK, Certificates: []Certified{}, Findings: []finding.Finding{}}
	if j.plan == nil {
		return c
	}
	c.Profile = j.plan.Profile
	c.Position = j.position
	if file := cmp.Or(j.plan.file, r.policy.File); j.plan.line > 0 {
		c.Place = &finding.Location{File: filepath.ToSlash(file), Line: j.plan.line, Column: j.plan.column, EndLine: j.plan.line, EndColumn: j.plan.column}
	}
	return c
}

func (r *run) unchecked(j *job, kind TargetKind, name, why string) Checked {
	c := r.checked(j, kind, name)
	c.Status, c.Reasons = Unchecked, []string{why}
	return c
}

// take makes a finding of a fault.
func (r *run) take(c *Checked, rule finding.Rule, f rules.Fault) {
	if f.Unknown {
		c.Reasons = append(c.Reasons, rule.ID+": "+f.Text)
		return
	}
	severity := cmp.Or(f.Severity, rule.Severity)
	if own, ok := r.policy.severity(rule.ID); ok {
		severity = own
	}
	where := c.Name
	if f.Alias != "" {
		where += "#" + f.Alias
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{rule.ID, c.Name, f.Alias, f.Key}, "\x00")))
	place := c.Place
	c.Findings = append(c.Findings, finding.Finding{
		Rule: rule.ID, Severity: severity, Where: where, Text: f.Text, Place: place, Fingerprint: hex.EncodeToString(sum[:16]),
	})
}

// report puts everything together.
func (r *run) report(results []result) *Report {
	out := &Report{SchemaVersion: SchemaVersion, At: r.options.Now.UTC(), Policy: r.policy.File, FailOn: r.failOn, Targets: []Checked{}, Findings: []finding.Finding{}, Custom: r.policy.customRules()}
	if r.options.Shards > 0 {
		out.Shard = fmt.Sprintf("%d/%d", r.options.Shard, r.options.Shards)
	}
	for _, x := range results {
		c := x.checked
		if r.options.Shards == 0 {
			c.Position = 0
		} else if m := x.member; len(m.Keys)+len(m.Serials) > 0 {
			c.Fleet = &m
		}
		slices.SortStableFunc(c.Findings, func(a, b finding.Finding) int { return b.Severity.Compare(a.Severity) })
		out.Targets = append(out.Targets, c)
	}
	return out
}

// count says of each target what has become of it, and how many there are.
func (r *Report) count() {
	r.Summary.Targets, r.Summary.OK, r.Summary.Failed, r.Summary.Unchecked = len(r.Targets), 0, 0, 0
	for i := range r.Targets {
		c := &r.Targets[i]
		worst := finding.Worst(c.Findings)
		switch {
		case worst != "" && r.FailOn != Never && worst.AtLeast(finding.Severity(r.FailOn)):
			c.Status = Failed
			r.Summary.Failed++
		case len(c.Reasons) > 0:
			c.Status = Unchecked
			r.Summary.Unchecked++
		default:
			c.Status = OK
			r.Summary.OK++
		}
	}
}

func certificates(s *rules.Subject) []Certified {
	out := []Certified{}
	for _, c := range s.Certificates() {
		out = append(out, Certified{
			Alias: c.Entry.Alias, Depth: c.Depth, Key: c.Depth == 0 && (s.Server != nil || c.Entry.Kind == pkcs12x.PrivateKey),
			Subject: c.Subject, Issuer: c.Issuer, Serial: c.Serial, SHA256: c.Fingerprints.SHA256, NotBefore: c.NotBefore, NotAfter: c.NotAfter,
			DaysLeft: c.DaysLeft, CA: c.CA, Names: c.SANs.All(), KeyType: c.PublicKey.Type,
		})
	}
	return out
}

// reason is an error without what the target says already.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	if d, ok := errors.AsType[*dial.Error](err); ok {
		return strings.TrimPrefix(d.Error(), d.Endpoint.String()+": ")
	}
	return err.Error()
}
