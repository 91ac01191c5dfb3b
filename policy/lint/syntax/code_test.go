package syntax

import (
	"fmt"
	"strings"
	"testing"
)

// told is what was found in a file, a fact a line: "name = value (callee)", with
// "env", "option" and "address" before those; "call name(arguments)"; "run words".
func told(f *File) string {
	var out []string
	value := func(v Value) string {
		text := v.Text
		switch v.Form {
		case Quoted:
			text = "'" + strings.Join(strings.Fields(text), " ") + "'"
		case Template:
			text = "~" + text
		case Expression:
			text = "…"
		case Null:
			text = "null"
		}
		if v.Set.End > 0 {
			text += " of " + string(f.Text[v.Span.Start:v.Span.End])
		}
		return text
	}
	for _, s := range f.Settings {
		line := map[Origin]string{FromEnv: "env ", FromOption: "option ", FromAddress: "address "}[s.Origin] + strings.Join(s.Path, "/") + " = " + value(s.Value)
		if s.Callee != "" {
			line += " (" + s.Callee + ")"
		}
		if s.Item > 0 {
			line += fmt.Sprintf(" #%d", s.Item)
		}
		if s.Value.Form == Expression && s.Origin == FromCode {
			continue
		}
		out = append(out, line)
	}
	for _, c := range f.Calls {
		var args []string
		for _, a := range c.Args {
			text := value(a.Value)
			if a.Name != "" {
				text = a.Name + ": " + text
			}
			args = append(args, text)
		}
		out = append(out, "call "+c.Name+"("+strings.Join(args, ", ")+")")
	}
	for _, c := range f.Commands {
		var words []string
		for _, w := range c.Words {
			words = append(words, w.Text)
		}
		out = append(out, "run "+strings.Join(words, " "))
	}
	for _, inner := range f.Inner {
		out = append(out, "in "+inner.Language+":", told(inner))
	}
	return strings.Join(out, "\n")
}

func TestCode(t *testing.T) {
	t.Parallel()
	for _, c := range codeStories {
		t.Run(c.language, func(t *testing.T) {
			t.Parallel()
			f := Parse("x", c.language, []byte(c.text))
			check(t, f)
			if got := told(f); got != strings.TrimSpace(c.want) {
				t.Errorf("in\n%s\nfound\n%s\nwanted\n%s", c.text, got, strings.TrimSpace(c.want))
			}
			for _, p := range f.Problems {
				t.Errorf("problem: %v", p.Err)
			}
		})
	}
}

