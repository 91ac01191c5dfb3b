package environment

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muxkey/trust"
	"muxkey/trust/source"
)

// a certificate, made for these tests with openssl req -x509, and what is none.
const (
	one = `-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIUcPuvhxPSrHHUV3nhXsV418ssFmcwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLc291cmNlIHRlc3QwIBcNMjYxMTIyMTQwNTA2WhgPMjEyNjEw
MjkxNDA1MDZaMBYxFDASBgNVBAMMC3NvdXJjZSB0ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEx59hM1aEoeMinLJI2UX/MJP714CWpcOgGMCmsncJsCL0EtB7
JlZmQvRRd+hZkn9CDzJ9En7gvVF25EBdsBYcz6NTMFEwHQYDVR0OBBYEFOPNRW+Z
lul0DuaS0FvWTVCjhQSzMB8GA1UdIwQYMBaAFOPNRW+Zlul0DuaS0FvWTVCjhQSz
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgeR8+b74mmr9/ZI9e
hagaZ9uR3YvT8lOCXNs1mCi86rgCIQC7S3QPhBGibhUBp0EqnBHJCFBXWN0MJQh+
vxSnk4Elgw==
-----END CERTIFICATE-----
`
	none = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
)

// machine is one with some variables, and with programs that print some text.
func machine(vars, prints map[string]string) *Machine {
	return &Machine{
		LookupEnv: func(name string) (string, bool) { v, ok := vars[name]; return v, ok },
		Command: func(name string) string {
			if _, ok := prints[name]; ok {
				return "/bin/" + name
			}
			return ""
		},
		Run: func(_ context.Context, _ []string, argv ...string) (string, error) {
			out, ok := prints[strings.Join(argv, " ")]
			if !ok {
				return "", exec.ErrNotFound
			}
			return out, nil
		},
	}
}

