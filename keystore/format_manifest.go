package keystore

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"muxkey/keystore/manifest"
)

// manifestFormat is Kubernetes Secrets and ConfigMaps, whose values are files.
var manifestFormat = Format{
	ID:         "kubernetes",
	Title:      "Kubernetes manifest",
	Extensions: []string{".yaml", ".yml", ".json"},
	Detect: func(head []byte) Confidence {
		if manifest.Detect(head) {
			return Sure // also with PEM text in it, which alone would be PEM
		}
		return No
	},
	Members: membersOfManifest,
}

// membersOfManifest gives each value, and X.crt and X.key of one object together
// as X.
func membersOfManifest(data []byte, isStore func(string, []byte) bool) ([]Member, error) {
	f, err := manifest.Parse(data)
	if syntax, ok := errors.AsType[*manifest.SyntaxError](err); ok {
		// Not damaged: most such files are templates.
		return nil, &FormatError{What: "a text like a Kubernetes manifest, but no YAML (a template?)", Err: syntax}
	}
	if err != nil {
		return nil, err
	}
	type place struct {
		object int
		key    string
	}
	at := map[place]*manifest.Value{}
	for _, v := range f.Values {
		at[place{v.Number, v.Key}] = v
	}
	var list []Member
	objects := map[int]bool{} // those with stores
	for _, v := range f.Values {
		m := Member{
			Names: namesOf(v, v.Key), Data: v.Data, Err: v.Err,
			Put: func(content []byte) ([]byte, error) {
				return f.Replace(map[*manifest.Value][]byte{v: content})
			},
		}
		base, isCert := strings.CutSuffix(v.Key, ".crt")
		if base2, isKey := strings.CutSuffix(v.Key, ".key"); isKey {
			base = base2
		}
		crt, key := at[place{v.Number, base + ".crt"}], at[place{v.Number, base + ".key"}]
		paired := at[place{v.Number, base}] == nil && isPair(crt, key)
		m.Store = !paired && isStore(v.Key, v.Data)
		list = append(list, m)
		if paired && isCert {
			list = append(list, pairOf(f, crt, key, base))
		}
		objects[v.Number] = objects[v.Number] || m.Store || paired
	}
	count := 0
	for _, stores := range objects {
		if stores {
			count++
		}
	}
	shortest(list, min(count, 2)-1)
	return list, nil
}

// namesOf are the names of a value, from short to long.
func namesOf(v *manifest.Value, key string) []string {
	object := v.Object
	if object == "" {
		object = strings.ToLower(v.Kind)
	}
	name := object + "/" + key
	names := []string{key, name}
	if v.Namespace != "" {
		name = v.Namespace + "/" + name
	}
	return append(names, name, strings.ToLower(v.Kind)+"/"+name, fmt.Sprintf("%d/%s", v.Number, key))
}

// shortest names the members: all by names of one length, the least, from a
// length on, at which no two stores have the same.
func shortest(list []Member, length int) {
	for ; ; length++ {
		seen := map[string]bool{}
		unique := true
		for i, m := range list {
			name := m.Names[min(max(length, 0), len(m.Names)-1)]
			list[i].Name = name
			unique = unique && (!m.Store || !seen[name])
			seen[name] = seen[name] || m.Store
		}
		if unique || length >= 4 {
			return
		}
	}
}

// isPair tells whether two values are a certificate and its key in PEM.
func isPair(crt, key *manifest.Value) bool {
	const private = "PRIVATE KEY-----"
	if crt == nil || key == nil || crt.Err != nil || key.Err != nil {
		return false
	}
	_, text := firstLabel(key.Data)
	return text && bytes.Contains(key.Data, []byte(private)) &&
		bytes.Contains(crt.Data, []byte("-----BEGIN CERTIFICATE-----")) && !bytes.Contains(crt.Data, []byte(private))
}

// pairOf joins the two files of a certificate and its key, with a line between
// them at which they are parted again. Other content is parted by what is in it.
func pairOf(f *manifest.File, crt, key *manifest.Value, name string) Member {
	border := "# " + key.Key + "\n"
	for bytes.Contains(crt.Data, []byte(border)) || bytes.Contains(key.Data, []byte(border)) {
		border = "#" + border
	}
	added := ""
	if !bytes.HasSuffix(crt.Data, []byte("\n")) {
		added = "\n"
	}
	return Member{
		Names: namesOf(crt, name), Store: true,
		Data: bytes.Join([][]byte{crt.Data, []byte(added + border), key.Data}, nil),
		Put: func(content []byte) ([]byte, error) {
			top, bottom, _ := bytes.Cut(content, []byte(border))
			top = bytes.TrimSuffix(top, []byte(added))
			moreKeys, top, err := takeBlocks(top, true)
			if err != nil {
				return nil, err
			}
			moreCerts, bottom, err := takeBlocks(bottom, false)
			if err != nil {
				return nil, err
			}
			changes := map[*manifest.Value][]byte{}
			for _, part := range []struct {
				value   *manifest.Value
				content []byte
			}{{crt, appendBlocks(top, moreCerts)}, {key, appendBlocks(bottom, moreKeys)}} {
				if _, some := firstLabel(part.content); !some {
					return nil, fmt.Errorf("nothing would be left in %s", part.value.Key)
				}
				if !bytes.Equal(part.content, part.value.Data) {
					changes[part.value] = part.content
				}
			}
			return f.Replace(changes)
		},
	}
}

// takeBlocks takes the blocks of private keys, or all others, out of a PEM text.
func takeBlocks(text []byte, keys bool) (taken, rest []byte, err error) {
	at := 0
	err = scanPEM(text, func(b pemBlock) error {
		isKey := strings.HasSuffix(b.label, "PRIVATE KEY") || b.label == ecParametersLabel
		rest = append(rest, text[at:b.about]...)
		if isKey == keys {
			taken = append(taken, text[b.about:b.end]...)
		} else {
			rest = append(rest, text[b.about:b.end]...)
		}
		at = b.end
		return nil
	})
	return taken, append(rest, text[at:]...), err
}

func appendBlocks(text, more []byte) []byte {
	if len(more) > 0 && len(text) > 0 && !bytes.HasSuffix(text, []byte("\n")) {
		text = append(text, '\n')
	}
	return append(text, more...)
}
