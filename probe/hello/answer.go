package hello

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
)

// maxAnswer is how much of an answer is read, in bytes with the heads of its
// records. Certificates are the most of it; the largest chains that are met have a
// third of it.
const maxAnswer = 64 << 10

// Answer is what a server chose of a [Hello].
type Answer struct {
	Version Version
	Suite   uint16
	// Group is what the key exchange would use: of the key_share, the
	// HelloRetryRequest, or before TLS 1.3 the curve of the ServerKeyExchange. It is
	// 0 where there is none.
	Group uint16
	Retry bool // the answer is a HelloRetryRequest (RFC 8446 section 4.1.4)
	// Prime is the modulus of DHE before TLS 1.3.
	Prime  []byte
	ALPN   string   // TLS 1.3 says it encrypted
	Random [32]byte // with what [Answer.Time] reads
	// Extensions are those of the ServerHello, in its order.
	Extensions []uint16
	// Certificates are those that the server shows before TLS 1.3, DER, in its order.
	// That it has the key of the first is not proved.
	Certificates [][]byte
	// Complete says that it was read to its end: before TLS 1.3 that is the
	// ServerHelloDone, and then the next two mean something.
	Complete        bool
	AsksCertificate bool     // of the client, before TLS 1.3
	Authorities     [][]byte // the CAs that it may be from: names in DER, as the server orders them
	// Warning is the alert that a server sent ahead of its answer; it is often
	// "unrecognized_name" of one that does not know the name in SNI.
	Warning *AlertError
}

// Time is the server's clock, which TLS before 1.3 put into the random value
// (RFC 5246 section 7.4.1.2). Servers of today have random bytes there: only two
// answers that agree are a clock.
func (a Answer) Time() time.Time {
	return time.Unix(int64(binary.BigEndian.Uint32(a.Random[:4])), 0)
}

// Has says whether the ServerHello has an extension.
func (a Answer) Has(extension uint16) bool { return slices.Contains(a.Extensions, extension) }

// SecureRenegotiation says that the server knows RFC 5746.
func (a Answer) SecureRenegotiation() bool { return a.Version == TLS13 || a.Has(extRenegotiation) }

// ExtendedMasterSecret says that the server knows RFC 7627.
func (a Answer) ExtendedMasterSecret() bool {
	return a.Version == TLS13 || a.Has(extExtendedMasterSecret)
}

// The messages of a handshake (RFC 5246 section 7.4, RFC 8446 section 4).
const (
	typeHelloRequest       = 0
	typeClientHello        = 1
	typeServerHello        = 2
	typeCertificate        = 11
	typeServerKeyExchange  = 12
	typeCertificateRequest = 13
	typeServerHelloDone    = 14
	typeCertificateStatus  = 22
)

// retryRandom marks a HelloRetryRequest: SHA-256 of those words (RFC 8446 section
// 4.1.3).
const retryRandom = "\xCF\x21\xAD\x74\xE5\x9A\x61\x11\xBE\x1D\x8C\x02\x1E\x65\xB8\x91" +
	"\xC2\xA2\x11\x16\x7A\xBB\x8C\x5E\x07\x9E\x09\xE2\xC8\xA8\x33\x9C"

// reader takes handshake messages out of records.
type reader struct {
	in      *bufio.Reader
	limit   *io.LimitedReader
	begun   bool // something came
	pending []byte
	warning *AlertError
}

// read reads an answer. Once there was a ServerHello the answer is good, and the
// error says why what follows is missing.
func read(in io.Reader) (Answer, error) {
	limit := &io.LimitedReader{R: in, N: maxAnswer}
	r := &reader{in: bufio.NewReader(limit), limit: limit}
	a, err := r.answer()
	a.Warning = r.warning
	return a, err
}

func (r *reader) answer() (a Answer, err error) {
	kind, body, err := r.message()
	for err == nil && kind == typeHelloRequest { // allowed at any time: RFC 5246 section 7.4.1.1
		kind, body, err = r.message()
	}
	if err != nil {
		return Answer{}, err
	}
	if kind != typeServerHello {
		return Answer{}, fmt.Errorf("%w: it begins with message %d", ErrMalformed, kind)
	}
	if a, err = serverHello(body); err != nil {
		return Answer{}, err
	}
	if a.Version == TLS13 { // what follows is encrypted
		a.Complete = true
		return a, nil
	}
	suite, _ := SuiteOf(a.Suite)
	for {
		if kind, body, err = r.message(); err != nil {
			return a, err
		}
		switch kind {
		case typeServerKeyExchange:
			err = a.keyExchange(suite, body)
		case typeCertificateRequest:
			err = a.certificateRequest(body)
		case typeServerHelloDone:
			a.Complete = true
			return a, nil
		case typeCertificate:
			err = a.certificates(body)
		case typeCertificateStatus, typeHelloRequest:
		default:
			err = fmt.Errorf("%w: message %d in it", ErrMalformed, kind)
		}
		if err != nil {
			return a, err
		}
	}
}

