package grammar

import (
	"strings"

	"muxkey/internal/keytool/level"
)

// command is a row of the table of commands.
type command struct {
	name string // without its hyphen
	// other is a second name that means the same and is not in the help.
	other string
	help  string
	// options are the keys of those in its help, in that order. A key may say at
	// which levels it is there: "ext>=9", "destalias<=11".
	options string
	// since is the first level that has it; 0 is always.
	since int
	// hidden commands are not in the list of commands.
	hidden bool
}

// commands are in the order of keytool's help.
func commands() []command {
	const (
		provider  = " providername addprovider>=9 providerclass providerarg<=8 providerpath"
		store     = " storepass storetype" + provider
		storeLast = store + " v protected"
	)
	return []command{
		{name: "certreq", help: "Generates a certificate request", options: "alias sigalg out keypass keystore dname ext>=9" + storeLast},
		{name: "changealias", help: "Changes an entry's alias", options: "alias destalias keypass keystore cacerts>=9" + storeLast},
		{name: "delete", help: "Deletes an entry", options: "alias keystore cacerts>=9" + storeLast},
		{name: "exportcert", other: "export", help: "Exports certificate", options: "rfc alias out keystore cacerts>=9" + storeLast},
		{name: "genkeypair", other: "genkey", help: "Generates a key pair", options: "alias keyalg keysize groupname>=11 sigalg destalias<=11 dname startdate ext validity keypass keystore signer>=17 signerkeypass>=17" + storeLast},
		{name: "genseckey", help: "Generates a secret key", options: "alias keypass keyalg keysize keystore" + storeLast},
		{name: "gencert", help: "Generates certificate from a certificate request", options: "rfc infile outfile alias sigalg dname startdate ext validity keypass keystore" + storeLast},
		{name: "importcert", other: "import", help: "Imports a certificate or a certificate chain", options: "noprompt trustcacerts protected alias in keypass keystore cacerts>=9" + store + " v"},
		{name: "importpass", other: "importpassword", help: "Imports a password", options: "alias keypass keyalg keysize keystore" + storeLast},
		{name: "importkeystore", help: "Imports one or all entries from another keystore", options: "srckeystore destkeystore srcstoretype deststoretype srcstorepass deststorepass srcprotected destprotected>=9 srcprovidername destprovidername srcalias destalias srckeypass destkeypass noprompt addprovider>=9 providerclass providerarg<=8 providerpath v"},
		{name: "keypasswd", help: "Changes the key password of an entry", options: "alias keypass new keystore" + store + " v"},
		{name: "list", help: "Lists entries in a keystore", options: "rfc alias keystore cacerts>=9" + storeLast},
		{name: "printcert", help: "Prints the content of a certificate", options: "rfc in sslserver jarfile keystore>=17 storepass>=17 storetype>=17 trustcacerts>=17 providername>=17 addprovider>=17 providerclass>=17 providerpath>=17 v protected>=17"},
		{name: "printcertreq", help: "Prints the content of a certificate request", options: "in v"},
		{name: "printcrl", help: "Prints the content of a CRL file", options: "in keystore>=17 storepass>=17 storetype>=17 trustcacerts>=17 providername>=17 addprovider>=17 providerclass>=17 providerpath>=17 v protected>=17"},
		{name: "storepasswd", help: "Changes the store password of a keystore", options: "new keystore cacerts>=9" + store + " v"},
		{name: "showinfo", help: "Displays security-related information", options: "tls v", since: 13},
		{name: "version", help: "Prints the program version", since: 20},

		{name: "keyclone", help: "Clones a key entry", options: "alias destalias keypass new storetype keystore storepass" + provider + " v", hidden: true},
		{name: "selfcert", help: "Generates a self-signed certificate", options: "alias sigalg dname startdate ext>=9 validity keypass storetype keystore storepass" + provider + " v", hidden: true},
		{name: "gencrl", help: "Generates CRL", options: "rfc out id alias sigalg ext<=8 keypass keystore" + storeLast, hidden: true},
		{name: "identitydb", help: "Imports entries from a JDK 1.1.x-style identity database", options: "in storetype keystore storepass" + provider + " v", hidden: true},
	}
}