var codeStories = []struct{ language, text, want string }{
	{"python", `"""verify=False in a docstring"""
skip = False
def get(url, verify=False):
    """requests.get(verify=False)"""
    return requests.get(url, # verify=False
        verify=skip, cert=None)
session.verify: bool = not True
options = {"verify": False, 'ssl': {"cert_reqs": ssl.CERT_NONE}}
os.environ["PYTHONHTTPSVERIFY"] = "0"
if session.verify == False: session.trust_env = (True)
text = r"\d" f"{verify=}" + "a"
subprocess.run(["curl", "-k", url])
`, `
skip = False
verify = False of skip (requests.get)
cert = null (requests.get)
session/verify = false
option verify = False
options/verify = False
option ssl/cert_reqs = ssl.CERT_NONE
options/ssl/cert_reqs = ssl.CERT_NONE
env PYTHONHTTPSVERIFY = '0'
session/trust_env = True
call requests.get(url, verify: False of skip, cert: null)
call subprocess.run(…)
run curl -k
`},
	{"go", `package mux
// InsecureSkipVerify: true
const skip = true
var lax bool = !false
type config struct { Verify bool ` + "`" + `yaml:"verify"` + "`" + ` }
func (c *config) get(verify bool) error {
	t := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: skip, MinVersion: tls.VersionTLS10}}
	if c.Verify == false { os.Setenv("A_B", "0") }
	m := map[string]string{"sslmode": "disable"}
	return exec.Command("curl", "-k", ` + "`" + `a"b` + "`" + `).Run()
}
`, `
skip = true
lax = true
t/TLSClientConfig/InsecureSkipVerify = true of skip (tls.Config)
t/TLSClientConfig/MinVersion = tls.VersionTLS10 (tls.Config)
env A_B = '0'
option sslmode = 'disable'
m/sslmode = 'disable' (string)
call os.Setenv('A_B', '0')
call exec.Command('curl', '-k', 'a"b')
call .Run()
run curl -k a"b
`},
	{"javascript", `/* rejectUnauthorized: false */
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
const skip = !1, re = /rejectUnauthorized: "/g;
https.get({ host: ` + "`" + `a${b ? ` + "`" + `c` + "`" + ` : "d"}` + "`" + `, rejectUnauthorized: skip, 'strictSSL': false }, (res) => { a.b = 1 });
function f(rejectUnauthorized = false) { return x / y / z; }
type T = { rejectUnauthorized?: boolean };
new Agent({ ...rest, checkServerIdentity() { return undefined; }, minVersion: 'TLSv1' });
execSync("curl -k https://mux.example.com");
`, `
env NODE_TLS_REJECT_UNAUTHORIZED = '0'
skip = false
host = ~a${b ? ` + "`" + `c` + "`" + ` : "d"} (https.get)
rejectUnauthorized = false of skip (https.get)
option strictSSL = false
strictSSL = false (https.get)
a/b = 1
minVersion = 'TLSv1' (Agent)
call https.get(…, …)
call Agent(…)
call execSync('curl -k https://mux.example.com')
run curl -k https://mux.example.com
`},
	{"page", `<template>don't { verify: false }</template>
<script lang="ts">
axios.get(url, { rejectUnauthorized: false })
</script>
`, `
in javascript:
rejectUnauthorized = false (axios.get)
call axios.get(url, …)
`},
	{"java", `class A {
  // options.setTrustAll(true);
  private static final boolean LAX = true;
  @Override public boolean verify(String h, SSLSession s) { return true; }
  void a() throws IOException {
    options.setSsl(true).setTrustAll(LAX);
    System.setProperty("https.protocols", "TLSv1");
    Map.of("a.b", "", "c", x);
    if (a == true) b.c = Boolean.FALSE;
    String s = """
      setTrustAll(true)""";
    new ProcessBuilder("curl", "-k").start();
    char c = '"'; List<String> l = new ArrayList<String>(3);
  }
}
`, `
LAX = true
option https.protocols = 'TLSv1'
option a.b = ''
option c = x
b/c = false
s = 'setTrustAll(true)'
c = '"'
call options.setSsl(true)
call .setTrustAll(true of LAX)
call System.setProperty('https.protocols', 'TLSv1')
call Map.of('a.b', '', 'c', x)
call ProcessBuilder('curl', '-k')
call .start()
call ArrayList(3)
run curl -k
`},
	{"kotlin", `/* a /* nested */ trustAll = true */
val skip: Boolean = true
fun get(verify: Boolean = false) {
    client = HttpClient(CIO) { engine { https { trustAll = skip } } }
    builder.hostnameVerifier { _, _ -> true }
    val props = mapOf("ssl.verify" to "false")
    props["a.b"] = """c"""
    call(verify = false, host = "a${b("}")}c")
}
`, `
skip = true
trustAll = true of skip (https)
option ssl.verify = 'false'
option a.b = 'c'
verify = false (call)
host = ~a${b("}")}c (call)
call HttpClient(CIO, …)
call engine(…)
call https(…)
call builder.hostnameVerifier(…)
call mapOf(ssl.verify: 'false')
call call(verify: false, host: ~a${b("}")}c)
`},
	{"scala", `val props = Map("ssl.verify" -> "false", "b" -> 1)
new Client(trustAll = true, host = s"a${b}")
val c = 'x'; val d: Option[Boolean] = None
opts.copy(verify = !true)
`, `
option ssl.verify = 'false'
option b = 1
props/b = 1
trustAll = true (Client)
host = ~a${b} (Client)
c = 'x'
d = null
verify = false (opts.copy)
call Map(ssl.verify: 'false', b: 1)
call Client(trustAll: true, host: ~a${b})
call opts.copy(verify: false)
`},
	{"groovy", `def lax = true
repositories { maven { url 'http://mux.example.com'; allowInsecureProtocol = lax } }
sh 'curl -k https://mux.example.com'
sh(script: "wget --no-check-certificate ${url}", returnStdout: true)
systemProperty 'a.b', 'c'
environment { GIT_SSL_NO_VERIFY = '1' }
def m = [verify: false, "k": 'v'] // x
def r = ~/a"b/
`, `
lax = true
allowInsecureProtocol = true of lax (maven)
script = ~wget --no-check-certificate ${url} (sh)
returnStdout = true (sh)
option a.b = 'c'
env GIT_SSL_NO_VERIFY = '1' (environment)
m/verify = false
option k = 'v'
m/k = 'v'
call repositories(…)
call maven(…)
call url('http://mux.example.com')
call sh('curl -k https://mux.example.com')
call sh(script: ~wget --no-check-certificate ${url}, returnStdout: true)
call systemProperty('a.b', 'c')
call environment(…)
run curl -k https://mux.example.com
run wget --no-check-certificate ${url}
`},
	{"csharp", `#region don't
const bool Lax = true;
/// <summary>TrustServerCertificate = true</summary>
var b = new SqlConnectionStringBuilder { TrustServerCertificate = Lax, Encrypt = !true };
var h = new Handler(x) { Check = (a, c) => true };
Environment.SetEnvironmentVariable("A_B", "0");
client.Connect(host: "a", useSsl: false);
var s = @"a""b\" + $"{c["d"]}" + """raw "x" """;
if (a == false) Process.Start("curl", "-k https://mux.example.com");
bool F(bool check = false) => check;
`, `
Lax = true
b/TrustServerCertificate = true of Lax (SqlConnectionStringBuilder)
b/Encrypt = false (SqlConnectionStringBuilder)
env A_B = '0'
host = 'a' (client.Connect)
useSsl = false (client.Connect)
call Handler(x)
call Environment.SetEnvironmentVariable('A_B', '0')
call client.Connect(host: 'a', useSsl: false)
call Process.Start('curl', '-k https://mux.example.com')
run curl -k https://mux.example.com
`},
	{"vb", `' EnableSsl = False
Dim lax As Boolean = True
client.EnableSsl = Not lax
client.Check = False : client.Name = "a ""b"""
If client.EnableSsl = False Then Return
Call Run(x:=True, _
  y:=1)
`, `
lax = True
client/Check = False
client/Name = 'a "b"'
x = True (Run)
y = 1 (Run)
call Run(x: True, y: 1)
`},
	{"ruby", `# verify: false
=begin
verify: false
=end
http.verify_mode = OpenSSL::SSL::VERIFY_NONE unless x
Faraday.new url, ssl: { verify: false, :min_version => :TLS1 }
ENV['GIT_SSL_NO_VERIFY'] = '1'
text = <<~A + "b#{c("}")}"
  verify: false
A
list = %w[a b]
x = a ? b : c
puts /"verify/, y / z
system("curl", "-k", url)
` + "`" + `wget --no-check-certificate #{url}` + "`" + `
def get(verify: false) = 1
__END__
verify = false
`, `
http/verify_mode = OpenSSL::SSL::VERIFY_NONE
ssl/verify = false (Faraday.new)
ssl/min_version = TLS1 (Faraday.new)
env GIT_SSL_NO_VERIFY = '1'
list = 'a' #1
list = 'b' #2
call Faraday.new(url, ssl: …)
call puts(…, …)
call system('curl', '-k', url)
run curl -k
run wget --no-check-certificate
`},
	{"php", `<p>don't</p>
<?php
# CURLOPT_SSL_VERIFYPEER => false
#[Pure]
curl_setopt($ch, CURLOPT_SSL_VERIFYPEER, 0);
$client = new Client(['verify' => false, 'a' => ['b' => "c$d"]]);
$mail->SMTPOptions['ssl']["verify_peer"] = FALSE;
define('LAX', false);
$x = <<<'E'
 'verify' => false
 E;
Foo::bar(verify: !true);
putenv('A_B=0');
?>
verify = false
`, `
option verify = false
verify = false (Client)
option a/b = ~c$d
a/b = ~c$d (Client)
option ssl/verify_peer = FALSE
mail/SMTPOptions/ssl/verify_peer = FALSE
x = ''verify' => false'
verify = false (Foo.bar)
env A_B = '0'
call curl_setopt($ch, CURLOPT_SSL_VERIFYPEER, 0)
call Client(…)
call define('LAX', false)
call Foo.bar(verify: false)
call putenv('A_B=0')
`},
	{"c", `#include <curl/curl.h>
#define LAX 0L
#if 0
curl_easy_setopt(a, CURLOPT_SSL_VERIFYPEER, 0L);
#endif
int check(int ok, void *x) { return 1; }
void f(CURL *c) {
  curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L); /* x */
  cfg->verify = (int)0; s.verify = !1;
  struct opts o = { .verify = 0, .host = "a" "b" };
  setenv("A_B", "0", 1); system("curl -k x");
  if (a == 1 && b[0] != '"') return;
}
`, `
LAX = 0
cfg/verify = 0
s/verify = false
o/verify = 0
o/host = 'ab'
env A_B = '0'
call curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0)
call setenv('A_B', '0', 1)
call system('curl -k x')
run curl -k x
`},
	{"cpp", `auto s = R"x(verify = false)x"; auto n = 1'000;
client.set_validate(false); ctx->verify_mode = ssl::verify_none;
std::vector<std::pair<int, int>> v(3);
handler = [](auto& a) -> bool { return true; };
`, `
s = 'x(verify = false)x'
n = 1'000
ctx/verify_mode = ssl::verify_none
call client.set_validate(false)
call v(3)
`},
	{"objc", `// allowInvalidCertificates = YES
policy.allowInvalidCertificates = YES;
[manager setAllowInvalidCertificates:YES];
[NSURLRequest setAllowsAnyHTTPSCertificate:YES forHost:@"a"];
NSDictionary *d = @{ @"k": @NO, (id)kCFStreamSSLValidatesCertificateChain : (id)kCFBooleanFalse };
[[Foo alloc] initWithA:1 b:[x y]];
`, `
policy/allowInvalidCertificates = YES
option k = NO
d/k = NO
d/kCFStreamSSLValidatesCertificateChain = kCFBooleanFalse
call manager.setAllowInvalidCertificates(YES)
call NSURLRequest.setAllowsAnyHTTPSCertificate(YES, forHost: 'a')
call Foo.alloc()
call .initWithA(1, b: …)
call x.y()
`},
	{"swift", `let lax = true
let s = #"verify: "false""# + "a\(b("c"))"
policy.validates = !lax
let e = ["host": DisabledTrustEvaluator(), "b": false]
ServerTrust(allHosts: false, evaluators: e) { x in y = 1 }
func f(verify: Bool = false) -> Bool { true }
`, `
lax = true
option host = …
option b = false
e/b = false
allHosts = false (ServerTrust)
evaluators = e (ServerTrust)
y = 1 (ServerTrust)
call DisabledTrustEvaluator()
call ServerTrust(allHosts: false, evaluators: e, …)
`},
	{"rust", `/* a /* b */ c */
const LAX: bool = true;
fn f<'a>(x: &'a str, verify: bool) -> Result<(), E> {
    let c = reqwest::Client::builder().danger_accept_invalid_certs(LAX).build()?;
    let o = Opts { verify: false, host: r#"a"b"# };
    cfg.verify = !true;
    std::env::set_var("A_B", "0");
    Command::new("curl").arg("-k").args(["x"]).status();
    let c = '"';
}
`, `
LAX = true
o/verify = false (Opts)
o/host = 'a"b' (Opts)
cfg/verify = false
env A_B = '0'
c = '"'
call reqwest.Client.builder()
call .danger_accept_invalid_certs(true of LAX)
call .build()
call std.env.set_var('A_B', '0')
call Command.new('curl')
call .arg('-k')
call .args(…)
call .status()
run curl -k x
`},
	{"perl", `# verify_hostname => 0
my $ua = LWP::UserAgent->new(ssl_opts => { verify_hostname => 0, SSL_verify_mode => SSL_VERIFY_NONE });
$ENV{PERL_LWP_SSL_VERIFY_HOSTNAME} = 0 if $x;
$ua->ssl_opts(verify_hostname => 0);
$h{verify} = q{no}; my @l = qw(a b);
$x =~ s/"verify"/a{b/g; $y = m{verify => 0};
system("curl -k x");
print <<"E", "a";
verify => 0
E

=pod

verify => 0

=cut

$z = $#l / 2; # /
sub f($$) { return 1 }
`, `
ssl_opts/verify_hostname = 0 (LWP.UserAgent.new)
ssl_opts/SSL_verify_mode = SSL_VERIFY_NONE (LWP.UserAgent.new)
env PERL_LWP_SSL_VERIFY_HOSTNAME = 0
verify_hostname = 0 (ua.ssl_opts)
option verify = 'no'
h/verify = 'no'
l = 'a' #1
l = 'b' #2
call LWP.UserAgent.new(ssl_opts: …)
call ua.ssl_opts(verify_hostname: 0)
call system('curl -k x')
call print('verify => 0', 'a')
run curl -k x
`},
	{"dart", `client.badCertificateCallback = (X509Certificate c, String h, int p) => true;
final o = Options(verify: false, host: 'a${b("}")}');
Process.run('curl', ['-k', x]);
bool check(X c) { return true; }
`, `
verify = false (Options)
host = ~a${b("}")} (Options)
call Options(verify: false, host: ~a${b("}")})
call Process.run('curl', …)
run curl -k
`},
	{"elixir", `@doc """
verify: :verify_none
"""
HTTPoison.get(url, [], ssl: [verify: :verify_none], hackney: [:insecure])
:ssl.connect(host, 443, [{:verify, :verify_none}])
get url, verify: false
System.put_env("A_B", "0")
System.cmd("curl", ["-k", x])
config :app, App.Repo, ssl: false
x = ~s(verify: false) <> ?"
`, `
ssl/verify = verify_none (HTTPoison.get)
hackney = insecure (HTTPoison.get) #1
verify = verify_none (ssl.connect)
verify = false (get)
env A_B = '0'
ssl = false (config)
call HTTPoison.get(url, …, ssl: …, hackney: …)
call ssl.connect(host, 443, …)
call get(url, verify: false)
call System.put_env('A_B', '0')
call System.cmd('curl', …)
call config(app, App.Repo, ssl: false)
run curl -k
`},
	{"erlang", `% {verify, verify_none}
f() -> ssl:connect(H, 443, [{verify, verify_none}, {depth, 2}, #{a => false}]),
  os:cmd("curl -k x"), C = $", X = true.
`, `
verify = verify_none (ssl.connect)
depth = 2 (ssl.connect)
a = false (ssl.connect)
C = $"
call f()
call ssl.connect(H, 443, …)
call os.cmd('curl -k x')
run curl -k x
`},
	{"lua", `-- verify = "none"
--[[ verify = "none" ]]
local params = { mode = "client", verify = "none", ["a-b"] = false }
local s = [==[ verify = "none" ]==]
httpc:request_uri(url, { ssl_verify = false })
os.execute("curl -k x")
sock.verify = not true
`, `
params/mode = 'client'
params/verify = 'none'
option a-b = false
s = 'verify = "none"'
ssl_verify = false (httpc.request_uri)
sock/verify = false
call httpc.request_uri(url, …)
call os.execute('curl -k x')
run curl -k x
`},
	{"r", `# ssl_verifypeer = 0
GET(url, config(ssl_verifypeer = 0L, x = FALSE))
Sys.setenv(A_B = "0")
lax <- TRUE
f <- function(verify = FALSE) NULL
s <- r"(verify = "0")"
`, `
ssl_verifypeer = 0 (config)
x = FALSE (config)
A_B = '0' (Sys.setenv)
env A_B = '0'
lax = TRUE
s = 'verify = "0"'
call GET(url, …)
call config(ssl_verifypeer: 0, x: FALSE)
call Sys.setenv(A_B: '0')
`},
	{"julia", `#= verify=false =#
HTTP.get(url; require_ssl_verification = false)
ENV["A_B"] = "0"
d = Dict("verify" => false, :b => 1)
run(` + "`" + `curl -k x` + "`" + `)
x = A' * b
`, `
require_ssl_verification = false (HTTP.get)
env A_B = '0'
option verify = false
verify = false (Dict)
b = 1 (Dict)
call HTTP.get(url, require_ssl_verification: false)
call Dict(verify: false, b: 1)
call run('curl -k x')
run curl -k x
`},
	{"haskell", `-- TLSSettingsSimple True
{- a {- b -} -}
settings = def { verify = False, host = "a" }
f' x = TLSSettingsSimple True False False
`, `
settings/verify = False (def)
settings/host = 'a' (def)
`},
	{"clojure", `; {:insecure? true}
(def lax true)
(client/get url {:insecure? lax :headers {"a" "b"}})
(f :verify false \")
`, `
insecure? = true of lax (client.get)
option headers/a = 'b'
headers/a = 'b' (client.get)
verify = false (f)
call def(true of lax, true)
call client.get(url, …)
call f(verify, false, …)
`},
	{"sql", `-- verify = 1
SELECT * FROM t WHERE verify = 0;
EXEC p @verify = 0;
x := FALSE; CALL f(verify => FALSE, b => 'it''s');
`, `
verify = 0
x = FALSE
verify = FALSE (f)
b = 'it's' (f)
call f(verify: FALSE, b: 'it's')
`},
}
