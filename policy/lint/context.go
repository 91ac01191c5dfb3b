package lint

import (
	"net/netip"
	"slices"
	"strings"
)

// surrounding is a reason for which a finding weighs less where it stands.
type surrounding struct {
	name string
	// folders are names of directories, beginnings and ends those of file names;
	// all in lower case.
	folders, beginnings, ends []string
	// words are ends of file names whose capital letters count: "LoginTest.java" is
	// one, "Latest.java" is none.
	words []string
}

// surroundings lists what the path of a file can say of it. One step down is
// enough, so the first counts.
func surroundings() []surrounding {
	return []surrounding{
		{
			name: "test",
			folders: []string{
				"test", "tests", "testing", "testdata", "test-data", "test_data", "testcases", "__tests__", "__mocks__", "spec", "specs", "fixture", "fixtures",
				"mock", "mocks", "e2e", "integration", "integration-test", "integration-tests", "integrationtest", "androidtest", "unittest", "unittests", "golden", "snapshots", "__snapshots__",
			},
			beginnings: []string{"test_", "test-", "mock_", "conftest."},
			ends: []string{
				"_test.go", "_test.py", "_test.rb", "_test.dart", "_test.cc", "_test.cpp", "_test.c", "_test.exs", "_test.js", "_test.ts", "_spec.rb", "_spec.js", "_spec.lua",
				".test.js", ".test.ts", ".test.jsx", ".test.tsx", ".test.mjs", ".spec.js", ".spec.ts", ".spec.jsx", ".spec.tsx", ".t",
			},
			words: []string{
				"Test.java", "Tests.java", "TestCase.java", "IT.java", "Test.kt", "Tests.kt", "Test.scala", "Spec.scala", "Suite.scala", "Test.groovy", "Spec.groovy", "Test.cs", "Tests.cs", "Test.php", "Test.swift", "Tests.swift", "Test.m", "Tests.m",
			},
		},
		{
			name:       "documentation",
			folders:    []string{"doc", "docs", "documentation", "example", "examples", "sample", "samples", "demo", "demos", "tutorial", "tutorials", "man"},
			beginnings: []string{"readme", "changelog", "changes.", "contributing", "example.", "sample."},
			ends:       []string{".md", ".mdx", ".markdown", ".rst", ".adoc", ".asciidoc", ".example", ".sample", ".dist"},
		},
	}
}

// contexts are the reasons for which a finding weighs less where it stands.
func contexts(path, host string, allowed []string) []string {
	var out []string
	elements := strings.Split(strings.ToLower(path), "/")
	folders, base := elements[:len(elements)-1], elements[len(elements)-1]
	for _, s := range surroundings() {
		if slices.ContainsFunc(folders, func(f string) bool { return slices.Contains(s.folders, f) }) ||
			slices.ContainsFunc(s.beginnings, func(b string) bool { return strings.HasPrefix(base, b) }) ||
			slices.ContainsFunc(s.ends, func(e string) bool { return strings.HasSuffix(base, e) }) ||
			slices.ContainsFunc(s.words, func(w string) bool { return strings.HasSuffix(path, w) }) {
			out = append(out, s.name)
			break
		}
	}
	switch {
	case host == "":
	case loopback(host):
		out = append(out, "loopback")
	case slices.ContainsFunc(allowed, func(a string) bool { return isHost(a, host) }):
		out = append(out, "allowed host")
	}
	return out
}

// loopback tells whether nobody can stand between a program and that host.
func loopback(host string) bool {
	host = strings.TrimSuffix(strings.Trim(strings.ToLower(host), "[]"), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "localhost.localdomain" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// isHost tells whether a host is meant by a name ("*.lab.example.com" for any
// below), an address, or a prefix of addresses.
func isHost(allowed, host string) bool {
	host = strings.TrimSuffix(strings.Trim(strings.ToLower(host), "[]"), ".")
	allowed = strings.ToLower(allowed)
	if suffix, ok := strings.CutPrefix(allowed, "*."); ok {
		return strings.HasSuffix(host, "."+suffix)
	}
	if prefix, err := netip.ParsePrefix(allowed); err == nil {
		addr, err := netip.ParseAddr(host)
		return err == nil && prefix.Contains(addr.Unmap())
	}
	return allowed == host
}
