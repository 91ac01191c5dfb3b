package explain

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"muxkey/certgen"
	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/extension"
)

// subject is what -dname says, as muxkey writes names, and its common name. A name
// that keytool refuses is given as it is, for muxkey to refuse.
func (s *script) subject() (name, host string) {
	if s.DName == nil {
		return "", ""
	}
	parsed, err := dname.Parse(*s.DName)
	if err != nil {
		return *s.DName, ""
	}
	der := parsed.DER()
	var rdns pkix.RDNSequence
	if _, err := asn1.Unmarshal(der, &rdns); err == nil {
		var plain pkix.Name
		plain.FillFromRDNSequence(&rdns)
		host = plain.CommonName
	}
	return certgen.FormatDN(der), host
}

// request are the words of a certificate that -ext and -startdate ask for.
type request struct {
	names []string // of the subject, with their types in front
	usage string   // of --usage, empty for none
	ca    bool
}

// extensions reads the values of -ext, and says which of them muxkey takes from a
// template.
func (s *script) extensions() (r request) {
	values := slices.DeleteFunc(slices.Clone(s.Ext), func(value string) bool {
		name, _, _ := strings.Cut(value, "=")
		return strings.HasPrefix("honored", strings.ToLower(name)) && len(name) > 1
	})
	built, err := extension.Build(s.level, values, extension.Given{})
	if err != nil {
		s.note("keytool refuses an -ext: %v", err)
		return r
	}
	var rest []string
	for _, e := range built {
		switch oid := e.Id.String(); oid {
		case "2.5.29.14": // always there, in muxkey's certificates too
		case "2.5.29.17":
			names, ok := generalNames(e.Value)
			r.names = names
			if !ok {
				rest = append(rest, oid)
			}
		case "2.5.29.37":
			if r.usage = usage(e.Value); r.usage == "" {
				rest = append(rest, oid)
			}
		case "2.5.29.19":
			var constraints struct {
				CA         bool `asn1:"optional"`
				PathLength int  `asn1:"optional"`
			}
			_, err := asn1.Unmarshal(e.Value, &constraints)
			r.ca = err == nil && constraints.CA
		case "2.5.29.15": // follows from what the certificate is for
		default:
			rest = append(rest, oid)
		}
	}
	if len(rest) > 0 {
		s.note("The extensions %s are for a template: muxkey create --template FILE.", strings.Join(rest, ", "))
	}
	return r
}

// generalNames are the names of a SAN extension as --san takes them. ok is false
// where some have no such form.
func generalNames(value []byte) (names []string, ok bool) {
	var sequence []asn1.RawValue
	if rest, err := asn1.Unmarshal(value, &sequence); err != nil || len(rest) > 0 {
		return nil, false
	}
	ok = true
	for _, name := range sequence {
		switch text := string(name.Bytes); name.Tag {
		case 1:
			names = append(names, "email:"+text)
		case 2:
			names = append(names, "dns:"+text)
		case 6:
			names = append(names, "uri:"+text)
		case 7:
			address, valid := netip.AddrFromSlice(name.Bytes)
			if !valid {
				ok = false
				continue
			}
			names = append(names, "ip:"+address.String())
		default:
			ok = false
		}
	}
	return names, ok
}

// usage is the word of --usage for an extended key usage.
func usage(value []byte) string {
	var oids []asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(value, &oids); err != nil {
		return ""
	}
	var purposes []string
	for _, oid := range oids {
		purposes = append(purposes, oid.String())
	}
	slices.Sort(purposes)
	switch strings.Join(purposes, " ") {
	case "1.3.6.1.5.5.7.3.1":
		return "server"
	case "1.3.6.1.5.5.7.3.2":
		return "client"
	case "1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2":
		return "mutual"
	case "1.3.6.1.5.5.7.3.3":
		return "code"
	}
	return ""
}

// keyType is the word of --key for the pair that the call makes; empty where muxkey
// makes none such.
func (s *script) keyType() string {
	algorithm := strings.ToUpper(or(s.KeyAlg, s.level.KeyAlgorithm))
	size := 0
	if s.KeySize != nil && *s.KeySize != -1 {
		size = *s.KeySize
	}
	switch algorithm {
	case "RSA", "RSASSA-PSS":
		if size == 0 {
			size = s.level.RSABits
		}
		if slices.Contains([]int{2048, 3072, 4096}, size) {
			return "rsa-" + strconv.Itoa(size)
		}
	case "EC":
		group := strings.ToLower(or(s.GroupName, s.level.ECGroup))
		switch {
		case size == 256 || size == 0 && slices.Contains([]string{"secp256r1", "nist p-256", "p-256"}, group):
			return "ec-p256"
		case size == 384 || size == 0 && slices.Contains([]string{"secp384r1", "nist p-384", "p-384"}, group):
			return "ec-p384"
		case size == 521 || size == 0 && slices.Contains([]string{"secp521r1", "nist p-521", "p-521"}, group):
			return "ec-p521"
		}
	case "ED25519":
		return "ed25519"
	case "EDDSA":
		if size == 0 || size == 255 {
			return "ed25519"
		}
	}
	return ""
}

// days is -validity.
func (s *script) days() string {
	if s.Validity == nil {
		return "90"
	}
	return strconv.FormatInt(*s.Validity, 10)
}

// startDate are the words for -startdate: a date, or days from now.
func (s *script) startDate() []string {
	if s.StartDate == nil {
		return nil
	}
	value := *s.StartDate
	if date := strings.Split(value, "/"); len(date) == 3 && len(value) == len("2006/01/02") {
		return []string{"--not-before", strings.Join(date, "-")}
	}
	if number := strings.TrimLeft(value, "+-"); strings.HasSuffix(value, "d") && len(value) == len(number)+1 {
		if _, err := strconv.ParseUint(strings.TrimSuffix(number, "d"), 10, 16); err == nil {
			return []string{"--not-before", value}
		}
	}
	s.note("-startdate %s: --not-before takes a date, a time in RFC 3339, or days from now such as +1d.", value)
	return nil
}

// isHost tells whether muxkey makes a certificate for a name.
func isHost(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	name = strings.TrimPrefix(name, "*.")
	return name != "" && strings.Trim(name, "-.") == name && only(name, "-.")
}

// signature says that muxkey chooses signature algorithms itself.
func (s *script) signature() {
	if s.SigAlg != nil {
		s.note("-sigalg %s: muxkey signs with the algorithm that fits the key: SHA-256 and up, never SHA-1.", *s.SigAlg)
	}
}
