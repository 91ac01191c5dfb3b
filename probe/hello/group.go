package hello

// Group is a way to agree on a key, of the registry "TLS Supported Groups" of
// IANA.
type Group struct {
	ID          uint16
	Name        string // IANA's
	PostQuantum bool   // a quantum computer does not open what was recorded
	Bits        int    // of security against the computers of today, as in SP 800-57
	Since       Version
	// Verdict says what the group is worth.
	Verdict Verdict
}

// The groups that a hello can have a key for ([Hello.Shares]).
const (
	Secp256r1          uint16 = 0x0017
	Secp384r1          uint16 = 0x0018
	Secp521r1          uint16 = 0x0019
	X25519             uint16 = 0x001D
	MLKEM768           uint16 = 0x0201
	MLKEM1024          uint16 = 0x0202
	SecP256r1MLKEM768  uint16 = 0x11EB
	X25519MLKEM768     uint16 = 0x11EC
	SecP384r1MLKEM1024 uint16 = 0x11ED
)

// explicitCurve stands for the curves that a server describes by their numbers.
const explicitCurve uint16 = 0xFF01

// Groups are all groups of the registry, those first that a client of today
// prefers.
func Groups() []Group {
	var list []Group
	add := func(since Version, grade Grade, reason string, groups ...Group) {
		for _, g := range groups {
			g.Since, g.Verdict.Grade = since, grade
			if reason != "" {
				g.Verdict.Reasons = []string{reason}
			}
			list = append(list, g)
		}
	}
	// draft-ietf-tls-ecdhe-mlkem, draft-ietf-tls-mlkem
	add(TLS13, Recommended, "",
		Group{ID: X25519MLKEM768, Name: "X25519MLKEM768", PostQuantum: true, Bits: 192},
		Group{ID: SecP256r1MLKEM768, Name: "SecP256r1MLKEM768", PostQuantum: true, Bits: 192},
		Group{ID: SecP384r1MLKEM1024, Name: "SecP384r1MLKEM1024", PostQuantum: true, Bits: 256})
	// RFC 8422 section 5.1.1, RFC 9325 section 4.2.1
	add(TLS10, Recommended, "",
		Group{ID: X25519, Name: "x25519", Bits: 128},
		Group{ID: Secp256r1, Name: "secp256r1", Bits: 128},
		Group{ID: Secp384r1, Name: "secp384r1", Bits: 192})
	add(TLS10, Secure, "",
		Group{ID: 0x001E, Name: "x448", Bits: 224},
		Group{ID: Secp521r1, Name: "secp521r1", Bits: 256})
	add(TLS13, Secure, "",
		Group{ID: 0x0200, Name: "MLKEM512", PostQuantum: true, Bits: 128},
		Group{ID: MLKEM768, Name: "MLKEM768", PostQuantum: true, Bits: 192},
		Group{ID: MLKEM1024, Name: "MLKEM1024", PostQuantum: true, Bits: 256},
		Group{ID: 0x11EE, Name: "curveSM2MLKEM768", PostQuantum: true, Bits: 192})
	add(TLS13, Weak, "a draft that ML-KEM replaced",
		Group{ID: 0x6399, Name: "X25519Kyber768Draft00", PostQuantum: true, Bits: 192},
		Group{ID: 0x639A, Name: "SecP256r1Kyber768Draft00", PostQuantum: true, Bits: 192})
	// RFC 7919 appendix A
	add(TLS13, Secure, "",
		Group{ID: 0x0100, Name: "ffdhe2048", Bits: 103},
		Group{ID: 0x0101, Name: "ffdhe3072", Bits: 125},
		Group{ID: 0x0102, Name: "ffdhe4096", Bits: 150},
		Group{ID: 0x0103, Name: "ffdhe6144", Bits: 175},
		Group{ID: 0x0104, Name: "ffdhe8192", Bits: 192})
	// RFC 8734, RFC 9367, RFC 8998
	add(TLS13, Secure, "",
		Group{ID: 0x001F, Name: "brainpoolP256r1tls13", Bits: 128},
		Group{ID: 0x0020, Name: "brainpoolP384r1tls13", Bits: 192},
		Group{ID: 0x0021, Name: "brainpoolP512r1tls13", Bits: 256},
		Group{ID: 0x0022, Name: "GC256A", Bits: 128},
		Group{ID: 0x0023, Name: "GC256B", Bits: 128},
		Group{ID: 0x0024, Name: "GC256C", Bits: 128},
		Group{ID: 0x0025, Name: "GC256D", Bits: 128},
		Group{ID: 0x0026, Name: "GC512A", Bits: 256},
		Group{ID: 0x0027, Name: "GC512B", Bits: 256},
		Group{ID: 0x0028, Name: "GC512C", Bits: 256},
		Group{ID: 0x0029, Name: "curveSM2", Bits: 128})
	// RFC 7027: TLS 1.3 has none of these any more.
	add(TLS10, Secure, "",
		Group{ID: 0x001A, Name: "brainpoolP256r1", Bits: 128},
		Group{ID: 0x001B, Name: "brainpoolP384r1", Bits: 192},
		Group{ID: 0x001C, Name: "brainpoolP512r1", Bits: 256})
	const left = "deprecated by RFC 8422"
	add(TLS10, Weak, left,
		Group{ID: 0x0016, Name: "secp256k1", Bits: 128},
		Group{ID: 0x0014, Name: "secp224k1", Bits: 112},
		Group{ID: 0x0015, Name: "secp224r1", Bits: 112},
		Group{ID: 0x000D, Name: "sect571k1", Bits: 256},
		Group{ID: 0x000E, Name: "sect571r1", Bits: 256},
		Group{ID: 0x000B, Name: "sect409k1", Bits: 204},
		Group{ID: 0x000C, Name: "sect409r1", Bits: 204},
		Group{ID: 0x0009, Name: "sect283k1", Bits: 141},
		Group{ID: 0x000A, Name: "sect283r1", Bits: 141},
		Group{ID: 0x0008, Name: "sect239k1", Bits: 119},
		Group{ID: 0x0006, Name: "sect233k1", Bits: 116},
		Group{ID: 0x0007, Name: "sect233r1", Bits: 116},
		Group{ID: explicitCurve, Name: "arbitrary_explicit_prime_curves"},
		Group{ID: 0xFF02, Name: "arbitrary_explicit_char2_curves"})
	add(TLS10, Insecure, "less than 112 bits of security (RFC 9325 section 4.5)",
		Group{ID: 0x0012, Name: "secp192k1", Bits: 96},
		Group{ID: 0x0013, Name: "secp192r1", Bits: 96},
		Group{ID: 0x0004, Name: "sect193r1", Bits: 96},
		Group{ID: 0x0005, Name: "sect193r2", Bits: 96},
		Group{ID: 0x000F, Name: "secp160k1", Bits: 80},
		Group{ID: 0x0010, Name: "secp160r1", Bits: 80},
		Group{ID: 0x0011, Name: "secp160r2", Bits: 80},
		Group{ID: 0x0001, Name: "sect163k1", Bits: 81},
		Group{ID: 0x0002, Name: "sect163r1", Bits: 81},
		Group{ID: 0x0003, Name: "sect163r2", Bits: 81})
	return list
}

// GroupOf finds a group by its number. One that is not in the registry has the
// number as its name.
func GroupOf(id uint16) (Group, bool) {
	for _, g := range Groups() {
		if g.ID == id {
			return g, true
		}
	}
	return Group{ID: id, Name: "0x" + hex4(id), Verdict: Verdict{Weak, []string{"not in the registry"}}}, false
}

// inTLS13 says whether TLS 1.3 can use a group: the curves that RFC 8446 section
// 4.2.7 kept, and what came later.
func (g Group) inTLS13() bool {
	switch g.ID {
	case X25519, 0x001E, Secp256r1, Secp384r1, Secp521r1:
		return true
	}
	return g.Since == TLS13
}

// groupsFor are the groups that a hello for a version offers. Before TLS 1.3 they
// are the curves alone: a server that knows RFC 7919 and has a group of its own
// refuses DHE when the client names groups that it lacks.
func groupsFor(v Version) []uint16 {
	var ids []uint16
	for _, g := range Groups() {
		if g.ID < explicitCurve && (v == TLS13 && g.inTLS13() || v < TLS13 && g.Since < TLS13) {
			ids = append(ids, g.ID)
		}
	}
	return ids
}
