package certgen

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
)

// Profile is one purpose of certificates: what they say whatever their request
// wishes.
type Profile struct {
	Name  string // as in flags: "server"
	Title string // for help: "TLS servers"
	Days  int    // the lifetime to take when none is asked for
	// Hosts tells that a certificate is good for nothing without a host name or
	// an IP address among its names.
	Hosts bool
	CA    bool

	usages   []string // extended key usage; those of a CA are not limited
	keyUsage func(crypto.PublicKey) x509.KeyUsage
}

// Profiles lists the profiles, the default first. Lifetimes are those of
// DefaultDays and IntermediateDays.
//
// keyUsage is digitalSignature, and for servers with an RSA key keyEncipherment,
// which TLS 1.2 without forward secrecy needs. A CA has keyCertSign and cRLSign,
// and digitalSignature only when a template asks for it: it would let it answer
// for OCSP with its own key.
func Profiles() []Profile {
	signs := func(crypto.PublicKey) x509.KeyUsage { return x509.KeyUsageDigitalSignature }
	certifies := func(crypto.PublicKey) x509.KeyUsage { return x509.KeyUsageCertSign | x509.KeyUsageCRLSign }
	return []Profile{
		{Name: "server", Title: "TLS servers", Days: DefaultDays, Hosts: true, usages: []string{"serverAuth"}, keyUsage: keyUsage},
		{Name: "client", Title: "TLS clients, people or programs", Days: DefaultDays, usages: []string{"clientAuth"}, keyUsage: signs},
		{
			Name: "mutual", Title: "servers that are clients of one another", Days: DefaultDays, Hosts: true,
			usages: []string{"serverAuth", "clientAuth"}, keyUsage: keyUsage,
		},
		{Name: "code", Title: "signatures under programs", Days: DefaultDays, usages: []string{"codeSigning"}, keyUsage: signs},
		{Name: "ca", Title: "CAs below the one that issues", Days: IntermediateDays, CA: true, keyUsage: certifies},
	}
}

// ProfileNames lists the names of the profiles.
func ProfileNames() []string {
	var out []string
	for _, p := range Profiles() {
		out = append(out, p.Name)
	}
	return out
}

