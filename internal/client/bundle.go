package client

import (
	"bytes"
	"io"
	"os"
	"regexp"

	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// TargetOf tells from its content for which trust target a file or directory was
// made; empty where no client here would know what to do with it.
func TargetOf(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		return targetOfDirectory(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, int64(pkcs12x.DefaultLimits().Size)))
	if err != nil {
		return "", err
	}
	return targetOfFile(data), nil
}

func targetOfDirectory(path string) (string, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return "", err
	}
	// The first that a file answers to counts.
	for _, form := range []struct{ target, name string }{
		{"nss", `^cert9\.db$`},
		{"firefox", `^policies\.json$`},
		{"openssl-dir", `^[0-9a-f]{8}\.[0-9]+$`}, // openssl-rehash(1)
		{"rhel", `^(anchors|blocklist)$|\.p11-kit$`},
		{"debian", `\.crt$`},
	} {
		name := regexp.MustCompile(form.name)
		for _, e := range entries {
			if name.MatchString(e.Name()) {
				return form.target, nil
			}
		}
	}
	return "", nil
}

func targetOfFile(data []byte) string {
	has := func(mark string) bool { return bytes.Contains(data, []byte(mark)) }
	switch {
	case bytes.HasPrefix(data, []byte("SQLite format 3\x00")): // of databases, only NSS's is a bundle
		return "nss"
	case has("[p11-kit-object-v1]"):
		return "p11-kit"
	case has("-----BEGIN TRUSTED CERTIFICATE-----"):
		return "openssl-trusted"
	case has("-----BEGIN CERTIFICATE-----"):
		return "pem"
	case has(`"CACertificates`) && bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")):
		return "chromium"
	}
	best, target := keystore.No, ""
	for f := range keystore.Formats().All() {
		if f.Detect == nil {
			continue
		}
		if sure := f.Detect(data); sure > best {
			best, target = sure, f.ID
		}
	}
	switch target {
	case "pkcs12":
		if f, err := pkcs12x.Parse(data, pkcs12x.DefaultLimits()); err == nil && f.Integrity == nil {
			return "pkcs12-passwordless"
		}
		return target
	case "jks", "jceks", "bks":
		return target
	}
	return ""
}
