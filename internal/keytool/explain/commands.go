package explain

import (
	"math/big"
	"path/filepath"
	"strconv"
	"strings"
)

// explanations are what each command is in muxkey.
func explanations() map[string]func(*script) {
	return map[string]func(*script){
		"-genkeypair":     (*script).genKeyPair,
		"-genseckey":      (*script).genSecKey,
		"-importpass":     (*script).importPass,
		"-certreq":        (*script).certReq,
		"-gencert":        (*script).genCert,
		"-importcert":     (*script).importCert,
		"-exportcert":     (*script).exportCert,
		"-list":           (*script).list,
		"-delete":         (*script).remove,
		"-changealias":    (*script).changeAlias,
		"-keyclone":       (*script).keyClone,
		"-storepasswd":    (*script).storePasswd,
		"-keypasswd":      (*script).keyPasswd,
		"-importkeystore": (*script).importKeystore,
		"-printcert":      (*script).printCert,
		"-printcertreq":   (*script).printFile,
		"-printcrl":       (*script).printFile,
		"-gencrl":         (*script).genCRL,
		"-selfcert":       (*script).selfCert,
		"-showinfo":       (*script).showInfo,
		"-version":        func(s *script) { s.run("muxkey", "version") },
	}
}

func (s *script) genKeyPair() {
	if s.token() {
		return
	}
	key := s.keyType()
	if key == "" {
		key = "ec-p256"
		if algorithm := or(s.KeyAlg, s.level.KeyAlgorithm); algorithm == "" {
			s.note("keytool needs -keyalg; muxkey makes keys of %s without --key.", key)
		} else {
			s.note("muxkey makes no %s keys of that size: it has ec-p256, ec-p384, ec-p521, rsa-2048, rsa-3072, rsa-4096 and ed25519.", algorithm)
		}
	}
	r := s.extensions()
	s.signature()
	subject, host := s.subject()
	names := r.names
	if !r.ca {
		if !isHost(host) {
			if len(names) == 0 {
				s.note("A certificate of muxkey is for hosts: put the name of one in the place of HOST.")
				host = "HOST"
			} else {
				host, names = names[0], names[1:]
			}
		}
	}
	target, rename := s.file(s.keystore())
	added := s.exists()
	if added {
		s.note("The keystore is there: the entry is made in a file of its own, and put into it.")
		target, rename = filepath.Join(filepath.Dir(s.keystore()), s.alias()+".new.p12"), ""
	}
	made := words("muxkey", "create", operand(host))
	if r.ca {
		made = words("muxkey", "ca", "create", operand(subject))
		names = nil
	}
	made = words(made, "--key", key, "--days", s.days(), "--alias", s.alias())
	if subject != "" && !r.ca {
		made = words(made, "--subject", subject)
	}
	for _, name := range names {
		if name != "dns:"+host {
			made = words(made, "--san", name)
		}
	}
	if r.usage != "" && !r.ca {
		made = words(made, "--usage", r.usage)
	}
	if strings.EqualFold(or(s.KeyAlg, ""), "RSASSA-PSS") {
		made = words(made, "--pss")
	}
	made = words(made, s.startDate(), "-o", target, s.storePassword())
	if s.Signer != nil {
		made = words(made, "--ca", s.keystore(), "--ca-alias", *s.Signer, s.password("--ca-password", "storepass", s.StorePass), s.password("--ca-entry-password", "signerkeypass", s.SignerKeyPass))
	}
	s.run(made...)
	if added {
		s.run(words("muxkey", "import", s.keystore(), target, s.storePassword())...)
		s.run("rm", target)
	}
	s.renamed(target, rename)
}

