package jar

import (
	"bytes"
	"testing"
)

// FuzzManifest: the sections of a manifest are all of it, in order, whatever it is.
func FuzzManifest(f *testing.F) {
	f.Add([]byte("Manifest-Version: 1.0\r\n\r\nName: a\r\n bc\r\nSHA-256-Digest: x\r\n\r\n"))
	f.Add([]byte("A: b\rC: d\n\n\n e"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := parseManifest(data)
		var all []byte
		for rest := data; len(rest) > 0; {
			n := sectionEnd(rest)
			if n <= 0 {
				t.Fatalf("%q has a section of no length", rest)
			}
			all = append(all, rest[:n]...)
			rest = rest[n:]
		}
		if !bytes.Equal(all, data) {
			t.Errorf("%q is not the sum of its sections", data)
		}
		for _, name := range m.order {
			if m.sections[name].attributes["NAME"] != name {
				t.Errorf("%q: the section of %q is another", data, name)
			}
		}
	})
}
