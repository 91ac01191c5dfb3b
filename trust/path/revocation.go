package path

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"

	"muxkey/certgen"
	"muxkey/chain"
)

// listKey is a list, and the certificate whose key should have signed it.
type listKey struct {
	list   *x509.RevocationList
	issuer *node
}

var oidIssuingPoint = asn1.ObjectIdentifier{2, 5, 29, 28}

// revocationLists looks a certificate up in the lists of its issuer (RFC 5280
// section 6.3.3, without delta lists, indirect lists, and those for some reasons).
func revocationLists(v view) []Step {
	if len(v.CRLs) == 0 || v.last() || v.X509 == nil {
		return nil
	}
	issuer := v.nodes[v.at+1]
	why := "none of the revocation lists is of its issuer"
	var free []Step
	for _, list := range v.CRLs {
		if chain.CanonicalName(list.RawIssuer) != v.issuer {
			continue
		}
		if reason := v.unusable(list, issuer); reason != "" {
			why = "the revocation list of its issuer " + reason
			continue
		}
		for _, e := range list.RevokedCertificateEntries {
			if e.SerialNumber.Cmp(v.Serial) == 0 && !e.RevocationTime.After(v.At) {
				return bad(fmt.Sprintf("it was revoked on %s (%s)", date(e.RevocationTime), certgen.Reason(e.ReasonCode)))
			}
		}
		free = good("it is not on the revocation list of %s", date(list.ThisUpdate))
	}
	switch {
	case free != nil:
		return free
	case v.issues():
		return step(Skipped, "%s", why)
	}
	return step(Unknown, "%s", why)
}

// unusable says why a list says nothing of the certificate; "" when it does.
func (v view) unusable(list *x509.RevocationList, issuer *node) string {
	key := listKey{list, issuer}
	err, known := v.lists[key]
	if !known {
		if issuer.X509 == nil {
			err = chain.ErrUncheckable
		} else {
			err = list.CheckSignatureFrom(issuer.X509) // with cRLSign, RFC 5280 section 6.3.3 (f)
		}
		v.lists[key] = err
	}
	switch {
	case err != nil:
		return "is not signed by it as it should be: " + strings.TrimPrefix(err.Error(), "x509: ")
	case v.At.Before(list.ThisUpdate):
		return "is not valid before " + list.ThisUpdate.UTC().Format(time.RFC3339)
	case !list.NextUpdate.IsZero() && v.At.After(list.NextUpdate):
		return "should have been replaced on " + list.NextUpdate.UTC().Format(time.RFC3339)
	}
	for _, e := range list.Extensions {
		if e.Id.Equal(oidIssuingPoint) {
			if why := v.outside(e.Value); why != "" {
				return why
			}
		} else if e.Critical {
			return "has a critical extension that is not known here: " + e.Id.String()
		}
	}
	for _, e := range list.RevokedCertificateEntries {
		for _, x := range e.Extensions {
			if x.Critical {
				return "has entries of a kind that is not known here: " + x.Id.String()
			}
		}
	}
	return ""
}

// outside reads IssuingDistributionPoint (RFC 5280 section 5.2.5).
func (v view) outside(value []byte) string {
	in := cryptobyte.String(value)
	var body cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) {
		return "is damaged"
	}
	for !body.Empty() {
		var part cryptobyte.String
		var tag cbasn1.Tag
		if !body.ReadAnyASN1(&part, &tag) {
			return "is damaged"
		}
		set := len(part) == 1 && part[0] != 0
		switch tag {
		case cbasn1.Tag(0).ContextSpecific().Constructed():
			// The names of both sides are compared as octets of their URIs.
			if !slices.ContainsFunc(v.X509.CRLDistributionPoints, func(uri string) bool { return bytes.Contains(part, []byte(uri)) }) {
				return "is for certificates with another distribution point"
			}
		case cbasn1.Tag(1).ContextSpecific():
			if set && v.facts.CA {
				return "is for certificates that are of no CA"
			}
		case cbasn1.Tag(2).ContextSpecific():
			if set && !v.facts.CA {
				return "is for certificates of CAs"
			}
		case cbasn1.Tag(3).ContextSpecific():
			return "is for some reasons only"
		case cbasn1.Tag(4).ContextSpecific():
			if set {
				return "is of another issuer as well"
			}
		case cbasn1.Tag(5).ContextSpecific():
			if set {
				return "is for attribute certificates"
			}
		}
	}
	return ""
}