// ParseProfile returns the profile of a name. The error wraps ErrProfile.
func ParseProfile(name string) (Profile, error) {
	for _, p := range Profiles() {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, fmt.Errorf("%w %q (there are %s)", ErrProfile, name, strings.Join(ProfileNames(), ", "))
}

// ExtKeyUsage returns the purposes of the profile.
func (p Profile) ExtKeyUsage() []x509.OID {
	var out []x509.OID
	for _, name := range p.usages {
		if id, err := ParseExtKeyUsage(name); err == nil { // all are in the table
			out = append(out, id)
		}
	}
	return out
}

// KeyUsage returns what the profile does with a key.
func (p Profile) KeyUsage(pub crypto.PublicKey) x509.KeyUsage { return p.keyUsage(pub) }

// Content returns what a certificate of the profile says, for a key, without
// subject and names.
func (p Profile) Content(pub crypto.PublicKey) Content {
	return Content{KeyUsage: p.keyUsage(pub), ExtKeyUsage: p.ExtKeyUsage(), CA: p.CA}
}

// Approval says what a CA grants of a request.
type Approval struct {
	Profile Profile
	// Subject and Names stand in place of those of the request; nil takes what
	// is asked for.
	Subject []byte
	Names   Names
	// Allowed are the names that may be granted; a request for others is
	// refused. The zero value allows all that the CA's own constraints do.
	Allowed Constraints
	// PathLen is how many CAs may stand below one of the profile ca; negative is
	// any number. A request can only ask for fewer.
	PathLen int
	// Honor are extensions that are taken over as the request has them, in place
	// of what the profile says; this is how a CA is told to grant what it
	// otherwise does not. HonorAll takes all.
	Honor    []asn1.ObjectIdentifier
	HonorAll bool
}

// Wish is something that a request asks for and does not get, or gets though it
// did not ask.
type Wish struct {
	OID string // of the extension
	// Text says what was asked for and why it is not there: "CA:TRUE: the
	// profile server makes no CAs".
	Text string
	// Added tells that it is no wish, but a name that the certificate has without
	// having been asked for.
	Added bool
	// Dangerous tells that granting it would give away rights of the CA.
	Dangerous bool
}

// Grant checks a request (see CSR.Check) and returns what its certificate is to
// say. It needs no CA; CA.Issue has what that may issue.
//
// The profile decides on key usages, purposes and whether there is a CA: wishes
// can only narrow it. Names and subject are taken over; a name outside Allowed
// refuses the request as a whole (*NotPermittedError), because a certificate
// without it would not do what it is for. All other extensions are left out
// unless honoured. What was left out is in the list.
//
// For a profile with hosts, a request without alternative names, as keytool
// makes it, gets its commonName as one when that is a host name or an address.
// Without any the error is ErrNoNames.
func (a Approval) Grant(r *CSR) (Content, []Wish, error) {
	c, left, err := a.grant(r)
	if err != nil {
		return Content{}, nil, fmt.Errorf("granting a CSR: %w", err)
	}
	return c, left, nil
}

func (a Approval) grant(r *CSR) (Content, []Wish, error) {
	if err := r.Check(); err != nil {
		return Content{}, nil, err
	}
	g := grant{Approval: a, csr: r, out: a.Profile.Content(r.PublicKey)}
	for _, e := range r.Extensions {
		switch {
		case a.honors(e.Id):
			g.out.Extensions = append(g.out.Extensions, e)
		case e.Id.Equal(oidSubjectAltName): // below
		case e.Id.Equal(oidKeyUsage):
			g.keyUsage(readKeyUsage(e.Value))
		case e.Id.Equal(oidExtKeyUsage):
			g.extKeyUsage(readExtKeyUsage(e.Value))
		case e.Id.Equal(oidBasicConstraints):
			g.basicConstraints(readBasicConstraints(e.Value))
		case e.Id.Equal(oidSubjectKeyID), e.Id.Equal(oidAuthorityKeyID): // the CA's to say, and it says it
		default:
			g.leave(e.Id, false, "extension %v: not taken over unless honoured", e.Id)
		}
	}
	if a.Profile.CA {
		g.pathLen()
	}
	if err := g.names(); err != nil {
		return Content{}, nil, err
	}
	if _, err := a.Allowed.Check(g.out.Subject, g.out.Names); err != nil {
		return Content{}, nil, err
	}
	return g.out, g.left, nil
}

// honors never takes over an authorityKeyIdentifier: only the CA knows its own.
func (a Approval) honors(id asn1.ObjectIdentifier) bool {
	if id.Equal(oidAuthorityKeyID) {
		return false
	}
	return a.HonorAll || slices.ContainsFunc(a.Honor, id.Equal)
}

// grant is an approval at work.
type grant struct {
	Approval
	csr  *CSR
	out  Content
	left []Wish
}

func (g *grant) leave(id asn1.ObjectIdentifier, dangerous bool, text string, args ...any) {
	g.left = append(g.left, Wish{OID: id.String(), Dangerous: dangerous, Text: fmt.Sprintf(text, args...)})
}

func (g *grant) keyUsage(wish x509.KeyUsage) {
	const ofCA = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	if excess := wish &^ g.out.KeyUsage; excess != 0 {
		g.leave(oidKeyUsage, excess&ofCA != 0, "keyUsage %s: not of the profile %s", strings.Join(KeyUsageNames(excess), ", "), g.Profile.Name)
	}
	if narrower := wish & g.out.KeyUsage; narrower != 0 {
		g.out.KeyUsage = narrower
	}
}

func (g *grant) extKeyUsage(wish []x509.OID) {
	if g.Profile.CA {
		if len(wish) > 0 {
			// Fewer purposes is all that it can mean below a CA.
			g.out.ExtKeyUsage = wish
		}
		return
	}
	var narrower, excess []x509.OID
	for _, id := range wish {
		if hasOID(g.out.ExtKeyUsage, id) {
			narrower = append(narrower, id)
		} else {
			excess = append(excess, id)
		}
	}
	if len(excess) > 0 {
		g.leave(oidExtKeyUsage, true, "extendedKeyUsage %s: not of the profile %s", usageNames(excess), g.Profile.Name)
	}
	if len(narrower) > 0 {
		g.out.ExtKeyUsage = narrower
	}
}

func (g *grant) basicConstraints(ca bool, pathLen int) {
	switch {
	case ca && !g.Profile.CA:
		g.leave(oidBasicConstraints, true, "CA:TRUE: the profile %s makes no CAs", g.Profile.Name)
	case !ca && g.Profile.CA:
		g.leave(oidBasicConstraints, false, "CA:FALSE: the profile %s makes a CA", g.Profile.Name)
	case ca && g.PathLen >= 0 && (pathLen < 0 || pathLen > g.PathLen):
		asked := "no path length"
		if pathLen >= 0 {
			asked = fmt.Sprintf("path length %d", pathLen)
		}
		g.leave(oidBasicConstraints, true, "%s: at most %d is granted", asked, g.PathLen)
	}
}

// pathLen takes the smaller of what is allowed and what is asked for.
func (g *grant) pathLen() {
	g.out.PathLen = g.PathLen
	value, ok := g.csr.extension(oidBasicConstraints)
	if !ok {
		return
	}
	if ca, asked := readBasicConstraints(value); ca && asked >= 0 && (g.PathLen < 0 || asked < g.PathLen) {
		g.out.PathLen = asked
	}
}

// names takes over the subject and the alternative names.
func (g *grant) names() error {
	g.out.Subject, g.out.Names = g.csr.Subject, g.csr.Names
	if g.Subject != nil {
		g.out.Subject = g.Subject
	}
	switch {
	case g.Names != nil:
		g.out.Names = g.Names
		// Honoured ones would stand in their place.
		g.out.Extensions = without(g.out.Extensions, oidSubjectAltName)
	case hasExtension(g.out.Extensions, oidSubjectAltName):
		g.out.OtherNames = g.csr.OtherNames
	case len(g.csr.OtherNames) > 0:
		// Nothing here holds such names to a list of allowed ones.
		g.leave(oidSubjectAltName, true, "%d alternative names of other kinds (directory names, registered IDs ...): not taken over unless honoured", len(g.csr.OtherNames))
	}
	if g.Profile.Hosts && len(g.out.Names.Values(DNS))+len(g.out.Names.Values(IP)) == 0 {
		for _, cn := range attributeValues(g.out.Subject, "CN") {
			if n, err := parseName(cn); err == nil && (n.Kind == DNS || n.Kind == IP) {
				g.out.Names = append(slices.Clone(g.out.Names), n)
				g.left = append(g.left, Wish{
					OID: oidSubjectAltName.String(), Added: true,
					Text: fmt.Sprintf("%s, from the subject: the request has no host among its alternative names", n),
				})
				break
			}
		}
		if len(g.out.Names.Values(DNS))+len(g.out.Names.Values(IP)) == 0 {
			return fmt.Errorf("%w: a certificate of the profile %s needs a host name or an IP address", ErrNoNames, g.Profile.Name)
		}
		// It has what an honoured extension lacks.
		g.out.Extensions = without(g.out.Extensions, oidSubjectAltName)
	}
	if g.Profile.CA && len(g.out.Names) == 0 && isEmptySubject(g.out.Subject) {
		return ErrNoSubject
	}
	if isEmptySubject(g.out.Subject) {
		g.out.Subject = nil // DefaultSubject: some programs show nothing else
	}
	return nil
}
