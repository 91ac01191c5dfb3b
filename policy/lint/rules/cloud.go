package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func cloud() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CLOUD-001", Title: "a tool for S3 or AWS takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "What is stored goes to, and what is fetched comes from, whoever answers. Requests are signed, and everything else in them can be read.",
				Fix:        "Remove the option. If the server's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and name that with `--ca-bundle`, `AWS_CA_BUNDLE`, or `ca_certs_file` for s3cmd.",
				References: []string{"https://docs.aws.amazon.com/cli/latest/reference/", "https://s3tools.org/kb/item8.htm", "https://github.com/s3fs-fuse/s3fs-fuse/blob/master/doc/man/s3fs.1.in"},
			},
			Match: []*Match{
				Flags([]string{"aws", "aws2", "awslocal", "s5cmd", "eb", "s4cmd"}, "--no-verify-ssl").Gone(),
				Flags([]string{"s3cmd"}, "--no-check-certificate", "--no-check-hostname").Gone(),
				Key(False, "check_ssl_certificate").Or("True"),
				Key(False, "check_ssl_hostname").As("", "s3cmd takes a certificate of another host").Or("True"),
				mounted("s3fs", "no_check_certificate", "ssl_verify_hostname=0"),
				EnvFlags([]string{"AWS", "AWS_CLI", "AWS_OPTS", "AWS_ARGS", "AWSCLI"}, "--no-verify-ssl"),
			},
			Bad: []Example{
				{"sync.sh", "aws --endpoint-url https://s3.example.com «--no-verify-ssl» s3 sync . s3://mux\ns5cmd «--no-verify-ssl» ls\ns3cmd «--no-check-certificate» ls\ns3fs mux /mnt -o «no_check_certificate»,use_path_request_style\nAWS=\"aws «--no-verify-ssl»\"\n"},
				{".s3cfg", "[default]\ncheck_ssl_certificate = «False»\ncheck_ssl_hostname = «False»\n"},
				{"etc/fstab", "mux /mnt fuse.s3fs _netdev,«no_check_certificate»,url=https://s3.example.com 0 0\n"},
			},
			Good: []Example{
				{"sync.sh", "aws --ca-bundle ca.pem s3 ls\n# aws --no-verify-ssl s3 ls\n"},
				{".s3cfg", "[default]\ncheck_ssl_certificate = True\ncheck_ssl_hostname = True\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CLOUD-002", Title: "the Azure CLI takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The token that is sent opens the subscription, and it goes to whoever answers.",
				Fix:        "Remove the variable. If a proxy's CA is a private one, put it into a bundle with `muxkey trust build --from system ca.pem -o ca-bundle.pem` and name that in `REQUESTS_CA_BUNDLE`.",
				References: []string{"https://learn.microsoft.com/en-us/cli/azure/use-azure-cli-successfully-troubleshooting", "https://github.com/AzureAD/azure-activedirectory-library-for-python#logging"},
			},
			Match: []*Match{
				// Any text switches off, 0 and false as well.
				Env(Some, "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION", "ADAL_PYTHON_SSL_NO_VERIFY"),
			},
			Bad: []Example{
				{"login.sh", "export AZURE_CLI_DISABLE_CONNECTION_VERIFICATION=«1»\nexport ADAL_PYTHON_SSL_NO_VERIFY=«true»\n"},
				{"login.ps1", "$env:AZURE_CLI_DISABLE_CONNECTION_VERIFICATION = \"«1»\"\n"},
				{"azure-pipelines.yml", "steps:\n  - script: az login\n    env:\n      AZURE_CLI_DISABLE_CONNECTION_VERIFICATION: «1»\n"},
			},
			Good: []Example{
				{"login.sh", "unset AZURE_CLI_DISABLE_CONNECTION_VERIFICATION\nexport ADAL_PYTHON_SSL_NO_VERIFY=\nexport REQUESTS_CA_BUNDLE=/etc/ssl/ca.pem\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CLOUD-003", Title: "gcloud or gsutil takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The token that is sent opens the project, and it goes to whoever answers.",
				Fix:        "Remove the setting. If a proxy's CA is a private one, put it into a bundle with `muxkey trust build --from system ca.pem -o ca-bundle.pem`, and `gcloud config set core/custom_ca_certs_file FILE` (`.boto`: `ca_certificates_file`).",
				References: []string{"https://cloud.google.com/sdk/gcloud/reference/config/set", "https://cloud.google.com/storage/docs/boto-gsutil"},
			},
			Match: []*Match{
				SetBy(True, []string{"gcloud"}, "auth/disable_ssl_validation").Or("False"),
				Env(True, "CLOUDSDK_AUTH_DISABLE_SSL_VALIDATION").Or("False"),
				under(True, []string{"auth"}, "disable_ssl_validation").Or("False"),
				Flags([]string{"bq"}, "--disable_ssl_validation").Gone(),
				Key(False, "Boto.https_validate_certificates").Or("True"),
				SetBy(False, []string{"gsutil"}, "Boto:https_validate_certificates").Or("True"),
			},
			Bad: []Example{
				{"login.sh", "gcloud config set auth/disable_ssl_validation «True»\nexport CLOUDSDK_AUTH_DISABLE_SSL_VALIDATION=«1»\ngsutil -o Boto:https_validate_certificates=«False» ls\nbq «--disable_ssl_validation» ls\n"},
				{".boto", "[Boto]\nhttps_validate_certificates = «False»\n"},
				{"gcloud/configurations/config_default", "[auth]\ndisable_ssl_validation = «true»\n"},
			},
			Good: []Example{
				{"login.sh", "gcloud config unset auth/disable_ssl_validation\ngcloud config set core/custom_ca_certs_file ca.pem\n"},
				{".boto", "[Boto]\nhttps_validate_certificates = True\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-CLOUD-004", Title: "a tool of Cloud Foundry, OpenStack, vSphere or IBM Cloud takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The password or token that is sent opens the platform, and it goes to whoever answers.",
				Fix:        "Remove the switch. If the platform's CA is a private one, put it into a bundle with `muxkey trust build ca.pem -o ca-bundle.pem` and name that: `OS_CACERT` for OpenStack, `GOVC_TLS_CA_CERTS` for govc, `SSL_CERT_FILE` for cf.",
				References: []string{"https://cli.cloudfoundry.org/en-US/v8/api.html", "https://docs.openstack.org/python-openstackclient/latest/cli/man/openstack.html", "https://github.com/vmware/govmomi/blob/main/govc/USAGE.md"},
			},
			Match: []*Match{
				Flags([]string{"cf", "cf7", "cf8", "om", "ibmcloud", "uaac", "uaa", "credhub", "fly", "pks", "tkgi", "pivnet", "bx"}, "--skip-ssl-validation", "--skip-tls-validation").Gone(),
				Flags([]string{"openstack", "nova", "neutron", "glance", "cinder", "heat", "swift", "keystone", "ironic"}, "--insecure").Gone(),
				Flags([]string{"fly"}, "-k", "--insecure").Hinting("fly t", "fly login", "fly set", `fly",`, "fly',").Gone(),
				Flags([]string{"om"}, "-k").Hinting("opsman"),
				Env(Exactly("1", "true", "True", "TRUE", "t"), "GOVC_INSECURE").Or("0"),
				Env(True, "OS_INSECURE", "CF_SKIP_SSL_VALIDATION", "OM_SKIP_SSL_VALIDATION").Or("false"),
				Flags([]string{"govc"}, "-k").Hinting("govc").Gone(),
			},
			Bad: []Example{
				{"login.sh", "cf api https://api.example.com «--skip-ssl-validation»\nopenstack «--insecure» server list\nexport GOVC_INSECURE=«1»\nfly -t ci login -c https://ci.example.com «-k»\ngovc ls «-k»\n"},
			},
			Good: []Example{
				{"login.sh", "cf api https://api.example.com\nexport OS_CACERT=ca.pem GOVC_INSECURE=0\nopenstack server list\n"},
			},
		},
	}
}

// mounted is an option of a file system, behind -o of its program or in fstab.
func mounted(program string, names ...string) *Match {
	return Find(literals(names), func(f *syntax.File, report func(Hit)) {
		find := func(at int, text string) {
			for item := range strings.SplitSeq(text, ",") {
				if slices.Contains(names, item) {
					report(Hit{Span: syntax.Span{Start: at, End: at + len(item)}})
				}
				at += len(item) + 1
			}
		}
		for i := range f.Commands {
			c := &f.Commands[i]
			for _, w := range c.Words {
				if c.Name == program && w.Span.End-w.Span.Start == len(w.Text) {
					find(w.Span.Start, strings.TrimPrefix(w.Text, "-o"))
				}
			}
		}
		if base(f) == "fstab" {
			at := 0
			for line := range strings.Lines(string(f.Text)) {
				if fields := strings.Fields(line); len(fields) > 3 && !strings.HasPrefix(fields[0], "#") && strings.Contains(line, program) {
					find(at+strings.Index(line, fields[3]), fields[3])
				}
				at += len(line)
			}
		}
	})
}
