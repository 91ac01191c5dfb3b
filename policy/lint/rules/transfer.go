package rules

import (
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func transfer() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-TRANSFER-001", Title: "a program for backups or downloads takes any certificate", Severity: finding.High, CWE: 295,
				Why:        "Backups, files and the passwords for their store go to whoever answers, and what is fetched comes from there.",
				Fix:        "Remove the switch, and give the CA: `--ca-cert` for rclone, `--cacert` for restic, `~/.mc/certs/CAs` for mc, `ssl:ca-file` for lftp, `--ca-certificate` for aria2, `--ssl-cacert-file` for duplicity. `muxkey trust build ca.pem -o ca-bundle.pem` makes the bundle.",
				References: []string{"https://rclone.org/docs/#no-check-certificate", "https://restic.readthedocs.io/en/stable/manual_rest.html", "https://min.io/docs/minio/linux/reference/minio-mc.html", "https://lftp.yar.ru/lftp-man.html", "https://aria2.github.io/manual/en/html/aria2c.html#cmdoption-check-certificate", "https://kopia.io/docs/reference/command-line/common/"},
			},
			Match: []*Match{
				Flags([]string{"rclone", "youtube-dl", "yt-dlp", "gallery-dl", "opkg", "you-get", "annie", "lux", "gdown"}, "--no-check-certificate", "--no-check-certificates").Gone(),
				Env(True, "RCLONE_NO_CHECK_CERTIFICATE", "RCLONE_CONFIG_NO_CHECK_CERTIFICATE").Or("false"),
				Flags([]string{"restic", "rustic", "resticprofile"}, "--insecure-tls").Gone(),
				Flags([]string{"mc", "mcli"}, "--insecure").Gone(),
				Env(True, "MC_INSECURE").Or("false"),
				FlagsAre([]string{"aria2c"}, False, "--check-certificate").Gone(),
				Whole(False, "check-certificate").At("aria2.conf", "aria2*.conf", "aria2/*.conf").Or("true"),
				Flags([]string{"duplicity", "duply"}, "--ssl-no-check-certificate").Gone(),
				Flags([]string{"axel"}, "-k", "--insecure").Hinting("axel"),
				Flags([]string{"kopia"}, "--disable-tls-verification").Gone(),
				Flags([]string{"duplicati-cli", "duplicati"}, "--accept-any-ssl-certificate").Gone(),
				Flags([]string{"nextcloudcmd", "owncloudcmd"}, "--trust").Hinting("nextcloudcmd", "owncloudcmd"),
				mounted("curlftpfs", "no_verify_peer", "no_verify_hostname"),
				lftp("ssl:verify-certificate"),
			},
			Bad: []Example{
				{"backup.sh", "rclone sync «--no-check-certificate» a own:a\nexport RCLONE_NO_CHECK_CERTIFICATE=«true»\nrestic -r rest:https://mux.example.com/ «--insecure-tls» backup /etc\nmc «--insecure» alias set own https://s3.example.com a b\n"},
				{"backup.sh", "aria2c «--check-certificate=false» https://mux.example.com/a\nduplicity «--ssl-no-check-certificate» /etc webdavs://mux.example.com/\nyt-dlp «--no-check-certificates» https://mux.example.com/v\n"},
				{"get.sh", "lftp -e 'set ssl:verify-certificate «no»; mirror a b; bye' ftps://mux.example.com\n"},
				{"get.sh", "lftp ftps://mux.example.com <<EOF\nset ssl:verify-certificate «false»\nmirror a b\nEOF\n"},
				{".lftprc", "# own server\nset ssl:verify-certificate «off»\n"},
				{"aria2.conf", "dir=/data\ncheck-certificate=«false»\n"},
			},
			Good: []Example{
				{"backup.sh", "rclone sync --ca-cert ca.pem a own:a\nrestic --cacert ca.pem backup /etc\nexport RCLONE_NO_CHECK_CERTIFICATE=false\naria2c --check-certificate=true https://mux.example.com/a\n"},
				{".lftprc", "#set ssl:verify-certificate no\nset ssl:verify-certificate yes\nset ssl:ca-file /etc/ssl/ca.pem\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TRANSFER-002", Title: "lftp takes a certificate of another host", Severity: finding.High, CWE: 297,
				Why:        "Anyone with a certificate for any name of their own can answer in place of the server. Such certificates are free.",
				Fix:        "Remove the line, and call the server by a name that its certificate holds. `muxkey probe HOST` lists those names.",
				References: []string{"https://lftp.yar.ru/lftp-man.html"},
			},
			Match: []*Match{lftp("ssl:check-hostname")},
			Bad: []Example{
				{".lftprc", "set ssl:check-hostname «no»\n"},
			},
			Good: []Example{
				{".lftprc", "set ssl:check-hostname yes\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TRANSFER-003", Title: "lftp or kopia sends without TLS", Severity: finding.Medium, CWE: 319,
				Why:        "Password and files are read on the way.",
				Fix:        "Remove the switch; for lftp write `set ftp:ssl-force yes` and `set ftp:ssl-protect-data yes`.",
				References: []string{"https://lftp.yar.ru/lftp-man.html", "https://kopia.io/docs/reference/command-line/common/repository-connect-s3/"},
			},
			Match: []*Match{
				lftp("ftp:ssl-allow", "ftp:ssl-protect-data"),
				Flags([]string{"kopia"}, "--disable-tls").Gone(),
			},
			Bad: []Example{
				{"get.sh", "lftp -c 'set ftp:ssl-allow «no»; open ftp://mux.example.com; get a'\nkopia repository connect s3 «--disable-tls» --bucket a\n"},
			},
			Good: []Example{
				{"get.sh", "lftp -c 'set ftp:ssl-force yes; open ftp://mux.example.com; get a'\n"},
			},
		},
	}
}

// lftp is a setting of lftp that is switched off, in its own file or in what a
// script gives it.
func lftp(keys ...string) *Match {
	return Find(lastOf(keys, ":"), func(f *syntax.File, report func(Hit)) {
		at := 0
		for line := range strings.Lines(string(f.Text)) {
			start := at
			at += len(line)
			if t := strings.TrimSpace(line); strings.HasPrefix(t, "#") || strings.HasPrefix(t, "echo ") {
				continue
			}
			for _, key := range keys {
				rest := 0
				for {
					i := strings.Index(line[rest:], "set "+key)
					if i < 0 {
						break
					}
					rest += i + len("set "+key)
					from := rest
					if j := strings.IndexAny(line[from:], " \t"); j >= 0 {
						from += j // a host: ssl:verify-certificate/mux.example.com
					}
					word := strings.TrimLeft(line[from:], " \t")
					from = len(line) - len(word)
					if end := strings.IndexAny(word, " \t\r\n;'\""); end >= 0 {
						word = word[:end]
					}
					if False(syntax.Value{Text: word}) {
						report(Hit{Span: syntax.Span{Start: start + from, End: start + from + len(word)}})
					}
				}
			}
		}
	}).In("shell", "dockerfile", "makefile", "yaml", "conf", "text", "batch")
}
