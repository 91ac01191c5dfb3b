package acme_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"muxkey/internal/acme"
)

// fake is a server that believes everything, has no proof to see, and plays
// along until a handler of its own stands in for a page.
type fake struct {
	*httptest.Server
	own map[string]http.HandlerFunc

	mu   sync.Mutex
	sent map[string][]string // what was posted to each page
	ca   *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{own: map[string]http.HandlerFunc{}, sent: map[string][]string{}}
	var err error
	if f.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	f.ca = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "fake CA"}, SubjectKeyId: []byte{1, 2, 3},
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	f.Server = httptest.NewTLSServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) config(t *testing.T) acme.Config {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(f.Certificate())
	return acme.Config{
		// The library remembers directories by their address, and the system
		// gives ports out again.
		Server:     acme.Server{Directory: f.URL + "/dir?" + rand.Text(), Roots: pool},
		AccountKey: filepath.Join(t.TempDir(), "account.pem"),
		AgreeTerms: yes,
		Solvers:    []acme.Solver{acme.HTTP01{Listen: "127.0.0.1:0"}},
		Interval:   time.Millisecond,
		Now:        func() time.Time { return time.Now().Truncate(time.Second) },
		Rand:       rand.Reader,
	}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Replay-Nonce", rand.Text())
	if r.Method == http.MethodPost {
		var signed struct{ Payload string }
		_ = json.NewDecoder(r.Body).Decode(&signed)
		payload, _ := base64.RawURLEncoding.DecodeString(signed.Payload)
		f.mu.Lock()
		f.sent[r.URL.Path] = append(f.sent[r.URL.Path], string(payload))
		f.mu.Unlock()
	}
	if own := f.own[r.URL.Path]; own != nil {
		own(w, r)
		return
	}
	f.usual(w, r)
}

// last is what was posted to a page the last time.
func (f *fake) last(page string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if all := f.sent[page]; len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}

func answer(w http.ResponseWriter, status int, body any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (f *fake) order(status string) map[string]any {
	return map[string]any{
		"status": status, "authorizations": []string{f.URL + "/authz"}, "finalize": f.URL + "/finalize",
		"certificate": f.URL + "/certificate",
	}
}

func (f *fake) authz(status string, challenges ...map[string]any) map[string]any {
	return map[string]any{"status": status, "identifier": map[string]any{"type": "dns", "value": "mux.example.com"}, "challenges": challenges}
}

func (f *fake) challenge(token string) map[string]any {
	return map[string]any{"type": "http-01", "url": f.URL + "/challenge", "status": "pending", "token": token}
}

func (f *fake) usual(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/dir":
		answer(w, http.StatusOK, map[string]any{
			"newNonce": f.URL + "/nonce", "newAccount": f.URL + "/account", "newOrder": f.URL + "/order",
			"renewalInfo": f.URL + "/renewal", "meta": map[string]any{"termsOfService": f.URL + "/terms"},
		})
	case "/account":
		w.Header().Set("Location", f.URL+"/account/1")
		answer(w, http.StatusCreated, map[string]any{"status": "valid"})
	case "/order":
		w.Header().Set("Location", f.URL+"/order/1")
		answer(w, http.StatusCreated, f.order("ready"))
	case "/authz":
		answer(w, http.StatusOK, f.authz("valid"))
	case "/order/1", "/finalize":
		answer(w, http.StatusOK, f.order("valid"))
	case "/certificate":
		f.certificate(w, nil)
	case "/renewal/AQID.BQ":
		w.Header().Set("Retry-After", "3600")
		answer(w, http.StatusOK, map[string]any{
			"suggestedWindow": map[string]any{"start": "2030-01-01T00:00:00Z", "end": "2030-01-02T00:00:00Z"},
			"explanationURL":  "https://ca.example/why",
		})
	}
}

// certificate sends a certificate for the request that was handed in, as change
// makes it.
func (f *fake) certificate(w http.ResponseWriter, change func(*x509.Certificate, *crypto.PublicKey)) {
	var handed struct{ CSR string }
	_ = json.Unmarshal([]byte(f.last("/finalize")), &handed)
	der, _ := base64.RawURLEncoding.DecodeString(handed.CSR)
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(5), NotAfter: time.Now().Add(time.Hour), DNSNames: csr.DNSNames}
	key := csr.PublicKey.(crypto.PublicKey)
	if change != nil {
		change(template, &key)
	}
	out, err := x509.CreateCertificate(rand.Reader, template, f.ca, key, f.key)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/pem-certificate-chain")
	_ = pem.Encode(w, &pem.Block{Type: "CERTIFICATE", Bytes: out})
}

