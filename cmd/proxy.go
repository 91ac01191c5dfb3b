package cmd

import (
	"net/url"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"muxkey/internal/console"
)

// proxyOf is the proxy that the environment asks for, as everybody reads it.
func proxyOf(env *console.Env) func(*url.URL) (*url.URL, error) {
	get := func(name string) string {
		for _, name := range []string{name, strings.ToLower(name)} {
			if v, _ := env.LookupEnv(name); v != "" {
				return v
			}
		}
		return ""
	}
	return (&httpproxy.Config{
		HTTPProxy: get(console.VarHTTPProxy), HTTPSProxy: get(console.VarHTTPSProxy), NoProxy: get(console.VarNoProxy),
	}).ProxyFunc()
}
