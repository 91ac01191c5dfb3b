package grammar

import (
	"fmt"
	"slices"
	"unicode/utf16"

	"muxkey/internal/keytool/exception"
)

// check holds the options against one another, in keytool's order, before any
// file is looked at.
func (p *parser) check() error {
	c := p.call
	if c.CACerts && (c.Keystore != nil || c.StoreType != nil) {
		return exception.New(exception.IllegalArgument, "The -keystore or -storetype option cannot be used with the -cacerts option")
	}
	if err := p.checkToken(); err != nil {
		return err
	}
	for _, rule := range []struct {
		broken  bool
		message string
	}{
		{
			c.Protected && (c.StorePass != nil || c.KeyPass != nil || c.New != nil || c.DestKeyPass != nil),
			"if -protected is specified, then -storepass, -keypass, and -new must not be specified",
		},
		{
			c.SrcProtected && (c.SrcStorePass != nil || c.SrcKeyPass != nil),
			"if -srcprotected is specified, then -srcstorepass and -srckeypass must not be specified",
		},
		{
			isWindowsStore(c.StoreType) && (c.StorePass != nil || c.KeyPass != nil || c.New != nil || c.DestKeyPass != nil),
			"if keystore is not password protected, then -storepass, -keypass, and -new must not be specified",
		},
		{
			isWindowsStore(c.SrcStoreType) && (c.SrcStorePass != nil || c.SrcKeyPass != nil),
			"if source keystore is not password protected, then -srcstorepass and -srckeypass must not be specified",
		},
	} {
		if rule.broken {
			return exception.New(exception.IllegalArgument, rule.message)
		}
	}
	if c.Validity != nil && *c.Validity <= 0 {
		return exception.New(exception.Plain, "Validity must be greater than zero")
	}
	if err := p.checkProviders(); err != nil {
		return err
	}
	if c.Command == "-list" && c.Verbose && c.RFC {
		return p.usage("Must not specify both -v and -rfc with 'list' command")
	}
	switch {
	case c.Command == "-genkeypair" && short(c.KeyPass):
		return exception.New(exception.Plain, "Key password must be at least 6 characters")
	case short(c.New), short(c.DestKeyPass):
		return exception.New(exception.Plain, "New password must be at least 6 characters")
	}
	return nil
}

// short tells whether a password was given that is too short for a new one. Java
// counts UTF-16 units.
func short(password *string) bool {
	return password != nil && len(utf16.Encode([]rune(*password))) < 6
}

func isWindowsStore(storeType *string) bool {
	return storeType != nil && slices.Contains(windowsStores(), *storeType)
}

// checkToken holds the options against a type of keystores that is no file.
func (p *parser) checkToken() error {
	c := p.call
	if c.StoreType == nil || *c.StoreType != "PKCS11" && !isWindowsStore(c.StoreType) {
		return nil
	}
	if c.Keystore == nil {
		none := "NONE"
		c.Keystore = &none
	}
	switch {
	case *c.Keystore != "NONE":
		return p.usage("-keystore must be NONE if -storetype is " + *c.StoreType + "\n")
	case c.Command == "-keypasswd", c.Command == "-storepasswd":
		return exception.New(exception.UnsupportedOperation, "-storepasswd and -keypasswd commands not supported if -storetype is "+*c.StoreType)
	case c.KeyPass != nil, c.New != nil, c.DestKeyPass != nil:
		return exception.New(exception.IllegalArgument, "-keypass and -new can not be specified if -storetype is "+*c.StoreType)
	}
	return nil
}

// provider is one that a JDK has, and that asking for changes nothing.
type provider struct {
	name string
	// class can be named with -providerclass from level classSince on; empty for
	// one whose class the JDK does not give out.
	class      string
	classSince int
}

func providers() []provider {
	return []provider{
		{"SUN", "sun.security.provider.Sun", 0},
		{"SunRsaSign", "sun.security.rsa.SunRsaSign", 0},
		{"SunEC", "sun.security.ec.SunEC", 22}, // in the module java.base since
		{"SunJSSE", "", 0},
		{"SunJCE", "com.sun.crypto.provider.SunJCE", 0},
		{"SunJGSS", "", 0},
		{"SunSASL", "", 0},
		{"XMLDSig", "", 0},
		{"SunPCSC", "", 0},
		{"JdkLDAP", "", 0},
		{"JdkSASL", "", 0},
		{pkcs11, "sun.security.pkcs11.SunPKCS11", 0},
	}
}

// pkcs11 is the provider that an argument gives a token.
const pkcs11 = "SunPKCS11"

// checkProviders tells the providers that the JDK has, which need not be loaded,
// from those that somebody else has made, which cannot be. keytool takes those by
// name first, then those by class.
func (p *parser) checkProviders() error {
	for _, option := range []string{"-addprovider", "-providerclass"} {
		for _, asked := range p.call.Providers {
			if asked.Option != option {
				continue
			}
			if err := p.checkProvider(asked); err != nil {
				return err
			}
			switch {
			case !p.call.Debug:
			case option == "-addprovider":
				fmt.Fprintln(p.around.Out, "loadProviderByName: "+asked.Name)
			case !p.level.OldCommandLine:
				fmt.Fprintln(p.around.Out, "loadProviderByClass: "+asked.Name)
			}
		}
	}
	return nil
}

func (p *parser) checkProvider(asked Provider) error {
	notFound := exception.New(exception.Plain, "Provider named \""+asked.Name+"\" not found")
	if asked.Option == "-providerclass" {
		notFound = exception.New(exception.Plain, "Provider \""+asked.Name+"\" not found")
		if p.level.OldCommandLine {
			notFound = exception.New("java.lang.ClassNotFoundException", asked.Name)
		}
	}
	i := slices.IndexFunc(providers(), func(known provider) bool {
		if asked.Option == "-addprovider" {
			return asked.Name == known.name
		}
		return asked.Name == known.class && known.class != "" && within(p.level, known.classSince, 0)
	})
	switch {
	case i < 0:
		return notFound
	case asked.Arg == nil:
		return nil
	case providers()[i].name != pkcs11:
		return exception.New(exception.UnsupportedOperation, "configure is not supported")
	}
	if _, err := p.around.ReadFile(*asked.Arg); err != nil && len(*asked.Arg) > 0 && (*asked.Arg)[:1] != "-" {
		return notFound // as for a configuration that is not there
	}
	return exception.New("java.security.ProviderException", "keys in PKCS#11 tokens are for the muxkey commands with --signer pkcs11:...; this keytool loads no library of one")
}