// refuse answers with a problem document of that type.
func refuse(status int, problem, detail string, more map[string]any, header ...string) http.HandlerFunc {
	body := map[string]any{"type": problem, "detail": detail}
	if problem != "" {
		body["type"] = "urn:ietf:params:acme:error:" + problem
	}
	maps.Copy(body, more)
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.Header().Set("Content-Type", "application/problem+json")
		answer(w, status, body)
	}
}

// forever writes text again and again.
func forever(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for {
			if _, err := io.WriteString(w, text); err != nil {
				return
			}
		}
	}
}

func TestOrder(t *testing.T) {
	f := newFake(t)
	cfg := f.config(t)
	cfg.Contact = []string{"admin@example.com", "mailto:ops@example.com"}
	var asked string
	cfg.AgreeTerms = func(_ context.Context, url string) (bool, error) {
		asked = url
		return true, nil
	}
	cfg.Replaces = &x509.Certificate{SerialNumber: big.NewInt(5), AuthorityKeyId: f.ca.SubjectKeyId}
	got, err := order(t, cfg, "mux.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Chain) != 1 || got.Account != f.URL+"/account/1" || !got.NewAccount || got.Leftover != nil {
		t.Errorf("%+v", got)
	}
	if asked != f.URL+"/terms" {
		t.Errorf("asked to agree to %q", asked)
	}
	if got, want := f.last("/account"), `{"contact":["mailto:admin@example.com","mailto:ops@example.com"],"termsOfServiceAgreed":true}`; got != want {
		t.Errorf("the account was made with %s", got)
	}
	if got := f.last("/order"); !strings.Contains(got, `"replaces":"AQID.BQ"`) || !strings.Contains(got, `[{"type":"dns","value":"mux.example.com"}]`) {
		t.Errorf("the order was %s", got)
	}
	if w := got.Renewal; w == nil || w.Start.Year() != 2030 || w.Page != "https://ca.example/why" {
		t.Errorf("renewal: %+v", w)
	}
}

// What a server refuses, in plain words.
func TestProblems(t *testing.T) {
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	for _, tt := range []struct {
		name, page string
		handler    http.HandlerFunc
		kind       acme.Kind
		says       string
		wait       time.Duration // about
	}{
		{
			"rate limit in seconds", "/order", refuse(http.StatusTooManyRequests, "rateLimited", "50 per week", nil, "Retry-After", "3600"), acme.RateLimited,
			"ordering a certificate: the ACME server refuses: it has been asked too often: 50 per week; it may be asked again after ", time.Hour,
		},
		{
			"rate limit as a date", "/order", refuse(http.StatusTooManyRequests, "rateLimited", "", nil, "Retry-After", soon.Format(http.TimeFormat)), acme.RateLimited,
			"it has been asked too often; it may be asked again after " + soon.Format(time.RFC3339), time.Hour,
		},
		{"rate limit of accounts", "/account", refuse(http.StatusTooManyRequests, "rateLimited", "", nil, "Retry-After", "nonsense"), acme.RateLimited, "too often", 0},
		{"wait of centuries", "/order", refuse(http.StatusTooManyRequests, "rateLimited", "", nil, "Retry-After", "99999999999999999999"), acme.RateLimited, "too often", 0},
		{"names of their own", "/order", refuse(http.StatusBadRequest, "compound", "two names", map[string]any{"subproblems": []any{
			map[string]any{"type": "urn:ietf:params:acme:error:caa", "detail": "ca.example may", "identifier": map[string]any{"type": "dns", "value": "a.example"}},
			map[string]any{"type": "urn:ietf:params:acme:error:rejectedIdentifier", "detail": "high risk", "identifier": map[string]any{"type": "dns", "value": "b.example"}},
		}}), acme.CAA, "refuses: two names (a.example: a CAA record in the DNS forbids this CA to issue: ca.example may; b.example: it does not issue for such a name: high risk)", 0},
		{
			"new terms", "/order", refuse(http.StatusForbidden, "userActionRequired", "new terms", map[string]any{"instance": "https://ca.example/terms"}), acme.Action,
			"it waits for somebody to act: new terms (see https://ca.example/terms)", 0,
		},
		{"contact", "/account", refuse(http.StatusBadRequest, "invalidContact", "example.com has no mail", nil), acme.Account, "making an account: the ACME server refuses: it does not accept the contact: example.com has no mail", 0},
		{"weak key", "/finalize", refuse(http.StatusBadRequest, "badCSR", "key is weak", nil), acme.Request, "issuing the certificate: the ACME server refuses: it does not accept the certificate request: key is weak", 0},
		{"unknown type", "/order", refuse(http.StatusTeapot, "teapot", "short and stout", nil), acme.Other, "the ACME server refuses: short and stout", 0},
		{"no reason", "/order", refuse(http.StatusBadRequest, "", "", nil), acme.Other, "it gives no reason", 0},
		{"own trouble", "/order", refuse(http.StatusServiceUnavailable, "serverInternal", "maintenance", nil, "Retry-After", "60"), acme.Other, "it failed: maintenance; it may be asked again after", time.Minute},
		{"deactivated account", "/account", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/account/1")
			answer(w, http.StatusOK, map[string]any{"status": "deactivated"})
		}, acme.Account, "the account is deactivated", 0},
		{"order that fails", "/finalize", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusOK, map[string]any{"status": "invalid", "error": map[string]any{"type": "urn:ietf:params:acme:error:caa", "detail": "ca.example may"}})
		}, acme.CAA, "issuing the certificate: the ACME server refuses: a CAA record", 0},
		{"order that fails silently", "/finalize", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusOK, map[string]any{"status": "invalid"})
		}, acme.Other, "issuing the certificate: the ACME server refuses: it gives no reason", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			f.own[tt.page] = tt.handler
			cfg := f.config(t)
			_, err := order(t, cfg, "mux.example.com")
			problem, ok := errors.AsType[*acme.Problem](err)
			if !ok || problem.Kind != tt.kind || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("%v; want %s", err, tt.says)
			}
			if wait := time.Until(problem.RetryAfter).Round(time.Minute); !problem.RetryAfter.IsZero() && wait != tt.wait || problem.RetryAfter.IsZero() != (tt.wait == 0) {
				t.Errorf("to be asked again in %s, want %s", wait, tt.wait)
			}
		})
	}
}

