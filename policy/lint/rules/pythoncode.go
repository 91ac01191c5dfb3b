package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func pythonCode() []Rule {
	no := Literal("False", "0")
	yes := Literal("True", "1")
	none := Any(Dotted("CERT_NONE", "VERIFY_NONE"), Exactly("CERT_NONE", "NONE", "none"))
	noCheck := Any(none, Literal("0"))
	oldProtocols := []string{"PROTOCOL_SSLv2", "PROTOCOL_SSLv3", "PROTOCOL_TLSv1", "PROTOCOL_TLSv1_1", "SSLv2_METHOD", "SSLv3_METHOD", "TLSv1_METHOD", "TLSv1_1_METHOD"}
	httpLibraries := []string{
		"requests", "httpx", "niquests", "aiohttp", "boto3", "botocore", "hvac", "urllib3", "requests_toolbelt", "requests_oauthlib", "curl_cffi",
		"openstack", "keystoneauth1", "keystoneclient", "jenkins", "consul", "jira", "gitlab", "zeep", "pyVmomi", "grequests", "treq", "Session", "AsyncClient",
	}
	bundle := "If the server's CA is a private one, make a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and "
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-101", Title: "Python HTTP client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove verify=False. " + bundle + "give verify='ca-bundle.pem', or set REQUESTS_CA_BUNDLE to it.",
				References: []string{"https://requests.readthedocs.io/en/latest/user/advanced/#ssl-cert-verification", "https://www.python-httpx.org/advanced/ssl/"},
			},
			Match: []*Match{
				FieldWhere(no, httpVerify, "verify").In("python").Using(httpLibraries...).Or("True"),
				FieldWhere(Literal("None", `""`, "''"), httpVerify, "verify").In("python").Using("requests", "httpx").
					As(finding.Low, "Python HTTP client may take any certificate: the value counts as false"),
			},
			Bad: []Example{
				{"fetch.py", "import requests\nr = requests.get(url, verify=«False»)\n"},
				{"fetch.py", "import requests\nr = requests.post(\n    url,\n    json={'a': 1},\n    timeout=5,\n    verify = «False»,  # internal host\n)\n"},
				{"fetch.py", "import requests\ns = requests.Session()\ns.verify = «False»\n"},
				{"fetch.py", "import requests\nkwargs = {'verify': «False», 'timeout': 5}\nrequests.get(url, **kwargs)\n"},
				{"fetch.py", "import requests\nkwargs = dict(verify=«False»)\nkwargs['verify'] = «False»\nrequests.get(url, **kwargs)\n"},
				{"fetch.py", "import httpx\n\nasync def main():\n    async with httpx.AsyncClient(http2=True, verify=«False») as client:\n        await client.get(url)\n"},
				{"s3.py", "import boto3\ns3 = boto3.client('s3', endpoint_url=url, verify=«False»)\n"},
				{"vault.py", "import hvac\nclient = hvac.Client(url=url, verify=«0»)\n"},
				{"fetch.py", "import requests\nVERIFY = False\nr = requests.get(url, verify=«VERIFY»)\n"},
			},
			Good: []Example{
				{"fetch.py", "import requests\nr = requests.get(url, verify=True)\nr = requests.get(url, verify='/etc/ssl/ca.pem')\nr = requests.get(url, verify=not insecure)\n"},
				{"fetch.py", "import requests\n# r = requests.get(url, verify=False)\nr = requests.get(url)\n"},
				{"fetch.py", "import requests\n\ndef fetch(url):\n    \"\"\"Fetch it.\n\n    Never call requests.get(url, verify=False).\n    \"\"\"\n    return requests.get(url)\n"},
				{"fetch.py", "import requests\nhelp = \"requests.get(url, verify=False)\"\n"},
				{"token.py", "import jwt, requests\nclaims = jwt.decode(token, verify=False)\nclaims = jwt.decode(token, options={'verify': False})\nclaims = jose.jwt.decode(token, key, verify=False)\n"},
				{"data.py", "frame = load(path, verify=False)\nimage.verify = False\nrow = {'verify': False}\n"},
				{"api.py", "import requests\n\ndef fetch(url, verify=False):\n    return requests.get(url, verify=verify)\n"},
				{"api.py", "import requests\nassert session.verify == False\nif session.verify is False:\n    raise ValueError\n"},
				{"api.py", "import requests\nmigrate(verify=False)\nalembic.upgrade(verify=False)\nparser.add_argument('--verify', default=False)\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-102", Title: "Python's ssl takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Use ssl.create_default_context(). " + bundle + "give it as cafile.",
				References: []string{"https://docs.python.org/3/library/ssl.html#ssl-security", "https://www.pyopenssl.org/en/latest/api/ssl.html"},
			},
			Match: []*Match{
				Call([]string{"_create_unverified_context"}).In("python"),
				Field(Dotted("_create_unverified_context", "_create_stdlib_context"), "_create_default_https_context").In("python"),
				Call([]string{"_create_stdlib_context"}).In("python").
					As(finding.Low, "Python's ssl takes any certificate, unless the context is changed afterwards"),
				Field(noCheck, "verify_mode").In("python"),
				Field(noCheck, "cert_reqs").In("python"),
				Field(noCheck, "ssl_cert_reqs").In("python"),
				FieldWhere(Literal("None"), func(_ *syntax.File, s *syntax.Setting) bool { return s.Callee != "" }, "ssl_cert_reqs").In("python"),
				Field(noCheck, "ca_reqs", "ssl_ca_reqs").In("python"),
				Call([]string{".set_verify"}, Dotted("VERIFY_NONE")).In("python"),
				Call([]string{"set_option", "ldap.set_option"}, Dotted("OPT_X_TLS_REQUIRE_CERT"), Dotted("OPT_X_TLS_NEVER", "OPT_X_TLS_ALLOW")).In("python"),
				Field(none, "validate").In("python").Using("ldap3", "Tls"),
			},
			Bad: []Example{
				{"tls.py", "import ssl\nctx = ssl.«_create_unverified_context»()\n"},
				{"tls.py", "import ssl\nssl._create_default_https_context = «ssl._create_unverified_context»\n"},
				{"tls.py", "from ssl import *\nctx = «_create_unverified_context»()\nctx = ssl.«_create_stdlib_context»()\n"},
				{"tls.py", "import ssl\nctx.check_hostname = False\nctx.verify_mode = «ssl.CERT_NONE»\n"},
				{"tls.py", "import urllib3\nhttp = urllib3.PoolManager(\n    cert_reqs='«CERT_NONE»',\n)\nhttp = urllib3.PoolManager(cert_reqs='«NONE»')\n"},
				{"tls.py", "import websocket, ssl\nws.run_forever(sslopt={\"cert_reqs\": «ssl.CERT_NONE»})\n"},
				{"tls.py", "from OpenSSL import SSL\nctx = SSL.Context(SSL.TLS_CLIENT_METHOD)\nctx.set_verify(«SSL.VERIFY_NONE», callback)\n"},
				{"cache.py", "import redis\nr = redis.Redis(host=h, ssl=True, ssl_cert_reqs=«None»)\nr = redis.Redis(host=h, ssl=True, ssl_cert_reqs='«none»')\n"},
				{"directory.py", "import ldap\nldap.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, «ldap.OPT_X_TLS_NEVER»)\n"},
				{"directory.py", "import ssl\nfrom ldap3 import Server, Tls\nserver = Server(h, use_ssl=True, tls=Tls(validate=«ssl.CERT_NONE»))\n"},
			},
			Good: []Example{
				{"tls.py", "import ssl\nctx = ssl.create_default_context(cafile='ca.pem')\nctx.verify_mode = ssl.CERT_REQUIRED\n"},
				{"tls.py", "import ssl\nif ctx.verify_mode == ssl.CERT_NONE:\n    raise ValueError('ssl.CERT_NONE')\nassert ctx.verify_mode != ssl.CERT_NONE\n# ctx.verify_mode = ssl.CERT_NONE\n"},
				{"tls.py", "import urllib3\nhttp = urllib3.PoolManager(cert_reqs='CERT_REQUIRED')\nhttp = urllib3.PoolManager(cert_reqs='CERT NONE')\n"},
				{"tls.py", "from ssl import _create_unverified_context, CERT_NONE\n"},
				{"tls.py", "cert_reqs = None\nif cert_reqs is None:\n    cert_reqs = ssl.CERT_REQUIRED\n"},
				{"tls.py", "ok = isinstance(f, type(ssl._create_unverified_context))\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-103", Title: "Python program does not check the host name", Severity: finding.High, CWE: 297,
				Why:        whyHostName,
				Fix:        "Leave the check on. If the server has another name in its certificate, give that one (server_hostname, assert_hostname), or let the certificate be issued with the right names.",
				References: []string{"https://docs.python.org/3/library/ssl.html#ssl.SSLContext.check_hostname", "https://urllib3.readthedocs.io/en/stable/advanced-usage.html"},
			},
			Match: []*Match{
				Field(no, "check_hostname", "assert_hostname", "ssl_check_hostname", "ssl_match_hostname", "verify_hostname", "ssl_assert_hostname", "tls_verify_hostname").In("python").Or("True"),
				Field(yes, "tlsAllowInvalidHostnames", "ssl_match_hostname_disabled").In("python").Or("False"),
				Callback([]string{"None", "True"}, "ssl.match_hostname").In("python"),
			},
			Bad: []Example{
				{"tls.py", "ctx.check_hostname = «False»\n"},
				{"tls.py", "import urllib3\nhttp = urllib3.HTTPSConnectionPool(h, assert_hostname=«False»)\n"},
				{"db.py", "from pymongo import MongoClient\nc = MongoClient(uri, tlsAllowInvalidHostnames=«True»)\n"},
				{"tls.py", "import ssl\nssl.match_hostname = «lambda cert, hostname: True»\n"},
			},
			Good: []Example{
				{"tls.py", "ctx.check_hostname = True\nctx.check_hostname = not insecure\n# ctx.check_hostname = False\n"},
				{"tls.py", "if ctx.check_hostname == False:\n    warn('check_hostname = False')\n"},
				{"tls.py", "def connect(host, check_hostname=False):\n    pass\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-104", Title: "Python client takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove the argument. " + bundle + "give it as the client's CA file (ca_certs, cafile, ssl_ca_cert, tlsCAFile).",
				References: []string{"https://www.python-elasticsearch.org/", "https://pymongo.readthedocs.io/en/stable/examples/tls.html", "https://docs.aiohttp.org/en/stable/client_advanced.html#ssl-control-for-tcp-sockets"},
			},
			Match: []*Match{
				Field(no, "verify_ssl", "ssl_verify", "verify_certs", "validate_cert", "validate_certs", "verify_cert", "ssl_verify_cert", "verify_ssl_cert", "verify_ssl_certs",
					"verify_tls", "tls_verify", "cert_validation", "verify_certificate", "verify_certificates", "validate_certificate", "validate_certificates", "check_certificate",
					"verify_server_cert", "verify_peer", "https_verify", "ssl_verify_peer", "validate_ssl", "use_ssl_verification").In("python").Or("True"),
				Field(yes, "disable_ssl_certificate_validation", "disableSslCertValidation", "tlsAllowInvalidCertificates", "tlsInsecure", "ssl_allow_invalid_certificates",
					"trust_all_certificates", "skip_tls_verify", "insecure_skip_verify", "insecure_skip_tls_verify", "tls_skip_verify", "disable_ssl_verification", "skip_ssl_verification").In("python").Or("False"),
				Call([]string{".setopt"}, Dotted("SSL_VERIFYPEER", "PROXY_SSL_VERIFYPEER"), no).In("python").Or("1"),
				Call([]string{".setopt"}, Dotted("SSL_VERIFYHOST", "PROXY_SSL_VERIFYHOST"), Literal("0", "1", "False")).In("python").Or("2"),
				Call([]string{".tls_insecure_set"}, yes).In("python").Or("False"),
			},
			Bad: []Example{
				{"mux.py", "from elasticsearch import Elasticsearch\nes = Elasticsearch(url, verify_certs=«False»)\n"},
				{"mux.py", "from kubernetes import client\nconfiguration.verify_ssl = «False»\n"},
				{"mux.py", "import httplib2\nh = httplib2.Http(\n    timeout=3,\n    disable_ssl_certificate_validation=«True»)\n"},
				{"mux.py", "from pymongo import MongoClient\nc = MongoClient(uri, tls=True, tlsAllowInvalidCertificates=«True»)\n"},
				{"mux.py", "import pycurl\nc.setopt(pycurl.SSL_VERIFYPEER, «0»)\nc.setopt(c.SSL_VERIFYHOST, «False»)\n"},
				{"mux.py", "from tornado.httpclient import HTTPRequest\nr = HTTPRequest(url, validate_cert=«False»)\n"},
				{"mux.py", "from pyVim.connect import SmartConnect\nsi = SmartConnect(host=h, disableSslCertValidation=«True»)\n"},
				{"mux.py", "import paho.mqtt.client as mqtt\nc.tls_set()\nc.tls_insecure_set(«True»)\n"},
				{"mux.py", "options = {'verify_ssl': «False»}\nself.verify_ssl = «False»\n"},
			},
			Good: []Example{
				{"mux.py", "es = Elasticsearch(url, verify_certs=True, ca_certs='ca.pem')\nconfiguration.verify_ssl = verify\n"},
				{"mux.py", "c.setopt(pycurl.SSL_VERIFYPEER, 1)\nc.setopt(pycurl.SSL_VERIFYHOST, 2)\nc.setopt(pycurl.SSL_VERIFYSTATUS, 0)\n"},
				{"mux.py", "def client(url, verify_ssl=False):\n    pass\n\nclass Options:\n    verify_ssl: bool\n"},
				{"mux.py", "c.tls_insecure_set(False)\nif not verify_ssl:\n    log('verify_ssl=False')\n"},
				{"mux.py", "ok = config.verify_ssl is False or config.verify_ssl == False\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-105", Title: "aiohttp takes any certificate", Severity: finding.High, CWE: 295,
				Why:        whyTrustAll,
				Fix:        "Remove ssl=False. " + bundle + "give ssl=ssl.create_default_context(cafile='ca-bundle.pem').",
				References: []string{"https://docs.aiohttp.org/en/stable/client_advanced.html#ssl-control-for-tcp-sockets"},
			},
			Match: []*Match{
				FieldWhere(no, aiohttpCall, "ssl").In("python").Using("aiohttp").Hinting("aiohttp").Or("True"),
			},
			Bad: []Example{
				{"fetch.py", "import aiohttp\n\nasync def main():\n    async with aiohttp.ClientSession() as session:\n        async with session.get(url, ssl=«False») as r:\n            pass\n"},
				{"fetch.py", "import aiohttp\nconnector = aiohttp.TCPConnector(limit=3, ssl=«False»)\n"},
			},
			Good: []Example{
				{"fetch.py", "import aiohttp\nconnector = aiohttp.TCPConnector(ssl=context)\nconnector = aiohttp.TCPConnector(ssl=True)\n# TCPConnector(ssl=False)\n"},
				{"pool.py", "import aiohttp, asyncpg\npool = asyncpg.create_pool(dsn, ssl=False)\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-106", Title: "Python client talks in plaintext", Severity: finding.Low, CWE: 319,
				Why:        whyPlaintext,
				Fix:        "Switch TLS on, and give the CA's certificates; for a private CA make the file with `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://magicstack.github.io/asyncpg/current/api/index.html", "https://grpc.io/docs/guides/auth/"},
			},
			Match: []*Match{
				Field(no, "use_ssl", "use_tls", "usetls", "enable_tls", "enable_ssl").In("python"),
				FieldWhere(no, calledLike("asyncpg.connect", "asyncpg.create_pool", "aiomysql.connect", "aiomysql.create_pool", "Redis", "StrictRedis", "ClickHouseClient", "Minio", "HTTPServer"), "ssl").In("python").Hinting("asyncpg", "aiomysql", "redis"),
				FieldWhere(no, calledLike("Minio"), "secure").In("python").Using("minio", "Minio").Hinting("minio"),
				Call([]string{"grpc.insecure_channel", "grpc.aio.insecure_channel"}).In("python"),
				FieldWhere(no, func(f *syntax.File, s *syntax.Setting) bool {
					o := global(f, "EMAIL_USE_SSL")
					return o == nil || o.Value.Text != "True"
				}, "EMAIL_USE_TLS").In("python").As(finding.Medium, "Django sends mail in plaintext"),
			},
			Bad: []Example{
				{"pool.py", "import asyncpg\npool = asyncpg.create_pool(dsn, ssl=«False»)\n"},
				{"mux.py", "client = Client(host, use_ssl=«False»)\n"},
				{"s3.py", "from minio import Minio\nc = Minio('s3.example.com', access_key=a, secret_key=b, secure=«False»)\n"},
				{"rpc.py", "import grpc\nchannel = grpc.«insecure_channel»('mux.example.com:50051')\n"},
				{"settings.py", "EMAIL_HOST = 'mail.example.com'\nEMAIL_USE_TLS = «False»\n"},
			},
			Good: []Example{
				{"settings.py", "EMAIL_USE_TLS = False\nEMAIL_USE_SSL = True\n"},
				{"settings.py", "EMAIL_USE_TLS = True\n# EMAIL_USE_TLS = False\n"},
				{"rpc.py", "import grpc\nchannel = grpc.secure_channel(addr, grpc.ssl_channel_credentials())\n"},
				{"mux.py", "response.set_cookie('a', 'b', secure=False)\nclient = Client(host, use_ssl=True)\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-107", Title: "Python program allows TLS before 1.2", Severity: finding.Medium, CWE: 326,
				Why:        whyOld,
				Fix:        "Use ssl.PROTOCOL_TLS_CLIENT (or ssl.create_default_context()), and set minimum_version to ssl.TLSVersion.TLSv1_2. Peers that speak nothing newer must be updated first.",
				References: []string{"https://docs.python.org/3/library/ssl.html#ssl.SSLContext.minimum_version", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				Given(oldProtocols...).In("python"),
				Field(Dotted(oldProtocols...), "ssl_version", "ssl_protocol", "SSL_VERSION", "_SSL_VERSION", "protocol", "tls_version", "ssl_method", "method").In("python").Hinting("protocolssl", "protocoltls", "sslv2method", "sslv3method", "tlsv1"),
				Field(Dotted("TLSVersion.SSLv3", "TLSVersion.TLSv1", "TLSVersion.TLSv1_1", "TLSVersion.MINIMUM_SUPPORTED"), "minimum_version").In("python"),
				Field(Dotted("TLSVersion.SSLv3", "TLSVersion.TLSv1", "TLSVersion.TLSv1_1"), "maximum_version").In("python"),
			},
			Bad: []Example{
				{"tls.py", "import ssl\nctx = ssl.SSLContext(«ssl.PROTOCOL_TLSv1»)\n"},
				{"tls.py", "import ssl\ns = ssl.wrap_socket(sock, ssl_version=«ssl.PROTOCOL_SSLv3»)\n"},
				{"tls.py", "from OpenSSL import SSL\nctx = SSL.Context(«SSL.TLSv1_METHOD»)\n"},
				{"tls.py", "import ssl\nctx.minimum_version = «ssl.TLSVersion.TLSv1»\nctx.maximum_version = «ssl.TLSVersion.TLSv1_1»\n"},
			},
			Good: []Example{
				{"tls.py", "import ssl\nctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\nctx.minimum_version = ssl.TLSVersion.TLSv1_2\nctx.options |= ssl.OP_NO_TLSv1 | ssl.OP_NO_SSLv3\n"},
				{"tls.py", "import ssl\nctx = ssl.SSLContext(ssl.PROTOCOL_TLSv1_2)\n# ssl.PROTOCOL_TLSv1\nif version == ssl.PROTOCOL_TLSv1:\n    raise ValueError\n"},
				{"tls.py", "from ssl import PROTOCOL_TLSv1\nnames = {ssl.PROTOCOL_TLSv1: 'TLSv1'}\nmethods[ssl.PROTOCOL_SSLv3] = SSL.SSLv3_METHOD\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-108", Title: "Python program offers weak ciphers", Severity: finding.Medium, CWE: 327,
				Why:        whyWeak,
				Fix:        "Remove the call: the ciphers of ssl.create_default_context() are good ones.",
				References: []string{"https://docs.python.org/3/library/ssl.html#ssl.SSLContext.set_ciphers", "https://docs.openssl.org/master/man1/openssl-ciphers/"},
			},
			Match: []*Match{
				Call([]string{"set_ciphers", "set_cipher_list"}, quoted(weakCiphers)).In("python"),
				Field(quoted(weakCiphers), "DEFAULT_CIPHERS", "ciphers").In("python"),
			},
			Bad: []Example{
				{"tls.py", "ctx.set_ciphers('«ALL:@SECLEVEL=0»')\n"},
				{"tls.py", "import urllib3\nurllib3.util.ssl_.DEFAULT_CIPHERS = '«HIGH:RC4-SHA»'\n"},
			},
			Good: []Example{
				{"tls.py", "ctx.set_ciphers('HIGH:!aNULL:!RC4:!3DES:@SECLEVEL=2')\n"},
				{"tls.py", "ctx.set_ciphers('ECDHE+AESGCM')\n# ctx.set_ciphers('ALL:@SECLEVEL=0')\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-109", Title: "Python program takes any SSH host key", Severity: finding.Medium, CWE: 322,
				Why:        whySSH,
				Fix:        "Load a known_hosts file (load_system_host_keys, known_hosts=...) and keep RejectPolicy.",
				References: []string{"https://docs.paramiko.org/en/stable/api/client.html", "https://asyncssh.readthedocs.io/en/stable/api.html"},
			},
			Match: []*Match{
				Call([]string{"set_missing_host_key_policy"}, trustsHost).In("python"),
				FieldWhere(Literal("None"), calledLike("asyncssh.connect", "asyncssh.create_connection"), "known_hosts").In("python"),
				Field(Literal("None"), "cnopts.hostkeys").In("python").Hinting("hostkeys"),
				FieldWhere(no, calledLike("manager.connect", "connect_ssh"), "hostkey_verify").In("python"),
			},
			Bad: []Example{
				{"ssh.py", "import paramiko\nc.set_missing_host_key_policy(«paramiko.AutoAddPolicy()»)\n"},
				{"ssh.py", "from paramiko import WarningPolicy\nc.set_missing_host_key_policy(«WarningPolicy»)\nc.set_missing_host_key_policy(policy=«WarningPolicy»)\n"},
				{"ssh.py", "import asyncssh\n\nasync def f():\n    async with asyncssh.connect(h, known_hosts=«None») as c:\n        pass\n"},
				{"sftp.py", "import pysftp\ncnopts = pysftp.CnOpts()\ncnopts.hostkeys = «None»\n"},
				{"nc.py", "from ncclient import manager\nm = manager.connect(host=h, hostkey_verify=«False»)\n"},
			},
			Good: []Example{
				{"ssh.py", "import paramiko\nc.set_missing_host_key_policy(paramiko.RejectPolicy())\n"},
				{"ssh.py", "import paramiko\n# c.set_missing_host_key_policy(paramiko.AutoAddPolicy())\nc.set_missing_host_key_policy(policy)\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-110", Title: "Python program silences the warning of unverified TLS", Severity: finding.Info, CWE: 778,
				Why:        "The warning says that a certificate was not checked; without it nobody looks for the place. Connections that are not checked stay so.",
				Fix:        "Find what is not verified, and verify it; then remove the call.",
				References: []string{"https://urllib3.readthedocs.io/en/stable/advanced-usage.html#tls-warnings"},
			},
			Match: []*Match{
				Call([]string{"urllib3.disable_warnings", "disable_warnings"}).In("python").Using("urllib3"),
				Call([]string{"warnings.filterwarnings", "warnings.simplefilter"}).In("python").Using("InsecureRequestWarning").Hinting("insecurerequestwarning"),
			},
			Bad: []Example{
				{"fetch.py", "import urllib3\nurllib3.«disable_warnings»()\n"},
				{"fetch.py", "import requests\nrequests.packages.urllib3.«disable_warnings»(InsecureRequestWarning)\n"},
			},
			Good: []Example{
				{"fetch.py", "import urllib3\n# urllib3.disable_warnings()\n"},
				{"fetch.py", "import logging\nlogging.disable_warnings()\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-111", Title: "Python's mail and FTP clients check no certificate by themselves", Severity: finding.Low, CWE: 295,
				Why:        "Without a context, smtplib, imaplib, poplib and ftplib encrypt and check nothing, unlike urllib. Whoever is in between gets the password and the mail.",
				Fix:        "Give context=ssl.create_default_context() (ssl_context= in imaplib). For a private CA make its cafile with `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://docs.python.org/3/library/ssl.html#best-defaults", "https://docs.python.org/3/library/imaplib.html#imaplib.IMAP4_SSL"},
			},
			Match: []*Match{
				bareTLS("smtplib.SMTP_SSL", "SMTP_SSL", "imaplib.IMAP4_SSL", "IMAP4_SSL", "poplib.POP3_SSL", "POP3_SSL", "ftplib.FTP_TLS", "FTP_TLS").In("python"),
				bareTLS(".starttls", ".stls").In("python").Using("smtplib", "imaplib", "poplib", "ftplib"),
			},
			Bad: []Example{
				{"mail.py", "import smtplib\ns = smtplib.SMTP(host, 587)\ns.«starttls»()\n"},
				{"mail.py", "import smtplib\nwith smtplib.«SMTP_SSL»(host, 465) as s:\n    pass\n"},
				{"mail.py", "import imaplib\nm = imaplib.«IMAP4_SSL»(host)\n"},
			},
			Good: []Example{
				{"mail.py", "import smtplib, ssl\ns.starttls(context=ssl.create_default_context())\nwith smtplib.SMTP_SSL(host, 465, context=context) as s:\n    pass\nm = imaplib.IMAP4_SSL(host, ssl_context=context)\n"},
				{"mail.py", "class Client:\n    def starttls(self):\n        self.inner.starttls()\n"},
				{"mail.py", "import smtplib\nclass SMTP_SSL(Base):\n    pass\n# smtplib.SMTP_SSL(host)\n"},
			},
		},
	}
}

// httpVerify tells "verify" of HTTP clients from that of tokens and signatures.
func httpVerify(_ *syntax.File, s *syntax.Setting) bool {
	if len(s.Path) > 1 && slices.Contains(s.Path[:len(s.Path)-1], "options") {
		return false
	}
	callee := strings.ToLower(s.Callee)
	for _, other := range []string{"jwt", "decode", "jws", "jose", "verify", "alembic", "upgrade", "migrate", "load", "image", "signature", "argument", "gpg", "token", "copy", "check"} {
		if strings.Contains(callee, other) {
			return false
		}
	}
	return true
}

// aiohttpCall tells whether ssl= belongs to aiohttp, where other libraries are
// used beside it.
func aiohttpCall(_ *syntax.File, s *syntax.Setting) bool {
	last := s.Callee[strings.LastIndexByte(s.Callee, '.')+1:]
	return slices.Contains([]string{"get", "post", "put", "patch", "delete", "head", "options", "request", "ws_connect", "TCPConnector", "_request"}, last)
}

// calledLike is a condition on the function around an argument.
func calledLike(names ...string) func(*syntax.File, *syntax.Setting) bool {
	return func(_ *syntax.File, s *syntax.Setting) bool {
		return slices.ContainsFunc(names, func(n string) bool { return lastParts(s.Callee, n) })
	}
}

// global is the setting of a name that stands alone.
func global(f *syntax.File, name string) *syntax.Setting {
	for i := range f.Settings {
		if s := &f.Settings[i]; len(s.Path) == 1 && s.Path[0] == name {
			return s
		}
	}
	return nil
}

// trustsHost is a policy of paramiko that goes on with an unknown key, as a class
// or made.
func trustsHost(v syntax.Value) bool {
	text := strings.TrimSuffix(strings.ReplaceAll(v.Text, " ", ""), "()")
	return v.Form != syntax.Quoted && (lastParts(text, "AutoAddPolicy") || lastParts(text, "WarningPolicy"))
}

// bareTLS is a call without a context among its arguments.
func bareTLS(names ...string) *Match {
	return &Match{Literals: literals(names), Find: func(f *syntax.File, report func(Hit)) {
		for _, c := range f.Calls {
			if !slices.ContainsFunc(names, func(n string) bool { return lastParts(c.Name, n) }) {
				continue
			}
			if slices.ContainsFunc(c.Args, func(a syntax.Argument) bool {
				return strings.Contains(a.Name, "context") || strings.Contains(a.Value.Text, "context") || strings.Contains(a.Value.Text, "*")
			}) {
				continue
			}
			if before := strings.TrimRight(string(f.Text[max(c.Span.Start-16, 0):c.Span.Start]), " "); strings.HasSuffix(before, "class") {
				continue // it is declared
			}
			host := ""
			if len(c.Args) > 0 && c.Args[0].Value.Form == syntax.Quoted {
				host = c.Args[0].Value.Text
			}
			report(Hit{Span: c.Span, Host: host})
		}
	}}
}
