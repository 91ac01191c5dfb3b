package syntax

import (
	"slices"
	"strings"
	"testing"
)

// TestConfiguration has files of each language with the places where parsers go
// wrong: breaks of both kinds, tabs, letters beyond ASCII, quotes, escapes,
// comments, what is continued, what is left open.
func TestConfiguration(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"a.properties", "# c\r\n  ! c\r\nserver.ssl.protocols = TLSv1,\\\r\n\t  TLSv1.2\r\nk\\ \\:\\=x:v\\\\\\u00e9 \r\nblank v w\r\nempty=\r\nalone\r\n", []string{
			"file server.ssl.protocols = TLSv1,TLSv1.2 «TLSv1,\\\r\n\t  TLSv1.2»",
			`file k :=x = v\é  «v\\\u00e9» key «k\ \:\=x»`,
			`file blank = v w «v w»`,
			`file empty =  «»`,
			`file alone =  «»`,
		}},
		{"a.properties", "a=b\\\n\nc=d\\\n# no comment\ne==f\rg=\\ h\\q\\t\nü=ö\n", []string{
			`file a = b «b»`,
			"file c = d# no comment «d\\\n# no comment»",
			`file e = =f «=f»`,
			"file g =  hq\t «\\ h\\q\\t»",
			`file ü = ö «ö»`,
		}},
		{"java.security", "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, \\\n    # DES, \\\n    RC4\n", []string{
			"file jdk.tls.disabledAlgorithms = SSLv3, TLSv1, # DES, RC4 «SSLv3, TLSv1, \\\n    # DES, \\\n    RC4»",
		}},
		{"a.properties", "a=\\u12\nurl=https\\://h.example/?ssl\\=false\n", []string{
			`problem «\u»: \u is not followed by four hexadecimal digits`,
			`file a = u12 «\u12»`,
			`file url = https://h.example/?ssl=false «https\://h.example/?ssl\=false»`,
			`address ssl = false «false» of https h.example`,
			`url https user= host=h.example port= path=/ «https\://h.example/?ssl\=false»`,
		}},
		{".env", "A=b # c\nexport  B=\"x \\\"y\\\"\" # z\nC='l\\n'\nD=\"two\nlines\"\nE: v\nF=\nG=it's # c\nH=#x\nI= # c\nJ=a#b\n  K = v\nPASS\n1x y=z\n", []string{
			`env A = b «b»`,
			`env B = x "y" «x \"y\"» quoted`,
			`env C = l\n «l\n» quoted`,
			"env D = two\nlines «two\nlines» quoted",
			`env E = v «v»`,
			`env F =  «»`,
			`env G = it's «it's»`,
			`env H = #x «#x»`,
			`env I =  «»`,
			`env J = a#b «a#b»`,
			`env K = v «v»`,
		}},
		{".env", "A=${B:-false}\r\nü=1\r\nspring.ssl-x=\"ö\"\r\nQ=\"open\r\nR=1\r\n", []string{
			`env A = ${B:-false} «${B:-false}» template or false`,
			`env spring.ssl-x = ö «ö» quoted`,
			`env Q = "open «"open»`,
			`env R = 1 «1»`,
		}},
		{"a.ini", "; c\n[s]\r\nk = v ; c\r\nk2=\"a # b\" # c\r\nk3 = 'x'y\r\nflag\r\nempty =\r\nc=#fff\r\nü = ö\n[a]b]\nx:y\n", []string{
			`file s/k = v «v»`,
			`file s/k2 = a # b «a # b» quoted`,
			`file s/k3 = 'x'y «'x'y»`,
			`file s/flag =  «» present`,
			`file s/empty =  «» null`,
			`file s/c = #fff «#fff»`,
			`file s/ü = ö «ö»`,
			`file a/x = y «y»`,
		}},
		{".gitconfig", "[http \"https://a\\\"b\"]\n\tsslVerify = fal\\\nse # c\n\tx = a \"b ; c\" d;e\n\tflag\n\te =\n[http]sslverify=1\n", []string{
			"file http/https://a\"b/sslVerify = false «fal\\\nse»",
			`file http/https://a"b/x = a b ; c d «a "b ; c" d»`,
			`file http/https://a"b/flag =  «» present`,
			`file http/https://a"b/e =  «» null`,
			`file http/sslverify = 1 «1»`,
		}},
		{".npmrc", "strict-ssl=false\n//r.example/:_authToken=${T}\nca[]=x # y\n", []string{
			`file strict-ssl = false «false»`,
			`file //r.example/:_authToken = ${T} «${T}» template`,
			`file ca[] = x «x»`,
		}},
		{"pip.conf", "[global]\ntrusted-host =\n    a.example\n\tb.example\nindex = https://x ; no comment\n", []string{
			`file global/trusted-host = a.example «a.example» #1`,
			`file global/trusted-host = b.example «b.example» #2`,
			`file global/index = https://x ; no comment «https://x ; no comment»`,
			`url https user= host=x port= path= «https://x»`,
		}},
		{"my.cnf", "[client]\nskip-ssl\nssl-mode = DISABLED # c\n!include x\n", []string{
			`file client/skip-ssl =  «» present`,
			`file client/ssl-mode = DISABLED «DISABLED»`,
			`file client/!include x =  «» present`,
		}},
		{"a.service", "[Service]\nEnvironment=\"A=b c\" D=e 'F=g\"h'\nEnvironment=\nExecStart=-/usr/bin/curl -k \\\n# c\n  -d \"a b\" ${X}\nExecStartPre=@/bin/x y ; # no comment\nUser=%i\n", []string{
			`env Service/Environment/A = b c «b c»`,
			`env Service/Environment/D = e «e»`,
			`env Service/Environment/F = g"h «g"h»`,
			`file Service/Environment =  «» null`,
			`file Service/User = %i «%i»`,
			`run curl: /usr/bin/curl -k -d a b ${X}*`,
			`run x: /bin/x y`,
			`run #: # no comment`,
		}},
		{"a.conf.d/x.conf", "[Service]\nEnvironment=JAVA_OPTS=-Da.b=true\n", []string{
			`env Service/Environment/JAVA_OPTS = -Da.b=true «-Da.b=true»`,
			`option a.b = true «true»`,
		}},
		{"supervisord.conf", "[program:x]\ncommand=curl -k https://h.example\nenvironment=A=\"1\",B=2\n", []string{
			`env program:x/environment/A = 1 «1»`,
			`env program:x/environment/B = 2 «2»`,
			`run curl: curl -k https://h.example`,
			`url https user= host=h.example port= path= «https://h.example»`,
		}},
		{"a.reg", "[HKEY_X\\Y]\n\"DontEnable\"=dword:00000001\n", []string{
			`file HKEY_X\Y/DontEnable = dword:00000001 «dword:00000001»`,
		}},
		{"nginx.conf", "http {\r\n\tserver{ listen 443 ssl; # c; d\r\n\t\tssl_protocols TLSv1\r\n\t\t\tTLSv1.2;\r\n\t\tlocation ~ ^/a{2}$ { proxy_ssl_verify off; proxy_pass https://${up}; }\r\n\t}\r\n\tmap $a $b { default \"x;y\"; }\r\n}\r\nenv A=b;\r\n", []string{
			`file http/server/listen = 443 ssl «443 ssl»`,
			"file http/server/ssl_protocols = TLSv1 TLSv1.2 «TLSv1\r\n\t\t\tTLSv1.2»",
			`file http/server/location = ~ ^/a{2}$ «~ ^/a{2}$»`,
			`file http/server/location/proxy_ssl_verify = off «off»`,
			`file http/server/location/proxy_pass = https://${up} «https://${up}»`,
			`file http/map = $a $b «$a $b»`,
			`file http/map/default = x;y «x;y» quoted`,
			`env env/A = b «b»`,
			`url https user= host=${up} port= path= «https://${up}»`,
		}},
		{"haproxy.cfg", "global\n  ssl-server-verify none\nbackend ü # c\n  server w 10.0.0.1:443 ssl verify none # c\n  http-request deny if { path /x }\n", []string{
			`file global/ssl-server-verify = none «none»`,
			`file backend = ü «ü»`,
			`file backend/server = w 10.0.0.1:443 ssl verify none «w 10.0.0.1:443 ssl verify none»`,
			`file backend/http-request = deny if { path /x } «deny if { path /x }»`,
		}},
		{"httpd.conf", "SSLProtocol all \\\n  -SSLv3\n<VirtualHost *:443>\n  <IfModule x>\n    SSLProxyVerify none\n  </IfModule>\n  SetEnv A \"b c\"\n  SSLProxyCheckPeerCN off # c\n</VirtualHost>\nk v\n", []string{
			"file SSLProtocol = all -SSLv3 «all \\\n  -SSLv3»",
			`file VirtualHost = *:443 «*:443»`,
			`file VirtualHost/IfModule = x «x»`,
			`file VirtualHost/IfModule/SSLProxyVerify = none «none»`,
			`env VirtualHost/SetEnv/A = b c «b c» quoted`,
			`file VirtualHost/SSLProxyCheckPeerCN = off «off»`,
			`file k = v «v»`,
		}},
		{"main.cf", "a = b,\n  !c\n# d\n\te\nlast=1\nnone =\n", []string{
			"file a = b, !c e «b,\n  !c\n# d\n\te»",
			`file last = 1 «1»`,
			`file none =  «» null`,
		}},
		{"apt.conf", "// c\nA::b \"false\"; /* d */\nA { e { F \"g\"; }; };\n", []string{
			`file A/b = false «false» key «A::b» quoted`,
			`file A/e/F = g «g» quoted`,
		}},
		{"Caddyfile", "{\n\temail x\n}\nexample.com {\n\treverse_proxy https://x.example {\n\t\ttransport http {\n\t\t\ttls_insecure_skip_verify\n\t\t}\n\t}\n\theader X {http.request.host}\n}\n", []string{
			`file email = x «x»`,
			`file example.com/reverse_proxy = https://x.example «https://x.example»`,
			`file example.com/reverse_proxy/transport = http «http»`,
			`file example.com/reverse_proxy/transport/tls_insecure_skip_verify =  «» present`,
			`file example.com/header = X {http.request.host} «X {http.request.host}»`,
			`url https user= host=x.example port= path= «https://x.example»`,
		}},
		{".curlrc", "# c\n-k\n--proxy-insecure\ninsecure\ncacert=\"a b\"\nurl: https://x\n", []string{
			`file -k =  «» present`,
			`file proxy-insecure =  «» present`,
			`file insecure =  «» present`,
			`file cacert = a b «a b» quoted`,
			`file url = https://x «https://x»`,
			`url https user= host=x port= path= «https://x»`,
		}},
		{"client.ovpn", "; c\ntls-version-min 1.0\n<ca>\n-----BEGIN\n</ca>\nauth none # d\n", []string{
			`file tls-version-min = 1.0 «1.0»`,
			`file auth = none «none»`,
		}},
		{"stunnel.conf", "; c\nclient = yes\n[x]\nverify = 0\n", []string{
			`file client = yes «yes»`,
			`file x/verify = 0 «0»`,
		}},
		{".ssh/config", "Host *\n    StrictHostKeyChecking no\n    Ciphers=\"a b\"\n", []string{
			`file Host = * «*»`,
			`file Host/StrictHostKeyChecking = no «no»`,
			`file Host/Ciphers = a b «a b» quoted`,
		}},
		{"ldap.conf", "TLS_REQCERT\tnever\nURI ldap://h.example\n", []string{
			`file TLS_REQCERT = never «never»`,
			`file URI = ldap://h.example «ldap://h.example»`,
			`url ldap user= host=h.example port= path= «ldap://h.example»`,
		}},
		{"logstash.conf", "output {\n  elasticsearch {\n    hosts => [\"https://h.example\"]\n    ssl_verification_mode => \"none\"\n  }\n}\n", []string{
			`file output/elasticsearch/hosts = ["https://h.example"] «["https://h.example"]»`,
			`file output/elasticsearch/ssl_verification_mode = none «none» quoted`,
			`url https user= host=h.example port= path= «https://h.example»`,
		}},
		{"dovecot.conf", "ssl = no\nservice imap {\n  ssl=yes\n}\nssl_min_protocol = TLSv1\n", []string{
			`file ssl = no «no»`,
			`file service = imap «imap»`,
			`file service/ssl = yes «yes»`,
			`file ssl_min_protocol = TLSv1 «TLSv1»`,
		}},
		{".muttrc", "set ssl_verify_host=no ssl_verify_dates = \"no\"\nunset x\n", []string{
			`file set/ssl_verify_host = no «no»`,
			`file set/ssl_verify_dates = no «no» quoted`,
			`file unset = x «x»`,
		}},
		{"rsyslog.conf", "$ActionSendStreamDriverAuthMode anon\n*.* @@h:514;F\naction(type=\"omfwd\" # c\n  StreamDriverAuthMode = \"anon\"\n  target=h)\n", []string{
			`file ActionSendStreamDriverAuthMode = anon «anon»`,
			`file *.* = @@h:514;F «@@h:514;F»`,
			`file action/type = omfwd «omfwd» quoted`,
			`file action/StreamDriverAuthMode = anon «anon» quoted`,
			`file action/target = h «h»`,
		}},
		{"syslog-ng.conf", "destination d {\n  network(\"h\" port(6514)\n    tls(peer-verify(optional-untrusted)));\n};\n", []string{
			`file destination = d «d»`,
			`file destination/network = h «h» quoted`,
			`file destination/network/port = 6514 «6514»`,
			`file destination/network/tls/peer-verify = optional-untrusted «optional-untrusted»`,
		}},
		{"fluent.conf", "<match **>\n  @type http\n  ssl_verify false\n</match>\n", []string{
			`file match = ** «**»`,
			`file match/@type = http «http»`,
			`file match/ssl_verify = false «false»`,
		}},
		{"a.json", "{\r\n\t\"a\": \"x\\u00e9\\n\", // c\r\n\t\"b\": [1, {\"c\": null,}, [\"d\"],],\r\n\t'e': +0x1F, f: true, /* g */ \"ü.h\": \"ö\", \"i\": {}, \"j\": \"\",\r\n}\r\n", []string{
			"file a = xé\n «x\\u00e9\\n» quoted",
			`file b = 1 «1» #1`,
			`file b/c = null «null» null`,
			`file b = d «d» quoted #1`,
			`file e = +0x1F «+0x1F»`,
			`file f = true «true»`,
			`file ü.h = ö «ö» quoted`,
			`file j =  «» quoted`,
		}},
		{"a.json", `{"a": {{ .Values.a }}, {{- if .b }} "c": "${D:-e}", {{- end }} "f": "\ud83d\ude00https:\/\/h.example\/"}`, []string{
			`file a = {{ .Values.a }} «{{ .Values.a }}» template`,
			`file c = ${D:-e} «${D:-e}» template or e`,
			`file f = 😀https://h.example/ «\ud83d\ude00https:\/\/h.example\/» quoted`,
			`url https user= host=h.example port= path=/ «https:\/\/h.example\/»`,
		}},
		{"a.json", "{\"a\": 1, \"a\": 2}\n{\"b\": 3}\n", []string{
			`file a = 1 «1»`,
			`file a = 2 «2»`,
			`file b = 3 «3»`,
		}},
		{"a.json", `{"a": 1, "b": ]}`, []string{
			`problem «]»: no value where one should be`,
			`file a = 1 «1»`,
		}},
		{"a.json", `{"a": 1`, []string{
			`problem «{»: it has a beginning and no end`,
			`file a = 1 «1»`,
		}},
		{"package.json", `{"scripts": {"build": "curl -k \"https://h.example\""}, "test": "x"}`, []string{
			`file scripts/build = curl -k "https://h.example" «curl -k \"https://h.example\"» quoted`,
			`file test = x «x» quoted`,
			`run curl: curl -k https://h.example`,
			`run x: x`,
			`url https user= host=h.example port= path= «https://h.example»`,
		}},
		{"devcontainer.json", `{"containerEnv": {"A": "b"}, "env": [{"name": "C", "value": "d"}], "command": ["curl", "-k"], "args": ["https://h.example"]}`, []string{
			`env containerEnv/A = b «b» quoted`,
			`file env/name = C «C» quoted`,
			`env env/C = d «d» quoted`,
			`file command = curl «curl» quoted #1`,
			`file command = -k «-k» quoted #2`,
			`file args = https://h.example «https://h.example» quoted #1`,
			`run curl: curl -k https://h.example`,
			`url https user= host=h.example port= path= «https://h.example»`,
		}},
		{"a.xml", "<?xml version=\"1.0\"?>\r\n<!DOCTYPE a [<!ENTITY b \"c>\">]>\r\n<a xmlns=\"http://n\" xmlns:p=\"http://p\">\r\n\t<!-- <d e=\"f\"/> -->\r\n\t<p:d p:e='&amp;&#x41;g' h = \"ü\">\r\n\t\ti &lt; j\r\n\t</p:d>\r\n\t<k><![CDATA[l & m]]></k><n/><o></o>\r\n</a>\r\n", []string{
			`file a/d/@e = &Ag «&amp;&#x41;g» key «e» quoted`,
			`file a/d/@h = ü «ü» key «h» quoted`,
			`file a/d = i < j «i &lt; j» key «p:d»`,
			`file a/k = l & m «l & m»`,
			`file a/n =  «» null`,
			`file a/o =  «» null`,
		}},
		{"beans.xml", `<beans><bean class="x.Y"><property name="trustAll" value="true"/><property name="z"><value>v</value></property></bean></beans>`, []string{
			`file beans/bean/@class = x.Y «x.Y» key «class» quoted`,
			`file beans/bean/property/@name = trustAll «trustAll» key «name» quoted`,
			`file beans/bean/property/@value = true «true» key «value» quoted`,
			`file beans/bean/trustAll = true «true» quoted`,
			`file beans/bean/property/@name = z «z» key «name» quoted`,
			`file beans/bean/property/value = v «v»`,
			`file beans/bean/z = v «v»`,
		}},
		{"web.config", `<configuration><appSettings><add value="v" key="a.b"/></appSettings><aspNetCore><environmentVariables><environmentVariable name="A" value="b"/></environmentVariables></aspNetCore></configuration>`, []string{
			`file configuration/appSettings/add/@value = v «v» key «value» quoted`,
			`file configuration/appSettings/add/@key = a.b «a.b» key «key» quoted`,
			`file configuration/appSettings/a.b = v «v» quoted`,
			`file configuration/aspNetCore/environmentVariables/environmentVariable/@name = A «A» key «name» quoted`,
			`file configuration/aspNetCore/environmentVariables/environmentVariable/@value = b «b» key «value» quoted`,
			`env configuration/aspNetCore/environmentVariables/A = b «b» quoted`,
		}},
		{"core-site.xml", `<configuration><property><name>a.b</name><value>false</value></property></configuration>`, []string{
			`file configuration/property/name = a.b «a.b»`,
			`file configuration/property/value = false «false»`,
			`file configuration/a.b = false «false»`,
		}},
		{"jetty.xml", `<New><Set name="trustAll">true</Set><Set name="e"/><Set name="f"><Null/></Set></New>`, []string{
			`file New/Set/@name = trustAll «trustAll» key «name» quoted`,
			`file New/Set = true «true»`,
			`file New/trustAll = true «true»`,
			`file New/Set/@name = e «e» key «name» quoted`,
			`file New/Set =  «» null`,
			`file New/e =  «» null`,
			`file New/Set/@name = f «f» key «name» quoted`,
			`file New/Set/Null =  «» null`,
			`file New/f =  «Null» null`,
		}},
		{"Info.plist", `<plist version="1.0"><dict><key>A</key><dict><key>B</key><true/></dict><key>EnvironmentVariables</key><dict><key>C</key><string>d&amp;e</string></dict><key>L</key><array><string>x</string><integer>1</integer></array></dict></plist>`, []string{
			`file A/B = true «true»`,
			`env EnvironmentVariables/C = d&e «d&amp;e»`,
			`file L = x «x» #1`,
			`file L = 1 «1» #2`,
		}},
		{"a.xml", `<a><b c=d e>f & g</a><h i=”j”/><k`, []string{
			`problem «k»: it has a beginning and no end`,
			`file a/b/@c = d «d» key «c»`,
			`file a/b/@e =  «» key «e» present`,
			`file a/b = f & g «f & g»`,
			`file h/@i = j «j» key «i» quoted`,
			`file h =  «» null`,
			`file k =  «» null`,
		}},
		{"pom.xml", `<project><properties><maven.x.insecure>true</maven.x.insecure></properties><argLine>-Da.b=c</argLine></project>`, []string{
			`file project/properties/maven.x.insecure = true «true»`,
			`file project/argLine = -Da.b=c «-Da.b=c»`,
			`option a.b = c «c»`,
		}},
		{"a.toml", "# c\r\na = true # d\r\nb.\"c d\" = 'e\\n'\r\n[f]\r\ng = [\"h\", # i\r\n\t\"j\\u00e9\",]\r\nk = { l = false, m.n = 1.5 }\r\n[[o.p]]\r\nq = \"ü\"\r\n", []string{
			`file a = true «true»`,
			`file b/c d = e\n «e\n» quoted`,
			`file f/g = h «h» quoted #1`,
			`file f/g = jé «j\u00e9» quoted #2`,
			`file f/k/l = false «false»`,
			`file f/k/m/n = 1.5 «1.5»`,
			`file o/p/q = ü «ü» quoted`,
		}},
		{"a.toml", "a = \"\"\"\nb \\\n  c\"\"\"\nd = '''e'''\nbad line\nf = {{ .x }}\n{{ if x }}\ng = \"open\nh = 2020-01-01T00:00:00Z\n", []string{
			`problem «b»: it is not written as its language has it`,
			`problem «g»: it is not written as its language has it`,
			"file a = b c «b \\\n  c» quoted",
			`file d = e «e» quoted`,
			`file f = {{ .x }} «{{ .x }}» template`,
			`file h = 2020-01-01T00:00:00Z «2020-01-01T00:00:00Z»`,
		}},
		{"fly.toml", "[env]\nA = \"b\"\n", []string{
			`env env/A = b «b» quoted`,
		}},
		{"a.tf", "provider \"k\" {\r\n\tinsecure = true // c\r\n\thost = var.host\r\n\tx = a ? true : false\r\n}\r\nresource \"r\" \"n\" {\r\n\ttags = { a = \"b\", \"c\" : 1 }\r\n\tu = \"https://${v[\"w\"]}/?ssl=false\"\r\n\tl = [\"ü\", # d\r\n\t\t2,\r\n\t]\r\n}\r\n", []string{
			`file provider/k/insecure = true «true»`,
			`file provider/k/host = var.host «var.host» template`,
			`file provider/k/x = a ? true : false «a ? true : false» expression`,
			`file resource/r/n/tags/a = b «b» quoted`,
			`file resource/r/n/tags/c = 1 «1»`,
			`file resource/r/n/u = https://${v["w"]}/?ssl=false «https://${v["w"]}/?ssl=false» quoted`,
			`address ssl = false «false» of https ${v["w"]}`,
			`file resource/r/n/l = ü «ü» quoted #1`,
			`file resource/r/n/l = 2 «2» #2`,
			`url https user= host=${v["w"]} port= path=/ «https://${v["w"]}/?ssl=false»`,
		}},
		{"a.tf", "a = <<-E\n  #!/bin/sh\n    curl -k https://h.example\n  E\nb = jsonencode({ c = \"d\" })\ne = [for x in y : x]\nf = {\n  (g) = 1\n  h = 2\n}\ni = \"a\\tb\"\n", []string{
			"file a = #!/bin/sh\n  curl -k https://h.example\n «  #!/bin/sh\n    curl -k https://h.example\n» quoted",
			`file b/c = d «d» quoted`,
			`file e = [for x in y : x] «[for x in y : x]» expression`,
			`file f/h = 2 «2»`,
			"file i = a\tb «a\\tb» quoted",
			`run curl: curl -k https://h.example`,
			`url https user= host=h.example port= path= «https://h.example»`,
		}},
		{"a.tf", "a \"b\" {\n  c = <<X\nd\n", []string{
			`problem «<»: it has a beginning and no end`,
		}},
		{"application.conf", "include \"x\"\r\nakka.ssl-config.loose { acceptAnyCertificate = true, b: yes } # c\r\nd = [1, 2\r\n3] // e\r\n\"f.g\".h = \"i\\u00e9\"\r\nj = ${?K}\r\nl += m n \"o\"\r\np = {q = 1} {r = off}\r\ns = \"\"\"t\\\"\"\"\"\r\nu =\r\nv\r\nbad\r\nw=x\r\n", []string{
			"problem «\r»: it is not written as its language has it",
			`file akka/ssl-config/loose/acceptAnyCertificate = true «true»`,
			`file akka/ssl-config/loose/b = yes «yes»`,
			`file d = 1 «1» #1`,
			`file d = 2 «2» #2`,
			`file d = 3 «3» #3`,
			`file f.g/h = ié «i\u00e9» quoted`,
			`file j = ${?K} «${?K}» template`,
			`file l = m n "o" «m n "o"»`,
			`file p/q = 1 «1»`,
			`file p/r = off «off»`,
			`file s = t\" «t\"» quoted`,
			`file u = v «v»`,
			`file w = x «x»`,
		}},
		{"application.conf", "{\n  a { b = c }\n}\n", []string{
			`file a/b = c «c»`,
		}},
		{"application.conf", `a { b = 1`, []string{
			`problem «{»: it has a beginning and no end`,
			`file a/b = 1 «1»`,
		}},
	} {
		t.Run(strings.ReplaceAll(c.name, "/", "|"), func(t *testing.T) {
			if got := facts(t, c.name, c.text); !slices.Equal(got, c.want) {
				t.Errorf("in\n%s\nfound\n\t%s\nwanted\n\t%s", c.text, strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
			}
		})
	}
}

