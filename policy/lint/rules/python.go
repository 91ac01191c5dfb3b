package rules

import (
	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func python() []Rule {
	pip := []string{"pip", "pip2", "pip3", "pipx", "pipenv", "pip-compile", "pip-sync", "python", "python2", "python3", "py", "uv", "uvx"}
	conda := []string{"conda", "mamba", "micromamba", "anaconda", "conda-build"}
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-001", Title: "pip or uv takes packages from any server", Severity: finding.High, CWE: 295,
				Why:        "Packages bring code that runs while they are installed. For a trusted host pip checks no certificate, and takes http as well, so that the code comes from whoever answers.",
				Fix:        "Remove the host. If its CA, or that of a proxy, is a private one, put it into a bundle with `muxkey trust build ca.pem --target python -o ca` and name that with `--cert`, `PIP_CERT` or, for uv, `SSL_CERT_FILE`.",
				References: []string{"https://pip.pypa.io/en/stable/cli/pip/#cmdoption-trusted-host", "https://pip.pypa.io/en/stable/topics/https-certificates/", "https://docs.astral.sh/uv/reference/settings/#allow-insecure-host"},
			},
			Match: []*Match{
				FlagsAre(pip, Some, "--trusted-host", "--allow-insecure-host"),
				Key(Some, "global.trusted-host", "install.trusted-host", "download.trusted-host", "wheel.trusted-host", "list.trusted-host", "index.trusted-host", "search.trusted-host"),
				Whole(Some, "trusted-host").At("pip.conf", "pip.ini"),
				SetBy(Some, pip, "global.trusted-host", "install.trusted-host", "user.trusted-host", "site.trusted-host"),
				Env(Some, "PIP_TRUSTED_HOST", "UV_INSECURE_HOST"),
				Key(Some, "allow-insecure-host").At("uv.toml", "pyproject.toml"),
				lineOptions(func(name, value string) bool { return name == "--trusted-host" && value != "" }, "trustedhost").
					At("*requirements*.txt", "requirements/*.txt", "*constraints*.txt", "requirements*.in", "*requirements*.in"),
			},
			Bad: []Example{
				{"build.sh", "pip install «--trusted-host» pypi.example.com -r requirements.txt\npip3 install «--trusted-host=pypi.example.com» mux\npython3 -m pip install «--trusted-host» pypi.example.com mux\n"},
				{"build.sh", "uv pip install «--allow-insecure-host» pypi.example.com mux\nexport UV_INSECURE_HOST=«pypi.example.com»\n"},
				{"Dockerfile", "FROM python:3\nENV PIP_TRUSTED_HOST=\"«pypi.example.com files.example.com»\"\nRUN pip config set global.trusted-host «pypi.example.com»\n"},
				{"pip.conf", "[global]\nindex-url = http://pypi.example.com/simple\ntrusted-host = «pypi.example.com»\n"},
				{"pip.ini", "[install]\ntrusted-host=«pypi.example.com»\n"},
				{"requirements.txt", "--index-url https://pypi.example.com/simple\n«--trusted-host pypi.example.com»\nmux==1.0\n"},
				{"pyproject.toml", "[tool.uv]\nallow-insecure-host = [\"«pypi.example.com»\"]\n"},
			},
			Good: []Example{
				{"build.sh", "pip install --cert ca.pem mux\necho \"pip install --trusted-host x\"\ngrep -e --trusted-host requirements.txt\n"},
				{"build.sh", "pip config get global.trusted-host\npip config unset global.trusted-host\n"},
				{"requirements.txt", "# --trusted-host pypi.example.com\nmux==1.0\n"},
				{"app.yaml", "framework:\n  trusted_hosts: [\"mux.example.com\"]\n  trusted-host: mux.example.com\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-002", Title: "Pipenv, PDM, Poetry or Rye takes packages from any server", Severity: finding.High, CWE: 295,
				Why:        "Packages bring code that runs while they are installed, and they come from whoever answers. The credentials of a private index are sent there as well.",
				Fix:        "Write `verify_ssl = true`; for Poetry name the CA: `poetry config certificates.NAME.cert ca-bundle.pem`, made with `muxkey trust build ca.pem -o ca-bundle.pem`. For the others name it in `REQUESTS_CA_BUNDLE`.",
				References: []string{"https://python-poetry.org/docs/repositories/#certificates", "https://pipenv.pypa.io/en/stable/indexes.html", "https://pdm-project.org/latest/reference/configuration/"},
			},
			Match: []*Match{
				Key(False, "verify_ssl").At("pipfile", "pdm.toml", ".pdm.toml", "pyproject.toml", "pdm/config.toml", ".rye/config.toml").Or("true"),
				SetBy(False, []string{"pdm"}, "pypi.verify_ssl", "repository.*.verify_ssl", "pypi.*.verify_ssl").Or("true"),
				SetBy(False, []string{"poetry"}, "certificates.*.cert"),
				envLike(False, "POETRY_CERTIFICATES_*_CERT"),
				poetryCertificates().At("pypoetry/config.toml", "pypoetry/auth.toml", "poetry.toml"),
			},
			Bad: []Example{
				{"Pipfile", "[[source]]\nurl = \"https://pypi.example.com/simple\"\nverify_ssl = «false»\nname = \"own\"\n"},
				{"pyproject.toml", "[[tool.pdm.source]]\nurl = \"https://pypi.example.com/simple\"\nverify_ssl = «false»\n"},
				{"build.sh", "poetry config certificates.own.cert «false»\nexport POETRY_CERTIFICATES_OWN_CERT=«false»\npdm config pypi.verify_ssl «false»\n"},
				{"poetry.toml", "[certificates.own]\ncert = «false»\n"},
			},
			Good: []Example{
				{"Pipfile", "[[source]]\nurl = \"https://pypi.org/simple\"\nverify_ssl = true\nname = \"pypi\"\n"},
				{"build.sh", "poetry config certificates.own.cert ca-bundle.pem\npoetry config certificates.own.cert --unset\n"},
				{"poetry.toml", "[certificates.own]\ncert = \"ca.pem\"\n[virtualenvs]\ncreate = false\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-003", Title: "conda takes packages from any server", Severity: finding.High, CWE: 295,
				Why:        "Packages bring code that runs while they are installed, and they come from whoever answers.",
				Fix:        "Remove the setting, or name the CA: `ssl_verify: ca-bundle.pem`, made with `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://docs.conda.io/projects/conda/en/stable/user-guide/configuration/settings.html#ssl-verify-ssl-verification", "https://docs.conda.io/projects/conda/en/stable/user-guide/configuration/non-standard-certs.html"},
			},
			Match: []*Match{
				Whole(False, "ssl_verify").At(".condarc", "condarc", "*.condarc", "condarc.d/*", ".mambarc", "mambarc").Or("true"),
				SetBy(False, conda, "ssl_verify").Or("true"),
				Env(False, "CONDA_SSL_VERIFY", "MAMBA_SSL_VERIFY").Or("true"),
				FlagsAre(conda, OneOf("false", "no", "off", "0", "<false>"), "--ssl-verify", "--ssl_verify").Hinting("sslverify"),
				Flags(conda, "--insecure", "-k").Gone(),
			},
			Bad: []Example{
				{".condarc", "channels: [conda-forge]\nssl_verify: «false»\n"},
				{".condarc", "ssl_verify: «no»\n"},
				{"Dockerfile", "FROM continuumio/miniconda3\nENV CONDA_SSL_VERIFY=«false»\nRUN conda config --set ssl_verify «no»\n"},
				{"build.sh", "conda config --system --set ssl_verify «False»\nmicromamba install «--ssl-verify» false mux\nconda install «--insecure» mux\nmamba create «-k» -n mux\n"},
			},
			Good: []Example{
				{".condarc", "ssl_verify: /etc/ssl/ca.pem\n"},
				{".condarc", "# ssl_verify: false\nssl_verify: truststore\n"},
				{"build.sh", "conda config --set ssl_verify /etc/ssl/ca.pem\nconda config --show ssl_verify\nconda config --remove-key ssl_verify\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-004", Title: "Python 2.7 takes any certificate", Severity: finding.Medium, CWE: 295,
				Why:        "Programs of Python 2.7 with its own urllib and httplib talk to whoever answers. Python 3 does not read the variable, so there it only tells that somebody tried.",
				Fix:        "Remove the variable. If a server's CA is a private one, name a bundle in `SSL_CERT_FILE`: `muxkey trust build ca.pem --target python -o ca`.",
				References: []string{"https://peps.python.org/pep-0493/"},
			},
			Match: []*Match{Env(Exactly("0"), "PYTHONHTTPSVERIFY")},
			Bad: []Example{
				{"run.sh", "export PYTHONHTTPSVERIFY=«0»\n"},
				{"Dockerfile", "FROM python:2.7\nENV PYTHONHTTPSVERIFY «0»\n"},
			},
			Good: []Example{
				{"run.sh", "export PYTHONHTTPSVERIFY=1 MYPYTHONHTTPSVERIFY=0\nunset PYTHONHTTPSVERIFY\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-005", Title: "an empty name of a CA bundle", Severity: finding.Medium, CWE: 295,
				Why:        "requests before 2.28 took an empty bundle as the wish to check nothing at all. Today it only hides the bundle that was meant.",
				Fix:        "Unset the variable, or name a bundle in it: `muxkey trust build ca.pem --target python -o ca`.",
				References: []string{"https://requests.readthedocs.io/en/latest/user/advanced/#ssl-cert-verification"},
			},
			Match: []*Match{Env(Empty, "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")},
			Bad: []Example{
				{"run.sh", "export «CURL_CA_BUNDLE»=\"\"\n"},
				{"run.py", "import os\nos.environ['«CURL_CA_BUNDLE»'] = ''\n"},
				{"Dockerfile", "FROM python:3\nENV «REQUESTS_CA_BUNDLE»=\"\"\n"},
			},
			Good: []Example{
				{"run.sh", "export CURL_CA_BUNDLE=/etc/ssl/ca.pem\nunset REQUESTS_CA_BUNDLE\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-PYTHON-006", Title: "Pixi takes packages from any server", Severity: finding.High, CWE: 295,
				Why:        "Packages bring code that runs while they are installed, and they come from whoever answers.",
				Fix:        "Remove the setting. If the server's CA is a private one, give it to the system, and write `tls-root-certs = \"native\"`: `muxkey trust build ca.pem --target debian -o ca` or `--target rhel`.",
				References: []string{"https://pixi.sh/latest/reference/pixi_configuration/"},
			},
			Match: []*Match{
				Whole(True, "tls-no-verify").At(".pixi/config.toml", "pixi/config.toml").Or("false"),
				SetBy(True, []string{"pixi"}, "tls-no-verify").Or("false"),
				Flags([]string{"pixi"}, "--tls-no-verify").Gone(),
			},
			Bad: []Example{
				{".pixi/config.toml", "tls-no-verify = «true»\n"},
				{"build.sh", "pixi config set tls-no-verify «true»\npixi install «--tls-no-verify»\n"},
			},
			Good: []Example{
				{".pixi/config.toml", "tls-no-verify = false\n"},
			},
		},
	}
}

// poetryCertificates is [certificates.NAME] cert.
func poetryCertificates() *Match {
	return settings([]string{"certificates"}, func(s *syntax.Setting) bool {
		n := len(s.Path)
		return n > 2 && s.Path[n-3] == "certificates" && s.Path[n-1] == "cert" && False(s.Value)
	})
}
