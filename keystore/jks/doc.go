// Package jks reads and writes the two keystore formats of old Java, JKS
// (sun.security.provider.JavaKeyStore) and JCEKS
// (com.sun.crypto.provider.JceKeyStore). They are one format: JCEKS has another
// magic number, a better protection for private keys, and secret keys.
//
// There is no specification; the JDK's sources are one, and JavaKeyStore.java
// describes the layout in a comment. The module keystore-go reads JKS alone,
// and of JCEKS nothing; as the container is the same, one codec for both is the
// simpler whole.
//
// # Which call do I want
//
//   - [Parse] reads a file. It needs no password: only the private and secret
//     keys are encrypted, each by itself.
//   - [File.Verify] checks the store password against the digest at the end.
//   - [File.UnlockKey] opens one key with its own password, [File.UnlockAll]
//     all that one password opens.
//   - [Format.SealPrivateKey] and [SealSecretKey] encrypt a key, and
//     [File.Encode] writes entries. A key that is still sealed is written as it
//     is, so that stores can be edited without the passwords of their keys.
//
// # How weak it is
//
// The digest is SHA-1 over password and content, and JKS encrypts keys with a
// SHA-1 key stream: one guess at a password costs two hashes. Write these
// formats only for programs that read no other.
//
// # Hostile input
//
// Counts and lengths are held against the octets that are there before anything
// is allocated; what a file may ask for is bounded by [pkcs12x.Limits]. Sealed
// secret keys are serialised Java objects, which are walked field by field: no
// class is looked up, nothing but the values of known classes is taken.
//
// Errors are those of package pkcs12x: ErrDamaged, ErrPassword, ErrUnsupported,
// *LimitError.
package jks