// option is a row of the table of options that have a line in some help.
type option struct {
	key string
	// arg is the argument as help writes it, empty for a switch. A second line is
	// an option that may follow.
	arg string
	// old is the argument at level 8, where that is another.
	old  string
	help string
	// since and until are the levels that have it; 0 is no bound.
	since, until int
}

// name is the option without its hyphen.
func (o option) name() string {
	if o.key == "in" || o.key == "out" {
		return "file" // one option, two texts
	}
	return o.key
}

func options() []option {
	return []option{
		{key: "alias", arg: "<alias>", help: "alias name of the entry to process"},
		{key: "groupname", arg: "<name>", help: "Group name. For example, an Elliptic Curve name.", since: 11},
		{key: "destalias", arg: "<alias>", old: "<destalias>", help: "destination alias"},
		{key: "destkeypass", arg: "<arg>", help: "destination key password"},
		{key: "destkeystore", arg: "<keystore>", old: "<destkeystore>", help: "destination keystore name"},
		{key: "destprotected", help: "destination keystore password protected"},
		{key: "destprovidername", arg: "<name>", old: "<destprovidername>", help: "destination keystore provider name"},
		{key: "deststorepass", arg: "<arg>", help: "destination keystore password"},
		{key: "deststoretype", arg: "<type>", old: "<deststoretype>", help: "destination keystore type"},
		{key: "dname", arg: "<name>", old: "<dname>", help: "distinguished name"},
		{key: "ext", arg: "<value>", help: "X.509 extension"},
		{key: "out", arg: "<file>", old: "<filename>", help: "output file name"},
		{key: "in", arg: "<file>", old: "<filename>", help: "input file name"},
		{key: "id", arg: "<id:reason>", help: "Serial ID of cert to revoke"},
		{key: "infile", arg: "<file>", old: "<filename>", help: "input file name"},
		{key: "keyalg", arg: "<alg>", old: "<keyalg>", help: "key algorithm name"},
		{key: "keypass", arg: "<arg>", help: "key password"},
		{key: "keysize", arg: "<size>", old: "<keysize>", help: "key bit size"},
		{key: "keystore", arg: "<keystore>", help: "keystore name"},
		{key: "cacerts", help: "access the cacerts keystore", since: 9},
		{key: "new", arg: "<arg>", help: "new password"},
		{key: "noprompt", help: "do not prompt"},
		{key: "outfile", arg: "<file>", old: "<filename>", help: "output file name"},
		{key: "protected", help: "password through protected mechanism"},
		{key: "providerclass", arg: "<providerclass>", help: "provider class name", until: 8},
		{key: "providerarg", arg: "<arg>", help: "provider argument", until: 8},
		{key: "providerclass", arg: "<class>\n[-providerarg <arg>]", help: "add security provider by fully-qualified class name\nconfigure argument for -providerclass", since: 9},
		{key: "addprovider", arg: "<name>\n[-providerarg <arg>]", help: "add security provider by name (e.g. SunPKCS11)\nconfigure argument for -addprovider", since: 9},
		{key: "providername", arg: "<name>", old: "<providername>", help: "provider name"},
		{key: "providerpath", arg: "<list>", old: "<pathlist>", help: "provider classpath"},
		{key: "rfc", help: "output in RFC style"},
		{key: "sigalg", arg: "<alg>", old: "<sigalg>", help: "signature algorithm name"},
		{key: "signer", arg: "<alias>", help: "signer alias", since: 17},
		{key: "signerkeypass", arg: "<arg>", help: "signer key password", since: 17},
		{key: "srcalias", arg: "<alias>", old: "<srcalias>", help: "source alias"},
		{key: "srckeypass", arg: "<arg>", help: "source key password"},
		{key: "srckeystore", arg: "<keystore>", old: "<srckeystore>", help: "source keystore name"},
		{key: "srcprotected", help: "source keystore password protected"},
		{key: "srcprovidername", arg: "<name>", old: "<srcprovidername>", help: "source keystore provider name"},
		{key: "srcstorepass", arg: "<arg>", help: "source keystore password"},
		{key: "srcstoretype", arg: "<type>", old: "<srcstoretype>", help: "source keystore type"},
		{key: "sslserver", arg: "<server[:port]>", help: "SSL server host and port"},
		{key: "jarfile", arg: "<file>", old: "<filename>", help: "signed jar file"},
		{key: "startdate", arg: "<date>", old: "<startdate>", help: "certificate validity start date/time"},
		{key: "storepass", arg: "<arg>", help: "keystore password"},
		{key: "storetype", arg: "<type>", old: "<storetype>", help: "keystore type"},
		{key: "tls", help: "Displays TLS configuration information", since: 13},
		{key: "trustcacerts", help: "trust certificates from cacerts"},
		{key: "v", help: "verbose output"},
		{key: "validity", arg: "<days>", old: "<valDays>", help: "validity number of days"},
	}
}

