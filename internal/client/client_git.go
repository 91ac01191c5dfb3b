package client

import (
	"context"
	"path/filepath"
)

// gitClient asks for a repository that is not there: what matters comes before.
var gitClient = Client{
	ID: "git", Title: "git",
	Programs: []string{"git"},
	Targets:  []string{"pem", "openssl-dir"},
	try: command(func(ctx context.Context, r *run) error {
		r.env = []string{"GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "GIT_CURL_VERBOSE=1", "GIT_CEILING_DIRECTORIES=" + filepath.Dir(r.dir)}
		switch {
		case r.Bundle == "":
		case r.Target == "openssl-dir":
			r.args = append(r.args, "-c", "http.sslCAPath="+r.Bundle)
		default:
			r.args = append(r.args, "-c", "http.sslCAInfo="+r.Bundle)
		}
		if r.ip != r.Host { // http.curloptResolve was the alternative: git 2.37 is its first, and it knows no addresses
			proxy, err := r.proxy(ctx)
			if err != nil {
				return err
			}
			r.args = append(r.args, "-c", "http.proxy=http://"+proxy)
		}
		r.args = append(r.args, "ls-remote", r.url()+"muxkey.git")
		return nil
	},
		sign{`(SSL: .*does not match target.*|SSL: no alternative certificate subject name.*)`, Refused, WrongName},
		sign{`(server certificate verification failed.*)`, Refused, Untrusted},
		sign{`SSL certificate problem: (.*` + opensslUntrusted + `.*)`, Refused, Untrusted},
		sign{`SSL certificate problem: (.*)`, Refused, Other},
		sign{`(error (?:reading ca cert|setting certificate verify) .*)`, Unloadable, ""},
		sign{`(?:server certificate verification OK|SSL certificate verify ok)()`, Accepted, ""},
	),
}
