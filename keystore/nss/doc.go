// Package nss reads the databases of NSS, and writes new ones of certificates and
// trust. NSS is the library under Firefox, Thunderbird, Chromium on Linux
// and some servers. Of its two files cert9.db has certificates, trust and CRLs, and
// key4.db private and secret keys. They belong together; either may be missing.
//
// There is no specification. Both files are SQLite databases whose rows are
// PKCS#11 objects and whose columns are attributes, named "a" with the number of
// the attribute in hex. How they are encrypted and signed is in the sources of
// NSS alone (lib/softoken: sdb.c, sftkdb.c, sftkpwd.c, lowpbe.c).
//
// # Which call do I want
//
//   - [ReadDatabase] reads one of the two files, and [Join] puts them together. No
//     password is needed for that: only the secret parts of keys are encrypted.
//   - [File.Login] checks the master password, which is empty in many databases.
//   - [File.Open] decrypts one key, [File.CheckTrust] checks the signatures of
//     what a certificate is trusted for. Without a login trust is taken as it
//     stands, as NSS does it.
//   - [EncodeCertDB] makes a cert9.db of trusted and distrusted certificates.
//
// # Hostile input
//
// The SQLite reader is linear in the size of the file. Derivations are bounded by
// [pkcs12x.Limits], each by itself and all together; each secret attribute of a
// key takes two.
//
// Errors are those of package pkcs12x: ErrDamaged, ErrPassword, ErrLocked,
// ErrUnsupported, *LimitError.
package nss
