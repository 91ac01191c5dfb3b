package text

import (
	"strconv"
	"strings"

	"muxkey/internal/keytool/der"
	"muxkey/internal/keytool/dname"
	"muxkey/internal/keytool/level"
)

// alternativeName reads SubjectAltName and IssuerAltName.
func alternativeName(l level.Level, label string) func(der.Value) (string, error) {
	return func(v der.Value) (string, error) {
		names, err := generalNames(l, v)
		var out strings.Builder
		for _, n := range names {
			out.WriteString("  " + n.text + "\n")
		}
		return label + " [\n" + out.String() + "]\n", err
	}
}

func certificateIssuer(l level.Level, v der.Value) (string, error) {
	names, err := generalNames(l, v)
	return "Certificate Issuer [\n" + names.String() + "]\n", err
}

// infoAccess reads AuthorityInfoAccess and SubjectInfoAccess.
func infoAccess(l level.Level, label string) func(der.Value) (string, error) {
	return func(v der.Value) (string, error) {
		if v.Tag != der.Sequence {
			return "", fail("Invalid encoding for %sExtension.", label)
		}
		var list []string
		err := eachElement(v, func(e der.Value) error {
			s := e.Stream()
			method, err := s.OID()
			if err != nil {
				return err
			}
			location, err := s.Next()
			if err != nil {
				return err
			}
			n, err := readGeneralName(l, location, false)
			list = append(list, "\n   accessMethod: "+accessMethod(method)+"\n   accessLocation: "+n.text+"\n")
			return err
		})
		return label + " [\n  " + listed(list) + "\n]\n", err
	}
}

func accessMethod(oid string) string {
	switch oid {
	case "1.3.6.1.5.5.7.48.1":
		return "ocsp"
	case "1.3.6.1.5.5.7.48.2":
		return "caIssuers"
	case "1.3.6.1.5.5.7.48.3":
		return "timeStamping"
	case "1.3.6.1.5.5.7.48.5":
		return "caRepository"
	}
	return oid
}

// distributionPoints reads CRLDistributionPoints and FreshestCRL.
func distributionPoints(l level.Level, label string) func(der.Value) (string, error) {
	return func(v der.Value) (string, error) {
		if v.Tag != der.Sequence {
			return "", fail("Invalid encoding for %s extension.", label)
		}
		var points []string
		err := eachElement(v, func(e der.Value) error {
			p, err := distributionPoint(l, e)
			points = append(points, p)
			return err
		})
		return label + " [\n  " + listed(points) + "]\n", err
	}
}

func distributionPoint(l level.Level, v der.Value) (string, error) {
	if v.Tag != der.Sequence {
		return "", fail("Invalid encoding of DistributionPoint.")
	}
	var name, issuer string
	var reasons *der.Bits
	err := eachElement(v, func(e der.Value) error {
		switch {
		case e.Context(0) && e.Constructed():
			if name != "" {
				return fail("Duplicate DistributionPointName in DistributionPoint.")
			}
			inner, err := e.Stream().Next()
			if err == nil {
				name, err = pointName(l, inner, "Invalid DistributionPointName in DistributionPoint")
			}
			return err
		case e.Context(1) && !e.Constructed():
			if reasons != nil {
				return fail("Duplicate Reasons in DistributionPoint.")
			}
			bits, err := e.Bits()
			reasons = &bits
			return err
		case e.Context(2) && e.Constructed():
			if issuer != "" {
				return fail("Duplicate CRLIssuer in DistributionPoint.")
			}
			names, err := generalNames(l, e.As(der.Sequence))
			issuer = names.String()
			return err
		}
		return fail("Invalid encoding of DistributionPoint.")
	})
	if err == nil && name == "" && issuer == "" {
		err = fail("One of fullName, relativeName,  and crlIssuer has to be set")
	}
	text := "DistributionPoint:\n     " + name + "\n"
	if reasons != nil {
		names := make([]string, reasons.Len)
		for i := range names {
			names[i] = pointReason(i)
		}
		text += "   ReasonFlags:\n" + flags(*reasons, "    ", names)
	}
	if issuer != "" {
		text += "   CRLIssuer:" + issuer + "\n"
	}
	return text, err
}

func pointReason(n int) string {
	names := []string{
		"", "key compromise", "CA compromise", "affiliation changed", "superseded", "cessation of operation",
		"certificate hold", "privilege withdrawn", "AA compromise",
	}
	if n > 0 && n < len(names) {
		return names[n]
	}
	return "Unknown reason " + strconv.Itoa(n)
}

