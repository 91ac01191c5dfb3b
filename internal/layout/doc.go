// Package layout has no code, only the test that holds the architecture: which
// package may import which, and what only one of them may touch.
package layout
