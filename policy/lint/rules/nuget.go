package rules

import "muxkey/internal/finding"

func nuget() []Rule {
	programs := []string{"dotnet", "nuget", "mono"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-NUGET-001", Title: "NuGet takes packages from any server", Severity: finding.High, CWE: 295,
				Why:        "Packages bring code that is built in and runs while building, and they come from whoever answers. API keys are sent there as well.",
				Fix:        "Remove the attribute, and give the server's CA to the system: `muxkey trust build ca.pem --target windows-powershell -o ca`, or `--target debian` or `--target rhel`.",
				References: []string{"https://learn.microsoft.com/en-us/nuget/reference/nuget-config-file#packagesources"},
			},
			Match: []*Match{Key(True, "disableTLSCertificateValidation").Or("false")},
			Bad: []Example{
				{"nuget.config", "<configuration>\n  <packageSources>\n    <add key=\"own\" value=\"https://nuget.example.com/v3/index.json\" disableTLSCertificateValidation=\"«true»\" />\n  </packageSources>\n</configuration>\n"},
			},
			Good: []Example{
				{"nuget.config", "<configuration>\n  <packageSources>\n    <!-- <add key=\"own\" disableTLSCertificateValidation=\"true\" /> -->\n    <add key=\"own\" value=\"https://nuget.example.com/v3/index.json\" disableTLSCertificateValidation=\"false\" />\n  </packageSources>\n</configuration>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-NUGET-002", Title: "NuGet fetches or pushes packages without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Packages can be changed on the way, and API keys are read there.",
				Fix:        "Remove the switch, and write https in the address of the source.",
				References: []string{"https://learn.microsoft.com/en-us/nuget/reference/nuget-config-file#packagesources", "https://learn.microsoft.com/en-us/nuget/reference/errors-and-warnings/nu1302"},
			},
			Match: []*Match{
				Key(True, "allowInsecureConnections").In("xml").Or("false"),
				Flags(programs, "--allow-insecure-connections", "-AllowInsecureConnections").Gone(),
			},
			Bad: []Example{
				{"nuget.config", "<configuration>\n  <packageSources>\n    <add key=\"own\" value=\"http://nuget.example.com/v3/index.json\" allowInsecureConnections=\"«true»\" />\n  </packageSources>\n</configuration>\n"},
				{"build.sh", "dotnet nuget add source http://nuget.example.com/v3/index.json «--allow-insecure-connections»\n"},
			},
			Good: []Example{
				{"nuget.config", "<configuration>\n  <packageSources>\n    <add key=\"own\" value=\"https://nuget.example.com/v3/index.json\" allowInsecureConnections=\"false\" />\n  </packageSources>\n</configuration>\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-NUGET-003", Title: "Chocolatey or winget installs what no checksum vouches for", Severity: finding.Medium, CWE: 345,
				Why:        "Installers are fetched from servers of many makers, and run with the rights of an administrator. Without the checksum nobody sees when one was changed.",
				Fix:        "Remove the switch; install from a source of your own that holds the installer.",
				References: []string{"https://docs.chocolatey.org/en-us/choco/commands/install/", "https://learn.microsoft.com/en-us/windows/package-manager/winget/install"},
			},
			Match: []*Match{
				Flags([]string{"choco", "cinst", "cup", "chocolatey"}, "--allow-empty-checksums", "--ignore-checksums", "--allowemptychecksum", "--ignorechecksum", "--ignore-checksum", "--ignorechecksums").
					Hinting("emptychecksum", "ignorechecksum").Gone(),
				Flags([]string{"winget"}, "--ignore-security-hash").Gone(),
			},
			Bad: []Example{
				{"setup.ps1", "choco install mux -y «--ignore-checksums»\nwinget install «--ignore-security-hash» --id Example.Mux\n"},
			},
			Good: []Example{
				{"setup.ps1", "choco install mux -y --download-checksum 00ff\n"},
			},
		},
	}
}
