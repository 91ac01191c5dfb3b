//go:build !(pkcs11 && cgo)

package signer

func openPKCS11() opener    { return nil }
func createPKCS11() creator { return nil }
