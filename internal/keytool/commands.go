package keytool

import "context"

// command is one of keytool's.
type command struct {
	// use is what it does with the keystore.
	use use
	// ask puts the questions that come before the keystore is opened; often nil.
	ask func(t *tool) error
	// run does the work, with t.store open.
	run func(ctx context.Context, t *tool) error
}

// commands are what keytool does, by the first name of each command.
func commands() map[string]command {
	return map[string]command{
		"-list":         {use: useRead, run: list},
		"-printcert":    {use: useIfThere, run: printCertificate},
		"-printcertreq": {use: useNone, run: printRequest},
		"-printcrl":     {use: useIfThere, run: printCRL},
		"-delete":       {use: useKeys, ask: (*tool).askAlias, run: deleteEntry},
		"-changealias":  {use: useKeys, ask: (*tool).askDestination, run: changeAlias},
		"-keyclone":     {use: useKeys, ask: (*tool).askDestination, run: keyClone},
		"-certreq":      {use: useKeys, run: certReq},
		"-selfcert":     {use: useKeys, run: selfCert},
		"-gencert":      {use: useRead, run: genCert},
		"-gencrl":       {use: useRead, run: genCRL},
		"-genkeypair":   {use: useMake, run: genKeyPair},
		"-genseckey":    {use: useMake, run: genSecretKey},
		"-importpass":   {use: useMake, run: importPass},
		"-storepasswd":  {use: useKeys, run: storePasswd},
		"-keypasswd":    {use: useKeys, run: keyPasswd},

		"-importkeystore": {use: useMake, run: importKeystore},
		"-importcert":     {use: useMake, run: importCert},
		"-exportcert":     {use: useRead, run: exportCert},

		"-identitydb": {use: useMake, run: identityDatabase},

		"-showinfo": {use: useNone, run: showInfo},
		"-version":  {use: useNone, run: version},
	}
}
