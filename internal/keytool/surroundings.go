package keytool

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"muxkey/internal/console"
	"muxkey/internal/keytool/grammar"
)

// surroundings are what a command line may refer to.
func surroundings(ctx context.Context, env *console.Env) grammar.Surroundings {
	return grammar.Surroundings{
		LookupEnv: env.LookupEnv,
		ReadFile:  os.ReadFile,
		ReadURL:   func(url string) ([]byte, error) { return readURL(ctx, url) },
		Property:  func(name string) (string, bool) { return systemProperty(env, name) },
		IsCACerts: func(c *grammar.Call, path string) bool {
			return (&tool{env: env, call: c}).isCACerts(path)
		},
		Out: env.Out,
		Err: env.Err,
	}
}

// isCACerts tells whether a path leads to the JDK's own trust store.
func (t *tool) isCACerts(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	cacerts, err := os.Stat(t.cacerts())
	return err == nil && os.SameFile(info, cacerts)
}

// The limits of what is read of a URL.
const (
	urlTimeout = 30 * time.Second
	urlSize    = 64 << 20
)

// readURL reads the document at a URL.
func readURL(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, urlTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	client := http.Client{Transport: &http.Transport{}} // without a proxy: Java does not ask the environment for one
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // it was read
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("Server returned HTTP response code: %d for URL: %s", response.StatusCode, url) //nolint:staticcheck // Java's words
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, urlSize+1))
	if err == nil && len(content) > urlSize {
		err = fmt.Errorf("%s is larger than %d bytes", url, urlSize)
	}
	return content, err
}
