package rules

import (
	"slices"
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func jdk() []Rule {
	docs := "https://docs.oracle.com/en/java/javase/21/security/java-secure-socket-extension-jsse-reference-guide.html"
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-JDK-001", Title: "Java is told to take algorithms and versions of TLS that are broken", Severity: finding.High, CWE: 327,
				Why:        "This list is what keeps SSL 3, TLS 1.0, RC4 and suites without encryption or without a peer out of every program of this Java. What is missing from it can be had by who stands in between.",
				Fix:        "Keep the list of the JDK and add to it. It must name SSLv3, TLSv1, TLSv1.1, RC4, DES, MD5withRSA, DH keySize < 1024, EC keySize < 224, 3DES_EDE_CBC, anon and NULL, and must not end with a comma.",
				References: []string{docs, "https://www.java.com/en/configure_crypto.html"},
			},
			Match: []*Match{
				disabled("jdk.tls.disabledAlgorithms", tlsHoles, true),
				disabled("jdk.tls.disabledAlgorithms", tlsHoles, false).As(finding.Medium, ""),
			},
			Bad: []Example{
				{"conf/security/java.security", "«jdk.tls.disabledAlgorithms»=\n"},
				{"lib/security/java.security", "jdk.tls.disabledAlgorithms=«SSLv2,SSLv3, TLSv1, TLSv1.1, RC4, DES, MD5withRSA,»\n"},
				{"java.security", "jdk.tls.disabledAlgorithms=«TLSv1, TLSv1.1, DES, MD5withRSA, \\\n    DH keySize < 1024, EC keySize < 224, 3DES_EDE_CBC, anon, NULL»\n"},
				{"etc/java.security", "jdk.tls.disabledAlgorithms=«SSLv3, RC4, DES, MD5withRSA, DH keySize < 1024, EC keySize < 224, 3DES_EDE_CBC, anon, NULL»\n"},
				{"Main.java", "class Main {\n  static { Security.setProperty(\"jdk.tls.disabledAlgorithms\", \"«RC4»\"); }\n}\n"},
			},
			Good: []Example{
				{"java.security", "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, DTLSv1.0, RC4, DES, \\\n    MD5withRSA, DH keySize < 1024, EC keySize < 224, 3DES_EDE_CBC, anon, NULL, \\\n    ECDH\n"},
				{"java.security", "# jdk.tls.disabledAlgorithms=\njdk.tls.disabledAlgorithms=SSLv2, SSLv3, TLSv1, TLSv1.1, DTLSv1.0, RC4, DES, MD5withRSA, \\\n    DH keySize < 2048, EC keySize < 224, 3DES_EDE_CBC, anon, NULL, TLS_RSA_*, \\\n    include jdk.disabled.namedCurves\n"},
				{"Main.java", "class Main {\n  void f(String disabledAlgorithms) { Security.setProperty(\"jdk.tls.disabledAlgorithms\", disabledAlgorithms); }\n}\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JDK-002", Title: "Java is told to take certificates that are signed with broken algorithms", Severity: finding.High, CWE: 327,
				Why:        "A certificate signed with MD5 can be forged: two certificates with the same signature have been made in practice.",
				Fix:        "Keep the list of the JDK and add to it. It must name MD2 and MD5, and keys that are too short.",
				References: []string{docs, "https://www.java.com/en/configure_crypto.html"},
			},
			Match: []*Match{
				disabled("jdk.certpath.disabledAlgorithms", certificateHoles, true),
				disabled("jdk.certpath.disabledAlgorithms", certificateHoles, false).As(finding.Medium, ""),
			},
			Bad: []Example{
				{"java.security", "jdk.certpath.disabledAlgorithms=«RSA keySize < 1024»\n"},
				{"java.security", "«jdk.certpath.disabledAlgorithms»=\n"},
			},
			Good: []Example{
				{"java.security", "jdk.certpath.disabledAlgorithms=MD2, MD5, SHA1 jdkCA & usage TLSServer, \\\n    RSA keySize < 1024, DSA keySize < 1024, EC keySize < 224\n"},
			},
		},
		{
			Rule: finding.Rule{
				ID: "MUX-JDK-003", Title: "the settings of Java's security are replaced as a whole", Severity: finding.Low, CWE: 1188,
				Why:        "With two equals signs the file stands in place of the one of the JDK, not beside it. What it does not name, such as the algorithms that are disabled, is then not there at all.",
				Fix:        "Write one equals sign, so that the file adds to the settings of the JDK.",
				References: []string{docs},
			},
			Match: []*Match{
				Key(Beginning("="), "java.security.properties"),
			},
			Bad: []Example{
				{"run.sh", "java -Djava.security.properties=«=/etc/my.security» -jar a.jar\n"},
			},
			Good: []Example{
				{"run.sh", "java -Djava.security.properties=/etc/my.security -jar a.jar\n"},
			},
		},
	}
}

// hole is what a list of disabled algorithms must name.
type hole struct {
	name string
	wide bool // through it goes what is broken in practice
}

var (
	tlsHoles = []hole{
		{"SSLv3", true}, {"RC4", true}, {"TLSv1", false}, {"TLSv1.1", false}, {"DES", false}, {"3DES_EDE_CBC", false}, {"MD5", false}, {"DH", false}, {"EC", false}, {"anon", false}, {"NULL", false},
	}
	certificateHoles = []hole{{"MD2", true}, {"MD5", true}, {"RSA", false}}
)

// inCode tells whether a file is a program, where what stands without quotes is
// the name of something else.
func inCode(f *syntax.File) bool { return len(f.Tokens) > 0 }

// disabled finds lists of disabled algorithms that lack names. Anonymous suites
// and those without encryption are off in the JDK for another reason as well, so
// that only a list without both of them is taken for one that lets them in.
func disabled(key string, holes []hole, wide bool) *Match {
	wanted := squeezed([]string{key})
	return &Match{Literals: literals([]string{key}), Find: func(f *syntax.File, report func(Hit)) {
		for i := range f.Settings {
			s := &f.Settings[i]
			text, ok := plain(s.Value)
			if s.Origin == syntax.FromCode || !ok || !wanted.end(s) || inCode(f) && s.Value.Form != syntax.Quoted {
				continue
			}
			var names []string
			for item := range strings.SplitSeq(text, ",") {
				if fields := strings.Fields(item); len(fields) > 0 {
					names = append(names, fields[0])
				}
			}
			var missing []string
			open := false
			for _, h := range holes {
				if !slices.ContainsFunc(names, func(n string) bool {
					return strings.EqualFold(n, h.name) || (h.name != "TLSv1" && h.name != "DES") && strings.Contains(strings.ToLower(n), strings.ToLower(h.name)) || h.name == "DES" && strings.HasPrefix(n, "DES")
				}) {
					missing, open = append(missing, h.name), open || h.wide
				}
			}
			open = open || slices.Contains(missing, "anon") && slices.Contains(missing, "NULL")
			said := "names missing from " + key + ": " + strings.Join(missing, ", ")
			if len(names) == 0 {
				said = key + " is empty: nothing is disabled"
			} else if strings.HasSuffix(strings.TrimSpace(text), ",") {
				said += "; and it ends in the middle of the list"
			}
			if len(missing) > 0 && open == wide {
				span := s.Value.Span
				if span.Start == span.End && s.Origin == syntax.FromFile {
					span = s.Key
				}
				report(Hit{Span: span, Text: said})
			}
		}
	}}
}
