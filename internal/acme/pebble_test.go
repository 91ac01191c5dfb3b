package acme_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muxkey/internal/acme"
	"muxkey/internal/acme/pebble"
)

// The variables by which this test binary, started as a hook, knows what to do.
const (
	hookVar    = "ACME_TEST_HOOK" // "set", "sleep", "fail", "nothing", "litter"
	hookDNSVar = "ACME_TEST_DNS"
	hookLogVar = "ACME_TEST_LOG"
	secretVar  = "ACME_TEST_SECRET"
)

func TestMain(m *testing.M) {
	if kind := os.Getenv(hookVar); kind != "" {
		os.Exit(hook(kind))
	}
	code := m.Run()
	if shared.server != nil {
		if err := shared.server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		_ = os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

func hook(kind string) int {
	log, err := os.OpenFile(os.Getenv(hookLogVar), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		panic(err)
	}
	if _, err := fmt.Fprintln(log, os.Getenv("ACME_ACTION"), os.Getenv("ACME_NAME"), os.Getenv("ACME_RECORD"), os.Args[1:3],
		os.Getenv(secretVar), os.Getenv("ACME_VALUE") == os.Args[3]); err != nil {
		panic(err)
	}
	switch {
	case kind == "sleep" && os.Args[1] == "present":
		time.Sleep(time.Minute)
	case kind == "fail" && os.Args[1] == "present", kind == "litter" && os.Args[1] == "cleanup":
		fmt.Println("the zone is read-only")
		fmt.Fprintln(os.Stderr, "giving up")
		return 9
	case kind == "nothing":
		return 0
	}
	if err := pebble.Hook(context.Background(), os.Getenv(hookDNSVar), os.Args[1:]); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// shared is the server that most tests use.
var shared struct {
	once   sync.Once
	dir    string
	server *pebble.Server
	err    error
}

func need(t *testing.T) {
	t.Helper()
	if missing := pebble.Missing(); missing != "" {
		if os.Getenv("MUXKEY_INTEROP") == "require" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
}

func usual(t *testing.T) *pebble.Server {
	t.Helper()
	need(t)
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "pebble"); shared.err == nil {
			shared.server, shared.err = pebble.Start(context.Background(), shared.dir, pebble.Options{
				Blocked:    []string{"blocked.example"},
				Profiles:   map[string]time.Duration{"classic": 90 * 24 * time.Hour, "short": 6 * 24 * time.Hour},
				Alternates: 1,
			})
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

func roots(t *testing.T, path string) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatalf("%s has no certificate", path)
	}
	return pool
}

func yes(context.Context, string) (bool, error) { return true, nil }

// config has no solver yet. The lines of progress go to said.
func config(t *testing.T, s *pebble.Server) (cfg acme.Config, said *strings.Builder) {
	t.Helper()
	said = &strings.Builder{}
	return acme.Config{
		Server:     acme.Server{Directory: s.Directory, Roots: roots(t, s.CA), UserAgent: "muxkey-test"},
		AccountKey: filepath.Join(t.TempDir(), "account.pem"),
		AgreeTerms: yes,
		Interval:   20 * time.Millisecond,
		Now:        time.Now,
		Rand:       rand.Reader,
		Progress:   func(line string) { fmt.Fprintln(said, line) },
	}, said
}

// request makes a certificate request; what parses as an address is one.
func request(t *testing.T, names ...string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.CertificateRequest{}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	if len(template.DNSNames) > 0 {
		template.Subject = pkix.Name{CommonName: template.DNSNames[0]}
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func order(t *testing.T, cfg acme.Config, names ...string) (*acme.Certificate, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return acme.Order(ctx, cfg, request(t, names...))
}

// valid checks that a chain leads to the server's root.
func valid(t *testing.T, s *pebble.Server, got *acme.Certificate, names ...string) {
	t.Helper()
	intermediates := x509.NewCertPool()
	for _, c := range got.Chain[1:] {
		intermediates.AddCert(c)
	}
	for _, name := range names {
		if _, err := got.Chain[0].Verify(x509.VerifyOptions{DNSName: name, Roots: roots(t, s.Root), Intermediates: intermediates}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got.Leftover != nil {
		t.Errorf("left over: %v", got.Leftover)
	}
}

// free checks that an address is not listened on.
func free(t *testing.T, address string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Errorf("still listening: %v", err)
		return
	}
	_ = l.Close()
}

func TestListeners(t *testing.T) {
	s := usual(t)
	for _, tt := range []struct {
		solver acme.Solver
		listen string
	}{
		{acme.HTTP01{Listen: s.HTTP}, s.HTTP},
		{acme.TLSALPN01{Listen: s.TLS}, s.TLS},
	} {
		t.Run(tt.solver.Type(), func(t *testing.T) {
			cfg, said := config(t, s)
			cfg.Solvers = []acme.Solver{tt.solver}
			names := []string{"mux.example.com", "chat.example.com", "127.0.0.1"}
			got, err := order(t, cfg, names...)
			if err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			valid(t, s, got, names...)
			free(t, tt.listen)
			if !got.NewAccount || !strings.HasPrefix(got.Account, "https://") || got.Renewal == nil || !got.Renewal.Start.Before(got.Renewal.End) {
				t.Errorf("%+v", got)
			}
			if info, err := os.Stat(cfg.AccountKey); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
				t.Errorf("account key: %v, %v", info, err)
			}
			if want := "listening on " + tt.listen + " for " + tt.solver.Type(); !strings.Contains(said.String(), want) {
				t.Errorf("it did not say %q:\n%s", want, said)
			}

			before, err := os.ReadFile(cfg.AccountKey)
			if err != nil {
				t.Fatal(err)
			}
			cfg.AgreeTerms = nil // not asked again
			again, err := order(t, cfg, "other.example.com")
			if err != nil {
				t.Fatal(err)
			}
			if again.NewAccount || again.Account != got.Account {
				t.Errorf("the second order has account %s (new: %v), the first %s", again.Account, again.NewAccount, got.Account)
			}
			if after, err := os.ReadFile(cfg.AccountKey); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the account key was changed, %v", err)
			}
		})
	}
}

// hookFor makes this test binary the hook.
func hookFor(t *testing.T, s *pebble.Server, kind string) (acme.DNS01, func() string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	t.Setenv(hookVar, kind)
	t.Setenv(hookDNSVar, s.DNS)
	t.Setenv(hookLogVar, log)
	t.Setenv(secretVar, "secret")
	return acme.DNS01{Hook: []string{os.Args[0]}, Hide: []string{secretVar}}, func() string {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
}

func TestDNS01(t *testing.T) {
	s := usual(t)
	cfg, said := config(t, s)
	solver, log := hookFor(t, s, "set")
	solver.Wait = time.Millisecond
	cfg.Solvers = []acme.Solver{solver}
	got, err := order(t, cfg, "*.wild.example", "wild.example")
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	valid(t, s, got, "mux.wild.example", "wild.example")
	lines := strings.Split(strings.TrimSpace(log()), "\n")
	slices.Sort(lines) // the order of the names is the server's
	want := []string{
		"cleanup *.wild.example _acme-challenge.wild.example [cleanup _acme-challenge.wild.example]  true",
		"cleanup wild.example _acme-challenge.wild.example [cleanup _acme-challenge.wild.example]  true",
		"present *.wild.example _acme-challenge.wild.example [present _acme-challenge.wild.example]  true",
		"present wild.example _acme-challenge.wild.example [present _acme-challenge.wild.example]  true",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("the hook was run with:\n%s", strings.Join(lines, "\n"))
	}
}

// A wildcard takes dns-01, an address a listener: one order can have both.
func TestSeveralSolvers(t *testing.T) {
	s := usual(t)
	cfg, said := config(t, s)
	hook, log := hookFor(t, s, "set")
	cfg.Solvers = []acme.Solver{acme.HTTP01{Listen: s.HTTP}, hook}
	got, err := order(t, cfg, "*.both.example", "127.0.0.1", "both.example")
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	valid(t, s, got, "mux.both.example", "127.0.0.1", "both.example")
	if n := strings.Count(log(), "present *"); n != 1 || strings.Count(log(), "\n") != 2 {
		t.Errorf("%d records were set:\n%s", n, log())
	}
}

func TestHookFails(t *testing.T) {
	s := usual(t)
	cfg, _ := config(t, s)
	solver, log := hookFor(t, s, "fail")
	cfg.Solvers = []acme.Solver{solver}
	_, err := order(t, cfg, "fail.example")
	failed, ok := errors.AsType[*acme.HookError](err)
	if !ok || !strings.Contains(failed.Output, "the zone is read-only") || !strings.Contains(failed.Output, "giving up") {
		t.Fatalf("%v", err)
	}
	if want := "exit status 9; it said: the zone is read-only | giving up"; !strings.Contains(err.Error(), want) {
		t.Errorf("%v; want %s", err, want)
	}
	if !strings.Contains(log(), "cleanup") {
		t.Errorf("what the hook may have set was not cleaned up:\n%s", log())
	}
}

func TestCleanupFails(t *testing.T) {
	s := usual(t)
	cfg, _ := config(t, s)
	solver, _ := hookFor(t, s, "litter")
	cfg.Solvers = []acme.Solver{solver}
	got, err := order(t, cfg, "litter.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := errors.AsType[*acme.HookError](got.Leftover); !ok {
		t.Errorf("left over: %v", got.Leftover)
	}
}

func TestHookHangs(t *testing.T) {
	s := usual(t)
	for _, tt := range []struct {
		name        string
		order, hook time.Duration // the timeouts
		cancel      bool          // when the hook runs
		is          error
		says        string
	}{
		{"cancelled", 0, 0, true, context.Canceled, "preparing the proof"},
		{"hook out of time", 0, 500 * time.Millisecond, false, nil, "it has not ended in 500ms"},
		{"order out of time", 2 * time.Second, 0, false, acme.ErrTimeout, "preparing the proof"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg, _ := config(t, s)
			solver, log := hookFor(t, s, "sleep")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cfg.Timeout, solver.Timeout = tt.order, tt.hook
			cfg.Solvers = []acme.Solver{solver}
			if tt.cancel {
				go func() {
					for file := os.Getenv(hookLogVar); ; time.Sleep(10 * time.Millisecond) {
						if text, err := os.ReadFile(file); err == nil && len(text) > 0 {
							cancel()
							return
						}
					}
				}()
			}
			start := time.Now()
			_, err := acme.Order(ctx, cfg, request(t, "sleep.example"))
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v", err)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
			if !strings.Contains(log(), "cleanup sleep.example") {
				t.Errorf("not cleaned up:\n%s", log())
			}
		})
	}
}

func TestRefusedProofs(t *testing.T) {
	s := usual(t)
	elsewhere, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := elsewhere.Addr().String()
	_ = elsewhere.Close()
	hook, _ := hookFor(t, s, "nothing")
	for _, tt := range []struct {
		solver acme.Solver
		kind   acme.Kind
		hint   string
	}{
		{acme.HTTP01{Listen: address}, acme.Connection, "http://refused.example/ (port 80)"},
		{acme.TLSALPN01{Listen: address}, acme.Unauthorized, "port 443 of refused.example"},
		{hook, acme.Unauthorized, "TXT _acme-challenge.refused.example"},
	} {
		t.Run(tt.solver.Type(), func(t *testing.T) {
			cfg, _ := config(t, s)
			cfg.Solvers = []acme.Solver{tt.solver}
			_, err := order(t, cfg, "refused.example")
			problem, ok := errors.AsType[*acme.Problem](err)
			if !ok {
				t.Fatalf("%v", err)
			}
			if problem.Kind != tt.kind || problem.Name != "refused.example" || problem.Challenge != tt.solver.Type() ||
				!strings.Contains(problem.Hint(), tt.hint) || !strings.Contains(err.Error(), "proving refused.example by "+tt.solver.Type()+": ") {
				t.Errorf("%v\n%+v\nhint: %s", err, problem, problem.Hint())
			}
			free(t, address)
		})
	}
}

func TestTerms(t *testing.T) {
	s := usual(t)
	sentinel := errors.New("nobody to ask")
	for _, tt := range []struct {
		agree func(context.Context, string) (bool, error)
		is    error
	}{
		{nil, nil},
		{func(context.Context, string) (bool, error) { return false, nil }, nil},
		{func(context.Context, string) (bool, error) { return true, sentinel }, sentinel},
	} {
		cfg, _ := config(t, s)
		cfg.Solvers = []acme.Solver{acme.HTTP01{Listen: s.HTTP}}
		cfg.AgreeTerms = tt.agree
		_, err := order(t, cfg, "mux.example.com")
		terms, ok := errors.AsType[*acme.TermsError](err)
		if tt.is != nil && !errors.Is(err, tt.is) || tt.is == nil && (!ok || terms.URL == "") {
			t.Errorf("%v", err)
		}
		if _, err := os.Stat(cfg.AccountKey); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a key was made for no account: %v", err)
		}
	}
}

func TestBinding(t *testing.T) {
	need(t)
	s, err := pebble.Start(t.Context(), t.TempDir(), pebble.Options{EAB: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	cfg, _ := config(t, s)
	cfg.Solvers = []acme.Solver{acme.HTTP01{Listen: s.HTTP}}
	if _, err := order(t, cfg, "mux.example.com"); !errors.Is(err, acme.ErrBinding) {
		t.Errorf("without: %v", err)
	}
	key, err := acme.ParseEABKey(s.EABKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []acme.EAB{{s.EABKeyID, key[1:]}, {"customer-2", key}} {
		cfg.EAB = &wrong
		_, err := order(t, cfg, "mux.example.com")
		if problem, ok := errors.AsType[*acme.Problem](err); !ok || problem.Kind != acme.Binding || problem.Hint() == "" {
			t.Errorf("wrong: %v", err)
		}
	}
	cfg.EAB = &acme.EAB{KeyID: s.EABKeyID, Key: key}
	got, err := order(t, cfg, "mux.example.com")
	if err != nil {
		t.Fatal(err)
	}
	valid(t, s, got, "mux.example.com")
	cfg.EAB = nil // the account is known now
	if _, err := order(t, cfg, "mux.example.com"); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

func TestBlockedName(t *testing.T) {
	s := usual(t)
	cfg, _ := config(t, s)
	cfg.Solvers = []acme.Solver{acme.HTTP01{Listen: s.HTTP}}
	_, err := order(t, cfg, "mux.blocked.example")
	if problem, ok := errors.AsType[*acme.Problem](err); !ok || problem.Kind != acme.Identifier || !strings.Contains(err.Error(), "mux.blocked.example") {
		t.Errorf("%v", err)
	}
}

func TestProfiles(t *testing.T) {
	s := usual(t)
	cfg, _ := config(t, s)
	cfg.Solvers = []acme.Solver{acme.HTTP01{Listen: s.HTTP}}
	cfg.Profile = "short"
	got, err := order(t, cfg, "mux.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if life := got.Chain[0].NotAfter.Sub(got.Chain[0].NotBefore).Round(time.Hour); life != 6*24*time.Hour {
		t.Errorf("it lives for %s", life)
	}
	cfg.Profile = "long"
	_, err = order(t, cfg, "mux.example.com")
	if wrong, ok := errors.AsType[*acme.ProfileError](err); !ok || !slices.Equal(wrong.Offered, []string{"classic", "short"}) {
		t.Errorf("%v", err)
	}
}

func TestChains(t *testing.T) {
	s := usual(t)
	cfg, said := config(t, s)
	cfg.Solvers = []acme.Solver{acme.HTTP01{Listen: s.HTTP}}
	first, err := order(t, cfg, "mux.example.com")
	if err != nil {
		t.Fatal(err)
	}
	usually := first.Chain[len(first.Chain)-1].Issuer.CommonName
	cfg.Chain = "no such CA"
	if _, err = order(t, cfg, "mux.example.com"); err != nil {
		t.Fatal(err)
	}
	// What it says tells the names of the others.
	_, names, ok := strings.Cut(said.String(), `has "no such CA"; taken is that of `)
	var other string
	for name := range strings.SplitSeq(strings.TrimSpace(strings.SplitN(names, "\n", 2)[0]), ", out of those of ") {
		if cn := strings.TrimPrefix(name, "CN="); cn != usually {
			other = cn
		}
	}
	if !ok || other == "" {
		t.Fatalf("no other chain in:\n%s", said)
	}
	cfg.Chain = strings.ToUpper(other)
	got, err := order(t, cfg, "mux.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if cn := got.Chain[len(got.Chain)-1].Issuer.CommonName; cn != other {
		t.Errorf("the chain leads to %q, want %q", cn, other)
	}
}

func TestRenewal(t *testing.T) {
	s := usual(t)
	cfg, _ := config(t, s)
	cfg.Solvers = []acme.Solver{acme.HTTP01{Listen: s.HTTP}}
	old, err := order(t, cfg, "mux.example.com")
	if err != nil {
		t.Fatal(err)
	}
	leaf := old.Chain[0]
	window, err := acme.RenewalWindow(t.Context(), cfg.Server, time.Now, leaf)
	if err != nil {
		t.Fatal(err)
	}
	if !window.Start.After(leaf.NotBefore) || !window.End.Before(leaf.NotAfter) || !window.Again.After(time.Now()) {
		t.Errorf("%+v for %s to %s", window, leaf.NotBefore, leaf.NotAfter)
	}
	cfg.Replaces = leaf
	if _, err := order(t, cfg, "mux.example.com"); err != nil {
		t.Fatal(err)
	}
	// The server has it down as replaced, and does not want to hear that twice.
	// That is no reason to get nothing.
	if _, err := order(t, cfg, "mux.example.com"); err != nil {
		t.Errorf("replacing again: %v", err)
	}
}

func TestListenErrors(t *testing.T) {
	s := usual(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, tt := range []struct {
		solver acme.Solver
		hint   string
	}{
		{acme.HTTP01{Listen: taken.Addr().String()}, "another server has the port"},
		{acme.TLSALPN01{Listen: taken.Addr().String()}, "another server has the port"},
	} {
		cfg, _ := config(t, s)
		cfg.Solvers = []acme.Solver{tt.solver}
		_, err := order(t, cfg, "taken.example")
		if failed, ok := errors.AsType[*acme.ListenError](err); !ok || !strings.Contains(failed.Hint(), tt.hint) {
			t.Errorf("%v", err)
		}
	}
}

// Keys of other clients, and what is none.
func TestAccountKeys(t *testing.T) {
	s := usual(t)
	cfg, _ := config(t, s)
	cfg.Solvers = []acme.Solver{acme.HTTP01{Listen: s.HTTP}}
	for name, text := range accountKeys(t) {
		if err := os.WriteFile(cfg.AccountKey, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := order(t, cfg, "mux.example.com")
		_, refused := errors.AsType[*acme.KeyError](err)
		if strings.HasPrefix(name, "no ") != refused || refused && (!errors.Is(err, acme.ErrKey) || !strings.Contains(err.Error(), cfg.AccountKey)) {
			t.Errorf("%s: %v", name, err)
		}
		if after, err := os.ReadFile(cfg.AccountKey); err != nil || !bytes.Equal(after, text) {
			t.Errorf("%s: the file was changed, %v", name, err)
		}
	}
}