func (s *script) genSecKey() {
	if s.token() {
		return
	}
	var kind string
	switch algorithm := strings.ToUpper(or(s.KeyAlg, "")); algorithm {
	case "AES", "HMACSHA256", "HMACSHA384", "HMACSHA512":
		kind = strings.ReplaceAll(strings.ToLower(algorithm), "hmacsha", "hmac-sha")
	default:
		s.note("muxkey makes secret keys of the types aes, hmac-sha256, hmac-sha384 and hmac-sha512, and no %s.", or(s.KeyAlg, "DES"))
		return
	}
	if !s.exists() {
		s.note("muxkey puts secret keys into keystores that are there, and %s is not.", s.keystore())
	}
	made := words("muxkey", "secret", "generate", s.keystore(), "--alias", s.alias(), "--type", kind)
	if s.KeySize != nil {
		made = words(made, "--bits", strconv.Itoa(*s.KeySize))
	}
	s.run(words(made, s.storePassword())...)
}

func (s *script) importPass() {
	s.note("muxkey keeps no passwords in keystores: its --password options take them from env:NAME, file:PATH, fd:N, stdin or a prompt.")
}

func (s *script) certReq() {
	if s.token() {
		return
	}
	s.signature()
	r := s.extensions()
	made := words("muxkey", "csr", "--from", s.keystore(), "--alias", s.alias())
	if subject, _ := s.subject(); subject != "" {
		made = words(made, "--subject", subject)
	}
	for _, name := range r.names {
		made = words(made, "--san", name)
	}
	if r.usage != "" {
		made = words(made, "--usage", r.usage)
	}
	s.run(words(made, s.output("--csr-out", s.File), s.storePassword(), s.password("--entry-password", "keypass", s.KeyPass))...)
}

func (s *script) genCert() {
	if s.token() {
		return
	}
	s.signature()
	r := s.extensions()
	made := words("muxkey", "sign", input(s.InFile), "--ca", s.keystore(), "--ca-alias", s.alias(), "--days", s.days(), s.startDate())
	if subject, _ := s.subject(); subject != "" {
		made = words(made, "--subject", subject)
	}
	for _, name := range r.names {
		made = words(made, "--san", name)
	}
	switch {
	case r.ca:
		made = words(made, "--usage", "ca")
	case r.usage != "":
		made = words(made, "--usage", r.usage)
	}
	if s.honorsAll() {
		made = words(made, "--honor", "all")
	} else {
		s.note("Names and usages of the request that muxkey knows are taken over; other extensions with --honor.")
	}
	form := "pem"
	if !s.RFC {
		s.note("Without -rfc keytool writes DER certificates one behind the other; p7b is a form for several that is read everywhere.")
		form = "p7b"
	}
	s.run(words(made, "--as", form, s.output("-o", s.OutFile), s.password("--ca-password", "storepass", s.StorePass), s.password("--ca-entry-password", "keypass", s.KeyPass))...)
}

// honorsAll tells whether all extensions of a request are asked for.
func (s *script) honorsAll() bool {
	for _, value := range s.Ext {
		name, what, _ := strings.Cut(strings.ToLower(value), "=")
		if len(name) > 1 && strings.HasPrefix("honored", name) && what == "all" {
			return true
		}
	}
	return false
}

func (s *script) importCert() {
	if s.token() {
		return
	}
	target, rename := s.keystore(), ""
	if !s.exists() {
		target, rename = s.file(target)
	}
	made := words("muxkey", "import", target, input(s.File), "--alias", s.alias(), s.storePassword())
	if s.NoPrompt {
		made = words(made, "--yes")
	}
	if s.TrustCACerts {
		s.note("-trustcacerts: muxkey completes a reply with the certificates of --ca-certs FILE, and with no others that are not in the keystore.")
	}
	s.run(made...)
	s.renamed(target, rename)
}

func (s *script) exportCert() {
	if s.token() {
		return
	}
	form := "der"
	if s.RFC {
		form = "pem"
	}
	s.run(words("muxkey", "export", s.keystore(), "--alias", s.alias(), "--as", form, s.output("-o", s.File), s.storePassword())...)
}

