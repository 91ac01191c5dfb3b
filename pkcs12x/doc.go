// Package pkcs12x reads and writes PKCS#12 files (RFC 7292, RFC 9579, RFC 8018)
// without losing what is in them: aliases on key entries, any number of keys,
// secret keys, CRLs, and every bag attribute, known or not.
//
// # Which call do I want
//
//   - [Decode] opens a file whose password is known and unlocks everything.
//   - [Parse] reads the outside of a file: which schemes protect it, with how
//     many iterations. It needs no password. From the [File] it returns,
//     [File.Peek] gives the entries that stand in the open, [File.List] all
//     entries with their private keys still shrouded, and [File.Unlock] all of
//     it.
//   - [Profile.Encode] writes entries. A profile is one named set of
//     algorithms; [Profiles] lists them and [StrongestFor] picks one by the
//     programs that must read the file.
//   - [Consumers] is the table of those programs, and [Readers] judges an
//     existing file against it.
//
// # Passwords
//
// A password is a Go string in UTF-8. RFC 7292 wants it as a BMPString in the
// key derivation of appendix B and RFC 8018 as octets (UTF-8) in PBKDF2; real
// writers have mixed these up, so when the standard reading of a password fails
// the readings of known writers are tried (see password.go). The empty string
// is a password of no characters, whichever of its two encodings the file used.
//
// # Hostile input
//
// Everything a file asks for is bounded by [Limits] before it is paid for.
// A [LimitError] names the limit. The MAC, where there is one, is checked
// before anything is decrypted.
package pkcs12x