// put writes files into a new directory and returns its path.
func put(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func bundle(t *testing.T) *trust.Set {
	t.Helper()
	var b trust.Builder
	if err := source.Bytes(t.Context(), &b, source.Input{Name: "x", Data: []byte(one)}); err != nil {
		t.Fatal(err)
	}
	return b.Set()
}

// What the interop story proves with the programs themselves, and besides what
// they are not asked there.
func TestWhatCounts(t *testing.T) {
	dir := put(t, map[string]string{
		"one.pem": one, "none.pem": none, "text": "no certificate",
		"hashed/0123abcd.0": one, "plain/one.crt": one, "empty/x": "",
		"curl/.curlrc":                        "# mine\ncacert = \"DIR/one.pem\"\n",
		"curlpath/.curlrc":                    "--capath DIR/hashed\n",
		"pip.conf":                            "[install]\ncert = DIR/none.pem\n[global]\ncert: DIR/one.pem\n",
		"wgetrc":                              "CA-certificate=DIR/one.pem\n",
		"aws":                                 "[default]\nca_bundle = DIR/none.pem\n[profile p]\nca_bundle = DIR/one.pem\n",
		"cargo/config.toml":                   "[net]\ncainfo='x'\n[http]\ncainfo = 'DIR/one.pem'\n",
		"home/.wgetrc":                        "ca_directory=DIR/plain\n",
		"home/.aws/config":                    "[default]\nca_bundle = DIR/one.pem\n",
		"home/.cargo/x":                       "",
		"home/.curlrc":                        "insecure\n",
		"home/.pip/pip.conf":                  "[global]\nx=y\n",
		"cloud/configurations/config_default": "[core]\ncustom_ca_certs_file = DIR/one.pem\n",
	})
	for _, name := range []string{"curl/.curlrc", "curlpath/.curlrc", "pip.conf", "wgetrc", "aws", "cargo/config.toml", "home/.wgetrc", "home/.aws/config", "cloud/configurations/config_default"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.ReplaceAll(string(data), "DIR", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set := bundle(t)
	for _, tt := range []struct {
		program, vars string
		prints        map[string]string
		trusts        bool
		used          string // the first source that counts and was set by somebody
	}{
		{"curl", "", nil, false, ""},
		{"curl", "CURL_CA_BUNDLE=D/one.pem", nil, true, "CURL_CA_BUNDLE"},
		{"curl", "CURL_CA_BUNDLE=", nil, false, ""},
		{"curl", "CURL_CA_BUNDLE=D/none.pem SSL_CERT_FILE=D/one.pem SSL_CERT_DIR=D/hashed", nil, false, "CURL_CA_BUNDLE"},
		{"curl", "SSL_CERT_FILE=D/one.pem SSL_CERT_DIR=D/empty", map[string]string{"curl --version": "curl 7.88.1 (x)"}, false, "SSL_CERT_DIR"},
		{"curl", "SSL_CERT_FILE=D/one.pem SSL_CERT_DIR=D/empty", map[string]string{"curl --version": "curl 8.14.1 (x)"}, true, "SSL_CERT_FILE"},
		{"curl", "CURL_HOME=D/curl CURL_CA_BUNDLE=D/none.pem", nil, true, "cacert in .curlrc"},
		{"curl", "CURL_HOME=D/curlpath CURL_CA_BUNDLE=D/none.pem", nil, true, "capath in .curlrc"},
		{"openssl", "SSL_CERT_FILE=D/none.pem SSL_CERT_DIR=D/hashed", nil, true, "SSL_CERT_FILE"},
		{"openssl", "SSL_CERT_DIR=D/plain", nil, false, "SSL_CERT_DIR"}, // it looks under hashes alone
		{"openssl", "SSL_CERT_DIR=D/plain:D/hashed", nil, true, "SSL_CERT_DIR"},
		{"openssl", "SSL_CERT_FILE=D/missing.pem", nil, false, "SSL_CERT_FILE"},
		{"go", "SSL_CERT_DIR=D/plain", nil, true, "SSL_CERT_DIR"}, // and Go at all
		{"requests", "CURL_CA_BUNDLE=D/one.pem REQUESTS_CA_BUNDLE=D/none.pem", nil, false, "REQUESTS_CA_BUNDLE"},
		{"pip", "CURL_CA_BUNDLE=D/one.pem PIP_CERT=D/none.pem", nil, true, "CURL_CA_BUNDLE"},
		{"pip", "PIP_CONFIG_FILE=D/pip.conf", nil, true, "cert in pip.conf"},
		{"pip", "PIP_CONFIG_FILE=D/pip.conf PIP_CERT=D/none.pem", nil, false, "PIP_CERT"},
		{"wget", "HOME=D/home", nil, true, "ca_directory in wgetrc"},
		{"wget", "HOME=D/home WGETRC=D/wgetrc", nil, true, "ca_certificate in wgetrc"},
		{"aws", "HOME=D/home", nil, true, "ca_bundle in the AWS config"},
		{"aws", "AWS_CONFIG_FILE=D/aws", nil, false, "ca_bundle in the AWS config"},
		{"aws", "AWS_CONFIG_FILE=D/aws AWS_PROFILE=p", nil, true, "ca_bundle in the AWS config"},
		{"cargo", "CARGO_HOME=D/cargo", nil, true, "http.cainfo in cargo's config"},
		{"gcloud", "CLOUDSDK_CONFIG=D/cloud", nil, true, "core/custom_ca_certs_file"},
		{"git", "", map[string]string{"git": "", "git config --type=path --get http.sslCAInfo": "D/one.pem\n"}, true, "http.sslCAInfo of git config"},
		{"git", "GIT_SSL_CAINFO=D/none.pem", map[string]string{"git": "", "git config --type=path --get http.sslCAInfo": "D/one.pem\n"}, false, "GIT_SSL_CAINFO"},
		{"node", "NODE_EXTRA_CA_CERTS=D/one.pem", nil, true, "NODE_EXTRA_CA_CERTS"},
		{"node", "SSL_CERT_FILE=D/one.pem", nil, false, ""},
		{"node", "SSL_CERT_FILE=D/one.pem NODE_OPTIONS=--use-openssl-ca", nil, true, "SSL_CERT_FILE with --use-openssl-ca"},
		{"npm", "NODE_EXTRA_CA_CERTS=D/one.pem npm_config_cafile=D/none.pem", nil, false, "npm_config_cafile"},
		{"npm", "NODE_EXTRA_CA_CERTS=D/one.pem", map[string]string{"npm config get cafile": "null\n", "npm": ""}, true, "NODE_EXTRA_CA_CERTS"},
		{"java", "JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=D/one.pem", nil, true, "JAVA_TOOL_OPTIONS"},
		{"java", "JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=D/one.pem JDK_JAVA_OPTIONS=-Djavax.net.ssl.trustStore=D/none.pem", nil, false, "JDK_JAVA_OPTIONS"},
		{"java", "JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStorePassword=x", nil, false, ""},
		{"php", "SSL_CERT_FILE=D/one.pem", map[string]string{"php": "", `php -r echo ini_get("openssl.capath");`: "D/empty"}, false, "openssl.capath of php.ini"},
		{"deno", "DENO_CERT=D/one.pem", nil, true, "DENO_CERT"},
		{"nix", "NIX_SSL_CERT_FILE=D/none.pem SSL_CERT_FILE=D/one.pem", nil, false, "NIX_SSL_CERT_FILE"},
	} {
		vars, prints := map[string]string{}, map[string]string{}
		for word := range strings.FieldsSeq(tt.vars) {
			name, value, _ := strings.Cut(word, "=")
			vars[name] = strings.ReplaceAll(value, "D/", dir+"/")
		}
		for k, v := range tt.prints {
			prints[k] = strings.ReplaceAll(v, "D/", dir+"/")
		}
		p, _ := Programs().Get(tt.program)
		f := Look(t.Context(), machine(vars, prints), []Program{p}, set)[0]
		used := ""
		for _, s := range f.Sources {
			if s.Status == Used && !s.Default && used == "" {
				used = s.Source
			}
		}
		if *f.Trusts != tt.trusts || used != tt.used {
			t.Errorf("%s with %s: trusts %v, by %q: %+v", tt.program, tt.vars, *f.Trusts, used, f.Sources)
		}
	}
}

func TestProblems(t *testing.T) {
	dir := put(t, map[string]string{"text": "no certificate", "key.pem": one + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "none.pem": none})
	p, _ := Programs().Get("requests")
	for name, want := range map[string]string{
		"missing.pem": "it does not exist", "text": "it is no PEM file", "none.pem": "there is no certificate in it", "key.pem": "a private key stands at line",
	} {
		f := Look(t.Context(), machine(map[string]string{"REQUESTS_CA_BUNDLE": filepath.Join(dir, name)}, nil), []Program{p}, nil)[0]
		if got := f.Sources[0].Problem; !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Each program is told of a bundle by a variable that is among its sources, and
// what stands under Unless is one of them, too.
func TestTable(t *testing.T) {
	for p := range Programs().All() {
		var names []string
		for _, s := range p.Sources {
			names = append(names, s.Name)
			if s.Find == nil || s.Slot == "" || s.Form == "" || s.Variable && strings.Contains(s.Name, " ") {
				t.Errorf("%s: %+v", p.ID, s)
			}
		}
		for _, s := range p.Sources {
			for _, name := range s.Unless {
				if !slices.Contains(names, name) {
					t.Errorf("%s: %s gives way to %q, which is no source", p.ID, s.Name, name)
				}
			}
		}
		if p.Bundle != "" && !slices.Contains(names, p.Bundle) || len(p.Commands) == 0 || p.Title == "" {
			t.Errorf("%s: %+v", p.ID, p)
		}
	}
}

// What the forms write, a shell and other readers give back as it was.
func TestForms(t *testing.T) {
	nasty := `/tmp/it's $HOME "x" %h \ [a] ` + "`id`" + `;é.pem`
	lines := Lines{Variables: Variables(PEM, "curl"), Bundle: nasty, Path: nasty, Name: "trust"}
	want := map[string]string{
		"sh":         `export CURL_CA_BUNDLE='/tmp/it'\''s $HOME "x" %h \ [a] ` + "`id`" + `;é.pem'`,
		"fish":       `set -gx CURL_CA_BUNDLE '/tmp/it\'s $HOME "x" %h \\ [a] ` + "`id`" + `;é.pem'`,
		"powershell": `${env:CURL_CA_BUNDLE} = '/tmp/it''s $HOME "x" %h \ [a] ` + "`id`" + `;é.pem'`,
		"dotenv":     `CURL_CA_BUNDLE="/tmp/it's \$HOME \"x\" %h \\ [a] ` + "\\`id\\`" + `;é.pem"`,
		"systemd":    `Environment="CURL_CA_BUNDLE=/tmp/it's $HOME \"x\" %%h \\ [a] ` + "`id`" + `;é.pem"`,
		"dockerfile": `ENV CURL_CA_BUNDLE="/tmp/it's \$HOME \"x\" %h \\ [a] ` + "`id`" + `;é.pem"`,
		"compose":    `  CURL_CA_BUNDLE: "/tmp/it's $$HOME \"x\" %h \\ [a] ` + "`id`" + `;é.pem"`,
		"kubernetes": `    value: "/tmp/it's $HOME \"x\" %h \\ [a] ` + "`id`" + `;é.pem"`,
	}
	for f := range Forms().All() {
		if text := f.Write(lines); !slices.Contains(strings.Split(text, "\n"), want[f.ID]) {
			t.Errorf("%s: %s\nwant %s", f.ID, text, want[f.ID])
		}
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		return
	}
	f, _ := Forms().Get("sh")
	out, err := exec.CommandContext(t.Context(), sh, "-c", f.Write(lines)+`printf %s "$CURL_CA_BUNDLE"`).Output()
	if err != nil || string(out) != nasty {
		t.Errorf("sh: %s, %v", out, err)
	}
}

func TestJavaValue(t *testing.T) {
	v := Variables(Keystore)[0]
	for _, path := range []string{"/a/b.jks", "/with blank.jks", "/it's.jks", `/"x".jks`} {
		words := options(v.Value(path))
		if len(words) != 1 || words[0] != "-Djavax.net.ssl.trustStore="+path {
			t.Errorf("%s: %q", path, words)
		}
	}
}

func ExampleVariables() {
	for _, v := range Variables(PEM, "curl", "node") {
		fmt.Println(v.Name + "=" + v.Value("/etc/ssl/ca.pem"))
	}
	// Output:
	// CURL_CA_BUNDLE=/etc/ssl/ca.pem
	// NODE_EXTRA_CA_CERTS=/etc/ssl/ca.pem
}
