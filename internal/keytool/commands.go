package keytool

import "context"

// command is one of keytool's.
type command struct {
	// use is what it does with the keystore.
	use use
	// opens tells that it opens the key of -alias.
	opens bool
	// saves tells that it writes the keystore again, under the same password.
	saves bool
	// prompt asks for the password of the keystore; "" for the usual words.
	prompt string
	// before, ask and check are what comes before the keystore is looked for, before
	// it is opened and before its password is asked for; mostly nil.
	before func(ctx context.Context, t *tool) error
	ask    func(t *tool) error
	check  func(t *tool) error
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
		"-delete":       {use: useKeys, saves: true, ask: (*tool).askAlias, run: deleteEntry},
		"-changealias":  {use: useKeys, opens: true, saves: true, ask: (*tool).askDestination, run: changeAlias},
		"-keyclone":     {use: useKeys, opens: true, saves: true, ask: (*tool).askDestination, run: keyClone},
		"-certreq":      {use: useKeys, opens: true, run: certReq},
		"-selfcert":     {use: useKeys, opens: true, saves: true, run: selfCert},
		"-gencert":      {use: useRead, opens: true, run: genCert},
		"-gencrl":       {use: useRead, opens: true, run: genCRL},
		"-genkeypair":   {use: useMake, saves: true, run: genKeyPair},
		"-genseckey":    {use: useMake, saves: true, run: genSecretKey},
		"-importpass":   {use: useMake, saves: true, run: importPass},
		"-storepasswd":  {use: useKeys, run: storePasswd},
		"-keypasswd":    {use: useKeys, saves: true, check: (*tool).keysHavePasswords, run: keyPasswd},

		"-importkeystore": {use: useMake, saves: true, prompt: "Enter destination keystore password:  ", before: compareSource, run: importKeystore},
		"-importcert":     {use: useMake, opens: true, saves: true, run: importCert},
		"-exportcert":     {use: useRead, run: exportCert},

		"-identitydb": {use: useMake, run: identityDatabase},

		"-showinfo": {use: useNone, run: showInfo},
		"-version":  {use: useNone, run: version},
	}
}
