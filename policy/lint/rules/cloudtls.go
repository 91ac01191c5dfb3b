package rules

import (
	"muxkey/internal/finding"
	"muxkey/internal/lazy"
	"muxkey/policy/lint/syntax"
)

func cloudtls() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CLOUDTLS-001", Title: "a service of a cloud takes TLS 1.0 or TLS 1.1", Severity: finding.Medium, CWE: 327,
				Why:        "These versions have holes through which who stands in between gets at what is said, and clients that could do better can be pushed down to them.",
				Fix:        "Name TLS 1.2 or later: `TLS1_2`, `TLSv1.2_2021`, `ELBSecurityPolicy-TLS13-1-2-2021-06`, `Policy-Min-TLS-1-2-2019-07`. Look at the logs for clients that still need the old ones first.",
				References: []string{"https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html", "https://learn.microsoft.com/en-us/azure/storage/common/transport-layer-security-configure-minimum-version"},
			},
			Match: []*Match{
				Key(oldFloor, "min_tls_version", "minimum_tls_version", "minimalTlsVersion", "minimum_protocol_version", "min_protocol_version", "ssl_minimal_tls_version_enforced", "scm_minimum_tls_version", "minTlsCipherSuiteVersion").In("hcl", "json", "yaml").If(not(spelt("tls_minimum_protocol_version"))),
				Key(oldCloudPolicy, "ssl_policy", "tls_security_policy", "security_policy", "ssl_negotiation_policy", "SslPolicyName", "policy_name").In("hcl", "json", "yaml").Hinting("elbsecuritypolicy", "policymintls", "tls10", "tls11"),
			},
			Bad: []Example{
				{"main.tf", "resource \"azurerm_storage_account\" \"a\" {\n  min_tls_version = \"«TLS1_0»\"\n}\nresource \"aws_lb_listener\" \"a\" {\n  ssl_policy = \"«ELBSecurityPolicy-2016-08»\"\n}\nresource \"aws_api_gateway_domain_name\" \"a\" {\n  security_policy = \"«TLS_1_0»\"\n}\n"},
				{"main.tf", "resource \"aws_cloudfront_distribution\" \"a\" {\n  viewer_certificate {\n    minimum_protocol_version = \"«TLSv1»\"\n  }\n}\nresource \"aws_elasticsearch_domain\" \"a\" {\n  domain_endpoint_options {\n    tls_security_policy = \"«Policy-Min-TLS-1-0-2019-07»\"\n  }\n}\nresource \"aws_lb_listener\" \"b\" {\n  ssl_policy = \"«ELBSecurityPolicy-TLS13-1-0-2021-06»\"\n}\n"},
				{"template.yaml", "Resources:\n  A:\n    Type: AWS::ElasticLoadBalancingV2::Listener\n    Properties:\n      SslPolicy: «ELBSecurityPolicy-TLS-1-1-2017-01»\n"},
				{"azuredeploy.json", "{\"resources\": [{\"properties\": {\"minimumTlsVersion\": \"«TLS1_1»\", \"minimalTlsVersion\": \"«1.0»\"}}]}\n"},
			},
			Good: []Example{
				{"main.tf", "resource \"x\" \"y\" {\n  min_tls_version = \"TLS1_2\"\n  ssl_policy = \"ELBSecurityPolicy-TLS13-1-2-2021-06\"\n  minimum_protocol_version = \"TLSv1.2_2021\"\n  tls_security_policy = \"Policy-Min-TLS-1-2-2019-07\"\n  security_policy = \"TLS_1_2\"\n  # min_tls_version = \"TLS1_0\"\n}\nresource \"google_compute_backend_service\" \"b\" {\n  security_policy = google_compute_security_policy.a.id\n}\n"},
				{"main.tf", "resource \"aws_lb_listener\" \"a\" {\n  ssl_policy = \"ELBSecurityPolicy-TLS-1-2-Ext-2018-06\"\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CLOUDTLS-002", Title: "a service of a cloud can be used without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Clients that ask for no encryption get none, and nobody notices. Keys, passwords and data then go over networks of others as they are.",
				Fix:        "Let the service refuse plain connections. Clients must trust its CA first; those of public clouds are in the trust stores of systems.",
				References: []string{"https://learn.microsoft.com/en-us/azure/storage/common/storage-require-secure-transfer", "https://learn.microsoft.com/en-us/azure/azure-cache-for-redis/cache-remove-tls-10-11", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https.html"},
			},
			Match: []*Match{
				Key(False, "ssl_enforcement_enabled", "enable_https_traffic_only", "https_traffic_only_enabled", "supportsHttpsTrafficOnly", "transit_encryption_enabled", "TransitEncryptionEnabled", "enforce_https").In("hcl", "json", "yaml").Or("true"),
				Within("resource.", False, "https_only", "require_ssl").In("hcl").Hinting("httpsonly", "requiressl").Or("true"),
				Key(False, "properties.httpsOnly", "ipConfiguration.requireSsl").In("json", "yaml").Hinting("httpsonly", "requiressl").Or("true"),
				Key(True, "enable_non_ssl_port", "non_ssl_port_enabled", "enableNonSslPort").In("hcl", "json", "yaml").Or("false"),
				Key(OneOf("Disabled"), "sslEnforcement").In("json", "yaml").Or("Enabled"),
				Key(OneOf("allow-all"), "viewer_protocol_policy").In("hcl", "json", "yaml").Or("redirect-to-https"),
				Key(OneOf("http-only"), "origin_protocol_policy").In("hcl", "json", "yaml").Or("https-only"),
			},
			Bad: []Example{
				{"main.tf", "resource \"azurerm_mysql_server\" \"a\" {\n  ssl_enforcement_enabled = «false»\n}\nresource \"azurerm_redis_cache\" \"a\" {\n  enable_non_ssl_port = «true»\n}\nresource \"azurerm_linux_web_app\" \"a\" {\n  https_only = «false»\n}\n"},
				{"main.tf", "resource \"aws_cloudfront_distribution\" \"a\" {\n  default_cache_behavior {\n    viewer_protocol_policy = \"«allow-all»\"\n  }\n}\n"},
				{"template.yaml", "Resources:\n  A:\n    Type: AWS::ElastiCache::ReplicationGroup\n    Properties:\n      TransitEncryptionEnabled: «false»\n"},
				{"azuredeploy.json", "{\"resources\": [{\"properties\": {\"supportsHttpsTrafficOnly\": «false»}}]}\n"},
			},
			Good: []Example{
				{"main.tf", "resource \"azurerm_linux_web_app\" \"a\" {\n  https_only = true\n}\nvariable \"https_only\" {\n  default = false\n}\nresource \"aws_cloudfront_distribution\" \"a\" {\n  default_cache_behavior {\n    viewer_protocol_policy = \"redirect-to-https\"\n  }\n}\n"},
			},
		},
	}
}

// oldFloor is a lowest version below TLS 1.2, as clouds write it.
func oldFloor(v syntax.Value) bool {
	return OneOf("TLS1_0", "TLS1_1", "TLS10", "TLS11", "1.0", "1.1", "TLSv1", "TLSv1.1", "TLSv1_2016", "TLSv1.1_2016", "SSLv3", "TLSv1_0", "TLSv1_1", "TLS_1_0", "TLS_1_1", "TLSEnforcementDisabled")(v)
}

var (
	oldELB    = lazy.Regexp(`^ELBSecurityPolicy-(?:20(?:11|14|15|16)-\d\d|TLS-1-[01]-\S+|TLS13-1-[01]-\S+|FS-2018-06|FS-1-1-\S+)$`)
	oldOthers = lazy.Regexp(`^(?:Policy-Min-TLS-1-[01]-\S+|TLS_1_[01]|TLS10|TLS11)$`)
)

// oldCloudPolicy is the name of a policy that lets TLS 1.1 in. The numbers behind
// "TLS13-" are the lowest version: TLS13-1-2 is a good one.
func oldCloudPolicy(v syntax.Value) bool {
	text, ok := plain(v)
	return ok && (oldELB().MatchString(text) || oldOthers().MatchString(text))
}
