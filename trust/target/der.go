package target

import (
	"context"
	"fmt"

	"muxkey/internal/command"
	"muxkey/keystore"
)

// derTarget is a directory even where it is one file: DER has no form for several
// certificates, and which of both it is must not hang on how many there are.
var derTarget = Target{
	ID:        "der",
	Title:     "DER files",
	Clients:   "devices and programs that take one binary certificate: Android, Windows, strongSwan, embedded TLS stacks",
	Name:      "der",
	Directory: true,
	Write: func(_ context.Context, j Job) ([]File, error) {
		var files []File
		for i, name := range uniqueNames(j.Set.Anchors, fileName) {
			files = append(files, File{Path: name + ".der", Data: j.Set.Anchors[i].Raw})
		}
		return files, nil
	},
	Use: func(path string, j Job) []Step {
		return []Step{{Text: "Give the client the files one by one, for curl:", Command: fmt.Sprintf("curl --cacert <(openssl x509 -in %s/NAME.der) https://%s/", command.Quote(path), j.first()), Shell: "bash"}}
	},
	Proof: "openssl x509 and certtool read the files",
}

// pkcs7Target is DER, which Windows, Java and OpenSSL all take, and not PEM, which
// the certificate stores of older Windows do not.
var pkcs7Target = Target{
	ID:      "pkcs7",
	Title:   "PKCS#7 file of certificates",
	Clients: "Windows, IIS, Java's keytool, network appliances",
	Name:    "ca-bundle.p7b",
	Write: func(_ context.Context, j Job) ([]File, error) {
		list := make([][]byte, len(j.Set.Anchors))
		for i, a := range j.Set.Anchors {
			list[i] = a.Raw
		}
		data, err := keystore.EncodePKCS7(list)
		if err != nil {
			return nil, err
		}
		return []File{{Data: data}}, nil
	},
	Use: func(path string, _ Job) []Step {
		return []Step{
			{Text: "Windows: take the file in as an administrator.", Command: `certutil -addstore -f Root ` + command.Quote(path), Shell: "powershell"},
			{Text: "Elsewhere: turn it into PEM.", Command: "openssl pkcs7 -inform DER -print_certs -in " + command.Quote(path)},
		}
	},
	Proof: "openssl pkcs7, certtool and keytool list the certificates",
}