func (s *script) list() {
	if s.token() {
		return
	}
	if s.Alias != nil {
		exported := words("muxkey", "export", s.keystore(), "--alias", *s.Alias, "--what", "chain", s.storePassword())
		if s.RFC {
			s.run(exported...)
			return
		}
		s.run(exported...)
		inspected := " | muxkey inspect -"
		if s.Verbose {
			inspected += " --all"
		}
		s.lines[len(s.lines)-1] += inspected
		return
	}
	s.inspect(words(s.keystore(), s.storePassword())...)
}

func (s *script) remove() {
	if s.token() {
		return
	}
	if s.Alias == nil {
		s.note("keytool asks for the alias; muxkey alias list shows those there are.")
		s.run(words("muxkey", "alias", "list", s.keystore(), s.storePassword())...)
		return
	}
	s.run(words("muxkey", "delete", s.keystore(), "--alias", *s.Alias, s.storePassword())...)
}

func (s *script) changeAlias() {
	if s.token() {
		return
	}
	s.run(words("muxkey", "alias", "rename", s.keystore(), operand(s.alias()), operand(s.destination()), s.storePassword())...)
}

func (s *script) keyClone() {
	if s.token() {
		return
	}
	if s.New != nil {
		s.note("-new: muxkey password %s --alias %s --new-entry-password gives the copy a password of its own.", quote(s.keystore()), quote(s.destination()))
	}
	s.run(words("muxkey", "alias", "copy", s.keystore(), operand(s.alias()), operand(s.destination()), s.storePassword())...)
}

// destination is -destalias, for which keytool asks where it is missing.
func (s *script) destination() string {
	if s.DestAlias == nil {
		s.note("keytool asks for the new alias: put it in the place of NEW.")
	}
	return or(s.DestAlias, "NEW")
}

func (s *script) storePasswd() {
	if s.token() {
		return
	}
	s.run(words("muxkey", "password", s.keystore(), s.storePassword(), s.password("--new-password", "new", s.New))...)
}

func (s *script) keyPasswd() {
	if s.token() {
		return
	}
	s.note("The keys of a PKCS#12 keystore have its password; this is for JKS and JCEKS.")
	changed := s.password("--new-entry-password", "new", s.New)
	if changed == nil {
		changed = []string{"--new-entry-password", "prompt"}
	}
	s.run(words("muxkey", "password", s.keystore(), "--alias", s.alias(), s.storePassword(), s.password("--entry-password", "keypass", s.KeyPass), changed)...)
}

func (s *script) importKeystore() {
	if s.token() {
		return
	}
	if s.SrcKeystore == nil {
		s.note("keytool wants -srckeystore.")
		return
	}
	source := operand(*s.SrcKeystore)
	sourcePassword := s.password("--password", "srcstorepass", s.SrcStorePass)
	entry := s.password("--entry-password", "srckeypass", s.SrcKeyPass)
	if s.exists() {
		s.intoExisting(source, sourcePassword, entry)
		return
	}
	target, rename := s.file(s.keystore())
	made := words("muxkey", "convert", source, "-o", target)
	if s.Alias != nil {
		made = words(made, "--alias", *s.Alias)
	}
	s.run(words(made, sourcePassword, entry, s.password("--new-password", "storepass", s.StorePass))...)
	if s.DestAlias != nil && s.Alias != nil {
		s.run(words("muxkey", "alias", "rename", target, operand(*s.Alias), operand(*s.DestAlias), s.storePassword())...)
	}
	if s.DestKeyPass != nil {
		s.note("-destkeypass: muxkey password %s --new-entry-password gives the keys of a JKS keystore a password of their own.", quote(target))
	}
	s.renamed(target, rename)
}

