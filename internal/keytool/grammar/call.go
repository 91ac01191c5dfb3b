// Package grammar reads keytool's command line.
//
// It is not a usual one: names match without case, accents and hyphens, options
// of other commands are taken and mean nothing, several options are one variable
// under two names, and passwords have forms of their own.
package grammar

// Call is what a command line asks for. A nil value was not given.
type Call struct {
	// Command is the command by its first name, "-genkeypair"; empty when there is
	// nothing to do but print Help.
	Command string
	// Help asks for the help of Command, or of all when that is empty.
	Help bool

	// Alias is -alias and -srcalias, DestAlias -destalias and -dest.
	Alias, DestAlias *string
	// Keystore is -keystore and -destkeystore; "NONE" for a token.
	Keystore, SrcKeystore *string
	// StoreType is -storetype and -deststoretype, in upper case as keytool prints
	// it ("PKCS12"), but "Windows-MY" and its like.
	StoreType, SrcStoreType *string
	// The passwords, read from where :env and :file said. StorePass is also
	// -deststorepass.
	StorePass, SrcStorePass, KeyPass, SrcKeyPass, DestKeyPass, SignerKeyPass, New *string

	// Sources tell where passwords came from, "env:NAME" or "file:PATH", by the name
	// of the option ("storepass" for "-deststorepass" too). One that stood on the
	// command line is not in it.
	Sources map[string]string

	KeyAlg, GroupName, SigAlg *string
	// KeySize is in bits, and may be any number; -1 is as if it was not given.
	KeySize *int
	// Validity is in days, and more than 0.
	Validity              *int64
	DName, StartDate      *string
	Signer                *string
	File, InFile, OutFile *string
	SSLServer, JarFile    *string
	Ext                   []string
	IDs                   []string
	// Provider is -providername and -destprovidername.
	Provider, SrcProvider *string
	// Providers are those to be loaded, in order.
	Providers    []Provider
	ProviderPath *string

	Verbose, RFC, NoPrompt, NoWarn, Debug, TLS bool
	CACerts, TrustCACerts                      bool
	// Protected is -protected and -destprotected.
	Protected, SrcProtected bool

	// Warnings are what is to be said of the command line itself.
	Warnings []string
	// Properties are the system properties that the command line and the
	// environment define, by -J-D and JAVA_TOOL_OPTIONS.
	Properties map[string]string
}

// Provider is one option that asks for a provider.
type Provider struct {
	Option string // "-addprovider" or "-providerclass"
	Name   string
	Arg    *string // of -providerarg
}

// UsageError is a command line that was not understood. It goes to stderr, with
// the help behind it.
type UsageError struct {
	// Message is what is said before the help.
	Message string
	// Command is the one whose help follows; empty for that of all.
	Command string
}

func (e *UsageError) Error() string { return e.Message }
