package text

import (
	"strconv"

	"muxkey/internal/keytool/der"
)

// pss are RSASSA-PSS parameters (RFC 4055).
type pss struct {
	hash, mask    string
	salt, trailer int
}

// String is Java's PSSParameterSpec.toString.
func (p pss) String() string {
	return "PSSParameterSpec[hashAlgorithm=" + p.hash + ", maskGenAlgorithm=MGF1ParameterSpec[hashAlgorithm=" + p.mask +
		"], saltLength=" + strconv.Itoa(p.salt) + ", trailerField=" + strconv.Itoa(p.trailer) + "]"
}

func readPSS(v der.Value) (pss, error) {
	p := pss{hash: "SHA-1", mask: "SHA-1", salt: 20, trailer: 1}
	list, err := v.Elements(der.Sequence)
	if err != nil {
		return p, err
	}
	for _, e := range list {
		n := e.Number()
		if !e.Context(n) || n > 3 {
			return p, fail("Invalid encoded PSSParameters")
		}
		inner, err := e.Stream().Next()
		if err != nil {
			return p, err
		}
		switch n {
		case 0:
			var a algorithm
			a, err = readAlgorithm(inner)
			p.hash = a.name()
		case 1:
			p.mask, err = maskHash(inner)
		case 2:
			p.salt, err = inner.Int()
			if err == nil && p.salt < 0 {
				err = fail("Negative value for saltLength")
			}
		case 3:
			p.trailer, err = inner.Int()
			if err == nil && p.trailer != 1 {
				err = fail("Unsupported trailerField value %d", p.trailer)
			}
		}
		if err != nil {
			return p, err
		}
	}
	return p, nil
}

// maskHash is the hash of a mask generation function.
func maskHash(v der.Value) (string, error) {
	mask, err := readAlgorithm(v)
	switch {
	case err != nil:
		return "", err
	case mask.name() != "MGF1":
		return "", fail("Only MGF1 mgf is supported")
	case mask.parameters == nil:
		return "", fail("Missing MGF1 parameters")
	}
	hash, err := readAlgorithm(mask.value)
	if err != nil {
		return "", err
	}
	switch name := hash.name(); name {
	case "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA-512/224", "SHA-512/256", "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512":
		return name, nil
	default:
		return "", fail("Unrecognized message digest algorithm %s", name)
	}
}
