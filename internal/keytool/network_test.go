package keytool

import (
	"maps"
	"testing"

	"muxkey/internal/keytool/grammar"
)

// TestProxy has what the JDK does: measured with 17.0.21 and a listener in the place
// of the proxy.
func TestProxy(t *testing.T) {
	https := map[string]string{"https.proxyHost": "proxy.example.com", "https.proxyPort": "3128"}
	tests := []struct {
		name         string
		properties   map[string]string
		scheme, host string
		want         string // "" for none
	}{
		{"its own", https, "https", "mux.example.com", "http://proxy.example.com:3128"},
		{"that of another scheme", https, "http", "mux.example.com", ""},
		{"this machine", https, "https", "127.0.0.1", ""},
		{"this machine, with other hosts named", map[string]string{"http.nonProxyHosts": "x"}, "https", "localhost", ""},
		{"this machine, with nothing taken out", map[string]string{"http.nonProxyHosts": ""}, "https", "localhost", "http://proxy.example.com:3128"},
		{"a suffix", map[string]string{"http.nonProxyHosts": "a|*.Example.com"}, "https", "MUX.example.com", ""},
		{"a prefix", map[string]string{"http.nonProxyHosts": "mux.*"}, "https", "mux.example.com", ""},
		{"a part", map[string]string{"http.nonProxyHosts": "*example*"}, "https", "mux.example.com", ""},
		{"a star inside", map[string]string{"http.nonProxyHosts": "mux*com"}, "https", "mux.example.com", "http://proxy.example.com:3128"},
		{"no port", map[string]string{"https.proxyPort": "443"}, "https", "h.example", "http://proxy.example.com:443"},
		{"one for all schemes", map[string]string{"https.proxyHost": "", "proxyHost": "all.example"}, "http", "h.example", "http://all.example:80"},
		{"SOCKS", map[string]string{"https.proxyHost": "", "socksProxyHost": "s.example"}, "https", "h.example", "socks5h://s.example:1080"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			properties := maps.Clone(https)
			maps.Copy(properties, tt.properties)
			run := &tool{call: &grammar.Call{Properties: properties}}
			got := ""
			if u := run.proxy(tt.scheme, tt.host); u != nil {
				got = u.String()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
