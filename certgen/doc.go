// Package certgen makes key pairs, parses the names that a certificate can
// carry, and makes self-signed certificates.
//
// # Which call do I want
//
//   - [GenerateKey] makes a key of one of the types that [KeyTypes] lists.
//   - [ParseServerNames] turns the words of a command line into [Names], host
//     first; [ParseNames] does so without asking for a host.
//   - [ParseDN] turns a subject as people write it into DER, and [FormatDN]
//     turns any DER name into RFC 4514 text. [DefaultSubject] makes a subject
//     from names.
//   - [Lifetime] and [ParseTime] make the dates.
//   - [SelfSigned] puts them together.
//
// The package reads no clock and no random source of its own: both are
// arguments. Everything it makes from the same arguments is the same, byte for
// byte, with the one exception of RSA keys (see [GenerateKey]).
package certgen
