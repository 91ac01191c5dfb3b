package pkcs12x

import (
	"crypto/hmac"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// mac is the integrity check of a file, ready but for the password.
type mac struct {
	Integrity
	key    kdf
	digest digest
	want   []byte
}

// minPBMAC1Key is the least key length that RFC 9579 section 4 allows.
const minPBMAC1Key = 20

// parseMAC reads MacData (RFC 7292 section 4). A MAC that this package cannot
// compute gets Integrity.Err, so that the file can still be shown.
func parseMAC(in *cryptobyte.String, l Limits) (*mac, error) {
	broken := fmt.Errorf("%w: the MAC", ErrDamaged)
	var data, info, want, salt cryptobyte.String
	if !in.ReadASN1(&data, cbasn1.SEQUENCE) || !data.ReadASN1(&info, cbasn1.SEQUENCE) {
		return nil, broken
	}
	a, ok := readAlgorithm(&info)
	if !ok || !info.ReadASN1(&want, cbasn1.OCTET_STRING) || !data.ReadASN1(&salt, cbasn1.OCTET_STRING) {
		return nil, broken
	}
	m := &mac{want: want}
	if a.id.Equal(oidPBMAC1) {
		m.Err = m.parsePBMAC1(a)
	} else {
		n := 1 // DEFAULT 1
		if !data.Empty() {
			n, m.Err = readCount(&data)
		}
		if m.digest, ok = digestByID(a.id); !ok {
			m.Iterations = n
			m.Name, m.Features = "HMAC with "+algorithmName(a.id), []Feature{MACUnknown}
			m.Err = fmt.Errorf("%w: a MAC with %s", ErrUnsupported, algorithmName(a.id))
			return m, nil
		}
		m.key = kdf{kind: kdfPKCS12, hash: m.digest.name, salt: string(salt), iterations: n, length: m.digest.size, purpose: purposeMAC}
		m.Name, m.Features = "HMAC-"+m.digest.name, []Feature{m.digest.mac}
	}
	if m.Err == nil {
		m.Err = m.key.check(l)
	}
	if m.Err == nil && len(m.want) != m.digest.size {
		return nil, fmt.Errorf("%w: a MAC of %d octets where %s has %d", ErrDamaged, len(m.want), m.Name, m.digest.size)
	}
	m.KDF, m.Iterations = m.key.name(), m.key.iterations
	if m.Iterations > 5_000_000 {
		m.Features = append(m.Features, IterationsOver5Million)
	}
	return m, nil
}

// parsePBMAC1 reads PBMAC1-params (RFC 8018 appendix A.5) under the rules of
// RFC 9579 section 4: the key length must be there, and not below 20 octets.
func (m *mac) parsePBMAC1(a algorithm) error {
	m.Name, m.Features = "PBMAC1", []Feature{MACPBMAC1}
	params := cryptobyte.String(a.params)
	var body cryptobyte.String
	if !params.ReadASN1(&body, cbasn1.SEQUENCE) {
		return fmt.Errorf("%w: parameters of PBMAC1", ErrDamaged)
	}
	derivation, ok := readAlgorithm(&body)
	if !ok {
		return fmt.Errorf("%w: derivation of PBMAC1", ErrDamaged)
	}
	scheme, ok := readAlgorithm(&body)
	if !ok {
		return fmt.Errorf("%w: MAC of PBMAC1", ErrDamaged)
	}
	k, prf, err := parseKDF(derivation)
	m.key = k
	m.Features = append(m.Features, prf...)
	if err != nil {
		return err
	}
	if m.digest, ok = digestByHMAC(scheme.id); !ok {
		return fmt.Errorf("%w: PBMAC1 with %s", ErrUnsupported, algorithmName(scheme.id))
	}
	m.Name = "PBMAC1 HMAC-" + m.digest.name
	if k.length == 0 {
		return fmt.Errorf("%w: PBMAC1 without a key length (RFC 9579 section 4)", ErrDamaged)
	}
	if k.length < minPBMAC1Key {
		return fmt.Errorf("%w: PBMAC1 with a key of %d octets, at least %d are needed (RFC 9579 section 4)", ErrDamaged, k.length, minPBMAC1Key)
	}
	return nil
}

// check tells whether the MAC over content comes out right under d's reading of
// the password.
func (m *mac) check(d *deriver, content []byte) (bool, error) {
	key, err := d.get(m.key)
	if err != nil {
		return false, err
	}
	h := hmac.New(m.digest.new, key)
	h.Write(content)
	return hmac.Equal(h.Sum(nil), m.want), nil
}