// What is no answer of an ACME server, or one that would do harm.
func TestStrangeAnswers(t *testing.T) {
	text := func(kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Location", "https://ca.example/1")
			_, _ = io.WriteString(w, body)
		}
	}
	object := func(body any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, body) }
	}
	other := newFake(t)
	for _, tt := range []struct {
		name string
		set  func(f *fake)
		is   error
		says string
	}{
		{"no ACME server", func(f *fake) { f.own["/dir"] = text("text/html", "<html>") }, acme.ErrAnswer, "reading the directory: ACME server https://"},
		{"404", func(f *fake) { f.own["/dir"] = http.NotFound }, acme.ErrAnswer, "HTTP 404: 404 page not found"},
		{"other JSON", func(f *fake) { f.own["/dir"] = object(map[string]any{}) }, acme.ErrAnswer, ""},
		{"broken JSON", func(f *fake) { f.own["/order"] = text("application/json", `{"status":`) }, acme.ErrAnswer, "ordering a certificate"},
		{"wrong JSON", func(f *fake) { f.own["/order"] = text("application/json", `{"status":[]}`) }, acme.ErrAnswer, "ordering a certificate"},
		{"broken problem", func(f *fake) {
			f.own["/order"] = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/problem+json")
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, "{")
			}
		}, acme.ErrAnswer, "ordering"},
		{"account without address", func(f *fake) { f.own["/account"] = object(map[string]any{"status": "valid"}) }, acme.ErrAnswer, "the account has no address"},
		{"order without address", func(f *fake) { f.own["/order"] = object(f.order("ready")) }, acme.ErrAnswer, "the order has no address"},
		{"another name", func(f *fake) {
			f.own["/authz"] = object(map[string]any{"status": "pending", "identifier": map[string]any{"type": "dns", "value": "bank.example"}, "challenges": []any{f.challenge(rand.Text())}})
		}, acme.ErrAnswer, `proof for "bank.example", which was not ordered`},
		{"wildcard that was not ordered", func(f *fake) {
			a := f.authz("pending", f.challenge(rand.Text()))
			a["wildcard"] = true
			f.own["/authz"] = object(a)
		}, acme.ErrAnswer, `proof for "*.mux.example.com"`},
		{"more proofs than names", func(f *fake) {
			o := f.order("pending")
			o["authorizations"] = []string{f.URL + "/authz", f.URL + "/authz"}
			f.own["/order"] = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", f.URL+"/order/1")
				answer(w, http.StatusCreated, o)
			}
		}, acme.ErrAnswer, "1 names were ordered, and 2"},
		{"token that is a path", func(f *fake) {
			f.own["/authz"] = object(f.authz("pending", f.challenge("../../../../index.html?0123456789")))
		}, acme.ErrAnswer, "the token"},
		{"short token", func(f *fake) { f.own["/authz"] = object(f.authz("pending", f.challenge("a"))) }, acme.ErrAnswer, "the token"},
		{"dead authorization", func(f *fake) { f.own["/authz"] = object(f.authz("expired")) }, acme.ErrAnswer, "is expired"},
		{"no certificate", func(f *fake) { f.own["/certificate"] = text("application/pem-certificate-chain", "none") }, acme.ErrAnswer, "it sends no certificate"},
		{"HTML for a certificate", func(f *fake) { f.own["/certificate"] = text("text/html", "none") }, acme.ErrAnswer, "fetching the certificate"},
		{"private key for a certificate", func(f *fake) {
			f.own["/certificate"] = text("application/pem-certificate-chain", "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n")
		}, acme.ErrAnswer, `"PRIVATE KEY"`},
		{"broken certificate", func(f *fake) {
			f.own["/certificate"] = text("application/pem-certificate-chain", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")
		}, acme.ErrAnswer, ""},
		{"another's certificate", func(f *fake) {
			f.own["/certificate"] = func(w http.ResponseWriter, _ *http.Request) {
				f.certificate(w, func(_ *x509.Certificate, key *crypto.PublicKey) { *key = f.key.Public() })
			}
		}, acme.ErrAnswer, "the certificate is for another key"},
		{"certificate without the name", func(f *fake) {
			f.own["/certificate"] = func(w http.ResponseWriter, _ *http.Request) {
				f.certificate(w, func(c *x509.Certificate, _ *crypto.PublicKey) { c.DNSNames = []string{"www.example.com"} })
			}
		}, acme.ErrAnswer, "does not have the name mux.example.com"},

		{"endless directory", func(f *fake) { f.own["/dir"] = forever("[") }, acme.ErrTooMuch, ""},
		{"endless order", func(f *fake) { f.own["/order"] = forever(" ") }, acme.ErrTooMuch, ""},
		{"endless chain", func(f *fake) {
			f.own["/certificate"] = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Link", "<"+f.URL+`/certificate>; rel="up"`)
				w.Header().Set("Content-Type", "application/pem-certificate-chain")
				_, _ = io.WriteString(w, strings.Repeat(" ", 1<<19))
			}
		}, acme.ErrTooMuch, ""},
		{"endless waiting", func(f *fake) {
			f.own["/finalize"] = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "Mon, 02 Jan 2006 15:04:05 GMT")
				answer(w, http.StatusOK, f.order("processing"))
			}
			f.own["/order/1"] = f.own["/finalize"]
		}, acme.ErrTooOften, ""},

		{"directory of another host", func(f *fake) { f.own["/dir"] = http.RedirectHandler(other.URL+"/dir", http.StatusFound).ServeHTTP }, acme.ErrRedirect, other.URL + "/dir"},
		{"order at another host", func(f *fake) {
			f.own["/order"] = http.RedirectHandler(other.URL+"/order", http.StatusTemporaryRedirect).ServeHTTP
		}, acme.ErrRedirect, other.URL},
		{"order at another page", func(f *fake) {
			f.own["/order"] = http.RedirectHandler("/order/1", http.StatusTemporaryRedirect).ServeHTTP
		}, acme.ErrRedirect, "/order/1"},
		{"round and round", func(f *fake) { f.own["/dir"] = http.RedirectHandler("/dir", http.StatusFound).ServeHTTP }, acme.ErrRedirect, ""},
		{"without TLS", func(f *fake) {
			f.own["/dir"] = object(map[string]any{"newNonce": f.URL, "newAccount": "http://ca.example/", "newOrder": f.URL})
		}, acme.ErrHTTPS, "http://ca.example/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			tt.set(f)
			cfg := f.config(t)
			start := time.Now()
			got, err := order(t, cfg, "mux.example.com")
			wrong, ok := errors.AsType[*acme.ServerError](err)
			if !ok || !errors.Is(err, tt.is) || wrong.Directory != cfg.Server.Directory || !strings.Contains(err.Error(), tt.says) || len(err.Error()) > 600 {
				t.Fatalf("%v, %v; want %v %q", got, err, tt.is, tt.says)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
	if n := len(other.sent); n > 0 {
		t.Errorf("the other host was sent %v", other.sent)
	}
}

func TestMovedDirectory(t *testing.T) {
	f := newFake(t)
	f.own["/acme"] = http.RedirectHandler("/dir", http.StatusMovedPermanently).ServeHTTP
	cfg := f.config(t)
	cfg.Server.Directory = f.URL + "/acme"
	if _, err := order(t, cfg, "mux.example.com"); err != nil {
		t.Error(err)
	}
}

// A server must not choose what is published under our name.
func TestKeyAuthorizationIsOurs(t *testing.T) {
	f := newFake(t)
	cfg := f.config(t)
	said := make(chan string, 10)
	cfg.Progress = func(line string) {
		if rest, ok := strings.CutPrefix(line, "listening on "); ok {
			address, _, _ := strings.Cut(rest, " ")
			said <- address
		}
	}
	token := rand.Text()
	var page, missing string
	f.own["/order"] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", f.URL+"/order/1")
		answer(w, http.StatusCreated, f.order("pending"))
	}
	evil := f.challenge(token)
	evil["keyAuthorization"] = "<script>"
	status := "pending"
	f.own["/authz"] = func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, f.authz(status, evil)) }
	f.own["/challenge"] = func(w http.ResponseWriter, r *http.Request) {
		address := <-said
		get := func(path string) string {
			resp, err := http.Get("http://" + address + path)
			if err != nil {
				return err.Error()
			}
			defer func() { _ = resp.Body.Close() }()
			text, _ := io.ReadAll(resp.Body)
			return string(text)
		}
		page, missing = get("/.well-known/acme-challenge/"+token), get("/")
		status = "valid"
		answer(w, http.StatusOK, evil)
	}
	if _, err := order(t, cfg, "mux.example.com"); err != nil {
		t.Fatal(err)
	}
	const thumbprint = 43 // characters of SHA-256 in base64url
	if !strings.HasPrefix(page, token+".") || len(page) != len(token)+1+thumbprint || missing != "404 page not found\n" {
		t.Errorf("published was %q, and %q elsewhere", page, missing)
	}
}