// within tells whether a level is in what a row says of levels.
func within(l level.Level, since, until int) bool {
	return l.Number >= since && (until == 0 || l.Number <= until)
}

// commandOf returns the command that an argument is the name of at a level.
func commandOf(l level.Level, argument string) (command, bool) {
	name := fold(argument)
	if name == "" {
		return command{}, false
	}
	for _, c := range commands() {
		if (name == c.name || name == c.other) && within(l, c.since, 0) {
			return c, true
		}
	}
	return command{}, false
}

// optionOf returns the row of an option by its folded name; only those that have
// a line in some help have one.
func optionOf(l level.Level, name string) (option, bool) {
	for _, o := range options() {
		if o.name() == name && within(l, o.since, o.until) {
			return o, true
		}
	}
	return option{}, false
}

// target is the field of a call that an option sets, by its folded name: several
// options are one variable under two names. A *bool is a switch.
func target(c *Call, name string) any {
	switch name {
	case "alias", "srcalias":
		return &c.Alias
	case "dest", "destalias":
		return &c.DestAlias
	case "keystore", "destkeystore":
		return &c.Keystore
	case "srckeystore":
		return &c.SrcKeystore
	case "storetype", "deststoretype":
		return &c.StoreType
	case "srcstoretype":
		return &c.SrcStoreType
	case "storepass", "deststorepass":
		return &c.StorePass
	case "srcstorepass":
		return &c.SrcStorePass
	case "keypass":
		return &c.KeyPass
	case "srckeypass":
		return &c.SrcKeyPass
	case "destkeypass":
		return &c.DestKeyPass
	case "signerkeypass":
		return &c.SignerKeyPass
	case "new":
		return &c.New
	case "keyalg":
		return &c.KeyAlg
	case "keysize":
		return &c.KeySize
	case "groupname":
		return &c.GroupName
	case "sigalg":
		return &c.SigAlg
	case "dname":
		return &c.DName
	case "startdate":
		return &c.StartDate
	case "validity":
		return &c.Validity
	case "signer":
		return &c.Signer
	case "file":
		return &c.File
	case "infile":
		return &c.InFile
	case "outfile":
		return &c.OutFile
	case "sslserver":
		return &c.SSLServer
	case "jarfile":
		return &c.JarFile
	case "ext":
		return &c.Ext
	case "id":
		return &c.IDs
	case "providername", "destprovidername":
		return &c.Provider
	case "srcprovidername":
		return &c.SrcProvider
	case "providerpath":
		return &c.ProviderPath
	case "provider", "providerclass", "addprovider":
		return &c.Providers
	case "v":
		return &c.Verbose
	case "rfc":
		return &c.RFC
	case "noprompt":
		return &c.NoPrompt
	case "nowarn":
		return &c.NoWarn
	case "debug":
		return &c.Debug
	case "tls":
		return &c.TLS
	case "cacerts":
		return &c.CACerts
	case "trustcacerts":
		return &c.TrustCACerts
	case "protected", "destprotected":
		return &c.Protected
	case "srcprotected":
		return &c.SrcProtected
	case "help":
		return &c.Help
	}
	return nil
}

// isPassword tells whether an option has the forms :env and :file.
func isPassword(name string) bool {
	return name == "new" || strings.HasSuffix(name, "storepass") || strings.HasSuffix(name, "keypass")
}

// repeats tells whether an option may be given again without a warning.
func repeats(argument string) bool {
	switch argument {
	case "-ext", "-id", "-provider", "-addprovider", "-providerclass", "-providerarg":
		return true
	}
	return false
}