// intoExisting imports into a keystore that is there: one entry by way of a file.
func (s *script) intoExisting(source string, sourcePassword, entry []string) {
	conflict := "error"
	if s.NoPrompt {
		conflict = "replace"
	}
	into := words("--on-conflict", conflict, s.storePassword())
	if s.Alias == nil {
		s.run(words("muxkey", "import", s.keystore(), source, into, s.password("--source-password", "srcstorepass", s.SrcStorePass), "--yes")...)
		return
	}
	part := s.keystore() + ".part.p12"
	s.run(words("muxkey", "convert", source, "-o", part, "--alias", *s.Alias, sourcePassword, entry)...)
	s.run(words("muxkey", "import", s.keystore(), part, "--alias", or(s.DestAlias, *s.Alias), into, s.password("--source-password", "srcstorepass", s.SrcStorePass), "--yes")...)
	s.run("rm", part)
}

func (s *script) printCert() {
	switch {
	case s.SSLServer != nil && s.RFC:
		s.note("The certificates of a server as PEM go to a file.")
		s.run("muxkey", "probe", operand(*s.SSLServer), "--quick", "--save", "server.pem")
	case s.SSLServer != nil:
		s.run("muxkey", "probe", operand(*s.SSLServer), "--quick")
	case s.JarFile != nil:
		s.show(operand(*s.JarFile))
	default:
		s.show(input(s.File))
	}
}

func (s *script) printFile() { s.show(input(s.File)) }

// show has a file inspected.
func (s *script) show(path string) {
	if strings.Contains(path, "://") {
		s.note("muxkey inspects files: fetch %s first.", path)
		path = "-"
	}
	s.inspect(path)
}

// inspect has a file shown as -v and -rfc say.
func (s *script) inspect(file ...string) {
	shown := words("muxkey", "inspect", file)
	switch {
	case s.RFC:
		shown = words(shown, "--pem")
	case s.Verbose:
		shown = words(shown, "--all")
	}
	s.run(shown...)
}

func (s *script) genCRL() {
	if s.token() {
		return
	}
	s.signature()
	if s.File == nil {
		s.note("muxkey keeps the list in a file, and goes on with the one that is there.")
	}
	form := "der"
	if s.RFC {
		form = "pem"
	}
	file := operand(or(s.File, s.alias()+".crl"))
	shared := words("--ca", s.keystore(), "--ca-alias", s.alias(), "-o", file, "--as", form, "--days", s.days(), s.password("--ca-password", "storepass", s.StorePass))
	if len(s.IDs) == 0 {
		s.run(words("muxkey", "crl", shared)...)
	}
	for _, id := range s.IDs {
		decimal, reason, _ := strings.Cut(id, ":")
		serial, ok := new(big.Int).SetString(decimal, 10)
		if !ok {
			s.note("-id %s: a serial number in decimal is wanted.", id)
			continue
		}
		made := words("muxkey", "crl", shared, "--revoke", serial.Text(16))
		if word := revocationReason(reason); word != "" {
			made = words(made, "--reason", word)
		}
		s.run(made...)
	}
}

// revocationReason is the word for a reason code of RFC 5280, 5.3.1.
func revocationReason(code string) string {
	switch code {
	case "1":
		return "keyCompromise"
	case "2":
		return "cACompromise"
	case "3":
		return "affiliationChanged"
	case "4":
		return "superseded"
	case "5":
		return "cessationOfOperation"
	case "6":
		return "certificateHold"
	case "9":
		return "privilegeWithdrawn"
	case "10":
		return "aACompromise"
	}
	return ""
}

func (s *script) selfCert() {
	if s.token() {
		return
	}
	s.signature()
	if s.DName != nil {
		s.note("-dname: muxkey renew keeps the subject.")
	}
	s.run(words("muxkey", "renew", s.keystore(), "--alias", s.alias(), "--days", s.days(), s.storePassword(), s.password("--entry-password", "keypass", s.KeyPass))...)
}

func (s *script) showInfo() {
	s.note("What TLS of a JDK has enabled only that JDK can say; muxkey probe HOST --matrix shows what a server accepts.")
}
