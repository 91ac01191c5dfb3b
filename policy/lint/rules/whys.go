package rules

// What an attacker gains is the same in every language; the rules for source
// code share these sentences.
const (
	whyTrustAll  = "Whoever can answer in the server's place (on the same network, by DNS, by a proxy) shows any certificate and reads and changes all that is sent, passwords and tokens first. The connection looks encrypted, and nothing in a log tells."
	whyHostName  = "A certificate of any other server that the same CAs vouch for is good enough, also one that the attacker owns. The chain is checked, and says nothing about who answers."
	whyOld       = "These versions have known attacks (POODLE, BEAST), lean on MD5 and SHA-1, and are what an attacker tries to push a connection down to. Servers that are kept up have switched them off, so the setting also breaks."
	whyWeak      = "These ciphers are broken, or have no forward secrecy: recorded traffic can be read later. An attacker in between can make both sides choose them."
	whyPlaintext = "Everything is readable and changeable on every network in between, passwords and tokens first. Neither side notices."
	whySSH       = "The first server that answers is believed, also when somebody else's answers. Passwords and everything that is typed or copied go there."
)
