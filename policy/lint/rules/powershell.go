package rules

import (
	"regexp"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func powershell() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-POWERSHELL-001", Title: "PowerShell takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "What is sent, tokens and passwords as well, goes to whoever answers, and scripts that are fetched so are often run.",
				Fix:        "Remove the switch, and give the CA to Windows: `muxkey trust build ca.pem --target windows-powershell -o ca.ps1`, or on Linux `--target debian` or `--target rhel`.",
				References: []string{"https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.utility/invoke-webrequest#-skipcertificatecheck", "https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.core/new-pssessionoption", "https://developer.broadcom.com/powercli"},
			},
			Match: []*Match{
				parameter("-SkipCertificateCheck", "-SkipCACheck", "-SkipCertificateValidation"),
				parameter("-SkipCNCheck").As("", "PowerShell takes a certificate of another host"),
				parameter("-SkipRevocationCheck").As(finding.Low, "PowerShell does not ask whether a certificate was revoked"),
				Key(psTrue, "SkipCertificateCheck", "SkipCACheck", "SkipCNCheck").In("powershell"),
				Assign(psTrue, "SkipCertificateCheck", "SkipCACheck", "SkipCNCheck").In("powershell"),
				FlagsAre([]string{"set-powercliconfiguration"}, OneOf("Ignore", "Warn"), "-InvalidCertificateAction"),
				source(`(?i)\bServerCertificateValidationCallback\s*=\s*(?:\[[\w.]+\]\s*)?\{\s*(?:param\s*\([^)]*\)\s*)?(?:return\s+)?(\$true)\s*;?\s*\}`, "servercertificatevalidationcallback"),
				source(`(?i)\b\w+\s*:\s*((?:System\.Net\.)?ICertificatePolicy)\b`, "icertificatepolicy"),
			},
			Bad: []Example{
				{"get.ps1", "Invoke-WebRequest -Uri https://mux.example.com «-SkipCertificateCheck»\n$r = Invoke-RestMethod «-skipcertificatecheck» https://mux.example.com/api\niwr https://mux.example.com «-SkipCertificateCheck:$true»\n"},
				{"get.ps1", "$o = New-PSSessionOption «-SkipCACheck» «-SkipCNCheck» «-SkipRevocationCheck»\n"},
				{"get.ps1", "[System.Net.ServicePointManager]::ServerCertificateValidationCallback = {«$true»}\n[Net.ServicePointManager]::ServerCertificateValidationCallback = { return «$true» }\n"},
				{"get.ps1", "Add-Type @\"\nusing System.Net;\nusing System.Security.Cryptography.X509Certificates;\npublic class TrustAllCertsPolicy : «ICertificatePolicy» {\n  public bool CheckValidationResult(ServicePoint s, X509Certificate c, WebRequest r, int p) { return true; }\n}\n\"@\n"},
				{"get.ps1", "Set-PowerCLIConfiguration «-InvalidCertificateAction» Ignore -Confirm:$false\n"},
				{"run.sh", "pwsh -c 'Invoke-WebRequest «-SkipCertificateCheck» https://mux.example.com'\n"},
			},
			Good: []Example{
				{"get.ps1", "Invoke-WebRequest -Uri https://mux.example.com -SkipCertificateCheck:$false\n# Invoke-WebRequest -SkipCertificateCheck\nSet-PowerCLIConfiguration -InvalidCertificateAction Fail\n"},
				{"get.ps1", "param(\n  [switch]$SkipCertificateCheck\n)\nif ($SkipCertificateCheck) { Write-Host 'use -SkipCertificateCheck' }\n"},
				{"get.ps1", "[Net.ServicePointManager]::ServerCertificateValidationCallback = $null\n# [Net.ServicePointManager]::ServerCertificateValidationCallback = {$true}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-POWERSHELL-002", Title: "PowerShell speaks a protocol of old", Severity: finding.Medium, CWE: 327,
				Why:        "TLS before 1.2, and SSL, have breaks that let someone on the way read or change what is sent.",
				Fix:        "Write `Tls12` or `Tls13`, or remove the line so that Windows decides.",
				References: []string{"https://learn.microsoft.com/en-us/dotnet/framework/network-programming/tls", "https://www.rfc-editor.org/rfc/rfc8996"},
			},
			Match: []*Match{
				source(`(?i)::SecurityProtocol\s*=[^\n]*?\b(Ssl3|Tls11|Tls)\b`, "securityprotocol").In("powershell"),
				FlagsAre([]string{"invoke-webrequest", "invoke-restmethod", "iwr", "irm"}, Listing("Tls", "Tls11", "Ssl3"), "-SslProtocol"),
			},
			Bad: []Example{
				{"get.ps1", "[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::«Tls»\n"},
				{"get.ps1", "[Net.ServicePointManager]::SecurityProtocol = '«Ssl3»,Tls12'\n"},
				{"get.ps1", "Invoke-WebRequest «-SslProtocol» Tls11 https://mux.example.com\n"},
			},
			Good: []Example{
				{"get.ps1", "[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12\n[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls13\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-POWERSHELL-003", Title: "WinRM takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "The password of an administrator goes to whoever answers.",
				Fix:        "Write `validate`, and give the CA: `ansible_winrm_ca_trust_path` with a bundle made by `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://docs.ansible.com/ansible/latest/os_guide/windows_winrm.html", "https://docs.ansible.com/ansible/latest/collections/ansible/builtin/psrp_connection.html"},
			},
			Match: []*Match{
				Key(OneOf("ignore"), "ansible_winrm_server_cert_validation", "ansible_psrp_cert_validation").Or("validate"),
				Assign(OneOf("ignore"), "server_cert_validation").Or("validate"),
				FlagsAre([]string{"knife", "chef-run", "ansible", "ansible-playbook"}, OneOf("verify_none"), "--winrm-ssl-verify-mode"),
				Assign(False, "winrm.ssl_peer_verification").Or("true"),
				Key(True, "winrm_insecure").In("hcl", "json").Or("false"),
			},
			Bad: []Example{
				{"group_vars/windows.yml", "ansible_connection: winrm\nansible_winrm_server_cert_validation: «ignore»\n"},
				{"inventory.ini", "[windows:vars]\nansible_winrm_server_cert_validation=«ignore»\n"},
				{"image.pkr.hcl", "source \"vsphere-iso\" \"a\" {\n  winrm_use_ssl  = true\n  winrm_insecure = «true»\n}\n"},
			},
			Good: []Example{
				{"group_vars/windows.yml", "ansible_winrm_server_cert_validation: validate\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-POWERSHELL-004", Title: "WinRM speaks without encryption", Severity: finding.High, CWE: 319,
				Why:        "The password of an administrator, with Basic, and all commands are read on the way.",
				Fix:        "Write `false`, and make a listener with HTTPS: `winrm quickconfig -transport:https` with a certificate of your CA.",
				References: []string{"https://learn.microsoft.com/en-us/windows/win32/winrm/installation-and-configuration-for-windows-remote-management"},
			},
			Match: []*Match{
				source(`(?i)\bAllowUnencrypted\b["']?(?:\s+-Value)?\s*=?\s*["']?(\$?true|1)\b`, "allowunencrypted"),
			},
			Bad: []Example{
				{"setup.ps1", "Set-Item WSMan:\\localhost\\Service\\AllowUnencrypted «$true»\nSet-Item -Path WSMan:\\localhost\\Client\\AllowUnencrypted -Value «$true»\n"},
				{"setup.bat", "winrm set winrm/config/service @{AllowUnencrypted=\"«true»\"}\r\n"},
				{"setup.ps1", "winrm set winrm/config/service '@{AllowUnencrypted=\"«true»\"}'\n"},
			},
			Good: []Example{
				{"setup.ps1", "Set-Item WSMan:\\localhost\\Service\\AllowUnencrypted $false\n# Set-Item WSMan:\\localhost\\Service\\AllowUnencrypted $true\n"},
			},
		},
	}
}

