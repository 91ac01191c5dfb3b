package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func onJVM() []string { return []string{"java", "kotlin", "scala", "groovy"} }

// brokenTLS are the names that Java has for versions of TLS and SSL that are broken.
func brokenTLS() []string {
	return []string{"SSL", "SSLv2", "SSLv2Hello", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1", "DTLSv1.0", "TLS_1_0", "TLS_1_1", "SSL_3_0"}
}

func java() []Rule {
	jvm := onJVM()
	trustFix := "Remove it, and give the client a trust store with the CA: `muxkey trust build ca.pem --target pkcs12 -o truststore.p12`, loaded into a TrustManagerFactory, or `-Djavax.net.ssl.trustStore=truststore.p12`."
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-JAVA-001", Title: "Java code takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Whoever can put themselves between this program and its server shows a certificate of their own making, and reads and changes everything. Nothing fails and nothing is logged.",
				Fix:        trustFix,
				References: []string{"https://docs.oracle.com/en/java/javase/21/docs/api/java.base/javax/net/ssl/X509TrustManager.html", "https://developer.android.com/privacy-and-security/security-ssl"},
			},
			Match: []*Match{
				Find([]string{"checkservertrusted"}, func(f *syntax.File, report func(Hit)) {
					for _, fn := range methods(f, "checkServerTrusted", []int{2}, "X509TrustManager", "X509ExtendedTrustManager", "TrustManager") {
						if harmless(f, fn.from, fn.to) {
							report(Hit{Span: fn.name})
						}
					}
					for _, fn := range methods(f, "checkServerTrusted", []int{3}, "X509ExtendedTrustManager") {
						if harmless(f, fn.from, fn.to) {
							report(Hit{Span: fn.name})
						}
					}
				}).In(jvm...),
				Find([]string{"loadtrustmaterial", "truststrategy"}, func(f *syntax.File, report func(Hit)) {
					for _, fn := range methods(f, "isTrusted", []int{2}, "TrustStrategy") {
						if got, ok := comesTo(f, fn); ok && got == "true" {
							report(Hit{Span: fn.name})
						}
					}
					for _, c := range f.Calls {
						if !lastParts(c.Name, ".loadTrustMaterial") && c.Name != "loadTrustMaterial" {
							continue
						}
						for _, a := range c.Args {
							if AlwaysTrue(f, a.Value) {
								report(Hit{Span: a.Value.Span, Related: definedAt(f, a.Value)})
							}
						}
					}
				}).In(jvm...),
				Constant("TrustAllStrategy", "InsecureTrustManagerFactory", "getAcceptAllTrustManager", "TRUST_ALL_CERTIFICATES").In(jvm...).If(not(declaredClass)),
				Call([]string{"SslContextFactory", "SslContextFactory.Client", "SslContextFactory.Server"}, Literal("true")).In(jvm...).Or("false"),
				Call([]string{".setTrustAll", ".trustAll", ".setTrustAllCertificates", ".withTrustCerts", ".setUseInsecureSSL", ".setAcceptInsecureCerts"}, Literal("true")).In(jvm...).Or("false"),
				Assign(Literal("true"), "isTrustAll", "trustAll", "isTrustCerts", "useInsecureSSL").In(jvm...).Or("false"),
				Call([]string{".setVerifyingSsl", ".verifySsl", ".validateTLSCertificates"}, Literal("false")).In(jvm...).Or("true"),
				Call([]string{".withUnsafeTrustMaterial", ".withTrustingAllCertificatesWithoutValidation", ".ignoreCertCheck", ".relaxedHTTPSValidation", ".useRelaxedHTTPSValidation", "useRelaxedHTTPSValidation", "relaxedHTTPSValidation", "SSLCertificateSocketFactory.getInsecure"}).In(jvm...),
				Find([]string{"usesslprotocol"}, func(f *syntax.File, report func(Hit)) {
					for _, c := range f.Calls {
						// Without a trust manager of one's own it trusts everything.
						if lastParts(c.Name, ".useSslProtocol") && (len(c.Args) == 0 || len(c.Args) == 1 && c.Args[0].Value.Form == syntax.Quoted) {
							report(Hit{Span: c.Span})
						}
					}
				}).In(jvm...),
			},
			Bad: []Example{
				{"Net.java", "class Net {\n  TrustManager[] all = new TrustManager[] { new X509TrustManager() {\n    public X509Certificate[] getAcceptedIssuers() { return null; }\n    public void checkClientTrusted(X509Certificate[] certs, String type) {}\n    public void «checkServerTrusted»(X509Certificate[] certs, String type) {\n      // nothing to do\n    }\n  } };\n}\n"},
				{"Net.java", "public class Lax extends X509ExtendedTrustManager {\n  @Override\n  public void «checkServerTrusted»(final X509Certificate[] c, final String a, Socket s) throws CertificateException { }\n  @Override\n  public void «checkServerTrusted»(X509Certificate[] c, String a) throws CertificateException {\n    if (LOG.isDebugEnabled()) {\n      LOG.debug(\"server {}\", c[0].getSubjectDN());\n    }\n    this.seen = true;\n    return;\n  }\n}\n"},
				{"Net.java", "class Lax implements X509TrustManager {\n  public void «checkServerTrusted»(X509Certificate[] chain, String type) {\n    try {\n      inner.checkServerTrusted(chain, type);\n    } catch (CertificateException e) {\n      log.warn(\"not trusted\", e);\n    }\n  }\n}\n"},
				{"Net.kt", "val all = object : X509TrustManager {\n    override fun checkClientTrusted(chain: Array<X509Certificate>, authType: String) = Unit\n    override fun «checkServerTrusted»(chain: Array<out X509Certificate>?, authType: String?) {}\n    override fun getAcceptedIssuers(): Array<X509Certificate> = arrayOf()\n}\n"},
				{"Net.scala", "class Lax extends X509TrustManager {\n  override def «checkServerTrusted»(chain: Array[X509Certificate], kind: String): Unit = {}\n}\n"},
				{"build.gradle", "def lax = new X509TrustManager() {\n  void «checkServerTrusted»(X509Certificate[] certs, String type) { }\n}\n"},
				{"Net.java", "class Net {\n  void a() throws Exception {\n    SSLContexts.custom().loadTrustMaterial(null, «(chain, type) -> true»).build();\n    TrustStrategy any = (x, y) -> true;\n    builder.loadTrustMaterial(keys, «any»);\n    builder.loadTrustMaterial(«TrustAllStrategy».INSTANCE);\n    builder.loadTrustMaterial(null, new TrustStrategy() { public boolean «isTrusted»(X509Certificate[] c, String a) { return true; } });\n  }\n}\n"},
				{"Net.java", "import io.netty.handler.ssl.util.InsecureTrustManagerFactory;\n\nclass Net {\n  SslContext c = SslContextBuilder.forClient().trustManager(«InsecureTrustManagerFactory».INSTANCE).build();\n  SslContextFactory f = new SslContextFactory.Client(«true»);\n  WebClientOptions o = new WebClientOptions().setSsl(true).setTrustAll(«true»);\n}\n"},
				{"Net.kt", "val options = WebClientOptions().apply {\n    isTrustAll = «true»\n}\nval client = MinioClient.builder().build()\nclient.«ignoreCertCheck»()\n"},
				{"Net.java", "class Net {\n  private static final boolean LAX = true;\n  void a(ConnectionFactory factory) throws Exception {\n    options.setTrustAll(«LAX»);\n    factory.«useSslProtocol»();\n    client.setVerifyingSsl(«false»);\n    given().«relaxedHTTPSValidation»();\n  }\n}\n"},
			},
			Good: []Example{
				{"Net.java", "class Strict implements X509TrustManager {\n  public X509Certificate[] getAcceptedIssuers() { return null; }\n  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {\n    inner.checkServerTrusted(chain, type);\n  }\n  public void checkServerTrusted(X509Certificate[] chain) {}\n  public void checkClientTrusted(X509Certificate[] chain, String type) {}\n}\n"},
				{"Net.java", "class Strict implements X509TrustManager {\n  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {\n    checkClientTrusted(chain, type);\n  }\n  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {\n    throw new CertificateException();\n  }\n}\n"},
				{"Net.java", "class Strict implements X509TrustManager {\n  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {\n    try {\n      inner.checkServerTrusted(chain, type);\n    } catch (CertificateException e) {\n      log.warn(\"not trusted\", e);\n      throw e;\n    }\n  }\n}\n"},
				{"Net.java", "class Notes {\n  // not a trust manager\n  public void checkServerTrusted(X509Certificate[] chain, String type) {}\n  /* new X509TrustManager() { public void checkServerTrusted(X509Certificate[] c, String a) {} } */\n  String s = \"new SslContextFactory(true)\";\n}\ninterface T extends X509TrustManager { void checkServerTrusted(X509Certificate[] c, String a); }\n"},
				{"Net.java", "import io.netty.handler.ssl.util.InsecureTrustManagerFactory;\n\nclass Net {\n  void a() {\n    options.setTrustAll(false);\n    options.setTrustAll(!true);\n    options.setTrustAll(config.lax());\n    connections.setTrustAllPackages(true);\n    builder.loadTrustMaterial(store, null);\n    builder.loadTrustMaterial(null, (chain, type) -> chain.length == 1);\n    builder.loadTrustMaterial(null, (chain, type) -> { if (chain == null) { return false; } return true; });\n    factory.useSslProtocol(context);\n    factory.useSslProtocol(\"TLSv1.2\", managers);\n  }\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JAVA-002", Title: "Java code does not look at host names", Severity: finding.High, CWE: 297,
				Why:        "Anybody with a certificate from a CA that this program trusts, for whatever name, can stand in for the server. A free certificate for a domain of their own is enough.",
				Fix:        "Remove it: the default looks at the name. Where the certificate lacks the name that is used, have it issued again with that name, as `muxkey create --dns NAME` makes it.",
				References: []string{"https://docs.oracle.com/en/java/javase/21/docs/api/java.base/javax/net/ssl/HostnameVerifier.html", "https://docs.oracle.com/en/java/javase/21/docs/api/java.base/javax/net/ssl/SSLParameters.html"},
			},
			Match: []*Match{
				Accepts("hostnameVerifier", "HostnameVerifier", "DefaultHostnameVerifier", "defaultHostnameVerifier", "SSLHostnameVerifier", "sslHostnameVerifier", "SSLConnectionSocketFactory", "HostNameVerifier").In(jvm...),
				Find([]string{"hostnameverifier"}, func(f *syntax.File, report func(Hit)) {
					for _, fn := range methods(f, "verify", []int{2}, "HostnameVerifier", "X509HostnameVerifier") {
						if got, ok := comesTo(f, fn); ok && got == "true" {
							report(Hit{Span: fn.name})
						}
					}
				}).In(jvm...),
				Constant("NoopHostnameVerifier", "ALLOW_ALL_HOSTNAME_VERIFIER", "AllowAllHostnameVerifier", "withUnsafeHostnameVerifier").In(jvm...).If(not(declaredClass)),
				Call([]string{".setDisableCNCheck"}, Literal("true")).In(jvm...).Or("false"),
				Assign(Literal("true"), "disableCNCheck", "isDisableCNCheck").In(jvm...).Or("false"),
				Key(True, "@disableCNCheck").In("xml").Or("false"),
				Call([]string{".setVerifyHost", ".setHttpsHostnameVerificationEnabled", ".setHostnameVerificationEnabled"}, Literal("false")).In(jvm...).Or("true"),
				Assign(Literal("false"), "isVerifyHost", "verifyHost").In(jvm...).Or("true"),
				Find([]string{"endpointidentificationalgorithm", "hostnameverificationalgorithm"}, func(f *syntax.File, report func(Hit)) {
					setters := []string{".setEndpointIdentificationAlgorithm", ".setHostnameVerificationAlgorithm", ".endpointIdentificationAlgorithm", ".hostnameVerificationAlgorithm"}
					for _, c := range f.Calls {
						if slices.ContainsFunc(setters, func(n string) bool { return lastParts(c.Name, n) }) && len(c.Args) == 1 && nothing(c.Args[0].Value) && !server(f, c) {
							report(Hit{Span: c.Args[0].Value.Span})
						}
					}
					for i := range f.Settings {
						s := &f.Settings[i]
						if last := s.Path[len(s.Path)-1]; s.Origin == syntax.FromCode && (last == "endpointIdentificationAlgorithm" || last == "hostnameVerificationAlgorithm") && nothing(s.Value) {
							report(Hit{Span: s.Value.Span})
						}
					}
				}).In(jvm...),
			},
			Bad: []Example{
				{"Net.java", "class Net {\n  void a() {\n    HttpsURLConnection.setDefaultHostnameVerifier(«(host, session) -> true»);\n    connection.setHostnameVerifier(«(h, s) -> {\n      return true;\n    }»);\n    client.hostnameVerifier(new HostnameVerifier() {\n      @Override public boolean «verify»(String h, SSLSession s) { return true; }\n    });\n  }\n}\n"},
				{"Net.java", "class Lax implements HostnameVerifier {\n  public boolean «verify»(String host, SSLSession session) {\n    log.info(\"any host: \" + host);\n    return true;\n  }\n}\n"},
				{"Net.java", "class Net {\n  private boolean any(String h, SSLSession s) { return true; }\n  void a() { builder.setSSLHostnameVerifier(«this::any»); }\n}\n"},
				{"Net.kt", "val client = OkHttpClient.Builder().hostnameVerifier «{ _, _ -> true }».build()\nconnection.hostnameVerifier = «HostnameVerifier { _, _ -> true }»\n"},
				{"Net.kt", "val hostnameVerifier = «HostnameVerifier { _, _ -> true }»\nval client = OkHttpClient.Builder().hostnameVerifier(hostnameVerifier).build()\n"},
				{"Net.kt", "class Lax : HostnameVerifier {\n    override fun «verify»(hostname: String?, session: SSLSession?): Boolean = true\n}\n"},
				{"Net.scala", "val c = new HttpsURLConnection\nc.setHostnameVerifier(«(_, _) => true»)\n"},
				{"Net.groovy", "connection.setHostnameVerifier(«{ h, s -> true } as HostnameVerifier»)\nconnection.hostnameVerifier = «{ h, s -> true }»\n"},
				{"Net.java", "import org.apache.http.conn.ssl.NoopHostnameVerifier;\n\nclass Net {\n  Object f = new SSLConnectionSocketFactory(ctx, «NoopHostnameVerifier».INSTANCE);\n  Object g = SSLConnectionSocketFactory.«ALLOW_ALL_HOSTNAME_VERIFIER»;\n  void a() {\n    params.setEndpointIdentificationAlgorithm(«null»);\n    params.setEndpointIdentificationAlgorithm(\"«»\");\n    tls.setDisableCNCheck(«true»);\n    options.setVerifyHost(«false»);\n  }\n}\n"},
				{"cxf.xml", "<http:tlsClientParameters disableCNCheck=\"«true»\"/>\n"},
			},
			Good: []Example{
				{"Net.java", "import org.apache.http.conn.ssl.NoopHostnameVerifier;\n\nclass Net {\n  void a() {\n    c.setHostnameVerifier((h, s) -> false);\n    c.setHostnameVerifier((h, s) -> h.equals(\"mux.example.com\"));\n    c.setHostnameVerifier(new DefaultHostnameVerifier());\n    c.setHostnameVerifier((h, s) -> { if (!h.endsWith(\".example.com\")) { return false; } return true; });\n    // c.setHostnameVerifier((h, s) -> true);\n    params.setEndpointIdentificationAlgorithm(\"HTTPS\");\n    server.setFilter((h, s) -> true);\n  }\n}\n"},
				{"Net.java", "abstract class Base implements HostnameVerifier {\n  public abstract boolean verify(String host, SSLSession session);\n}\nclass Signer {\n  public boolean verify(String text, Signature s) { return true; }\n}\nclass Strict implements HostnameVerifier {\n  public boolean verify(String host, SSLSession session) {\n    if (!names.contains(host)) {\n      return false;\n    }\n    return true;\n  }\n}\n"},
				{"Jetty.java", "class Jetty {\n  void a() {\n    SslContextFactory.Server tls = new SslContextFactory.Server();\n    tls.setEndpointIdentificationAlgorithm(null);\n  }\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JAVA-003", Title: "Java mail does not look at the server's certificate", Severity: finding.Medium, CWE: 297,
				Why:        "Somebody between this program and its mail server shows a certificate for another name, and gets the account's password and every message.",
				Fix:        "Set `mail.smtp.ssl.checkserveridentity` to true and remove `ssl.trust`. A private CA goes into the trust store: `muxkey trust build ca.pem --target pkcs12 -o truststore.p12`.",
				References: []string{"https://jakarta.ee/specifications/mail/2.1/apidocs/jakarta.mail/jakarta/mail/package-summary", "https://commons.apache.org/proper/commons-email/apidocs/org/apache/commons/mail/Email.html"},
			},
			Match: []*Match{
				mailProperty(False, "ssl.checkserveridentity").Or("true"),
				mailProperty(OneOf("*"), "ssl.trust").Gone(),
				mailProperty(False, "starttls.required").As(finding.Low, "Java mail goes on without TLS when the server offers none").Or("true"),
				Call([]string{".setSSLCheckServerIdentity"}, Literal("false")).In(jvm...).Or("true"),
			},
			Bad: []Example{
				{"Mail.java", "class Mail {\n  void a() {\n    props.put(\"mail.smtp.ssl.checkserveridentity\", «false»);\n    props.setProperty(\"mail.smtps.ssl.checkserveridentity\", \"«false»\");\n    props.put(\"mail.smtp.ssl.trust\", \"«*»\");\n    email.setSSLCheckServerIdentity(«false»);\n  }\n}\n"},
				{"Mail.kt", "val props = mapOf(\"mail.imap.ssl.trust\" to \"«*»\")\nprops[\"mail.smtp.starttls.required\"] = \"«false»\"\n"},
				{"mail.properties", "mail.smtp.ssl.trust=«*»\nmail.smtp.ssl.checkserveridentity=«false»\n"},
				{"run.sh", "java -Dmail.smtp.ssl.trust='«*»' -jar mux.jar\n"},
			},
			Good: []Example{
				{"Mail.java", "class Mail {\n  void a() {\n    props.put(\"mail.smtp.ssl.checkserveridentity\", true);\n    props.put(\"mail.smtp.ssl.trust\", \"mail.example.com\");\n    props.put(\"mail.smtp.starttls.required\", \"true\");\n    props.getProperty(\"mail.smtp.ssl.checkserveridentity\", \"false\");\n    email.setSSLCheckServerIdentity(true);\n  }\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JAVA-004", Title: "Java code speaks SSL 3, TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have known breaks, and an attacker in between can hold both ends to the oldest one that is allowed. What is sent can then be read.",
				Fix:        "Write `TLS`, which is the newest that both ends know, or `TLSv1.2` and `TLSv1.3`.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc8996", "https://docs.oracle.com/en/java/javase/21/docs/specs/security/standard-names.html"},
			},
			Match: []*Match{
				Call([]string{"SSLContext.getInstance"}, quoted(Exactly(brokenTLS()...))).In(jvm...),
				Find([]string{"enabledprotocols", "includeprotocols", "setprotocols", "supportedprotocols", "securetransportprotocol", "tlsversions", "sslconnectionsocketfactory"}, func(f *syntax.File, report func(Hit)) {
					lists := []string{"setEnabledProtocols", "setIncludeProtocols", "setProtocols", "setSslEnabledProtocols", "setSupportedProtocols", "addEnabledSecureTransportProtocol", "setEnabledSecureTransportProtocols", "tlsVersions", "SSLConnectionSocketFactory", "enabledProtocols"}
					inside := func(v syntax.Value) {
						for _, t := range f.Tokens[v.Tokens[0]:v.Tokens[1]] {
							if (t.Kind == syntax.String || strings.Contains(t.Text, "_")) && slices.Contains(brokenTLS(), t.Text) {
								report(Hit{Span: t.Span})
							}
						}
					}
					for _, c := range f.Calls {
						if slices.Contains(lists, c.Name[strings.LastIndexByte(c.Name, '.')+1:]) {
							for _, a := range c.Args {
								inside(a.Value)
							}
						}
					}
					for i := range f.Settings {
						if s := &f.Settings[i]; s.Origin == syntax.FromCode && s.Item == 0 && slices.Contains([]string{"enabledProtocols", "supportedProtocols", "includeProtocols", "sslEnabledProtocols"}, s.Path[len(s.Path)-1]) {
							inside(s.Value)
						}
					}
				}).In(jvm...),
				Constant("COMPATIBLE_TLS").In(jvm...).As(finding.Low, "OkHttp speaks TLS 1.0 and TLS 1.1 where a server wants it"),
			},
			Bad: []Example{
				{"Net.java", "class Net {\n  void a() throws Exception {\n    SSLContext.getInstance(\"«SSLv3»\");\n    SSLContext.getInstance(\"«TLSv1»\", \"SunJSSE\");\n    socket.setEnabledProtocols(new String[] {\"«TLSv1.1»\", \"TLSv1.2\"});\n    new ConnectionSpec.Builder(ConnectionSpec.MODERN_TLS).tlsVersions(TlsVersion.«TLS_1_0», TlsVersion.TLS_1_2);\n    specs.add(ConnectionSpec.«COMPATIBLE_TLS»);\n  }\n}\n"},
				{"Net.kt", "val c = SSLContext.getInstance(\"«TLSv1.1»\")\nengine.enabledProtocols = arrayOf(\"«TLSv1»\")\n"},
			},
			Good: []Example{
				{"Net.java", "class Net {\n  void a() throws Exception {\n    SSLContext.getInstance(\"TLS\");\n    SSLContext.getInstance(\"TLSv1.2\");\n    SSLContext.getInstance(\"TLS\", \"SSLv3\");\n    socket.setEnabledProtocols(new String[] {\"TLSv1.2\", \"TLSv1.3\"});\n    tls.setExcludeProtocols(\"SSLv3\", \"TLSv1\");\n    if (v.equals(\"TLSv1\")) { throw new IOException(\"TLSv1\"); }\n  }\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JAVA-005", Title: "Java code takes certificates that sign themselves", Severity: finding.Medium, CWE: 295,
				Why:        "Anybody can make a certificate that signs itself, with whatever name in it. Taking them is taking nearly every forged one.",
				Fix:        "Load the one certificate, or its CA, as trust material: `muxkey trust build server.pem --target pkcs12 -o truststore.p12`.",
				References: []string{"https://hc.apache.org/httpcomponents-core-5.2.x/current/httpcore5/apidocs/org/apache/hc/core5/ssl/TrustStrategy.html", "https://hc.apache.org/httpcomponents-client-5.3.x/current/httpclient5/apidocs/org/apache/hc/client5/http/ssl/TrustSelfSignedStrategy.html"},
			},
			Match: []*Match{Constant("TrustSelfSignedStrategy").In(jvm...).If(not(declaredClass))},
			Bad: []Example{
				{"Net.java", "import org.apache.http.conn.ssl.TrustSelfSignedStrategy;\n\nclass Net {\n  void a() {\n    builder.loadTrustMaterial(null, new «TrustSelfSignedStrategy»());\n    builder.loadTrustMaterial(null, «TrustSelfSignedStrategy».INSTANCE);\n  }\n}\n"},
			},
			Good: []Example{
				{"TrustSelfSignedStrategy.java", "import org.apache.http.conn.ssl.TrustSelfSignedStrategy;\n\npublic class TrustSelfSignedStrategy implements TrustStrategy {\n  // new TrustSelfSignedStrategy()\n  public static final TrustSelfSignedStrategy INSTANCE = new TrustSelfSignedStrategy();\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JAVA-006", Title: "an Android app shows pages whatever their certificate", Severity: finding.High, CWE: 295,
				Why:        "The app goes on where a browser would stop and warn. Whoever shares the network puts a page of their own into it, and gets what is typed there.",
				Fix:        "Call `handler.cancel()`. A private CA belongs into the app's network security configuration: `muxkey trust build ca.pem --target android-config -o res`.",
				References: []string{"https://developer.android.com/reference/android/webkit/WebViewClient#onReceivedSslError(android.webkit.WebView,%20android.webkit.SslErrorHandler,%20android.net.http.SslError)"},
			},
			Match: []*Match{
				Find([]string{"onreceivedsslerror"}, func(f *syntax.File, report func(Hit)) {
					for _, fn := range definitions(f, "onReceivedSslError") {
						if at, ok := proceeds(f, fn); ok {
							report(Hit{Span: at})
						}
					}
				}).In(jvm...),
			},
			Bad: []Example{
				{"Web.java", "class Web extends WebViewClient {\n  @Override\n  public void onReceivedSslError(WebView view, SslErrorHandler handler, SslError error) {\n    Log.w(TAG, \"ssl\" + error);\n    handler.«proceed»();\n  }\n}\n"},
				{"Web.kt", "val client = object : WebViewClient() {\n    override fun onReceivedSslError(view: WebView?, handler: SslErrorHandler?, error: SslError?) {\n        handler?.«proceed»()\n    }\n}\n"},
			},
			Good: []Example{
				{"Web.java", "class Web extends WebViewClient {\n  public void onReceivedSslError(WebView view, SslErrorHandler handler, SslError error) {\n    if (pinned(error.getCertificate())) {\n      handler.proceed();\n    } else {\n      handler.cancel();\n    }\n  }\n  void other(SslErrorHandler handler) { handler.proceed(); }\n}\n"},
				{"Web.java", "class Web extends WebViewClient {\n  public void onReceivedSslError(WebView view, final SslErrorHandler handler, SslError error) {\n    dialog.setPositiveButton(\"go on\", (d, w) -> handler.proceed());\n    dialog.show();\n  }\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JAVA-007", Title: "Java code talks without TLS", Severity: finding.Low, CWE: 319,
				Why:        "Everything goes over the network as it is, for anybody on the way to read and to change.",
				Fix:        "Use TLS for whatever leaves the machine: `useTransportSecurity()` for gRPC, `ConnectionSpec.MODERN_TLS` alone for OkHttp.",
				References: []string{"https://grpc.github.io/grpc-java/javadoc/io/grpc/ManagedChannelBuilder.html#usePlaintext()", "https://square.github.io/okhttp/features/https/"},
			},
			Match: []*Match{
				Call([]string{".usePlaintext"}).In(jvm...).If(func(f *syntax.File, h Hit) bool { return !local(f, h) }),
				Constant("CLEARTEXT").In(jvm...).Using("ConnectionSpec").If(not(asked)),
			},
			Bad: []Example{
				{"Net.java", "class Net {\n  Channel c = ManagedChannelBuilder.forAddress(\"mux.example.com\", 443).«usePlaintext»().build();\n  List<ConnectionSpec> specs = List.of(ConnectionSpec.«CLEARTEXT»);\n}\n"},
			},
			Good: []Example{
				{"Net.java", "class Net {\n  Channel c = ManagedChannelBuilder.forAddress(\"mux.example.com\", 443).useTransportSecurity().build();\n  Channel d = ManagedChannelBuilder.forAddress(\"localhost\", 9090).usePlaintext().build();\n}\n"},
				{"Net.kt", "fun plain(address: Address) = ConnectionSpec.CLEARTEXT !in address.connectionSpecs\n"},
			},
		},
	}
}

// mailProperty is a property of Jakarta Mail, of whatever protocol.
func mailProperty(is Is, name string) *Match {
	var all []string
	for _, protocol := range []string{"smtp", "smtps", "imap", "imaps", "pop3", "pop3s"} {
		all = append(all, "mail."+protocol+"."+name)
	}
	return Whole(is, all...).Hinting(squeeze(name))
}

// nothing is null or an empty text.
func nothing(v syntax.Value) bool {
	return v.Form == syntax.Null || v.Form == syntax.Quoted && strings.TrimSpace(v.Text) == ""
}

// declaredClass tells whether the file is where a class is written, not where it
// is used.
func declaredClass(f *syntax.File, h Hit) bool {
	name := string(f.Text[h.Span.Start:h.Span.End])
	for i, t := range f.Tokens {
		if t.Kind == syntax.Name && t.Text == name && i > 0 && (f.Tokens[i-1].Text == "class" || f.Tokens[i-1].Text == "object") {
			return true
		}
	}
	return false
}

// server tells whether a call is on the TLS of a server, where the name would be
// that of a client.
func server(f *syntax.File, c syntax.Call) bool {
	receiver, _, found := strings.Cut(c.Name, ".")
	if !found || receiver == "" {
		return false
	}
	if strings.Contains(strings.ToLower(receiver), "server") {
		return true
	}
	for i := range f.Settings {
		s := &f.Settings[i]
		if s.Origin == syntax.FromCode && s.Path[len(s.Path)-1] == receiver && strings.Contains(s.Value.Text, "SslContextFactory.Server") {
			return true
		}
	}
	return false
}

// proceeds tells whether a method calls proceed() on every path.
func proceeds(f *syntax.File, fn function) (syntax.Span, bool) {
	var at syntax.Span
	for i := fn.from; i < fn.to; i = behindBraces(f, i) {
		t := f.Tokens[i]
		if t.Kind != syntax.Name {
			continue
		}
		switch t.Text {
		case "if", "when", "switch", "cancel", "while", "throw":
			return at, false
		case "proceed":
			at = t.Span
		}
	}
	return at, at.End > 0
}

// behindBraces is the next token, besides those in brackets: lambdas run later.
func behindBraces(f *syntax.File, i int) int {
	if t := f.Tokens[i]; t.Mate > i && (t.Text == "{" || t.Text == "(") {
		return t.Mate + 1
	}
	return i + 1
}

// asked tells whether a list is asked for a name: "x in list".
func asked(f *syntax.File, h Hit) bool {
	rest := strings.TrimLeft(string(f.Text[h.Span.End:min(h.Span.End+8, len(f.Text))]), " !")
	return strings.HasPrefix(rest, "in ")
}

// local tells whether the line of a place names the machine itself.
func local(f *syntax.File, h Hit) bool {
	start, end := h.Span.Start, h.Span.End
	for start > 0 && h.Span.Start-start < 300 && f.Text[start-1] != ';' && f.Text[start-1] != '=' {
		start--
	}
	around := string(f.Text[start:end])
	return strings.Contains(around, "localhost") || strings.Contains(around, "127.0.0.1") || strings.Contains(around, "InProcess")
}
