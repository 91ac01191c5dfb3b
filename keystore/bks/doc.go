// Package bks reads and writes the old keystore formats of Bouncy Castle, BKS in
// its versions 1 and 2, and UBER, which is BKS version 1 encrypted as a whole.
// Android kept its trust store in BKS before version 4.
//
// There is no specification; the sources of Bouncy Castle are one (BcKeyStoreSpi).
// Its newer format, BCFKS, has nothing in common with these. The module
// go-cryptobin reads them as well, and bounds neither lengths nor iterations.
//
// # Which call do I want
//
//   - [Parse] reads a file. Of BKS it gives all entries without a password: only
//     the keys are encrypted, each by itself.
//   - [File.Open] checks the store password. UBER has no entries before it.
//   - [File.UnlockKey] opens one key with its own password, [File.UnlockAll]
//     all that one password opens.
//   - [Seal] encrypts a key, and [File.Encode] writes entries. What is sealed is
//     written as it is, so that stores can be edited without the passwords of
//     their keys.
//
// # How weak it is
//
// Keys are sealed with 3DES behind some two thousand rounds of SHA-1. The MAC of
// version 1 has a key of 16 bits, because an early Bouncy Castle took octets for
// bits: whoever changes such a file needs 65,536 tries to make it look right
// (CVE-2018-5382). Write these formats only for programs that read no other, and
// version 1 only for Bouncy Castle before 1.47.
//
// # Hostile input
//
// Counts and lengths are held against the octets that are there before anything
// is allocated; what a file may ask for is bounded by [pkcs12x.Limits].
//
// Errors are those of package pkcs12x: ErrDamaged, ErrPassword, ErrUnsupported,
// *LimitError.
package bks
