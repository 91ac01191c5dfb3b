package target

import (
	"context"
	"fmt"
	"path"
	"strings"

	"muxkey/internal/command"
	"muxkey/pkcs12x"
)

// Products that have a form of their own. The forms are those of the vendors'
// documentation.
var (
	// sametimeTarget has the one form of trust store that HCL's pages come to,
	// .p12 with the algorithms of old versions of keytool (implement_tls_configuration,
	// t_troubleshooting_ldap_kubernetes at opensource.hcltechsw.com/sametime-doc),
	// certificates as .crt, which the steps of t_create_truststore_* take, and for
	// each server the settings by which Sametime Connect uses TLS
	// (config_client_comm_pref).
	sametimeTarget = Target{
		ID:        "sametime",
		Title:     "HCL Sametime: trust store, certificates, and settings of clients",
		Clients:   "HCL Sametime 11 and 12, mux and community server, LDAP, SAML and photos; Sametime Connect and the client in Notes",
		Name:      "sametime",
		Directory: true,
		Options:   []Option{Password, Server},
		Refuses:   either(javaRefuses, opensslRefuses),
		Write: func(ctx context.Context, j Job) ([]File, error) {
			list, err := j.hosts()
			if err != nil {
				return nil, err
			}
			if j, err = j.taken(either(javaRefuses, opensslRefuses)); err != nil {
				return nil, err
			}
			profile, err := pkcs12x.StrongestFor("sametime-truststore")
			if err != nil {
				return nil, err
			}
			store, err := storeFile(ctx, j, "truststore.p12", "pkcs12", profile)
			if err != nil {
				return nil, err
			}
			files := []File{store, {Path: "ca.pem", Data: pemOf(j.Set.Anchors, false)}}
			for i, name := range uniqueNames(j.Set.Anchors, fileName) {
				files = append(files, File{Path: "certificates/" + name + ".crt", Data: j.Set.Anchors[i].Raw})
			}
			for _, h := range list {
				files = append(files, File{Path: "clients/" + strings.ReplaceAll(h.String(), ":", "_") + "/plugin_customization.ini", Data: []byte(sametimeClient(h))})
			}
			return files, nil
		},
		Use: func(dir string, j Job) []Step {
			return []Step{
				{
					Text:    "A server that has to trust another one, such as the mux with mutual TLS, gets the trust store; under Docker these lines go into its env file:",
					Command: "STI__Config__ST_TLS_TRUST_STORE_TYPE=p12\nSTI__Config__ST_TLS_TRUST_STORE_FILE=/local/notesdata/truststore.p12\nSTI__Config__ST_TLS_TRUST_STORE_PASSWORD=PASSWORD", Shell: "ini",
				},
				{
					Text:    "Under Kubernetes the store for LDAP is a secret under a name of its own, that for SAML is samltruststore.p12 likewise:",
					Command: `kubectl create secret generic ldap-config-secret --from-literal=KeyStorePassword="$PASSWORD" --from-file=ldaptruststore.p12=` + command.Quote(path.Join(dir, "truststore.p12")),
				},
				{
					Text:    "Sametime Connect and Notes take roots from their own Java; NOTES is the folder of the program:",
					Command: `for certificate in ` + command.Quote(dir) + `/certificates/*.crt; do "$NOTES/jvm/bin/keytool" -importcert -noprompt -trustcacerts -keystore "$NOTES/jvm/lib/security/cacerts" -storepass changeit -alias "$(basename "$certificate" .crt)" -file "$certificate"; done`,
				},
				{
					Text:    "Clients speak TLS to the mux when their plugin_customization.ini says so; the folder clients has the lines for each server:",
					Command: sametimeClient(j.first()), Shell: "ini",
				},
				{Text: "Mobile clients trust what their phone or tablet trusts. allowUntrustedSSL=true in a provisioning URL is no way out: it lets anybody be the server."},
			}
		},
		Proof: "Java reads the trust store, whose algorithms are those that HCL names; Sametime was not run",
	}

	// teamworkCloudTarget has what the pages of No Magic tell clients to get: newer
	// ones teamworkcloud.crt, as keytool -export writes it, for the tool "Server
	// Certificates"; older ones a JKS named cert.jks in the folder certs of the
	// program (docs.nomagic.com: Enabling secure connection between client and
	// server). A .crt of DER holds one certificate.
	teamworkCloudTarget = Target{
		ID:        "teamwork-cloud",
		Title:     "Teamwork Cloud: teamworkcloud.crt and cert.jks",
		Clients:   "clients of Teamwork Cloud and Magic Collaboration Studio: Cameo, MagicDraw",
		Name:      "teamwork-cloud",
		Directory: true,
		Options:   []Option{Password},
		Refuses:   either(javaRefuses, opensslRefuses),
		Write: besideJKS("certs/cert.jks", func(store File, j Job) []File {
			files := []File{store}
			for i, a := range j.Set.Anchors {
				name := "teamworkcloud.crt"
				if i > 0 {
					name = fmt.Sprintf("teamworkcloud-%d.crt", i+1)
				}
				files = append(files, File{Path: name, Data: a.Raw})
			}
			return files
		}),
		Use: func(dir string, _ Job) []Step {
			return []Step{
				{Text: "In Cameo or MagicDraw, open Tools, Server Certificates, and import " + path.Join(dir, "teamworkcloud.crt") + "."},
				{
					Text:    "Versions up to 2022x take the store from the folder certs of the program; CAMEO is that of the program:",
					Command: `mkdir -p "$CAMEO/certs" && cp ` + command.Quote(path.Join(dir, "certs/cert.jks")) + ` "$CAMEO/certs/"`,
				},
				{Text: "Connect to the TLS port, which is 10002 unless it was changed; 3579 is without TLS."},
			}
		},
		Proof: "keytool lists the certificate and the store, and a Java client connects with the store; Cameo was not run",
	}

	// gmsTarget is both forms that applications of Genesys take: PEM on UNIX, JKS in
	// Java (docs.genesys.com: SDG, GenTLS).
	gmsTarget = Target{
		ID:        "gms",
		Title:     "Genesys: PEM file and JKS trust store",
		Clients:   "Genesys Mobile Services and other applications of Genesys",
		Name:      "gms",
		Directory: true,
		Options:   []Option{Password},
		Refuses:   either(javaRefuses, opensslRefuses),
		Write: besideJKS("truststore.jks", func(store File, j Job) []File {
			return []File{{Path: "ca.pem", Data: pemOf(j.Set.Anchors, false)}, store}
		}),
		Use: func(dir string, j Job) []Step {
			return []Step{
				{Text: "An application with PEM files is told so in the section security of its options, or of the connection:", Command: "[security]\nprovider=PEM\ntrusted-ca=" + path.Join("/path/to", dir, "ca.pem") + "\ntls-target-name-check=host", Shell: "ini"},
				{Text: "One in Java whose options know JKS takes the trust store:", Command: "[security]\ntrusted-ca-type=JKS\ntrusted-ca=" + path.Join("/path/to", dir, "truststore.jks") + "\ntrusted-ca-pwd=PASSWORD", Shell: "ini"},
				{Text: "What Genesys Mobile Services asks over HTTPS it then checks, when its options do not tell it to trust everything:", Command: "[gms]\nhttp.ssl_trust_all=false", Shell: "ini"},
			}
		},
		Proof: "OpenSSL and a Java client connect with the files; Genesys was not run",
	}
)

// storeFile is a trust store among other files.
func storeFile(ctx context.Context, j Job, name, format string, profile pkcs12x.Profile) (File, error) {
	files, err := keystoreWith(format, profile, javaAlias)(ctx, j)
	if err != nil {
		return File{}, err
	}
	files[0].Path = name
	return files[0], nil
}

// sametimeClient are the settings of a client for one mux, on the port that it has
// unless another is given.
func sametimeClient(h Host) string {
	const prefix = "com.ibm.collaboration.realtime.community/"
	return prefix + "host=" + h.Name + "\n" + prefix + "port=" + h.portOr("1533") + "\n" + prefix + "connectionType=tls-direct\n"
}

// besideJKS writes a JKS at a path, and what clients that have no Java take.
func besideJKS(name string, files func(store File, j Job) []File) func(context.Context, Job) ([]File, error) {
	return func(ctx context.Context, j Job) ([]File, error) {
		j, err := j.taken(either(javaRefuses, opensslRefuses))
		if err != nil {
			return nil, err
		}
		store, err := storeFile(ctx, j, name, "jks", pkcs12x.Profile{})
		if err != nil {
			return nil, err
		}
		return files(store, j), nil
	}
}
