// Package trust makes one set of trust anchors out of many sources, remembers of
// each where it came from and what it may be trusted for, and judges it.
//
//   - Parse makes an Anchor of the DER of a certificate; Builder.Add takes anchors
//     from any number of goroutines, in any order, and merges those of one
//     certificate. Builder.Set gives them in one order, whatever came first.
//   - Set.Select narrows a set down: by purpose, validity, fingerprint.
//   - Set.Judge says what speaks against trusting an anchor.
//   - Compare says what two sets have not in common.
//
// It reads no files: package trust/source does, and package trust/target writes
// what each kind of client takes.
package trust
