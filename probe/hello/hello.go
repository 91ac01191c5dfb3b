// Package hello asks a TLS server what it speaks: versions, cipher suites, groups
// for the key exchange. It writes ClientHellos itself, and so can offer what
// crypto/tls has no code for (SSLv3, export suites, DHE, curves of old), reads the
// answer up to where keys would be needed, and leaves. No handshake is finished,
// no certificate is judged, and no secret is ever used.
//
// [Ask] sends one [Hello] and returns the [Answer]. [Scan] asks as often as it
// takes to tell all that a server accepts, and no more than it is allowed to.
// [SuiteOf] and [GroupOf] say what the numbers mean and are worth.
package hello

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
)

// Hello is a ClientHello. Its extensions are those that clients of the version
// send, so that a server takes it for one of them.
type Hello struct {
	// Versions are those offered, in any order. With TLS 1.3 among them they are
	// listed one by one (RFC 8446 section 4.2.1); without, a hello can only name the
	// highest, and a server may answer any older one.
	Versions []Version
	Suites   []uint16 // the preferred first
	// Groups are offered for the key exchange, the preferred first; not in SSLv3.
	Groups []uint16
	// Shares are the groups that a key comes along for in TLS 1.3. Without one for a
	// group it accepts the server answers with a HelloRetryRequest that names the
	// group, which is cheap for both sides.
	Shares     []uint16
	ServerName string   // for SNI; empty and IP addresses are not sent (RFC 6066 section 3)
	ALPN       []string // RFC 7301
	// Ticket says that session tickets are welcome (RFC 5077).
	Ticket bool
	// Bare leaves all extensions out, as SSLv3 always does: some servers of its time
	// refuse hellos that have any.
	Bare bool
}

// ErrHello is for a hello that cannot be written.
var ErrHello = errors.New("not a possible ClientHello")

// What signals in the list of suites, where there may be no extensions.
const renegotiationSCSV = 0x00FF // RFC 5746 section 3.3

// The extensions that are written or read, of the registry "TLS ExtensionType
// Values" of IANA.
const (
	extServerName           = 0
	extGroups               = 10
	extPointFormats         = 11
	extSignatures           = 13
	extALPN                 = 16
	extExtendedMasterSecret = 23
	extTicket               = 35
	extVersions             = 43
	extPSKModes             = 45
	extKeyShare             = 51
	extRenegotiation        = 0xFF01
)

const (
	recordAlert     = 21
	recordHandshake = 22
)

// signatures are the algorithms of clients of TLS 1.2 and 1.3, and SHA-1 at the
// end as the servers that know nothing newer are the ones to be found. RFC 8446
// section 4.2.3, RFC 8734; ML-DSA of draft-ietf-tls-mldsa.
func signatures() []uint16 {
	return []uint16{
		0x0403, 0x0503, 0x0603, // ECDSA
		0x0807, 0x0808, // Ed25519, Ed448
		0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, // RSA-PSS
		0x0401, 0x0501, 0x0601, // RSA PKCS #1
		0x0904, 0x0905, 0x0906, // ML-DSA
		0x081A, 0x081B, 0x081C, // brainpool
		0x0303, 0x0301, 0x0302, 0x0402, 0x0502, 0x0602, // SHA-224; DSA
		0x0203, 0x0201, 0x0202, // SHA-1
	}
}

// Marshal is the record that a client sends first. Randomness is for the random
// value, the session ID and the keys. The error is an ErrHello.
func (h Hello) Marshal(randomness io.Reader) ([]byte, error) {
	if len(h.Versions) == 0 || len(h.Suites) == 0 {
		return nil, fmt.Errorf("%w: without a version or a cipher suite", ErrHello)
	}
	highest := slices.Max(h.Versions)
	if slices.Min(h.Versions) < SSL30 || highest > TLS13 {
		return nil, fmt.Errorf("%w: version %s", ErrHello, highest)
	}
	var noise [64]byte
	if _, err := io.ReadFull(randomness, noise[:]); err != nil {
		return nil, fmt.Errorf("%w: randomness: %w", ErrHello, err)
	}
	shares, err := keyShares(h.Shares, randomness)
	if err != nil {
		return nil, err
	}
	bare := h.Bare || highest == SSL30
	var b cryptobyte.Builder
	b.AddUint8(recordHandshake)
	b.AddUint16(uint16(min(max(highest, SSL30), TLS10))) // RFC 8446 section 5.1
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint8(typeClientHello)
		b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
			b.AddUint16(uint16(min(highest, TLS12)))
			b.AddBytes(noise[:32])
			b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) {
				if highest == TLS13 {
					b.AddBytes(noise[32:]) // for boxes on the way: RFC 8446 appendix D.4
				}
			})
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
				addAll(b, h.Suites)
				if bare {
					b.AddUint16(renegotiationSCSV)
				}
			})
			b.AddBytes([]byte{1, 0}) // no compression
			if !bare {
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { h.extensions(b, highest, shares) })
			}
		})
	})
	record, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHello, err)
	}
	return record, nil
}

// extensions are written in an order that ends in none without content: servers
// are known (WebSphere) that stumble over one.
func (h Hello) extensions(b *cryptobyte.Builder, highest Version, shares []keyShare) {
	extension := func(id uint16, content func(*cryptobyte.Builder)) {
		b.AddUint16(id)
		b.AddUint16LengthPrefixed(content)
	}
	nothing := func(*cryptobyte.Builder) {}
	if name := strings.TrimSuffix(h.ServerName, "."); name != "" && !isAddress(name) {
		extension(extServerName, func(b *cryptobyte.Builder) {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
				b.AddUint8(0) // host_name
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(name)) })
			})
		})
	}
	extension(extExtendedMasterSecret, nothing)
	extension(extRenegotiation, func(b *cryptobyte.Builder) { b.AddUint8(0) })
	if len(h.Groups) > 0 {
		extension(extGroups, func(b *cryptobyte.Builder) {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { addAll(b, h.Groups) })
		})
		if slices.Min(h.Versions) < TLS13 {
			extension(extPointFormats, func(b *cryptobyte.Builder) { b.AddBytes([]byte{1, 0}) }) // uncompressed
		}
	}
	if h.Ticket {
		extension(extTicket, nothing)
	}
	if len(h.ALPN) > 0 {
		extension(extALPN, func(b *cryptobyte.Builder) {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
				for _, protocol := range h.ALPN {
					b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(protocol)) })
				}
			})
		})
	}
	if highest >= TLS12 {
		extension(extSignatures, func(b *cryptobyte.Builder) {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { addAll(b, signatures()) })
		})
	}
	if highest < TLS13 {
		return
	}
	extension(extVersions, func(b *cryptobyte.Builder) {
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) {
			versions := slices.Sorted(slices.Values(h.Versions))
			for _, v := range slices.Backward(versions) {
				b.AddUint16(uint16(v))
			}
		})
	})
	extension(extPSKModes, func(b *cryptobyte.Builder) { b.AddBytes([]byte{1, 1}) }) // psk_dhe_ke
	extension(extKeyShare, func(b *cryptobyte.Builder) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, s := range shares {
				b.AddUint16(s.group)
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(s.public) })
			}
		})
	})
}

func isAddress(name string) bool {
	_, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil
}

func addAll(b *cryptobyte.Builder, list []uint16) {
	for _, n := range list {
		b.AddUint16(n)
	}
}
