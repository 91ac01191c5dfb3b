package pkcs12x

// Limits bound what a file may ask of its reader. Genuine files reach a
// million iterations and thousands of bags; hostile ones ask for 2^31
// iterations, or for a thousand safes just below any single limit, so single
// derivations and their sum are bounded apart. A file at the default limits
// takes about two seconds on two cores, and less than 256 MiB.
type Limits struct {
	Size       int // bytes of input
	Iterations int // rounds of one derivation; the JDK refuses more than 5,000,000
	Work       int // hash calls of all derivations of one file together, in units of SHA-256; one may take half
	Memory     int // bytes that one scrypt derivation may take
	Depth      int // nesting of ASN.1 elements, and of safes
	Bags       int // bags in all safes together
}

// DefaultLimits reads every genuine file we know of.
func DefaultLimits() Limits {
	return Limits{
		Size:       18 << 20, // 10,000 certificates in PEM; reading takes up to twelve times as much
		Iterations: 5_000_000,
		Work:       24_000_000,
		Memory:     128 << 20,
		Depth:      256, // BoringSSL reads a file of 129
		Bags:       50_000,
	}
}