// TestDetectConfiguration has names, and heads where the name is used by several
// languages.
func TestDetectConfiguration(t *testing.T) {
	for _, c := range []struct{ name, head, want string }{
		{"etc/my.conf", "[http]\nsslVerify = false\n", "ini"},
		{"etc/my.conf", "# c\nlisten 443;\nserver {\n", "conf"},
		{"etc/my.conf", "a = b\nc = d\n", "ini"},
		{"etc/my.conf", "<VirtualHost *>\nSSLEngine on\n</VirtualHost>\n", "conf"},
		{"etc/my.conf", "[OUTPUT]\n    Name es\n    tls.verify Off\n", "conf"},
		{"etc/my.conf", "[[outputs.x]]\n  insecure_skip_verify = true\n", "toml"},
		{"etc/my.conf", "include \"base\"\na.b = c\n", "hocon"},
		{"etc/my.conf", "akka {\n  x = y\n}\n", "hocon"},
		{"etc/my.conf", "host = x\nhost = ${?HOST}\n", "hocon"},
		{"etc/my.conf", "", "conf"},
		{"etc/my.conf", "<?xml version=\"1.0\"?>\n<fontconfig>\n", "xml"},
		{"etc/my.conf", "<source>\n  @type http\n</source>\n", "conf"},
		{"etc/my.conf", "[a]\nb=${C}\n", "ini"},
		{"etc/systemd/system/x.service.d/override.conf", "[Service]\nEnvironment=A=b\n", "ini"},
		{"conf/application.conf", "", "hocon"},
		{"haproxy.cfg", "", "conf"},
		{"zoo.cfg", "tickTime=2000\ndataDir=/x\n", "ini"},
		{"a.props", "<Project>\n  <PropertyGroup>", "xml"},
		{"a.props", "a=b\n", "properties"},
		{"Web.config", "", "xml"},
		{"a.config", "\ufeff<?xml", "xml"},
		{"a.config", "[{rabbit, []}].", ""},
		{".env.local", "", "env"},
		{"prod.env", "", "env"},
		{"etc/sysconfig/docker", "", "env"},
		{"conf/security/java.security", "", "properties"},
		{"x.service", "", "ini"},
		{"home/.ssh/config", "", "conf"},
		{"repo/.git/config", "", "ini"},
		{"etc/nginx/sites-enabled/default", "", "conf"},
		{"etc/apt/apt.conf.d/99x", "", "conf"},
		{"Pipfile", "", "toml"},
		{"a.tfvars", "", "hcl"},
		{".terraformrc", "", "hcl"},
		{"a.code-workspace", "", "json"},
		{"appsettings.Development.json", "", "json"},
		{"Info.plist", "", "xml"},
	} {
		if got := Detect(c.name, []byte(c.head)); got != c.want {
			t.Errorf("%s with %q is %q, not %q", c.name, c.head, got, c.want)
		}
	}
}