// message is the next handshake message. Its body is good until the next.
func (r *reader) message() (kind uint8, body []byte, err error) {
	for {
		if len(r.pending) >= 4 {
			size := int(r.pending[1])<<16 | int(r.pending[2])<<8 | int(r.pending[3])
			if size > maxAnswer {
				return 0, nil, fmt.Errorf("%w: message %d has %d bytes", ErrTooLong, r.pending[0], size)
			}
			if len(r.pending) >= 4+size {
				kind, body = r.pending[0], r.pending[4:4+size]
				r.pending = r.pending[4+size:]
				return kind, body, nil
			}
		}
		fragment, err := r.record()
		if err != nil {
			return 0, nil, err
		}
		r.pending = append(r.pending, fragment...)
	}
}

// record is the content of the next handshake record. Alerts are errors, and
// warnings are kept.
func (r *reader) record() ([]byte, error) {
	for {
		head, err := r.in.Peek(5)
		r.begun = r.begun || len(head) > 0
		if len(head) > 0 && !r.recordHead(head) {
			start, _ := r.in.Peek(min(64, max(r.in.Buffered(), 1)))
			if r.pending == nil && r.warning == nil {
				return nil, notTLS(bytes.Clone(start))
			}
			return nil, fmt.Errorf("%w: a record that begins with %+q", ErrMalformed, start[:min(5, len(start))])
		}
		if err != nil {
			return nil, r.ended(err)
		}
		kind, size := head[0], int(binary.BigEndian.Uint16(head[3:]))
		if size > 1<<14+2048 { // RFC 5246 section 6.2.3
			return nil, fmt.Errorf("%w: a record of %d bytes", ErrMalformed, size)
		}
		_, _ = r.in.Discard(5) // which were peeked
		fragment := make([]byte, size)
		if _, err := io.ReadFull(r.in, fragment); err != nil {
			return nil, r.ended(err)
		}
		if kind == recordHandshake {
			return fragment, nil
		}
		if size != 2 {
			return nil, fmt.Errorf("%w: an alert of %d bytes", ErrMalformed, size)
		}
		alert := &AlertError{Level: fragment[0], Description: fragment[1]}
		if alert.Level != 1 || alert.Description == alertCloseNotify || alert.Description == alertUserCanceled {
			return nil, alert
		}
		r.warning = alert
	}
}

// recordHead says whether these are the first bytes of a record that may come
// here.
func (r *reader) recordHead(head []byte) bool {
	return (head[0] == recordHandshake || head[0] == recordAlert) && (len(head) < 2 || head[1] == 3)
}

// ended says why there is no more.
func (r *reader) ended(err error) error {
	end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	switch {
	case end && r.limit.N <= 0:
		return ErrTooLong
	case end && r.warning != nil: // a server that refuses with what it calls a warning
		return r.warning
	case r.begun:
		return &endError{ErrCutOff, err}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &endError{ErrSilent, err}
	}
	return &endError{ErrClosed, err}
}

// endError is a sentinel, with what the connection said.
type endError struct{ sentinel, err error }

func (e *endError) Error() string   { return e.sentinel.Error() }
func (e *endError) Unwrap() []error { return []error{e.sentinel, e.err} }