// psTrue is true, as PowerShell or anybody else writes it.
func psTrue(v syntax.Value) bool { return strings.EqualFold(v.Text, "$true") || True(v) }

// parameter is a switch of any cmdlet of PowerShell.
func parameter(names ...string) *Match {
	return &Match{Literals: literals(names), Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Commands {
			for _, o := range options(&f.Commands[i]) {
				for _, n := range names {
					if strings.EqualFold(o.name, n) && (!o.hasValue || psTrue(o.value)) {
						report(Hit{Span: o.span})
					}
				}
			}
		}
	}}
}

// source is a pattern in the text of scripts for Windows, with its first group as
// the place, where the parsers know no facts: in blocks of code and in C# between
// quotes. What stands behind '#', or in a line that REM begins, is none.
func source(pattern, hint string) *Match {
	re := regexp.MustCompile(pattern)
	return Find([]string{hint}, func(f *syntax.File, report func(Hit)) {
		for _, m := range re.FindAllSubmatchIndex(f.Text, -1) {
			line := f.Text[:m[0]]
			if i := strings.LastIndexByte(string(line), '\n'); i >= 0 {
				line = line[i+1:]
			}
			text := strings.TrimSpace(strings.ToLower(string(line)))
			if strings.Contains(text, "#") || strings.HasPrefix(text, "rem ") || strings.HasPrefix(text, "::") || strings.HasPrefix(text, "//") {
				continue
			}
			report(Hit{Span: syntax.Span{Start: m[2], End: m[3]}})
		}
	}).In("powershell", "batch")
}
