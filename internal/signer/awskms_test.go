//go:build awskms

package signer

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const awsKeyID = "1234abcd-12ab-34cd-56ef-1234567890ab"

// fakeAWS answers as the JSON protocol of AWS KMS does, for one key.
func fakeAWS(t *testing.T, key crypto.Signer, hang <-chan struct{}) (seen *[]string) {
	t.Helper()
	seen = new([]string)
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "TrentService.")
		*seen = append(*seen, operation)
		var in struct {
			KeyID            string `json:"KeyId"`
			KeySpec          string
			Message          []byte
			SigningAlgorithm string
		}
		answer := map[string]any{}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		switch {
		case operation == "CreateKey":
			*seen = append(*seen, in.KeySpec)
			answer["KeyMetadata"] = map[string]any{"KeyId": awsKeyID}
		case operation == "CreateAlias":
		case in.KeyID != awsKeyID:
			w.WriteHeader(http.StatusBadRequest)
			answer["__type"], answer["message"] = "NotFoundException", "Key '"+in.KeyID+"' does not exist"
		case operation == "GetPublicKey":
			answer["KeyId"], answer["PublicKey"] = in.KeyID, public
		case operation == "Sign":
			if hang != nil {
				<-hang
			}
			opts := crypto.SignerOpts(crypto.SHA256)
			if strings.HasPrefix(in.SigningAlgorithm, "RSASSA_PSS") {
				opts = &rsa.PSSOptions{Hash: crypto.SHA256, SaltLength: rsa.PSSSaltLengthEqualsHash}
			}
			signature, err := key.Sign(rand.Reader, in.Message, opts)
			if err != nil {
				t.Error(err)
			}
			answer["Signature"] = signature
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	nothing := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_CONFIG_FILE": nothing, "AWS_SHARED_CREDENTIALS_FILE": nothing, "AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(name, value)
	}
	return seen
}

func TestAWS(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		keyType, spec string
		key           crypto.Signer
		opts          []crypto.SignerOpts
	}{
		{"ec-p256", "ECC_NIST_P256", ec, []crypto.SignerOpts{crypto.SHA256}},
		{"rsa-2048", "RSA_2048", rsaKey, []crypto.SignerOpts{crypto.SHA256, &rsa.PSSOptions{Hash: crypto.SHA256, SaltLength: rsa.PSSSaltLengthEqualsHash}}},
	} {
		seen := fakeAWS(t, tt.key, nil)
		made, err := Create(t.Context(), "awskms:name=root;region=eu-central-1", tt.keyType, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(*seen, " "); got != "CreateKey "+tt.spec+" CreateAlias GetPublicKey GetPublicKey" {
			t.Errorf("asked for %s", got)
		}
		if want := "awskms:key-id=" + awsKeyID + ";region=eu-central-1"; made.URI != want {
			t.Errorf("URI %s, want %s", made.URI, want)
		}
		if made.Again != made.URI {
			t.Errorf("again with %s", made.Again)
		}
		again, err := Open(t.Context(), made.Again, Options{})
		if err != nil {
			t.Fatal(err)
		}
		digest := sha256.Sum256([]byte("text"))
		for _, opts := range tt.opts {
			if _, err := again.Sign(nil, digest[:], opts); err != nil { // checks the signature
				t.Errorf("%s: %v", tt.keyType, err)
			}
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
		_, err = Open(t.Context(), "awskms:key-id=other;region=eu-central-1", Options{})
		if !errors.Is(err, ErrNoKey) {
			t.Errorf("no such key: %v", err)
		}
	}
}

func TestAWSHangs(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	hang := make(chan struct{})
	fakeAWS(t, key, hang)
	defer close(hang)
	digest := sha256.Sum256(nil)
	uri := "awskms:region=eu-central-1;key-id=" + awsKeyID

	k, err := Open(t.Context(), uri, Options{Timeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, ErrTimeout) {
		t.Errorf("timeout: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if k, err = Open(ctx, uri, Options{}); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(300*time.Millisecond, cancel)
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