// A failed proof without a word, and what becomes of the open ones.
func TestGivenUp(t *testing.T) {
	f := newFake(t)
	f.own["/order"] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", f.URL+"/order/1")
		o := f.order("pending")
		o["authorizations"] = []string{f.URL + "/authz", f.URL + "/authz2"}
		answer(w, http.StatusCreated, o)
	}
	status := "pending"
	f.own["/authz"] = func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, f.authz(status, f.challenge(rand.Text())))
	}
	f.own["/challenge"] = func(w http.ResponseWriter, _ *http.Request) {
		status = "invalid"
		answer(w, http.StatusOK, f.challenge(rand.Text()))
	}
	f.own["/authz2"] = func(w http.ResponseWriter, _ *http.Request) {
		a := f.authz("pending", f.challenge(rand.Text()))
		a["identifier"] = map[string]any{"type": "dns", "value": "other.example.com"}
		answer(w, http.StatusOK, a)
	}
	_, err := order(t, f.config(t), "mux.example.com", "other.example.com")
	problem, ok := errors.AsType[*acme.Problem](err)
	if !ok || problem.Name != "mux.example.com" || !strings.Contains(err.Error(), "it gives no reason") {
		t.Errorf("%v", err)
	}
	if got := f.last("/authz2"); got != `{"status":"deactivated"}` {
		t.Errorf("the other authorization was left as it was: %s", got)
	}
	if got := f.last("/authz"); strings.Contains(got, "deactivated") {
		t.Errorf("a failed authorization was deactivated")
	}
}

