package rules

import "muxkey/internal/finding"

func nginx() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-NGINX-001", Title: "nginx takes any certificate from the servers behind it", Severity: finding.High, CWE: 295,
				Why:        "Traffic to the upstream is encrypted for whoever answers there. Somebody on that path reads and changes every request, with the cookies and passwords in it.",
				Fix:        "Set it to on, name the CA in `proxy_ssl_trusted_certificate` (for a private one: `muxkey trust build ca.pem --target pem -o upstream-ca.pem`) and the name in its certificate in `proxy_ssl_name`. For ingress-nginx the CA comes from the Secret in the annotation `proxy-ssl-secret`.",
				References: []string{"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_verify", "https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#backend-certificate-authentication"},
			},
			Match: []*Match{
				Key(False, "proxy_ssl_verify", "grpc_ssl_verify", "uwsgi_ssl_verify").Or("on"),
			},
			Bad: []Example{
				{"nginx.conf", "http {\n  server {\n    location / {\n      proxy_pass https://app.example.com;\n      proxy_ssl_verify «off»;\n    }\n  }\n}\n"},
				{"nginx/conf.d/app.conf", "location /rpc { grpc_pass grpcs://app.example.com; grpc_ssl_verify «off»; }\n"},
				{"ingress.yaml", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  annotations:\n    nginx.ingress.kubernetes.io/proxy-ssl-verify: \"«off»\"\n"},
			},
			Good: []Example{
				{"nginx.conf", "server {\n  ssl_verify_client off;\n  # proxy_ssl_verify off;\n  proxy_ssl_verify on;\n  proxy_ssl_trusted_certificate /etc/nginx/ca.pem;\n}\n"},
				{"ingress.yaml", "metadata:\n  annotations:\n    nginx.ingress.kubernetes.io/auth-tls-verify-client: \"off\"\n    nginx.ingress.kubernetes.io/proxy-ssl-verify: \"on\"\n"},
				{"nginx.conf", "server {\n  proxy_ssl_verify {{ verify }};\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-NGINX-002", Title: "nginx speaks protocols that are broken", Severity: finding.Medium, CWE: 327,
				Why:        "SSL and TLS before 1.2 have known attacks and rest on MD5 and SHA-1. Who stands in between can press both sides down to the oldest that they share.",
				Fix:        "Write `ssl_protocols TLSv1.2 TLSv1.3;`. Clients that cannot do it are older than 2014.",
				References: []string{"https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_protocols", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Picked(oldProtocols, "ssl_protocols").In("conf", "yaml", "json").If(onePart("ssl_protocols")).If(not(inPath("dovecot"))),
			},
			Bad: []Example{
				{"nginx.conf", "http {\n  ssl_protocols «SSLv3» «TLSv1» «TLSv1.1» TLSv1.2;\n}\n"},
				{"nginx/sites-available/shop", "server {\n  listen 443 ssl;\n  proxy_ssl_protocols «TLSv1» TLSv1.2;\n}\n"},
				{"configmap.yaml", "kind: ConfigMap\ndata:\n  ssl-protocols: \"«TLSv1.1» TLSv1.2\"\n"},
			},
			Good: []Example{
				{"nginx.conf", "http {\n  ssl_protocols TLSv1.2 TLSv1.3;\n  # ssl_protocols TLSv1;\n}\n"},
				{"configmap.yaml", "data:\n  ssl-protocols: \"TLSv1.2 TLSv1.3\"\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-NGINX-003", Title: "nginx offers ciphers that give no protection", Severity: finding.Medium, CWE: 327,
				Why:        "These ciphers leave out the encryption or the certificate, or are broken within hours. A client that can be brought to use one has no protection left.",
				Fix:        "Take the words out, or switch the groups off: `ssl_ciphers HIGH:!aNULL:!MD5;`.",
				References: []string{"https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_ciphers", "https://docs.openssl.org/3.0/man1/openssl-ciphers/"},
			},
			Match: []*Match{
				Picked(brokenCiphers, "ssl_ciphers").In("conf", "yaml", "json").If(not(inPath("postgres"))),
				Picked(tripleDES, "ssl_ciphers").In("conf", "yaml", "json").If(not(inPath("postgres"))).As(finding.Low, "3DES has blocks so small that long sessions give their content away"),
			},
			Bad: []Example{
				{"nginx.conf", "server {\n  ssl_ciphers HIGH:«RC4-SHA»:«aNULL»;\n}\n"},
				{"nginx.conf", "server {\n  ssl_ciphers 'ECDHE-RSA-AES128-GCM-SHA256:«DES-CBC3-SHA»:«@SECLEVEL=0»';\n}\n"},
				{"nginx.conf", "server {\n  proxy_ssl_ciphers ALL:«EXP-RC4-MD5»:«eNULL»;\n}\n"},
			},
			Good: []Example{
				{"nginx.conf", "server {\n  ssl_ciphers HIGH:!aNULL:!MD5:!RC4:!DES;\n}\n"},
				{"nginx.conf", "server {\n  ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:DES-CBC3-SHA:!3DES:+RC4;\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-NGINX-004", Title: "nginx does not check the servers behind it, as it was not told to", Severity: finding.Info, CWE: 295,
				Why:        "nginx checks no certificate of an upstream unless `proxy_ssl_verify on` says so. Behind `https://` in `proxy_pass` there may be anybody.",
				Fix:        "Add `proxy_ssl_verify on;` with `proxy_ssl_trusted_certificate` and `proxy_ssl_name`. For a private CA: `muxkey trust build ca.pem --target pem -o upstream-ca.pem`.",
				References: []string{"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_verify"},
			},
			Match: []*Match{
				Key(Containing("https://", "grpcs://"), "proxy_pass", "grpc_pass").In("conf").If(not(anywhere(anyValue, "proxy_ssl_verify", "grpc_ssl_verify"))),
			},
			Bad: []Example{
				{"nginx.conf", "server {\n  location / {\n    proxy_pass «https://app.example.com»;\n  }\n}\n"},
			},
			Good: []Example{
				{"nginx.conf", "server {\n  proxy_ssl_verify on;\n  location / {\n    proxy_pass https://app.example.com;\n  }\n}\n"},
				{"nginx.conf", "server {\n  location / {\n    proxy_pass http://app;\n  }\n}\n"},
			},
		},
	}
}