// skew is by how much the clock of a responder may be ahead.
const skew = 5 * time.Minute

// onlineStatus asks the OCSP responder of a certificate.
func onlineStatus(v view) []Step {
	if v.OCSP == nil || v.last() || v.X509 == nil || v.nodes[v.at+1].X509 == nil {
		return nil
	}
	if !v.clean {
		return nil // nobody needs to know any more
	}
	if steps, ok := v.statuses[v.node]; ok {
		return steps
	}
	steps := v.askStatus(v.nodes[v.at+1].X509)
	v.statuses[v.node] = steps
	return steps
}

func (v view) askStatus(issuer *x509.Certificate) []Step {
	var addresses []string
	for _, a := range v.X509.OCSPServer {
		if strings.HasPrefix(a, "http://") || strings.HasPrefix(a, "https://") {
			addresses = append(addresses, a)
		}
	}
	if len(addresses) == 0 {
		return step(Skipped, "it names no OCSP responder")
	}
	if v.requests >= v.Limits.Requests {
		return step(Unknown, "more than %d OCSP responders would have to be asked", v.Limits.Requests)
	}
	v.requests++
	// RFC 5019 section 2.1.1 has SHA-1 for the names of certificates here; it is no
	// signature.
	request, err := ocsp.CreateRequest(v.X509, issuer, nil)
	if err != nil {
		return step(Unknown, "no OCSP request can be made for it: %v", err)
	}
	answer, err := v.OCSP(v.ctx, addresses[0], request)
	if err != nil {
		return step(Unknown, "its OCSP responder does not answer: %v", err)
	}
	r, err := Answer(answer, v.X509, issuer, v.At)
	if err != nil {
		return step(Unknown, "the answer of its OCSP responder %v", err)
	}
	switch r.Status {
	case ocsp.Good:
		return good("its OCSP responder said on %s that it is good", r.ThisUpdate.UTC().Format(time.RFC3339))
	case ocsp.Revoked:
		return bad(fmt.Sprintf("it was revoked on %s (%s), says its OCSP responder", date(r.RevokedAt), certgen.Reason(r.RevocationReason)))
	}
	return step(Unknown, "its OCSP responder does not know it")
}

// Answer reads the answer of an OCSP responder about a certificate (RFC 6960, DER),
// from wherever it came, and holds that it counts at a time: its issuer, or whom
// that has asked to, has signed it. The error goes on from "the answer"; with it,
// the answer is there as far as it could be read.
func Answer(answer []byte, c, issuer *x509.Certificate, at time.Time) (*ocsp.Response, error) {
	// Given the issuer, the library refuses answers that carry the issuer's own
	// certificate.
	r, err := ocsp.ParseResponseForCert(answer, c, nil)
	if err != nil {
		return nil, fmt.Errorf("is no good: %w", err)
	}
	if why := wrongResponder(r, issuer, at); why != "" {
		return r, errors.New(why)
	}
	return r, nil
}

// wrongResponder says why an answer does not count (RFC 6960 sections 4.2.2.1 and
// 4.2.2.2); "" when it does. The signature of one that carries a certificate is by
// the key of that.
func wrongResponder(r *ocsp.Response, issuer *x509.Certificate, at time.Time) string {
	switch c := r.Certificate; {
	case c == nil:
		if err := r.CheckSignatureFrom(issuer); err != nil {
			return "is not signed by its issuer"
		}
	case bytes.Equal(c.RawSubjectPublicKeyInfo, issuer.RawSubjectPublicKeyInfo):
	case issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) != nil:
		return "is signed by somebody whom its issuer has not asked to"
	case !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning):
		return "is signed by a certificate that is not for that"
	case at.Before(c.NotBefore) || at.After(c.NotAfter):
		return "is signed by a certificate that is not valid"
	}
	switch {
	case r.ThisUpdate.After(at.Add(skew)):
		return "is of a later time: " + r.ThisUpdate.UTC().Format(time.RFC3339)
	case !r.NextUpdate.IsZero() && at.After(r.NextUpdate):
		return "should have been replaced on " + r.NextUpdate.UTC().Format(time.RFC3339)
	}
	return ""
}