// pointName reads DistributionPointName: names, or an RDN below that of the issuer.
func pointName(l level.Level, v der.Value, invalid string) (string, error) {
	switch {
	case v.Context(0) && v.Constructed():
		names, err := generalNames(l, v.As(der.Sequence))
		return names.String(), err
	case v.Context(1) && v.Constructed():
		rdn, err := readRDN(v.As(der.Set))
		return dname.String(der.Value{Tag: der.Sequence, Content: rdn}.Encode()), err
	}
	return "", fail("%s", invalid)
}

func issuingDistributionPoint(l level.Level, v der.Value) (string, error) {
	if v.Tag != der.Sequence {
		return "", fail("Invalid encoding for IssuingDistributionPointExtension.")
	}
	const user, authority, some, indirect, attribute = 1, 2, 3, 4, 5
	var name, reasons string
	var set [6]bool
	err := eachElement(v, func(e der.Value) error {
		n := e.Number()
		switch {
		case !e.Context(n) || int(n) >= len(set) || e.Constructed() != (n == 0):
			return fail("Invalid encoding of IssuingDistributionPoint")
		case n == 0:
			inner, err := e.Stream().Next()
			if err == nil {
				name, err = pointName(l, inner, "Invalid encoding for DistributionPointName")
			}
			name = "DistributionPointName:\n     " + name + "\n"
			return err
		case n == some:
			bits, err := e.Bits()
			reasons = "Reason Flags [\n" + flags(bits, "  ", []string{
				"Unused", "Key Compromise", "CA Compromise", "Affiliation_Changed", "Superseded",
				"Cessation Of Operation", "Certificate Hold", "Privilege Withdrawn", "AA Compromise",
			}) + "]\n"
			return err
		}
		var err error
		set[n], err = e.As(der.Boolean).Bool()
		return err
	})
	return "IssuingDistributionPoint [\n  " + name + reasons +
		"  Only contains user certs: " + strconv.FormatBool(set[user]) +
		"\n  Only contains CA certs: " + strconv.FormatBool(set[authority]) +
		"\n  Only contains attribute certs: " + strconv.FormatBool(set[attribute]) +
		"\n  Indirect CRL: " + strconv.FormatBool(set[indirect]) + "\n]\n", err
}

func nameConstraints(l level.Level, v der.Value) (string, error) {
	if v.Tag != der.Sequence {
		return "", fail("Invalid encoding for NameConstraintsExtension.")
	}
	var trees [2]string
	err := eachElement(v, func(e der.Value) error {
		n := e.Number()
		if !e.Context(n) || n > 1 || !e.Constructed() {
			return fail("Invalid encoding of NameConstraintsExtension.")
		}
		if trees[n] != "" {
			return fail("Duplicate %s GeneralSubtrees in NameConstraintsExtension.", []string{"permitted", "excluded"}[n])
		}
		list, err := subtrees(l, e)
		trees[n] = []string{"\n    Permitted:", "\n    Excluded:"}[n] + list
		return err
	})
	return "NameConstraints: [" + trees[0] + trees[1] + "   ]\n", err
}

func subtrees(l level.Level, v der.Value) (string, error) {
	var list []string
	err := eachElement(v, func(e der.Value) error {
		tree, err := subtree(l, e)
		list = append(list, tree)
		return err
	})
	return "   GeneralSubtrees:\n" + listed(list) + "\n", err
}

func subtree(l level.Level, v der.Value) (string, error) {
	if v.Tag != der.Sequence {
		return "", fail("Invalid encoding for GeneralSubtree.")
	}
	s := v.Stream()
	first, err := s.Next()
	if err != nil {
		return "", err
	}
	name, err := readGeneralName(l, first, true)
	if err != nil {
		return "", err
	}
	bounds := [2]int{0, -1}
	for !s.Empty() {
		e, err := s.Next()
		if err != nil {
			return "", err
		}
		n := e.Number()
		if !e.Context(n) || n > 1 || e.Constructed() {
			return "", fail("Invalid encoding of GeneralSubtree.")
		}
		if bounds[n], err = e.As(der.Integer).Int(); err != nil {
			return "", err
		}
	}
	maximum := strconv.Itoa(bounds[1])
	if bounds[1] == -1 {
		maximum = "undefined"
	}
	return "\n   GeneralSubtree: [\n    GeneralName: " + name.text + "\n    Minimum: " + strconv.Itoa(bounds[0]) +
		"\n    Maximum: " + maximum + "    ]\n", nil
}
