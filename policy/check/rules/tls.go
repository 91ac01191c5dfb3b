package rules

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"muxkey/internal/finding"
	"muxkey/probe"
	"muxkey/probe/hello"
)

// tlsRules are those about what a server speaks. What it accepts beside that which a
// current client negotiates is known where the policy sets min-tls, and of public
// servers.
func tlsRules() []Rule {
	const use = "https://www.rfc-editor.org/rfc/rfc9325" // Recommendations for Secure Use of TLS
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-TLS-001", Title: "no current client can speak TLS with a server", Severity: finding.High, CWE: 319,
				Why:        "It speaks in the clear, or TLS that clients of today have given up: they do not connect, or are made to do without protection.",
				Fix:        "Give the server a keystore and switch TLS on, with TLS 1.2 and 1.3; `muxkey probe HOST:PORT` shows what it speaks.",
				References: []string{use},
			},
			Subject: ofServer(noTLS),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TLS-002", Title: "a server speaks a version of TLS that is too old", Severity: finding.Medium, CWE: 327,
				Why:        "Whoever is in between can bring old clients down to it, and it has known weaknesses: POODLE in SSLv3, BEAST and SHA-1 in TLS 1.0 and 1.1.",
				Fix:        "Leave it out of the server's protocols, as with `ssl_protocols TLSv1.2 TLSv1.3` in nginx or `jdk.tls.disabledAlgorithms` in Java.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc8996", "https://www.rfc-editor.org/rfc/rfc7568"},
			},
			Settings: []string{"min-tls"},
			Subject:  ofServer(oldVersions),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TLS-003", Title: "a server does not speak TLS 1.3", Severity: finding.Low,
				Why:        "TLS 1.3 is faster, hides the certificates, and has none of the suites that can be weak; key exchanges that hold out against quantum computers need it.",
				Fix:        "Switch it on, or update the server: OpenSSL has it since 1.1.1, Java since 11 and 8u261.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc8446"},
			},
			Subject: ofServer(noTLS13),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TLS-004", Title: "a server accepts a broken cipher suite", Severity: finding.High, CWE: 327,
				Why:        "What it protects can be read or changed: no encryption, no proof of who the server is, RC4, DES, or keys of export grade.",
				Fix:        "Take it out of the server's cipher suites: those with ECDHE and AES-GCM or ChaCha20 are enough.",
				References: []string{use + "#section-4.1", "https://www.rfc-editor.org/rfc/rfc7465"},
			},
			Settings: []string{"min-tls"},
			Subject:  ofServer(brokenSuites),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TLS-005", Title: "a server accepts a cipher suite without forward secrecy", Severity: finding.Low, CWE: 327,
				Why:        "Who records the traffic reads all of it on the day on which the server's key leaks.",
				Fix:        "Take the suites out that begin with TLS_RSA_WITH: those with ECDHE are enough.",
				References: []string{use + "#section-4.1"},
			},
			Settings: []string{"min-tls"},
			Subject:  ofServer(noForwardSecrecy),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TLS-006", Title: "a server accepts a weak cipher suite", Severity: finding.Low, CWE: 327,
				Why:        "Nobody reads it today, but attacks on it are known, and each needs a countermeasure that an implementation can get wrong.",
				Fix:        "Leave CBC, 3DES and small Diffie-Hellman groups out where all clients have AES-GCM or ChaCha20 with ECDHE.",
				References: []string{use + "#section-4.1"},
			},
			Settings: []string{"min-tls"},
			Subject:  ofServer(weakSuites),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TLS-007", Title: "a server has no post-quantum key exchange", Severity: finding.Info,
				Why:        "What is recorded today can be read by who has a large quantum computer some day.",
				Fix:        "Switch on X25519MLKEM768: OpenSSL has it since 3.5, Go since 1.24.",
				References: []string{"https://datatracker.ietf.org/doc/draft-ietf-tls-ecdhe-mlkem/"},
			},
			Subject: ofServer(noPostQuantum),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TLS-008", Title: "a server does not ask clients for a certificate as it should", Severity: finding.High, CWE: 306,
				Why:        "Where clients are to be known by their certificates, everybody can connect; where they are not, browsers of people who have one ask them for it.",
				Fix:        "Switch it on or off: `ssl_verify_client` in nginx, `certificateVerification` in Tomcat, `needClientAuth` in Java.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc8446#section-4.3.2"},
			},
			Settings: []string{"client-certificate", "profile"},
			Subject:  ofServer(clientCertificate),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TLS-009", Title: "a server does not show a certificate for the host that it is asked for by", Severity: finding.High, CWE: 297,
				Why:        "Clients that connect to that host refuse it. hosts and server-name say what they really ask for, where it is something else.",
				Fix:        "Give the server a certificate with the name, `muxkey create HOST` or `muxkey csr HOST`, or say with `server-name` how clients call it.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc9525#section-6"},
			},
			Settings: []string{"hosts", "server-name"},
			Subject:  ofServer(otherHost),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TLS-010", Title: "another box answers in the place of a server", Severity: finding.High, CWE: 295,
				Why:        "A reverse proxy that knows no such host shows a certificate of its own making, and a box that opens connections one for every name: what is seen is not the server.",
				Fix:        "Set the host and its certificate up in the proxy, or ask past the box: `muxkey probe HOST:PORT --via PROXY`.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc6066#section-3"},
			},
			Subject: ofServer(otherBox),
		},
		{
			Rule: finding.Rule{
				ID: "MUX-TLS-011", Title: "the clock of a server is wrong", Severity: finding.Medium,
				Why:        "It refuses certificates of clients that are good, takes some that are not, and everything that has a time in it, logs and tickets, does not fit.",
				Fix:        "Let it keep time with NTP; `timedatectl` tells whether it does.",
				References: []string{"https://www.rfc-editor.org/rfc/rfc5905"},
			},
			Settings: []string{"min-tls"},
			Subject:  ofServer(wrongClock),
		},
	}
}

