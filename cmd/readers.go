package cmd

import (
	"slices"
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

// mainFamilies are those of the short verdict; --all shows every program.
var mainFamilies = []string{
	"Java before 8u301 and 11.0.12", "Java", "OpenSSL", "GnuTLS", "NSS",
	"Windows", "macOS", "iOS", "Android",
	"HCL Sametime", "Genesys Mobile Services", "Teamwork Cloud",
}

// summarize says in short which programs open a file and which do not, a word
// or two for each of the main families. The table has the versions of a family from old to
// new, so "and later" and "up to" say most of it.
func summarize(verdicts []inspect.OpensIn) (yes, no []string) {
	table := map[string]pkcs12x.Consumer{}
	for _, c := range pkcs12x.Consumers() {
		table[c.ID] = c
	}
	var families [][]inspect.OpensIn
	before := ""
	for _, v := range verdicts {
		family := table[v.ID].Family
		if !slices.Contains(mainFamilies, family) {
			continue
		}
		if family != before {
			families = append(families, nil)
			before = family
		}
		last := len(families) - 1
		families[last] = append(families[last], v)
	}
	for _, family := range families {
		for from, to := 0, 0; from < len(family); from = to { // runs of one verdict
			for to < len(family) && family[to].Reads == family[from].Reads {
				to++
			}
			var run []pkcs12x.Consumer
			for _, v := range family[from:to] {
				run = append(run, table[v.ID])
			}
			words := runOf(run, from == 0, to == len(family))
			if family[from].Reads {
				yes = append(yes, words)
			} else {
				no = append(no, words)
			}
		}
	}
	return yes, no
}

// runOf names neighbouring rows of a family; oldest and newest tell whether they
// reach its ends.
func runOf(run []pkcs12x.Consumer, oldest, newest bool) string {
	first, last := run[0], run[len(run)-1]
	versions := strings.HasPrefix(first.Title, first.Family+" ") && !strings.Contains(first.Title, " on ")
	switch {
	case oldest && newest && len(run) == 1:
		return first.Title
	case oldest && newest && (!versions || first.Since == ""):
		return first.Family
	case newest && versions:
		return first.Title + " and later"
	case oldest && versions && first.Since == "":
		return "up to " + last.Title
	case len(run) == 1:
		return first.Title
	default:
		return first.Title + " to " + strings.TrimPrefix(last.Title, last.Family+" ")
	}
}
