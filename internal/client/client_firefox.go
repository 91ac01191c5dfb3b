package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// firefoxClient is told by Marionette where to go, as Firefox without a window says
// nothing by itself of what it thinks of a certificate.
var firefoxClient = Client{
	ID: "firefox", Title: "Firefox",
	Programs: []string{"firefox", "firefox-esr"},
	Targets:  []string{"nss", "firefox"},
	try: func(ctx context.Context, program string, a Attempt) Result {
		r, err := newRun(program, a)
		if err == nil {
			defer r.clean()
			err = r.firefoxProfile(ctx)
		}
		if err != nil {
			return Result{Answer: Failed, Says: oneLine(err.Error())}
		}
		res, err := r.firefox(ctx)
		if err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			return Result{Answer: Failed, Says: oneLine(err.Error())}
		}
		return res
	},
}

func (r *run) profile() string { return filepath.Join(r.dir, "profile") }

func (r *run) firefoxProfile(ctx context.Context) error {
	proxy, err := r.proxy(ctx)
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(proxy)
	if err != nil {
		return err
	}
	settings := map[string]string{
		"marionette.port":                            "0", // any that is free
		"app.normandy.enabled":                       "false",
		"app.update.enabled":                         "false",
		"browser.safebrowsing.update.enabled":        "false",
		"datareporting.policy.dataSubmissionEnabled": "false",
		"network.captive-portal-service.enabled":     "false",
		"network.connectivity-service.enabled":       "false",
		"network.proxy.type":                         "1",
		"network.proxy.ssl":                          `"127.0.0.1"`,
		"network.proxy.ssl_port":                     port,
		"network.proxy.allow_hijacking_localhost":    "true",
		"security.OCSP.enabled":                      "0",
		"services.settings.server":                   `"data:,"`,
	}
	var text strings.Builder
	for name, value := range settings {
		fmt.Fprintf(&text, "user_pref(%q, %s);\n", name, value)
	}
	if _, err := r.file("profile/user.js", []byte(text.String())); err != nil {
		return err
	}
	switch {
	case r.Bundle == "":
	case r.Target == "nss":
		return r.nssDatabase(r.profile())
	default:
		return r.firefoxPolicy()
	}
	return nil
}

// firefoxPolicy lays the policy over /etc/firefox/policies. Certificates that it
// names without a path are looked for in ~/.mozilla/certificates as well as in
// /usr/lib/mozilla (browser/components/enterprisepolicies/Policies.sys.mjs).
func (r *run) firefoxPolicy() error {
	policy, err := os.ReadFile(filepath.Join(r.Bundle, "policies.json"))
	if err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(r.home(), ".mozilla", "certificates"), os.DirFS(filepath.Join(r.Bundle, "certificates"))); err != nil {
		return err
	}
	return r.overEtc(map[string][]byte{"firefox/policies/policies.json": policy})
}

// firefox starts the program, visits the server and asks what came of it.
func (r *run) firefox(ctx context.Context) (Result, error) {
	ctx, stop := context.WithCancel(ctx)
	r.args = []string{"--headless", "--no-remote", "--marionette", "--profile", r.profile()}
	r.env = []string{"MOZ_CRASHREPORTER_DISABLE=1"}
	c, _ := r.command(ctx)
	if err := c.Start(); err != nil {
		stop()
		return Result{}, err
	}
	ended := make(chan struct{})
	go func() {
		_ = c.Wait() // it is stopped when it is done with
		close(ended)
	}()
	defer func() {
		stop()
		<-ended
	}()
	port, err := r.marionettePort(ctx, ended)
	if err != nil {
		return Result{}, err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	m := &marionette{conn: conn, in: bufio.NewReader(conn)}
	if _, err := m.read(); err != nil { // it introduces itself
		return Result{}, err
	}
	if _, err := m.do("WebDriver:NewSession", map[string]any{}); err != nil {
		return Result{}, err
	}
	_, err = m.do("WebDriver:Navigate", map[string]any{"url": r.url()})
	wrong, ok := errors.AsType[*marionetteError](err)
	switch {
	case err == nil:
		return Result{Answer: Accepted}, nil
	case !ok:
		return Result{}, err
	}
	code, err := m.do("WebDriver:ExecuteScript", map[string]any{
		"sandbox": "system", "args": []any{}, "script": "return document.getFailedCertSecurityInfo().errorCodeString",
	})
	if err != nil { // the page is not about a certificate
		return Result{Answer: Failed, Says: oneLine(wrong.Error())}, nil
	}
	var value struct{ Value string }
	if err := json.Unmarshal(code, &value); err != nil {
		return Result{}, err
	}
	reason := Other
	switch value.Value {
	case "SSL_ERROR_BAD_CERT_DOMAIN":
		reason = WrongName
	case "SEC_ERROR_UNKNOWN_ISSUER", "SEC_ERROR_UNTRUSTED_ISSUER", "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT":
		reason = Untrusted
	}
	return Result{Refused, reason, oneLine(value.Value)}, nil
}

// marionettePort waits for the file in which Firefox tells it.
func (r *run) marionettePort(ctx context.Context, ended <-chan struct{}) (string, error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		data, err := os.ReadFile(filepath.Join(r.profile(), "MarionetteActivePort"))
		if port := strings.TrimSpace(string(data)); err == nil && port != "" {
			return port, nil
		}
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-ended:
			return "", errors.New("it ended before it could be told where to go")
		case <-tick.C:
		}
	}
}

// marionette speaks the protocol of that name: LENGTH ":" JSON, a command being [0,
// ID, NAME, PARAMETERS] and its answer [1, ID, ERROR, RESULT].
// https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
type marionette struct {
	conn net.Conn
	in   *bufio.Reader
	last int
}

type marionetteError struct {
	Kind    string `json:"error"`
	Message string `json:"message"`
}

func (e *marionetteError) Error() string { return e.Kind + ": " + e.Message }

func (m *marionette) do(name string, parameters map[string]any) (json.RawMessage, error) {
	m.last++
	command, err := json.Marshal([]any{0, m.last, name, parameters})
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(m.conn, "%d:%s", len(command), command); err != nil {
		return nil, err
	}
	text, err := m.read()
	if err != nil {
		return nil, err
	}
	var answer [4]json.RawMessage
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, err
	}
	var wrong *marionetteError
	if err := json.Unmarshal(answer[2], &wrong); err != nil {
		return nil, err
	}
	if wrong != nil {
		return nil, wrong
	}
	return answer[3], nil
}

func (m *marionette) read() ([]byte, error) {
	const most = 1 << 20
	text, err := m.in.ReadString(':')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(text, ":"))
	if err != nil || n < 0 || n > most {
		return nil, errors.New("this is not Marionette's protocol")
	}
	data := make([]byte, n)
	_, err = io.ReadFull(m.in, data)
	return data, err
}
