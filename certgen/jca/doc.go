// Package jca has the keys and signatures that Java's standard providers have
// (the Java Cryptography Architecture), by the names that Java gives them, and
// makes certificates, requests and revocation lists exactly as told.
//
// # Which call do I want
//
//   - FindKeyAlgorithm finds an algorithm by one of its names, and its Generate
//     makes a key. ParsePrivateKey and ParsePublicKey read keys.
//   - FindSignature finds a signature by one of its names; PrivateKey.Sign and
//     PublicKey.Verify use it. SignatureOf reads the AlgorithmIdentifier that a
//     certificate has.
//   - Certificate, Request and CRL sign what they hold. Verify tells whether
//     something that is signed is by a key.
//
// There is much here that package certgen would not make, because what has to
// read it would not take it, or should not: MD5, RSA keys of 512 bits, a validity
// that ended before it began. It is for doing what Java does, and for reading
// what Java has made. Nothing judges; that is for others.
//
// The encodings are those of OpenJDK 25, which differ from those of crypto/x509
// where a key has optional parts: EC private keys carry no public key, those of
// ML-DSA and ML-KEM are the expanded form without its seed, and DH keys are those
// of PKCS #3 with the length of the exponent.
package jca
