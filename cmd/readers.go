package cmd

import (
	"strings"

	"muxkey/inspect"
	"muxkey/pkcs12x"
)

// readersOf lists the programs that open a file with these features.
func readersOf(features []pkcs12x.Feature) []string {
	ids := []string{}
	for _, v := range pkcs12x.Readers(features) {
		if v.Reads {
			ids = append(ids, v.Consumer.ID)
		}
	}
	return ids
}

// summarize says in short which programs open a file and which do not, a word
// or two for each family. The table has the versions of a family from old to
// new, so "all from here on" and "all up to here" say most of it.
func summarize(verdicts []inspect.OpensIn) (yes, no []string) {
	familyOf := map[string]string{}
	for _, c := range pkcs12x.Consumers() {
		familyOf[c.ID] = c.Family
	}
	var families []string
	members := map[string][]inspect.OpensIn{}
	for _, v := range verdicts {
		family := familyOf[v.ID]
		if members[family] == nil {
			families = append(families, family)
		}
		members[family] = append(members[family], v)
	}
	for _, family := range families {
		list := members[family]
		changes := 0
		for i := 1; i < len(list); i++ {
			if list[i].Reads != list[i-1].Reads {
				changes++
			}
		}
		switch {
		case changes == 0 && list[0].Reads:
			yes = append(yes, familyName(family, list))
		case changes == 0:
			no = append(no, familyName(family, list))
		case changes == 1 && list[0].Reads:
			yes = append(yes, "up to "+last(list, true).Title)
			no = append(no, first(list, false).Title+" and later")
		case changes == 1:
			yes = append(yes, first(list, true).Title+" and later")
			no = append(no, "up to "+last(list, false).Title)
		default:
			for _, v := range list {
				if v.Reads {
					yes = append(yes, v.Title)
				} else {
					no = append(no, v.Title)
				}
			}
		}
	}
	return yes, no
}

func familyName(family string, list []inspect.OpensIn) string {
	if len(list) == 1 {
		return list[0].Title
	}
	return family
}

func first(list []inspect.OpensIn, reads bool) inspect.OpensIn {
	for _, v := range list {
		if v.Reads == reads {
			return v
		}
	}
	return inspect.OpensIn{}
}

func last(list []inspect.OpensIn, reads bool) inspect.OpensIn {
	var out inspect.OpensIn
	for _, v := range list {
		if v.Reads == reads {
			out = v
		}
	}
	return out
}

// shellQuote makes a word safe to paste into a POSIX shell.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%+=:,./-_", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
