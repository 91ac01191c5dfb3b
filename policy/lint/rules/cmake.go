package rules

import (
	"strings"

	"muxkey/internal/finding"
	"muxkey/policy/lint/syntax"
)

func cmake() []Rule {
	return []Rule{
		{
			Rule: finding.Rule{
				ID: "MUX-CMAKE-001", Title: "CMake fetches from any server", Severity: finding.High, CWE: 295,
				Why:        "Sources that are fetched while building come from whoever answers, and are built and run.",
				Fix:        "Write `TLS_VERIFY ON` and `EXPECTED_HASH`. If the server's CA is a private one, name it with `TLS_CAINFO` or `CMAKE_TLS_CAINFO`: `muxkey trust build ca.pem -o ca-bundle.pem`.",
				References: []string{"https://cmake.org/cmake/help/latest/variable/CMAKE_TLS_VERIFY.html", "https://cmake.org/cmake/help/latest/command/file.html#download"},
			},
			Match: []*Match{
				Whole(False, "CMAKE_TLS_VERIFY", "CMAKE_TLS_VERIFY:BOOL").Or("ON"),
				Env(False, "CMAKE_TLS_VERIFY").Or("ON"),
				cmakeVerify(),
			},
			Bad: []Example{
				{"build.sh", "cmake -S . -B out -DCMAKE_TLS_VERIFY=«OFF»\n"},
				{"CMakeLists.txt", "file(DOWNLOAD https://mux.example.com/a.tgz a.tgz\n  TLS_VERIFY «OFF»)\nset(CMAKE_TLS_VERIFY «0»)\n"},
			},
			Good: []Example{
				{"CMakeLists.txt", "# TLS_VERIFY OFF\nfile(DOWNLOAD https://mux.example.com/a.tgz a.tgz TLS_VERIFY ON)\nset(MY_TLS_VERIFYING OFF)\n"},
			},
		},
	}
}

// cmakeVerify is the word TLS_VERIFY, or a variable that ends so, followed by a
// false one, in the files of CMake.
func cmakeVerify() *Match {
	return Find([]string{"tlsverify"}, func(f *syntax.File, report func(Hit)) {
		at := 0
		for line := range strings.Lines(string(f.Text)) {
			start := at
			at += len(line)
			code, _, _ := strings.Cut(line, "#")
			for rest := 0; ; {
				i := strings.Index(code[rest:], "TLS_VERIFY")
				if i < 0 {
					break
				}
				rest += i + len("TLS_VERIFY")
				word := strings.TrimLeft(code[rest:], " \t\"")
				from := len(code) - len(word)
				if from == rest {
					continue // TLS_VERIFYING
				}
				if end := strings.IndexAny(word, " \t\r\n\")"); end >= 0 {
					word = word[:end]
				}
				if False(syntax.Value{Text: word}) {
					report(Hit{Span: syntax.Span{Start: start + from, End: start + from + len(word)}})
				}
			}
		}
	}).At("cmakelists.txt", "*.cmake", "*.cmake.in")
}
