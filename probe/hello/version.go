package hello

import "fmt"

// Version is a protocol version as TLS writes it on the wire.
type Version uint16

// The versions that can be asked for. SSL 2.0 cannot: its hello is another one,
// and RFC 6176 forbids to send it.
const (
	SSL30 Version = 0x0300 // RFC 6101
	TLS10 Version = 0x0301 // RFC 2246
	TLS11 Version = 0x0302 // RFC 4346
	TLS12 Version = 0x0303 // RFC 5246
	TLS13 Version = 0x0304 // RFC 8446
)

// Versions are all of them, the oldest first.
func Versions() []Version { return []Version{SSL30, TLS10, TLS11, TLS12, TLS13} }

// String is "SSLv3" or "TLS 1.2", and a number for what is no version.
func (v Version) String() string {
	switch {
	case v == SSL30:
		return "SSLv3"
	case v >= TLS10 && v <= TLS13:
		return fmt.Sprintf("TLS 1.%d", v-TLS10)
	}
	return fmt.Sprintf("0x%04X", uint16(v))
}

// Verdict says what the version is worth.
func (v Version) Verdict() Verdict {
	switch v {
	case TLS13:
		return Verdict{Grade: Recommended}
	case TLS12:
		return Verdict{Grade: Secure}
	case TLS11, TLS10:
		return Verdict{Weak, []string{"deprecated by RFC 8996"}}
	case SSL30:
		return Verdict{Insecure, []string{"forbidden by RFC 7568: POODLE reads its CBC suites"}}
	}
	return Verdict{Insecure, []string{"not a version that is known"}}
}
