// Package bcfks reads and writes BCFKS, the keystore format of Bouncy Castle's
// FIPS modules, also called IBCFKS where it is opened for reading alone.
//
// There is no specification but the ASN.1 of the package org.bouncycastle.asn1.bc
// and the class BcFKSKeyStoreSpi beside it: an ObjectStore holds the entries,
// encrypted as a whole, and a MAC or a signature over that; each key in it is
// encrypted once more under a password that may be its own. All of it is PBES2
// (RFC 8018) with ciphers that nobody else uses there, AES-CCM (RFC 3610) and
// AES key wrap with padding (RFC 5649), and with a word for the purpose behind
// the password, so that one password gives keys that differ.
//
// # Which call do I want
//
//   - [Parse] reads a file as far as it stands in the open: what it is protected
//     with, and whether a signature over it is right.
//   - [File.Open] checks the store password and gives the entries.
//   - [Entry.Unlock] opens one key with its own password, [File.UnlockAll] all
//     that one password opens.
//   - [Algorithms.SealPrivateKey] and [Algorithms.SealSecretKey] encrypt a key,
//     and [File.Encode] writes entries. A key that is still sealed is written as
//     it is.
//
// # Hostile input
//
// Derivations are held against [pkcs12x.Limits] before they run, and share one
// budget; entries are counted. Nothing of the content is looked at before the
// MAC is right.
//
// Errors are those of package pkcs12x: ErrDamaged, ErrPassword, ErrUnsupported,
// *LimitError.
package bcfks
