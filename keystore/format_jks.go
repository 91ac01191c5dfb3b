package keystore

import (
	"bytes"
)

// The two keystore formats of old Java, known by the number they begin with
// (sun.security.provider.JavaKeyStore, com.sun.crypto.provider.JceKeyStore).
var (
	jksFormat = Format{
		ID:         "jks",
		Title:      "JKS keystore",
		Extensions: []string{".jks", ".keystore", ".truststore", ".ks", ".ts"},
		Detect:     detectMagic(0xfe, 0xed, 0xfe, 0xed),
		Hint:       importHint("JKS"),
	}
	jceksFormat = Format{
		ID:         "jceks",
		Title:      "JCEKS keystore",
		Extensions: []string{".jceks", ".jck"},
		Detect:     detectMagic(0xce, 0xce, 0xce, 0xce),
		Hint:       importHint("JCEKS"),
	}
)

func detectMagic(magic ...byte) func([]byte) Confidence {
	return func(head []byte) Confidence {
		if bytes.HasPrefix(head, magic) {
			return Sure
		}
		return No
	}
}

func importHint(storeType string) func(string) string {
	return func(path string) string {
		return "convert it: keytool -importkeystore -srcstoretype " + storeType + " -srckeystore " + path +
			" -deststoretype PKCS12 -destkeystore keystore.p12"
	}
}