// ofServer asks a question of servers; no answer is no fault.
func ofServer(ask func(s *Subject, r *probe.Server) []Fault) func(context.Context, *Subject) []Fault {
	return func(_ context.Context, s *Subject) []Fault {
		if s.Server == nil {
			return nil
		}
		return ask(s, s.Server)
	}
}

func noTLS(_ *Subject, r *probe.Server) []Fault {
	if r.Problem == nil {
		return nil
	}
	return one(r.Problem.Text)
}

// spoken are the versions that a server is known to speak.
func spoken(r *probe.Server) []string {
	if r.Matrix == nil {
		if r.Version == "" {
			return nil
		}
		return []string{r.Version}
	}
	var out []string
	for _, v := range r.Matrix.Versions {
		if v.Accepted {
			out = append(out, v.Name)
		}
	}
	return out
}

func oldVersions(s *Subject, r *probe.Server) []Fault {
	var old []string
	severity := finding.Severity("")
	for _, v := range hello.Versions() {
		if uint16(v) < s.Expect.MinTLS && slices.Contains(spoken(r), v.String()) {
			old = append(old, v.String())
			if v == hello.SSL30 {
				severity = finding.High
			}
		}
	}
	if len(old) == 0 {
		return nil
	}
	return []Fault{{Text: fmt.Sprintf("it speaks %s; the policy allows %s and later", strings.Join(old, ", "), hello.Version(s.Expect.MinTLS)), Severity: severity, Key: strings.Join(old, " ")}}
}

func noTLS13(_ *Subject, r *probe.Server) []Fault {
	have := spoken(r)
	if len(have) == 0 || slices.Contains(have, hello.TLS13.String()) {
		return nil
	}
	return one("the newest that it speaks is " + have[0])
}

// suites are those that a server accepts as far as that is known, each once.
func suites(r *probe.Server) []probe.Suite {
	var out []probe.Suite
	add := func(x probe.Suite) {
		if !slices.ContainsFunc(out, func(y probe.Suite) bool { return x.Name == y.Name }) {
			out = append(out, x)
		}
	}
	if x, ok := r.Negotiated(); ok {
		add(x)
	}
	if r.Matrix == nil {
		return out
	}
	for _, v := range r.Matrix.Versions {
		for _, x := range v.Suites {
			add(x)
		}
	}
	return out
}

