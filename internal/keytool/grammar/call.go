// Package grammar reads keytool's command line.
//
// It is not a usual one: names match without case, accents and hyphens, options
// of other commands are taken and mean nothing, several options are one variable
// under two names, and passwords have forms of their own.
package grammar

// Call is a command line that was understood. A nil text was not given.
type Call struct {
	// Command is the command by its first name, "-genkeypair"; empty when there is
	// nothing to do but print Help.
	Command string
	// Help asks for the help of Command, or of all when that is empty.
	Help bool

	// Alias is -alias and -srcalias, DestAlias -destalias and -dest.
	Alias, DestAlias *string
	// Keystore is -keystore and -destkeystore.
	Keystore, SrcKeystore *string
	// StoreType is -storetype and -deststoretype.
	StoreType, SrcStoreType *string
	// The passwords, read from where :env and :file said. StorePass is also
	// -deststorepass.
	StorePass, SrcStorePass, KeyPass, SrcKeyPass, DestKeyPass, SignerKeyPass, New *string

	KeyAlg, KeySize, GroupName, SigAlg *string
	DName, StartDate, Validity         *string
	Signer                             *string
	File, InFile, OutFile              *string
	SSLServer, JarFile                 *string
	Ext                                []string
	IDs                                []string
	// Provider is -providername and -destprovidername.
	Provider, SrcProvider *string
	// Providers are the other options about providers, in order.
	Providers []Provider

	Verbose, RFC, NoPrompt, NoWarn, Debug, TLS bool
	CACerts, TrustCACerts                      bool
	// Protected is -protected and -destprotected.
	Protected, SrcProtected bool

	// Warnings are what is to be said of the command line itself.
	Warnings []string
	// Properties are the system properties of -J-D options.
	Properties map[string]string
}

// Provider is one option that asks for a provider.
type Provider struct {
	Option string // "-addprovider", "-providerclass" or "-providerpath"
	Name   string
	Arg    *string // of -providerarg
}

// UsageError is a command line that was not understood. It goes to stderr, with
// the help behind it.
type UsageError struct {
	// Message is one line.
	Message string
	// Command is the one whose help follows; empty for that of all.
	Command string
}

func (e *UsageError) Error() string { return e.Message }
