package hello_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"

	"muxkey/probe/hello"
)

func ExampleSuite_Verdict() {
	for _, id := range []uint16{0x1302, 0xC02F, 0x002F, 0x0003} {
		s, _ := hello.SuiteOf(id)
		v := s.Verdict()
		fmt.Println(s.Name, v.Grade, v.Reasons)
	}
	// Output:
	// TLS_AES_256_GCM_SHA384 recommended []
	// TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 recommended []
	// TLS_RSA_WITH_AES_128_CBC_SHA weak [CBC with SHA-1 (Lucky Thirteen, BEAST) no forward secrecy]
	// TLS_RSA_EXPORT_WITH_RC4_40_MD5 insecure [export grade: a key of 40 bits (FREAK, Logjam) RC4 (RFC 7465) MD5 no forward secrecy]
}

// Does the server have a key exchange that a quantum computer does not break?
func ExampleAsk() {
	conn, server := net.Pipe()
	go refuse(server)
	answer, err := hello.Ask(context.Background(), conn, hello.Hello{
		Versions:   []hello.Version{hello.TLS13},
		Suites:     []uint16{0x1301, 0x1302, 0x1303},
		Groups:     []uint16{hello.X25519MLKEM768, hello.SecP256r1MLKEM768},
		ServerName: "mux.example.com",
	}, rand.Reader)
	fmt.Println(answer.Group == hello.X25519MLKEM768, err)
	// Output:
	// false the server refuses with the alert handshake_failure
}

// refuse is a server of before.
func refuse(server net.Conn) {
	_, _ = server.Read(make([]byte, 4096))
	_, _ = server.Write([]byte{21, 3, 3, 0, 2, 2, 40})
}
