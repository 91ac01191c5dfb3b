// Package path says whether a client that trusts a set of anchors would accept a
// server, and why or why not: it finds every way from the certificates that the
// server shows to an anchor, and goes along each of them rule by rule.
//
//   - Check answers a Question with a Verdict: the paths, in each its
//     certificates, for each of those the rules with what they found.
//   - Rules lists what is looked at, with the section of the standard, and where
//     Go, OpenSSL and Java depart from it. Each departure is measured: the tests
//     ask those programs about certificates on which they must disagree.
//
// One thing cannot be foretold: Java looks whether an anchor is a CA only when it has
// chosen a path, among those of several anchors in no certain order (PKIXValidator
// verifyTrustAnchor), and then tries no other. Where one of several anchors is no
// CA, it may refuse what is accepted here.
//
// It reads no clock and no network. What an OCSP responder has to say, the caller
// fetches (Responder). The work is bounded: see Limits.
package path
