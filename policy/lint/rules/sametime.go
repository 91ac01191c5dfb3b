package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/internal/lazy"
	"muxkey/policy/lint/syntax"
)

const sametimeDocs = "https://opensource.hcltechsw.com/sametime-doc/latest/admin/"

func sametime() []Rule {
	clients := []string{"plugin_customization*.ini", "silentinstall*.ini", "managed-settings*.xml", "managed-community-configs*.xml"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-001", Title: "the Sametime app takes any certificate", Severity: finding.Critical, CWE: 295,
				Why:        "Whoever opens this link or scans its code has an app that logs in to anybody who answers for the server. Passwords and messages of every mobile user are then theirs.",
				Fix:        "Remove `allowUntrustedSSL` or set it to `false`, which is the default. The server must have a certificate that devices trust: from a public CA, or from your own, whose certificate `muxkey trust build ca.pem --target sametime -o DIR` writes for devices.",
				References: []string{sametimeDocs + "community_provisioning.html", sametimeDocs + "adminui_policysection_mobile.html"},
			},
			Match: []*Match{
				Param([]string{"hclsametime"}, True, "allowUntrustedSSL").Or("false"),
				Key(True, "allowUntrustedSSL").Or("false"),
			},
			Bad: []Example{
				{".env", "MOBILE_CONFIGURL=hclsametime://chat.example.com/?action=AddCommunity&communityName=Chat&allowUntrustedSSL=«true»\n"},
				{"sametimeproxy/conf/stproxyconfig.xml", "<config><mobile><configUrl>hclsametime://chat.example.com/?action=AddCommunity%26communityName%3DChat%26allowUntrustedSSL=«true»%26savePassword=false</configUrl></mobile></config>\n"},
				{"deploy.yaml", "env:\n  - name: MOBILE_CONFIGURL\n    value: hclsametime://chat.example.com/?action=AddCommunity&allowUntrustedSSL=«true»&communityName=Chat\n"},
			},
			Good: []Example{
				{".env", "MOBILE_CONFIGURL=hclsametime://chat.example.com/?action=AddCommunity&allowUntrustedSSL=false\n"},
				{".env", "# MOBILE_CONFIGURL=hclsametime://chat.example.com/?allowUntrustedSSL=true\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-002", Title: "a password in a link that sets up the Sametime app", Severity: finding.Critical, CWE: 522,
				Why:        "The link is mailed, printed as a code, kept in logs and in the settings of the proxy. Whoever sees it can log in as that user.",
				Fix:        "Leave the password out: the app asks for it. Change the one that stood here.",
				References: []string{sametimeDocs + "community_provisioning.html"},
			},
			Match: []*Match{
				userinfo("hclsametime"),
				Param([]string{"hclsametime"}, Clear, "authProxyPassword").Secret(),
			},
			Bad: []Example{
				{".env", "MOBILE_CONFIGURL=hclsametime://ann:«Wint3r-2026»@chat.example.com/?action=AddCommunity\n"},
				{".env", "MOBILE_CONFIGURL=hclsametime://chat.example.com/?action=AddCommunity&authProxyUser=ann&authProxyPassword=«Wint3r-2026»\n"},
			},
			Good: []Example{
				{".env", "MOBILE_CONFIGURL=hclsametime://ann%40example.com@chat.example.com:443/?action=AddCommunity\n"},
				{".env", "MOBILE_CONFIGURL=hclsametime://%s@chat.example.com:8443/?action=AddCommunity\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-003", Title: "Sametime clients are told to keep the password", Severity: finding.Medium, CWE: 522,
				Why:        "The password then lies on every device, also that of the proxy in front. Whoever gets hold of one device can log in.",
				Fix:        "Remove `savePassword` or set it to `false`, which is the default; let people log in by SAML where typing is a burden.",
				References: []string{sametimeDocs + "community_provisioning.html", sametimeDocs + "config_client_comm_pref.html"},
			},
			Match: []*Match{
				Param([]string{"hclsametime"}, True, "savePassword").Or("false"),
				Key(True, "realtime.community/savePassword").Or("false"),
				Key(True, "settingGroup.savePassword").In("xml").Or("false"),
			},
			Bad: []Example{
				{".env", "MOBILE_CONFIGURL=hclsametime://chat.example.com/?action=AddCommunity&savePassword=«true»\n"},
				{"conf/stproxyconfig.xml", "<mobile><configUrl>hclsametime://chat.example.com/?action=AddCommunity%26savePassword%3D«true»</configUrl></mobile>\n"},
				{"plugin_customization.ini", "com.ibm.collaboration.realtime.community/savePassword=«true»\n"},
				{"managed-settings.xml", "<config><settingGroup name=\"com.ibm.collaboration.realtime.community\">\n<setting name=\"savePassword\" value=\"«true»\" isLocked=\"true\"/>\n</settingGroup></config>\n"},
			},
			Good: []Example{
				{".env", "MOBILE_CONFIGURL=hclsametime://chat.example.com/?savePassword=false\nURL=https://example.com/?savePassword=true\n"},
				{"browser.xml", "<config><setting name=\"savePassword\" value=\"true\"/></config>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-004", Title: "the policy lets mobile apps take any certificate", Severity: finding.High, CWE: 295,
				Why:        "With this policy off, people may switch off the check of the server's certificate in the app. Those who do log in to whoever answers.",
				Fix:        "Set `im.mobile.disableUntrustedSsl` to `true`, which is the default, and give the server a certificate from a CA that devices trust.",
				References: []string{sametimeDocs + "adminui_policysection_mobile.html"},
			},
			Match: []*Match{
				Key(False, "im.mobile.disableUntrustedSsl").Or("true"),
				Find([]string{"immobiledisableuntrustedssl"}, sametimePolicy).In("xml").Or("true"),
			},
			Bad: []Example{
				{"policies.xml", "<policies><attribute id=\"im.mobile.disableUntrustedSsl\" value=\"«false»\"/></policies>\n"},
				{"policy.properties", "im.mobile.disableUntrustedSsl=«0»\n"},
				{"policies.json", "{\"name\": \"im.mobile.disableUntrustedSsl\", \"value\": \"«0»\"}\n"},
			},
			Good: []Example{
				{"policies.xml", "<policies><attribute id=\"im.mobile.disableUntrustedSsl\" value=\"true\"/><attribute id=\"im.mobile.disablePasswordSave\" value=\"false\"/></policies>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-005", Title: "Sametime listens without TLS", Severity: finding.High, CWE: 319,
				Why:        "Without a port for TLS, the mux and the community server speak the encryption of old: RC4 with keys that nobody vouches for. Who stands in between reads along.",
				Fix:        "Set `VPMX_TLS_PORT` (for the community server `VPS_TLS_PORT`) and the key store: `ST_TLS_KEY_STORE_TYPE=p12`, `ST_TLS_KEY_STORE_FILE` and `ST_TLS_KEY_STORE_PASSWORD`. `muxkey create` makes that key store.",
				References: []string{sametimeDocs + "securing_connections.html", sametimeDocs + "securing_connections_between_community_clients_docker.html"},
			},
			Match: []*Match{
				Key(listens, "VPMX_PORT").If(not(anywhere(listens, "VPMX_TLS_PORT", "muxTlsConfigSecret"))),
				Key(listens, "Connectivity.VPS_PORT", "Connectivity__VPS_PORT").If(not(anywhere(listens, "VPS_TLS_PORT"))).As(finding.Medium, ""),
			},
			Bad: []Example{
				{"mux.env", "STI__Debug__VPMX_DISABLE_CONFIGURATION_UPDATE=1\nSTI__Debug__VPMX_PORT=«1533»\nSTI__Config__VPMX_CAPACITY=20000\n"},
				{"sametime.ini", "[Connectivity]\nVPS_HOST=chat.example.com\nVPS_PORT=«1516»\n"},
				{"values.yaml", "sametimeIni:\n    STI__Debug__VPMX_PORT: \"«1533»\"\n"},
			},
			Good: []Example{
				{"mux.env", "STI__Debug__VPMX_PORT=1533\nSTI__Debug__VPMX_TLS_PORT=1533\n"},
				{"mux.env", "STI__Debug__VPMX_TLS_PORT=1533\n"},
				{"values.yaml", "muxTlsConfigSecret: mux-secret\nsametimeIni:\n    STI__Debug__VPMX_PORT: \"1533\"\n"},
				{"sametime.ini", "[Connectivity]\nVPS_PORT=1516\nVPS_TLS_PORT=1517\n[Other]\nMY_VPS_PORT=3\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-006", Title: "the mux takes the encryption of old beside TLS", Severity: finding.Medium, CWE: 319,
				Why:        "One port serves both, so a client that does not ask for TLS still gets RC4, and who stands in between can see to it that it does not ask.",
				Fix:        "When all clients connect with `tls-direct`, switch to strict TLS: no `VPMX_PORT` beside `VPMX_TLS_PORT`.",
				References: []string{sametimeDocs + "securing_connections_between_community_clients_docker.html"},
			},
			Match: []*Match{
				Key(listens, "VPMX_PORT").If(anywhere(listens, "VPMX_TLS_PORT")),
				Key(listens, "Connectivity.VPS_PORT", "Connectivity__VPS_PORT").If(anywhere(listens, "VPS_TLS_PORT")),
			},
			Bad: []Example{
				{"mux.env", "STI__Debug__VPMX_PORT=«1533»\nSTI__Debug__VPMX_TLS_PORT=1533\nSTI__Config__ST_TLS_KEY_STORE_TYPE=p12\n"},
				{"sametime.ini", "[Connectivity]\nVPS_PORT=«1516»\nVPS_TLS_PORT=1516\n"},
			},
			Good: []Example{
				{"mux.env", "STI__Debug__VPMX_TLS_PORT=1533\n"},
				{"mux.env", "STI__Debug__VPMX_PORT=0\nSTI__Debug__VPMX_TLS_PORT=1533\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-007", Title: "Sametime speaks SSL 3, TLS 1.0 or TLS 1.1", Severity: finding.High, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said. Clients that could do better can be pushed down to them.",
				Fix:        "Remove the setting, or set it to `0x303` (TLS 1.2), which is the default for both ends.",
				References: []string{sametimeDocs + "implement_tls_configuration.html"},
			},
			Match: []*Match{
				Key(OneOf("0x300", "0x301", "0x302", "0x0300", "0x0301", "0x0302", "768", "769", "770"),
					sametimeScopes("TLS_MIN_PROTOCOL_VERSION", "TLS_MAX_PROTOCOL_VERSION")...).Or("0x303"),
			},
			Bad: []Example{
				{"mux.env", "STI__Config__ST_TLS_MIN_PROTOCOL_VERSION=«0x301»\n"},
				{"sametime.ini", "[Config]\nSTMUX_TLS_MAX_PROTOCOL_VERSION=«0x302»\n"},
				{"values.yaml", "sametimeIni:\n    STI__Config__STLDAP_TLS_MIN_PROTOCOL_VERSION: \"«0x300»\"\n"},
			},
			Good: []Example{
				{"mux.env", "STI__Config__ST_TLS_MIN_PROTOCOL_VERSION=0x303\n"},
				{"other.env", "BEST_TLS_MIN_PROTOCOL_VERSION=0x301\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-008", Title: "Sametime restricts nothing about keys and algorithms", Severity: finding.Low, CWE: 326,
				Why:        "At level 0 short keys and weak hashes are taken as well. An answer to SAML that nobody signed can be anybody's.",
				Fix:        "Set `TLS_SECURITY_LEVEL` (and `STSAML_SECURITY_LEVEL`) to `2`, and `STSAML_REQUIRE_SIGNED_RESPONSE` to `1`. The certificates need RSA of 2048 bits or more and SHA-256; `muxkey verify` tells.",
				References: []string{sametimeDocs + "implement_tls_configuration.html", sametimeDocs + "configuring_sso_saml.html"},
			},
			Match: []*Match{
				Key(Exactly("0"), append(sametimeScopes("TLS_SECURITY_LEVEL"), "STSAML_SECURITY_LEVEL")...).Or("2"),
				Key(False, "STSAML_REQUIRE_SIGNED_RESPONSE").Or("1"),
			},
			Bad: []Example{
				{"mux.env", "STI__Config__ST_TLS_SECURITY_LEVEL=«0»\n"},
				{"sametime.ini", "[Config]\nSTSAML_REQUIRE_SIGNED_RESPONSE=«0»\nSTSAML_SECURITY_LEVEL=«0»\n"},
			},
			Good: []Example{
				{"mux.env", "STI__Config__ST_TLS_SECURITY_LEVEL=2\nSTI__Config__STSAML_REQUIRE_SIGNED_RESPONSE=1\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-009", Title: "Sametime does not look at the name of the peer", Severity: finding.Medium, CWE: 297,
				Why:        "With a trust store alone, any server with a certificate from one of its CAs passes for the directory or the identity provider.",
				Fix:        "Set `TLS_TRUSTED_HOSTS` of the same scope to the host names of the peer; `muxkey inspect` lists those in its certificate.",
				References: []string{sametimeDocs + "implement_tls_configuration.html"},
			},
			Match: []*Match{
				Key(Some, "STLDAP_TLS_TRUST_STORE_FILE").If(not(anywhere(Some, "STLDAP_TLS_TRUSTED_HOSTS", "ST_TLS_TRUSTED_HOSTS"))),
				Key(Some, "STSAML_TLS_TRUST_STORE_FILE").If(not(anywhere(Some, "STSAML_TLS_TRUSTED_HOSTS", "ST_TLS_TRUSTED_HOSTS"))),
			},
			Bad: []Example{
				{"community.env", "STI__Config__STLDAP_TLS_TRUST_STORE_TYPE=p12\nSTI__Config__STLDAP_TLS_TRUST_STORE_FILE=«/local/notesdata/ldaptruststore.p12»\n"},
			},
			Good: []Example{
				{"community.env", "STI__Config__STLDAP_TLS_TRUST_STORE_FILE=/local/notesdata/ldaptruststore.p12\nSTI__Config__STLDAP_TLS_TRUSTED_HOSTS=ldap.example.com\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-010", Title: "Sametime offers cipher suites that protect nothing", Severity: finding.High, CWE: 327,
				Why:        "Suites with NULL, anon, RC4, DES or EXPORT in their name do not encrypt, do not tell who is there, or are broken within hours.",
				Fix:        "Remove them, or the whole setting: the built-in list is used then. In a list of your own name suites with ECDHE and GCM, such as `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384`.",
				References: []string{sametimeDocs + "implement_tls_configuration.html"},
			},
			Match: []*Match{Picked(brokenCiphers, sametimeScopes("TLS_CIPHER_SUITES")...)},
			Bad: []Example{
				{"mux.env", "STI__Config__ST_TLS_CIPHER_SUITES=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,«SSL_RSA_WITH_RC4_128_SHA»\n"},
				{"sametime.ini", "[Config]\nSTMUX_TLS_CIPHER_SUITES=«TLS_RSA_WITH_NULL_SHA256»\n"},
			},
			Good: []Example{
				{"mux.env", "STI__Config__ST_TLS_CIPHER_SUITES=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_RSA_WITH_AES_128_GCM_SHA256\n"},
				{"mux.env", "STI__Config__ST_TLS_CIPHER_SUITES=\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-011", Title: "Sametime clients connect without TLS", Severity: finding.High, CWE: 319,
				Why:        "Only `tls-direct` speaks TLS to the mux. All others use the encryption of old, in which nobody proves to be the server; through an HTTPS tunnel the messages themselves go in the clear.",
				Fix:        "Set the connection type to `tls-direct`. The mux must serve TLS first, and clients must trust its CA: `muxkey trust build ca.pem --target sametime -o DIR` writes what they take.",
				References: []string{sametimeDocs + "config_client_comm_pref.html", sametimeDocs + "managed_community.html"},
			},
			Match: []*Match{
				Key(OneOf("direct", "http-direct"), "connectionType", "STCONNECTIONTYPE75").At(clients...).Or("tls-direct"),
				Key(sametimeProxy, "connectionType", "STCONNECTIONTYPE75").At(clients...).As(finding.Medium, "Sametime clients connect through a proxy, which is not TLS to the mux"),
			},
			Bad: []Example{
				{"plugin_customization.ini", "com.ibm.collaboration.realtime.community/host=chat.example.com\ncom.ibm.collaboration.realtime.community/connectionType=«direct»\ncom.ibm.collaboration.realtime.community/altCommunityConfig.a.connectionType=«socks5-proxy»\n"},
				{"managed-settings.xml", "<config><settingGroup name=\"com.ibm.collaboration.realtime.community\"><setting name=\"connectionType\" value=\"«http-direct»\" isLocked=\"true\"/></settingGroup></config>\n"},
				{"managed-community-configs.xml", "<managed-communities>\n<managed-community id=\"a\" host=\"a.example.com\" connectionType=\"«direct»\"/>\n<managed-community id=\"b\"><connection connectionType=\"«reverse-proxy»\"/></managed-community>\n</managed-communities>\n"},
				{"silentinstall.ini", "STSERVERPORT=1533\nSTCONNECTIONTYPE75=«direct»\n"},
			},
			Good: []Example{
				{"plugin_customization.ini", "com.ibm.collaboration.realtime.community/connectionType=tls-direct\n"},
				{"silentinstall.ini", "STCONNECTIONTYPE75=tls-direct\n"},
				{"other.ini", "connectionType=direct\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-012", Title: "the password of a proxy is given to all Sametime clients", Severity: finding.High, CWE: 522,
				Why:        "The file goes to every desktop, and the password in it is readable. With it anybody is on the proxy in that user's name.",
				Fix:        "Leave the value empty: the client asks for it. Change the password that stood here.",
				References: []string{sametimeDocs + "config_client_comm_pref.html", sametimeDocs + "installing_connectclient_silentinstall.html"},
			},
			Match: []*Match{
				Key(Clear, "proxyPassword", "STPROXYPASSWORD").At(clients...).Secret(),
			},
			Bad: []Example{
				{"silentinstall.ini", "STPROXYHOST=proxy.example.com\nSTPROXYPASSWORD=«Wint3r-2026»\n"},
				{"plugin_customization.ini", "com.ibm.collaboration.realtime.community/proxyPassword=«Wint3r-2026»\n"},
			},
			Good: []Example{
				{"silentinstall.ini", "STPROXYPASSWORD=\nSTPROXYUSER=ann\n"},
				{"silentinstall.ini", "STPROXYPASSWORD=<password>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-013", Title: "Sametime clients fetch their settings in the clear", Severity: finding.Medium, CWE: 319,
				Why:        "Who stands in between can change what is fetched: another server, another connection type, no TLS.",
				Fix:        "Use an `https://` address, of a server with a certificate that the desktops trust.",
				References: []string{sametimeDocs + "config_client_xml_file.html"},
			},
			Match: []*Match{
				Key(Beginning("http://"), "managedsettings.provider.file/URL").Hinting("managedsettings"),
			},
			Bad: []Example{
				{"plugin_customization.ini", "com.ibm.rcp.managedsettings.provider.file/URL=«http://chat.example.com/managed-settings.xml»\n"},
			},
			Good: []Example{
				{"plugin_customization.ini", "com.ibm.rcp.managedsettings.provider.file/URL=https://chat.example.com/managed-settings.xml\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-014", Title: "Sametime asks the directory without TLS", Severity: finding.High, CWE: 319,
				Why:        "Passwords of users, and that of the account which searches, go over the wire as they are. Who reads along can log in as any of them.",
				Fix:        "Switch TLS on (`ldapTls: true` with port 636; `SslEnabled=\"true\"`). The trust store comes first: `muxkey trust build ca.pem --target sametime -o DIR` writes `ldaptruststore.p12`.",
				References: []string{sametimeDocs + "securing_ldap_kubernetes.html", sametimeDocs + "config_buscard.html"},
			},
			Match: []*Match{
				Key(False, "ldapTls").In("yaml").Or("true"),
				Key(False, "SslEnabled").At("userinfoconfig.xml", "stcommunityconfig.xml"),
				Key(True, "ST_DB_LDAP_SSL_ONLY_FOR_PASSWORDS").As(finding.Medium, "Sametime asks the directory with TLS for passwords alone").Or("0"),
			},
			Bad: []Example{
				{"values.yaml", "ldapTls: «false»\nldapPort: \"389\"\n"},
				{"UserInfoConfig.xml", "<UserInformation><Storage type=\"LDAP\"><StorageDetails HostName=\"ldap.example.com\" Port=\"389\" SslEnabled=\"«false»\" SslPort=\"636\"/></Storage></UserInformation>\n"},
				{"conf/StCommunityConfig.xml", "<config><LDAPServer SSLEnabled=\"«0»\"/></config>\n"},
				{"sametime.ini", "[Directory]\nST_DB_LDAP_SSL_ONLY_FOR_PASSWORDS=«1»\n"},
			},
			Good: []Example{
				{"values.yaml", "ldapTls: true\nldapPort: \"636\"\n"},
				{"UserInfoConfig.xml", "<UserInformation><Storage type=\"LDAP\"><StorageDetails SslEnabled=\"true\"/></Storage></UserInformation>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-015", Title: "the TURN server is told not to speak TLS 1.2", Severity: finding.Low, CWE: 327,
				Why:        "Clients without TLS 1.3 are left with older versions, or with none, and fall back to relays without TLS.",
				Fix:        "Remove `no-tlsv1_2`; keep `no-tlsv1` and `no-tlsv1_1`.",
				References: []string{sametimeDocs + "turnserver_ubuntu.html"},
			},
			Match: []*Match{
				Key(anyValue, "no-tlsv1_2").At("turnserver*.conf"),
			},
			Bad: []Example{
				{"turnserver.conf", "listening-port=3478\n«no-tlsv1_2»\n"},
			},
			Good: []Example{
				{"turnserver.conf", "no-tlsv1\nno-tlsv1_1\n# no-tlsv1_2\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-016", Title: "a Sametime setting of TLS is spelt so that nobody reads it", Severity: finding.Medium, CWE: 1287,
				Why:        "A name that is not known is passed over without a word, and the server runs as if it were not there: without TLS, or with its defaults.",
				Fix:        "Write two underscores before and behind the section: `STI__Config__ST_TLS_KEY_STORE_FILE`. In a compose file write `env_file:` and the name of the file behind `- `.",
				References: []string{sametimeDocs + "chat_configuring_sametimeini.html", sametimeDocs + "implement_tls_configuration.html"},
			},
			Match: []*Match{
				Find([]string{"sticonfig", "stidebug", "sticonnectivity", "stidirectory"}, sametimeSingle),
				Find([]string{"env file"}, func(f *syntax.File, report func(Hit)) {
					for _, s := range f.Settings {
						if s.Path[len(s.Path)-1] == "env file" {
							report(Hit{Span: s.Value.Span})
						}
					}
				}).In("yaml"),
			},
			Bad: []Example{
				{"mux.env", "«STI_Config_ST_TLS_KEY_STORE_FILE»=/local/sametimemuxdata/keystore.p12\nSTI__Config__ST_TLS_KEY_STORE_TYPE=p12\n"},
				{"docker-compose.yml", "services:\n  mux:\n    image: mux\n    env file: «mux.env»\n"},
			},
			Good: []Example{
				{"mux.env", "STI__Config__ST_TLS_KEY_STORE_FILE=/local/sametimemuxdata/keystore.p12\nMY_STI_Config_X=1\n"},
				{"docker-compose.yml", "services:\n  mux:\n    env_file:\n      - mux.env\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-017", Title: "typographic quotes around an alias", Severity: finding.Low, CWE: 1287,
				Why:        "Shells and servers take such quotes for letters: the alias is then ‘mux’ with the quotes in it, and is not found when it is asked for by name.",
				Fix:        "Write plain quotes or none. `muxkey alias rename` mends the keystore that was made with them.",
				References: []string{sametimeDocs + "t_keystore_self_signed.html", sametimeDocs + "keystore_third_party.html"},
			},
			Match: []*Match{
				Find([]string{"‘", "’", "“", "”", "„"}, func(f *syntax.File, report func(Hit)) {
					for _, c := range f.Commands {
						if c.Name != "keytool" && c.Name != "openssl" && c.Name != "muxkey" {
							continue
						}
						for _, w := range c.Words {
							if typographic(w.Text) {
								report(Hit{Span: w.Span})
							}
						}
					}
				}).With("^keytool$", "^openssl$", "^muxkey$"),
				Key(func(v syntax.Value) bool { return typographic(v.Text) }, sametimeScopes("TLS_KEY_LABEL")...),
			},
			Bad: []Example{
				{"make.sh", "openssl pkcs12 -export -in mux.crt -inkey mux.key -out keystore.p12 -name «‘mux’»\n"},
				{"mux.env", "STI__Config__ST_TLS_KEY_LABEL=«“mux”»\n"},
			},
			Good: []Example{
				{"make.sh", "# ‘mux’ is the alias\nopenssl pkcs12 -export -in mux.crt -out keystore.p12 -name 'mux'\necho ‘done’\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-SAMETIME-018", Title: "a password that is printed in the manual of Sametime", Severity: finding.High, CWE: 1392,
				Why:        "Everybody who has read the manual knows it. Whoever gets at the file that it protects has the private key or can add a CA.",
				Fix:        "Give the store another password: `muxkey password STORE`; then write the new one where this one stands, or better into a secret.",
				References: []string{sametimeDocs + "t_create_truststore_SAML.html", sametimeDocs + "security_mongodb_tls.html"},
			},
			Match: []*Match{
				sample("samet1me", "SecureSametimePassw0rd", "ldaptruststorepass", "samltruststorepass"),
			},
			Bad: []Example{
				{"mux.env", "STI__Config__ST_TLS_KEY_STORE_PASSWORD=«samet1me»\n"},
				{"make.sh", "keytool -importcert -storetype PKCS12 -keystore ldaptruststore.p12 -storepass «ldaptruststorepass» -alias ca -file ca.crt\n"},
				{"values.yaml", "mongoPassword: «SecureSametimePassw0rd»\n"},
			},
			Good: []Example{
				{"mux.env", "STI__Config__ST_TLS_KEY_STORE_PASSWORD=${MUX_PASSWORD}\n"},
				{"notes.yaml", "database: samet1me\n"},
			},
		},
	}
}

// sametimeScopes are keys in each of the scopes that Sametime knows.
func sametimeScopes(suffixes ...string) []string {
	var out []string
	for _, suffix := range suffixes {
		for _, scope := range []string{"ST_", "STMUX_", "STSRV_", "STLDAP_", "STSAML_"} {
			out = append(out, scope+suffix)
		}
	}
	return out
}

// listens is a port that is one, or what else says that something is there.
func listens(v syntax.Value) bool { return !False(v) && !Empty(v) }

// sametimeProxy are the connection types through a proxy.
func sametimeProxy(v syntax.Value) bool {
	return OneOf("socks4-proxy", "socks5-proxy", "http-proxy", "https-proxy", "reverse-proxy", "useBrowserSettings")(v)
}

var singleUnderscores = lazy.Regexp(`^(?i:STI)_(?i:Config|Debug|Connectivity|Directory)_[A-Z]`)

// sametimeSingle finds names with single underscores around the section, which
// the reference page prints and the page on the format rules out.
func sametimeSingle(f *syntax.File, report func(Hit)) {
	for _, s := range f.Settings {
		if singleUnderscores().MatchString(s.Path[len(s.Path)-1]) {
			report(Hit{Span: s.Key})
		}
	}
}

// typographic tells whether a text begins or ends with a quote that no machine
// takes for one.
func typographic(text string) bool {
	return slices.ContainsFunc([]string{"‘", "’", "“", "”", "„"}, func(q string) bool {
		return strings.HasPrefix(text, q) || strings.HasSuffix(text, q)
	})
}

// sametimePolicy finds the attribute of a policy by its id.
func sametimePolicy(f *syntax.File, report func(Hit)) {
	for _, id := range f.Settings {
		if id.Path[len(id.Path)-1] != "@id" || id.Value.Text != "im.mobile.disableUntrustedSsl" {
			continue
		}
		for _, v := range f.Settings {
			if last := v.Path[len(v.Path)-1]; v.Block == id.Block && (last == "@value" || last == "@current-value") && False(v.Value) {
				report(Hit{Span: v.Value.Span, Block: v.Block})
			}
		}
	}
}