func TestReplacesIsAFavour(t *testing.T) {
	for _, tt := range []struct {
		refused string
		orders  int
		ok      bool
	}{
		{"alreadyReplaced", 2, true},
		{"malformed", 2, true}, // another CA's
		{"rateLimited", 1, false},
	} {
		f := newFake(t)
		refused := refuse(http.StatusConflict, tt.refused, "", nil)
		f.own["/order"] = func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(f.last("/order"), "replaces") {
				refused(w, r)
				return
			}
			f.usual(w, r)
		}
		cfg := f.config(t)
		cfg.Replaces = &x509.Certificate{SerialNumber: big.NewInt(5), AuthorityKeyId: f.ca.SubjectKeyId}
		_, err := order(t, cfg, "mux.example.com")
		if n := len(f.sent["/order"]); n != tt.orders || (err == nil) != tt.ok {
			t.Errorf("%s: %d orders, %v", tt.refused, n, err)
		}
	}
}

func TestSlowServer(t *testing.T) {
	for _, tt := range []struct {
		page   string
		cancel bool
		is     error
	}{
		{"/dir", false, acme.ErrTimeout},
		{"/order", false, acme.ErrTimeout},
		{"/certificate", true, context.Canceled},
	} {
		f := newFake(t)
		done := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		f.own[tt.page] = func(w http.ResponseWriter, r *http.Request) {
			if tt.cancel {
				cancel()
			}
			<-done
		}
		cfg := f.config(t)
		if !tt.cancel {
			cfg.Timeout = 300 * time.Millisecond
		}
		start := time.Now()
		_, err := acme.Order(ctx, cfg, request(t, "mux.example.com"))
		close(done)
		if took := time.Since(start); !errors.Is(err, tt.is) || took > 5*time.Second {
			t.Errorf("%s: %v after %s", tt.page, err, took)
		}
	}
}

