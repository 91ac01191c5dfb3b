package grammar

import (
	"strings"

	"muxkey/internal/keytool/exception"
	"muxkey/internal/keytool/level"
)

// Surroundings are what a command line may refer to.
type Surroundings struct {
	LookupEnv func(name string) (string, bool)
	// ReadFile reads the file of a :file form or of -conf.
	ReadFile func(path string) ([]byte, error)
}

// Parse reads the arguments behind the program's name. Errors: *UsageError,
// *exception.Exception.
func Parse(args []string, l level.Level, around Surroundings) (*Call, error) {
	c := &Call{Properties: map[string]string{}}
	texts := map[string]**string{
		"alias": &c.Alias, "srcalias": &c.Alias, "destalias": &c.DestAlias, "dest": &c.DestAlias,
		"keystore": &c.Keystore, "destkeystore": &c.Keystore, "srckeystore": &c.SrcKeystore,
		"storetype": &c.StoreType, "deststoretype": &c.StoreType, "srcstoretype": &c.SrcStoreType,
		"storepass": &c.StorePass, "deststorepass": &c.StorePass, "srcstorepass": &c.SrcStorePass,
		"keypass": &c.KeyPass, "srckeypass": &c.SrcKeyPass, "destkeypass": &c.DestKeyPass, "signerkeypass": &c.SignerKeyPass, "new": &c.New,
		"keyalg": &c.KeyAlg, "keysize": &c.KeySize, "groupname": &c.GroupName, "sigalg": &c.SigAlg,
		"dname": &c.DName, "startdate": &c.StartDate, "validity": &c.Validity, "signer": &c.Signer,
		"file": &c.File, "infile": &c.InFile, "outfile": &c.OutFile, "sslserver": &c.SSLServer, "jarfile": &c.JarFile,
		"providername": &c.Provider, "destprovidername": &c.Provider, "srcprovidername": &c.SrcProvider,
	}
	switches := map[string]*bool{
		"v": &c.Verbose, "rfc": &c.RFC, "noprompt": &c.NoPrompt, "nowarn": &c.NoWarn, "debug": &c.Debug, "tls": &c.TLS,
		"cacerts": &c.CACerts, "trustcacerts": &c.TrustCACerts, "protected": &c.Protected, "destprotected": &c.Protected, "srcprotected": &c.SrcProtected,
		"help": &c.Help,
	}
	lists := map[string]*[]string{"ext": &c.Ext, "id": &c.IDs}
	commands := map[string]string{
		"genkeypair": "-genkeypair", "genkey": "-genkeypair", "genseckey": "-genseckey", "importcert": "-importcert", "import": "-importcert",
		"importpass": "-importpass", "importpassword": "-importpass", "importkeystore": "-importkeystore", "certreq": "-certreq", "gencert": "-gencert",
		"exportcert": "-exportcert", "export": "-exportcert", "list": "-list", "printcert": "-printcert", "printcertreq": "-printcertreq",
		"printcrl": "-printcrl", "storepasswd": "-storepasswd", "keypasswd": "-keypasswd", "delete": "-delete", "changealias": "-changealias",
		"showinfo": "-showinfo", "keyclone": "-keyclone", "selfcert": "-selfcert", "gencrl": "-gencrl", "version": "-version",
	}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if property, ok := strings.CutPrefix(arg, "-J-D"); ok {
			name, value, _ := strings.Cut(property, "=")
			c.Properties[name] = value
			continue
		}
		if strings.HasPrefix(arg, "-J") {
			continue
		}
		name, modifier, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(arg, "-", "")), ":")
		switch {
		case !strings.HasPrefix(arg, "-"):
			return nil, &UsageError{Message: "Illegal option:  " + arg}
		case commands[name] != "":
			if c.Command != "" {
				return nil, exception.New(exception.Plain, "Only one command is allowed: both "+c.Command+" and "+commands[name]+" were specified.")
			}
			c.Command = commands[name]
		case switches[name] != nil:
			*switches[name] = true
		case texts[name] != nil || lists[name] != nil:
			i++
			if i == len(args) {
				return nil, &UsageError{Message: "Command option " + arg + " needs an argument.", Command: c.Command}
			}
			value := args[i]
			if strings.EqualFold(modifier, "env") {
				var ok bool
				if value, ok = around.LookupEnv(args[i]); !ok {
					return nil, &UsageError{Message: "Cannot find environment variable: " + args[i], Command: c.Command}
				}
			}
			if strings.EqualFold(modifier, "file") {
				content, err := around.ReadFile(args[i])
				if err != nil {
					return nil, &UsageError{Message: "Cannot find file: " + args[i], Command: c.Command}
				}
				value, _, _ = strings.Cut(string(content), "\n")
				value = strings.TrimSuffix(value, "\r")
			}
			if lists[name] != nil {
				*lists[name] = append(*lists[name], value)
			} else {
				*texts[name] = &value
			}
		default:
			return nil, &UsageError{Message: "Illegal option:  " + arg}
		}
	}
	c.Help = c.Help || len(args) == 0
	if c.Command == "" && !c.Help {
		return nil, &UsageError{Message: "Usage error: no command provided"}
	}
	return c, nil
}

// Help is the text of -help: of a command, or of all when that is empty.
func Help(l level.Level, command string) string {
	return "Key and Certificate Management Tool\n"
}