// someSuites is one fault for all suites that are so.
func someSuites(r *probe.Server, are func(probe.Suite) bool, what string) []Fault {
	var names, why []string
	for _, x := range suites(r) {
		if are(x) {
			names = append(names, x.Name)
			if x.Why != "" && !slices.Contains(why, x.Why) {
				why = append(why, x.Why)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	const most = 4
	text := strings.Join(names[:min(len(names), most)], ", ")
	if n := len(names) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	text = "it accepts " + text + what
	if len(why) > 0 {
		text += ": " + strings.Join(why[:min(len(why), most)], "; ")
	}
	return []Fault{{Text: text}}
}

func brokenSuites(_ *Subject, r *probe.Server) []Fault {
	return someSuites(r, func(x probe.Suite) bool { return x.Strength == hello.Insecure.String() }, "")
}

func noForwardSecrecy(_ *Subject, r *probe.Server) []Fault {
	out := someSuites(r, func(x probe.Suite) bool { return !x.ForwardSecrecy && x.Strength != hello.Insecure.String() }, "")
	if x, ok := r.Negotiated(); ok && len(out) > 0 && !x.ForwardSecrecy {
		out[0].Severity = finding.Medium // it is what all clients get
		out[0].Text = "current clients get " + r.Cipher + ", which has no forward secrecy"
	}
	return out
}

func weakSuites(_ *Subject, r *probe.Server) []Fault {
	return someSuites(r, func(x probe.Suite) bool { return x.ForwardSecrecy && x.Strength == hello.Weak.String() }, "")
}

func noPostQuantum(_ *Subject, r *probe.Server) []Fault {
	if r.Version == "" || r.PostQuantum {
		return nil
	}
	if r.Matrix != nil && slices.ContainsFunc(r.Matrix.Groups, func(g probe.Group) bool { return g.PostQuantum }) {
		return nil
	}
	with := "with " + r.Group
	if r.Group == "" {
		with = "without a group"
	}
	return one("it agrees on keys " + with)
}

func clientCertificate(s *Subject, r *probe.Server) []Fault {
	if r.Version == "" {
		return nil
	}
	want := s.Expect.ClientCertificate
	if want == nil {
		if s.Expect.Profile != MutualTLS {
			return nil
		}
		yes := true
		want = &yes
	}
	switch asked := r.ClientCertificate; {
	case *want && asked == nil:
		return one("it asks for no certificate of clients")
	case *want && asked.Accepted && !asked.Sent:
		return []Fault{{Text: "it asks for a certificate, and goes on without one", Severity: finding.Medium}}
	case !*want && asked != nil:
		return []Fault{{Text: "it asks clients for a certificate", Severity: finding.Low}}
	}
	return nil
}

func otherHost(s *Subject, r *probe.Server) []Fault {
	if len(s.Expect.Hosts) > 0 || r.Verdict == nil || r.Verdict.Named || r.Front != nil || s.Expect.Profile == CA {
		return nil
	}
	f := Fault{Text: r.Verdict.Why}
	if _, err := netip.ParseAddr(r.Verdict.Host); err == nil {
		f.Severity = finding.Medium // few clients connect by addresses
	}
	return []Fault{f}
}

func otherBox(_ *Subject, r *probe.Server) []Fault {
	if r.Front == nil || r.Front.Kind == probe.FrontSample {
		return nil
	}
	return one(r.Front.Text)
}

// mostSkew is what clocks may differ by: as much as Kerberos allows.
const mostSkew = 5 * time.Minute

func wrongClock(_ *Subject, r *probe.Server) []Fault {
	if r.ClockSkew == nil {
		return nil
	}
	skew := time.Duration(*r.ClockSkew) * time.Second
	word := "ahead"
	if skew < 0 {
		skew, word = -skew, "behind"
	}
	if skew <= mostSkew {
		return nil
	}
	return one(fmt.Sprintf("its clock is %s %s", skew, word))
}
