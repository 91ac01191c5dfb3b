// Package certgen makes key pairs, certificates, requests for them, and lists of
// those that are revoked, and reads the names that they carry.
//
// # Which call do I want
//
//   - [GenerateKey] makes a key of one of the types that [KeyTypes] lists;
//     [CheckKey] tells whether somebody else's may be certified.
//   - [ParseServerNames] turns the words of a command line into [Names], host
//     first; [ParseNames] does so without asking for a host.
//   - [ParseDN] turns a subject as people write it into DER, and [FormatDN]
//     turns any DER name into RFC 4514 text. [DefaultSubject] makes a subject
//     from names.
//   - [Lifetime] and [ParseTime] make the dates.
//   - [SelfSigned] makes a certificate for a server that has no CA.
//   - [Content] is what a certificate or a request says, [Profiles] has what it
//     says for each purpose, and [Renewal] what an existing one says.
//   - [CreateCSR] makes a request, [ParseCSR] reads one, CSR.Check tells whether
//     it is sound, and [Approval] decides what of its wishes is granted.
//   - [CreateRoot] makes a root, [NewCA] makes a [CA] of any certificate and its
//     key, CA.Issue issues, also CAs below, and CA.CreateCRL revokes.
//     [ParseConstraints] says which names a CA may certify.
//
// The package reads no clock and no random source of its own: both are
// arguments. Everything it makes from the same arguments is the same, byte for
// byte, with the one exception of RSA keys (see [GenerateKey]).
//
// # What there is not
//
// ML-DSA (FIPS 204). Go 1.26 has it in crypto/internal/fips140/mldsa for its own
// validation, without a public package, and crypto/x509 neither reads nor signs
// with such keys (RFC 9881). A request with one is named in the error, and a
// certificate with one has its place in a chain all the same (package chain).
package certgen
