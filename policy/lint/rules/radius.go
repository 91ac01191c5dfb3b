package rules

import (
	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func radius() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-RADIUS-001", Title: "a network login takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Without a CA the device logs in to every access point or switch that has the right name, and hands it the password or what it can be guessed from.",
				Fix:        "Name the CA of the RADIUS server, and its name: `ca_cert` and `domain_suffix_match` in wpa_supplicant, `ca-cert` and `domain-suffix-match` in NetworkManager, `ca-certificate` in netplan. For a private one: `muxkey trust build ca.pem --target pem -o radius-ca.pem`.",
				References: []string{"https://w1.fi/cgit/hostap/plain/wpa_supplicant/wpa_supplicant.conf", "https://networkmanager.dev/docs/api/latest/settings-802-1x.html"},
			},
			Match: []*Match{
				Key(Listing("PEAP", "TTLS", "TLS"), "network.eap", "cred.eap").If(not(beside(Some, "ca_cert", "ca_path"))).In("conf").Hinting("network={", "cred={"),
				Key(Listing("peap", "ttls", "tls"), "802-1x.eap").If(not(beside(Some, "ca-cert", "ca-path", "system-ca-certs"))).Hinting("8021x"),
			},
			Bad: []Example{
				{"wpa_supplicant.conf", "network={\n  ssid=\"office\"\n  key_mgmt=WPA-EAP\n  eap=«PEAP»\n  identity=\"me\"\n}\n"},
				{"office.nmconnection", "[802-1x]\neap=«peap;»\nidentity=me\n"},
			},
			Good: []Example{
				{"wpa_supplicant.conf", "network={\n  ssid=\"office\"\n  eap=PEAP\n  ca_cert=\"/etc/radius-ca.pem\"\n  domain_suffix_match=\"radius.example.com\"\n}\n"},
				{"office.nmconnection", "[802-1x]\nca-cert=/etc/radius-ca.pem\neap=peap;\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-RADIUS-002", Title: "FreeRADIUS does not check those it asks", Severity: finding.High, CWE: 295,
				Why:        "FreeRADIUS looks accounts up with whoever answers for the directory, the database or the service. That one learns the passwords and decides who gets in.",
				Fix:        "Write `require_cert = 'demand'` for LDAP, and `check_cert = yes` and `check_cert_cn = yes` for REST and SQL, each with `ca_file`. For a private CA: `muxkey trust build ca.pem --target pem -o ca.pem`.",
				References: []string{"https://github.com/FreeRADIUS/freeradius-server/blob/v3.2.x/raddb/mods-available/ldap", "https://github.com/FreeRADIUS/freeradius-server/blob/v3.2.x/raddb/mods-available/rest"},
			},
			Match: []*Match{
				Key(OneOf("never", "allow"), "tls.require_cert").If(radiusFile).Or("demand"),
				Key(False, "tls.check_cert", "tls.check_cert_cn", "tls.tls_check_cert", "tls.tls_check_cert_cn", "tls_check_cert", "tls_check_cert_cn").If(radiusFile).Or("yes"),
			},
			Bad: []Example{
				{"raddb/mods-enabled/ldap.conf", "ldap {\n  server = 'ldap.example.com'\n  tls {\n    start_tls = yes\n    require_cert = '«never»'\n  }\n}\n"},
				{"freeradius/mods-enabled/rest.conf", "rest {\n  tls {\n    check_cert = «no»\n    check_cert_cn = «no»\n  }\n}\n"},
			},
			Good: []Example{
				{"raddb/mods-enabled/ldap.conf", "ldap {\n  tls {\n    # require_cert = 'never'\n    require_cert = 'demand'\n  }\n}\n"},
			},
		},
	}
}

// radiusFile tells whether a file is one of FreeRADIUS.
func radiusFile(f *syntax.File, h Hit) bool { return inPath("raddb", "radius")(f, h) }
