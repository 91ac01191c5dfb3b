package acme_test

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"

	"muxkey/internal/acme"
)

func TestRekey(t *testing.T) {
	f := newFake(t)
	cfg := f.config(t)
	read := func(name string) string {
		t.Helper()
		text, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			return ""
		}
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	waiting := cfg.AccountKey + ".new"
	if _, err := acme.Rekey(t.Context(), cfg); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a key: %v", err)
	}
	if _, err := order(t, cfg, "mux.example.com"); err != nil {
		t.Fatal(err)
	}
	old := read(cfg.AccountKey)

	// Nothing changes where the server cannot do it, knows no such account, or says
	// no.
	if _, err := acme.Rekey(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "does not change the keys") {
		t.Errorf("a server that cannot: %v", err)
	}
	f.own["/dir"] = func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{
			"newNonce": f.URL + "/nonce", "newAccount": f.URL + "/account", "newOrder": f.URL + "/order", "keyChange": f.URL + "/key-change",
		})
	}
	cfg.Server.Directory += "&2"
	f.own["/account"] = refuse(http.StatusBadRequest, "accountDoesNotExist", "who?", nil)
	if _, err := acme.Rekey(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "no account for the key in ") {
		t.Errorf("a server that does not know the key: %v", err)
	}
	delete(f.own, "/account")
	f.own["/key-change"] = refuse(http.StatusConflict, "malformed", "another account has it", nil)
	if _, err := acme.Rekey(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "another account has it") {
		t.Errorf("a server that refuses: %v", err)
	}
	if read(cfg.AccountKey) != old || read(waiting) != "" {
		t.Error("a refusal changed the files")
	}

	// Where the answer is lost nobody knows which key the server has: both stay, and
	// the next run goes on with them.
	f.own["/key-change"] = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	if _, err := acme.Rekey(t.Context(), cfg); err == nil {
		t.Error("no error without an answer")
	}
	next := read(waiting)
	if read(cfg.AccountKey) != old || next == "" {
		t.Error("one of the keys is lost")
	}
	f.own["/key-change"] = func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, map[string]any{}) }
	refused := 0
	f.own["/account"] = func(w http.ResponseWriter, r *http.Request) {
		if refused++; refused == 1 { // the new key: the server has not got it
			refuse(http.StatusBadRequest, "accountDoesNotExist", "who?", nil)(w, r)
			return
		}
		f.usual(w, r)
	}
	account, err := acme.Rekey(t.Context(), cfg)
	if err != nil || account != f.URL+"/account/1" {
		t.Fatalf("%q, %v", account, err)
	}
	if read(cfg.AccountKey) != next || read(waiting) != "" {
		t.Error("the new key has not taken the place of the old one")
	}
	if sent := f.last("/key-change"); !strings.Contains(sent, `"payload"`) || !strings.Contains(sent, `"signature"`) {
		t.Errorf("sent %s", sent)
	}
}