// serverHello reads RFC 8446 section 4.1.3, and those of older versions, whose
// beginning is the same.
func serverHello(body []byte) (Answer, error) {
	var a Answer
	s := cryptobyte.String(body)
	var version uint16
	var session, extensions cryptobyte.String
	var compression uint8
	if !s.ReadUint16(&version) || !s.CopyBytes(a.Random[:]) || !s.ReadUint8LengthPrefixed(&session) ||
		!s.ReadUint16(&a.Suite) || !s.ReadUint8(&compression) {
		return a, fmt.Errorf("%w: the ServerHello ends early", ErrMalformed)
	}
	a.Version = Version(version)
	a.Retry = string(a.Random[:]) == retryRandom
	if !s.Empty() && (!s.ReadUint16LengthPrefixed(&extensions) || !s.Empty()) {
		return a, fmt.Errorf("%w: the extensions of the ServerHello", ErrMalformed)
	}
	for !extensions.Empty() {
		var id uint16
		var content cryptobyte.String
		if !extensions.ReadUint16(&id) || !extensions.ReadUint16LengthPrefixed(&content) || !a.extension(id, content) {
			return a, fmt.Errorf("%w: extension %d of the ServerHello", ErrMalformed, id)
		}
		a.Extensions = append(a.Extensions, id)
	}
	if a.Version < SSL30 || a.Version > TLS13 || a.Retry && a.Version != TLS13 {
		return a, fmt.Errorf("%w: version %s in the ServerHello", ErrMalformed, a.Version)
	}
	if compression != 0 {
		return a, fmt.Errorf("%w: compression that nobody offered", ErrMalformed)
	}
	return a, nil
}

func (a *Answer) extension(id uint16, content cryptobyte.String) bool {
	switch id {
	case extVersions:
		return content.ReadUint16((*uint16)(&a.Version)) && content.Empty()
	case extKeyShare:
		var key cryptobyte.String
		return content.ReadUint16(&a.Group) && (content.Empty() || content.ReadUint16LengthPrefixed(&key) && content.Empty())
	case extALPN:
		var list, protocol cryptobyte.String
		if !content.ReadUint16LengthPrefixed(&list) || !list.ReadUint8LengthPrefixed(&protocol) || !list.Empty() {
			return false
		}
		a.ALPN = string(protocol)
	}
	return true
}

// keyExchange reads the group of RFC 8422 section 5.4, or the prime of RFC 5246
// section 7.4.3.
func (a *Answer) keyExchange(suite Suite, body []byte) error {
	s := cryptobyte.String(body)
	wrong := fmt.Errorf("%w: the ServerKeyExchange ends early", ErrMalformed)
	if suite.Authentication == "PSK" { // RFC 4279 section 3, RFC 5489 section 2: a hint goes first
		var hint cryptobyte.String
		if !s.ReadUint16LengthPrefixed(&hint) {
			return wrong
		}
	}
	switch suite.KeyExchange {
	case "ECDHE", "ECDH":
		var kind uint8
		if !s.ReadUint8(&kind) {
			return wrong
		}
		if kind != 3 { // 1 and 2 are curves by their numbers
			a.Group = explicitCurve
			return nil
		}
		if !s.ReadUint16(&a.Group) {
			return wrong
		}
	case "DHE", "DH":
		var prime cryptobyte.String
		if !s.ReadUint16LengthPrefixed(&prime) {
			return wrong
		}
		a.Prime = bytes.Clone(bytes.TrimLeft(prime, "\x00"))
	}
	return nil
}

// certificates reads RFC 5246 section 7.4.2.
func (a *Answer) certificates(body []byte) error {
	s := cryptobyte.String(body)
	var list cryptobyte.String
	if !s.ReadUint24LengthPrefixed(&list) || !s.Empty() {
		return fmt.Errorf("%w: the Certificate", ErrMalformed)
	}
	for !list.Empty() {
		var one cryptobyte.String
		if !list.ReadUint24LengthPrefixed(&one) {
			return fmt.Errorf("%w: the Certificate", ErrMalformed)
		}
		a.Certificates = append(a.Certificates, bytes.Clone(one))
	}
	return nil
}

// certificateRequest reads RFC 5246 section 7.4.4.
func (a *Answer) certificateRequest(body []byte) error {
	s := cryptobyte.String(body)
	var types, algorithms, names cryptobyte.String
	if !s.ReadUint8LengthPrefixed(&types) || a.Version == TLS12 && !s.ReadUint16LengthPrefixed(&algorithms) ||
		!s.ReadUint16LengthPrefixed(&names) || !s.Empty() {
		return fmt.Errorf("%w: the CertificateRequest", ErrMalformed)
	}
	a.AsksCertificate = true
	for !names.Empty() {
		var name cryptobyte.String
		if !names.ReadUint16LengthPrefixed(&name) {
			return fmt.Errorf("%w: the names in the CertificateRequest", ErrMalformed)
		}
		a.Authorities = append(a.Authorities, bytes.Clone(name))
	}
	return nil
}