func TestNoServer(t *testing.T) {
	f := newFake(t)
	trusted := f.config(t)
	strangers := f.config(t)
	strangers.Server.Roots = x509.NewCertPool()
	gone := newFake(t)
	down := gone.config(t)
	gone.Close()
	insecure := f.config(t)
	insecure.Server.Directory = strings.Replace(f.URL, "https", "http", 1)
	expired := f.config(t)
	expired.Now = func() time.Time { return time.Date(2500, time.January, 1, 0, 0, 0, 0, time.UTC) }
	nonsense := f.config(t)
	nonsense.Server.Directory = "https://ca.example:port/"
	for _, tt := range []struct {
		cfg  acme.Config
		says string
	}{
		{strangers, "certificate signed by unknown authority"},
		{expired, "certificate has expired"},
		{down, "connection refused"},
		{insecure, "https alone"},
		{nonsense, `invalid port ":port"`},
	} {
		_, err := order(t, tt.cfg, "mux.example.com")
		if _, ok := errors.AsType[*acme.ServerError](err); !ok || !strings.Contains(err.Error(), tt.says) && runtime.GOOS != "windows" {
			t.Errorf("%v; want %s", err, tt.says)
		}
	}
	if _, err := order(t, trusted, "mux.example.com"); err != nil {
		t.Errorf("the right one: %v", err)
	}
}

func TestProxy(t *testing.T) {
	f := newFake(t)
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host)
		http.Error(w, "not today", http.StatusForbidden)
	}))
	defer proxy.Close()
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg := f.config(t)
	cfg.Server.Proxy = func(u *url.URL) (*url.URL, error) {
		if !strings.HasPrefix(f.URL, "https://"+u.Host) {
			return nil, fmt.Errorf("a proxy for %s", u)
		}
		return at, nil
	}
	_, err = order(t, cfg, "mux.example.com")
	if _, ok := errors.AsType[*acme.ServerError](err); !ok || !strings.Contains(err.Error(), "Forbidden") {
		t.Errorf("%v", err)
	}
	if len(asked) == 0 || asked[0] != "CONNECT "+strings.TrimPrefix(f.URL, "https://") {
		t.Errorf("the proxy was asked for %q", asked)
	}
}

func TestRenewalWindow(t *testing.T) {
	f := newFake(t)
	cfg := f.config(t)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(5), AuthorityKeyId: f.ca.SubjectKeyId}
	w, err := acme.RenewalWindow(t.Context(), cfg.Server, cfg.Now, leaf)
	if err != nil {
		t.Fatal(err)
	}
	if w.Start.Format(time.DateOnly) != "2030-01-01" || w.End.Format(time.DateOnly) != "2030-01-02" || w.Page != "https://ca.example/why" ||
		time.Until(w.Again).Round(time.Minute) != time.Hour {
		t.Errorf("%+v", w)
	}
	if _, err := acme.RenewalWindow(t.Context(), cfg.Server, cfg.Now, &x509.Certificate{SerialNumber: big.NewInt(5)}); !errors.Is(err, acme.ErrNoWindow) {
		t.Errorf("no key identifier: %v", err)
	}
	without := newFake(t)
	without.own["/dir"] = func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"newNonce": without.URL, "newAccount": without.URL, "newOrder": without.URL})
	}
	if _, err := acme.RenewalWindow(t.Context(), without.config(t).Server, time.Now, leaf); !errors.Is(err, acme.ErrNoWindow) {
		t.Errorf("no such service: %v", err)
	}
}
