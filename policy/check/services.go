package check

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"muxkey/keystore"
	"muxkey/policy/check/rules"
)

// serviceJobs lists the services. What a policy says of a file among its targets
// holds for it as a part as well.
func (r *run) serviceJobs(ctx context.Context, resolver *resolver, targets []*job) ([]*job, error) {
	plans := map[string]*plan{}
	for _, j := range targets {
		plans[j.name] = j.plan
	}
	var jobs []*job
	for i, s := range r.policy.Services {
		if r.options.Shards > 0 && shardOf(s.Name, r.options.Shards) != r.options.Shard {
			continue
		}
		t := &Target{Settings: s.Settings, node: s.node, line: s.line, column: s.column}
		settings, err := r.policy.settings(t)
		if err != nil {
			return nil, err
		}
		if known := plans[r.policy.below(s.Keystore)]; known != nil && s.Keystore != "" {
			settings.Password = cmp.Or(s.Password, known.Password)
			settings.EntryPassword = cmp.Or(s.EntryPassword, known.EntryPassword)
			settings.Alias = cmp.Or(s.Alias, known.Alias)
		}
		if known := plans[r.policy.below(s.TrustStore)]; known != nil && s.TrustStore != "" {
			settings.TrustPassword = cmp.Or(s.TrustPassword, known.Password)
		}
		p, err := resolver.plan(ctx, settings, s.line, s.column)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, &job{name: s.Name, position: i + 1, plan: p, targets: []*Target{t}, service: s})
	}
	return jobs, nil
}

// services asks of each service whether its parts belong together.
func (r *run) services(ctx context.Context, jobs []*job) []result {
	out := make([]result, len(jobs))
	r.several(len(jobs), func(i int) { out[i] = result{checked: r.service(ctx, jobs[i])} })
	return out
}

// part is one thing that a service names.
type part struct {
	what string
	path string
	to   **rules.Subject
	// password and entry are sources.
	password, entry string
}

// service opens the parts. One that cannot be read hides nothing that the others
// have.
func (r *run) service(ctx context.Context, j *job) Checked {
	c := r.checked(j, Group, j.name)
	s, p := j.service, j.plan
	out := &rules.Service{Name: j.name, Expect: p.expect, Now: r.options.Now}
	cannot := func(what, name string, err error) {
		c.Reasons = append(c.Reasons, fmt.Sprintf("the %s %s: %s", what, name, strings.TrimPrefix(reason(err), "reading "+name+": ")))
	}
	password := p.Password
	if s.PasswordFile != "" {
		source := "file:" + s.PasswordFile
		if password == "" {
			password = source
		}
		name := r.policy.below(s.PasswordFile)
		if _, err := r.passwords.of(ctx, source, "the password file "+name, true); err != nil {
			cannot("password file", name, err)
		} else {
			out.PasswordFile = &rules.PasswordFile{Name: name, Password: r.passwords.usedFor("the password file " + name).id}
		}
	}
	for _, x := range []part{
		{"keystore", s.Keystore, &out.Keystore, password, p.EntryPassword},
		{"trust store", s.TrustStore, &out.TrustStore, p.TrustPassword, ""},
		{"certificate", s.Certificate, &out.Certificate, "", ""},
		{"key", s.Key, &out.Key, cmp.Or(p.EntryPassword, password), ""},
		{"CSR", s.Request, &out.Request, "", ""},
	} {
		if x.path == "" {
			continue
		}
		name := r.policy.below(x.path)
		subject, err := r.part(ctx, p, name, x)
		if err == nil && subject.Err != nil && (x.to != &out.Keystore || out.PasswordFile == nil) {
			err = subject.Err
		}
		if err != nil {
			cannot(x.what, name, err)
			continue
		}
		*x.to = subject
	}
	if s.Server != "" {
		var err error
		if out.Server, err = r.shown(ctx, s.Server, s.endpoint, p); err != nil {
			cannot("server", s.Server, err)
			c.Network = true
		}
	}
	for _, rule := range r.rules {
		if rule.Service == nil || !rule.Holds(p.expect.Profile) {
			continue
		}
		for _, f := range rule.Service(ctx, out) {
			r.take(&c, rule.Rule, f)
		}
	}
	return c
}

// part opens one file of a service.
func (r *run) part(ctx context.Context, p *plan, name string, x part) (*rules.Subject, error) {
	o := r.open()
	o.Password = func(ctx context.Context) (string, error) { return r.passwords.of(ctx, x.password, name, true) }
	st, err := keystore.Open(ctx, name, o)
	own := *p
	own.EntryPassword = x.entry
	return r.subject(ctx, &own, name, st, err)
}
