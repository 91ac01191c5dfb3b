package path_test

import (
	"crypto/x509"
	"fmt"
	"testing"

	"muxkey/trust/path"
)

// FuzzGo makes chains of every sort and wants the verdict of crypto/x509.
func FuzzGo(f *testing.F) {
	for i := range 24 {
		f.Add([]byte{byte(i), byte(i * 7), byte(i * 11), byte(i * 13), byte(i * 17), byte(i * 19), byte(i * 23), byte(i * 29), byte(i * 31), 3, 1, 4, 1, 5, 9, 2, 6})
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 64 {
			return
		}
		w, story := strange(newForge(t), data)
		forge := newForge(t)
		v := check(t, w.question(t, forge, path.Go))
		if err := goVerify(w, forge); (err == nil) != v.Accepted {
			t.Errorf("%s\ncrypto/x509 says %v; we say %v: %s", story, err, v.Accepted, v.Why)
		}
		for _, client := range path.Clients() { // no panic, and an answer
			v := check(t, w.question(t, forge, client))
			if len(v.Paths) == 0 || v.Why == "" || v.Accepted != v.Paths[0].Accepted {
				t.Errorf("%s\n%s: no sound answer: %+v", story, client, v)
			}
		}
	})
}

// strange makes a world of some octets: CAs below each other, a leaf, each with one
// or two things that may be wrong, and what is shown and trusted of them.
func strange(f *forge, data []byte) (world, string) {
	next := func(n int) int {
		if len(data) == 0 {
			return 0
		}
		b := int(data[0])
		data = data[1:]
		return b % n
	}
	story := ""
	changes := []struct {
		name string
		change
	}{
		{"", func(*x509.Certificate) {}},
		{"expired", f.expired()},
		{"not a CA", notCA},
		{"without basicConstraints", noConstraints},
		{"path length 0", pathLen(0)},
		{"path length 1", pathLen(1)},
		{"for clients", usages(x509.ExtKeyUsageClientAuth)},
		{"for servers", usages(x509.ExtKeyUsageServerAuth)},
		{"for anything", usages(x509.ExtKeyUsageAny, x509.ExtKeyUsageClientAuth)},
		{"may not sign", keyUsage(x509.KeyUsageDigitalSignature)},
		{"example.com alone", permitted("example.com", "test")},
		{"not mux.example.com", excluded("mux.example.com")},
		{"example.org alone", permitted("example.org")},
		{"critical", critical},
		{"explicit policy", explicitPolicy(0)},
		{"explicit policy below", explicitPolicy(1)},
		{"gold", gold},
		{"silver", silver},
		{"any policy", anyOne},
		{"gold to silver", mapped},
		{"any inhibited", inhibitAny},
		{"SHA-1", sha1},
		{"another host", named("www", "www.example.com")},
		{"wildcard", named("wild", "*.example.com")},
	}
	pick := func() (list []change) {
		for range 1 + next(3) {
			i := next(len(changes))
			list = append(list, changes[i].change)
			story += fmt.Sprintf(" [%s]", changes[i].name)
		}
		return list
	}
	all := []*pair{}
	add := func(p *pair, from string) {
		story += fmt.Sprintf(" = %d under %s\n", len(all), from)
		all = append(all, p)
	}
	names := []string{"A", "B", "A"}
	add(f.root("Root", pick()...), "itself")
	for range 1 + next(4) {
		parent := next(len(all))
		name := names[next(len(names))]
		if next(4) == 0 { // a cross-certificate: an old key under another CA
			old := all[next(len(all))]
			template := with(pick(), caTemplate(old.Subject.CommonName))
			add(f.make(template, old.key, all[parent]), fmt.Sprint(parent, ", with an old key"))
			continue
		}
		add(f.ca(all[parent], name, pick()...), fmt.Sprint(parent))
	}
	parent := next(len(all))
	leaf := f.leaf(all[parent], pick()...)
	story += fmt.Sprintf(" = leaf under %d\n", parent)
	w := world{shown: []*pair{leaf}, host: "mux.example.com"}
	for i, p := range all {
		switch next(4) {
		case 0, 1:
			w.shown = append(w.shown, p)
			story += fmt.Sprintf("shown %d ", i)
		case 2:
			w.shown, w.trusted = append(w.shown, p), append(w.trusted, p)
			story += fmt.Sprintf("both %d ", i)
		}
	}
	if next(16) == 0 {
		w.trusted = append(w.trusted, leaf)
		story += "leaf trusted"
	}
	w.trusted = append(w.trusted, all[0])
	return w, story
}
