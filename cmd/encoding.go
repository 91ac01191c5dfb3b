package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"muxkey/certgen"
	"muxkey/internal/named"
	"muxkey/keystore"
	"muxkey/pkcs12x"
)

// encodingFlags choose how a keystore is written: by the name of a profile, or
// by the programs that must read it.
type encodingFlags struct {
	profileName   string
	consumers     []string
	iterations    int
	macIterations int
	changed       func(flag string) bool
	makes         func() bool // the command makes certificates
}

func (e *encodingFlags) add(c *cobra.Command) {
	f := c.Flags()
	e.changed = f.Changed
	e.makes = func() bool { return f.Lookup("usage") != nil }
	f.StringVar(&e.profileName, "profile", "", "`NAME` of the algorithms to write with: "+strings.Join(profileNames(), ", ")+" (default "+pkcs12x.DefaultProfile+")")
	f.StringSliceVar(&e.consumers, "for", nil, "take the strongest algorithms that all these `PROGRAMS` read, such as java-8,windows-2016")
	f.IntVar(&e.iterations, "iterations", 0, "`ROUNDS` of key derivation for the encryption (default: the profile's)")
	f.IntVar(&e.macIterations, "mac-iterations", 0, "`ROUNDS` of key derivation for the integrity check (default: the profile's)")
	exclusive(c, "profile", "for")
	complete(c, "profile", profileNames())
	completeLater(c, "for", consumerIDs)
}

func profileNames() []string {
	var names []string
	for _, p := range pkcs12x.Profiles() {
		names = append(names, p.Name)
	}
	return names
}

func consumerIDs() []string {
	var ids []string
	for _, c := range pkcs12x.Consumers() {
		ids = append(ids, c.ID)
	}
	return ids
}

func (e *encodingFlags) profile() (pkcs12x.Profile, error) {
	name := e.profileName
	if name == "" {
		name = pkcs12x.DefaultProfile
	}
	p, ok := pkcs12x.ProfileByName(name)
	if !ok {
		hint := didYouMean(name, profileNames())
		if slices.Contains(certgen.ProfileNames(), name) && e.makes() {
			hint = "these are names of algorithms; what the certificate is for is said with --usage " + name
		}
		return p, &Failure{
			Status: StatusUsage, Hint: hint,
			Err: fmt.Errorf("there is no profile %q", name),
		}
	}
	if len(e.consumers) > 0 {
		list, err := e.named()
		if err != nil {
			return p, err
		}
		var ids []string
		for _, c := range list {
			ids = append(ids, c.ID)
		}
		if p, err = pkcs12x.StrongestFor(ids...); err != nil {
			return p, &Failure{Status: StatusUsage, Hint: "see docs/consumers.md, or make one keystore for each", Err: err}
		}
	}
	for flag, n := range map[string]int{"iterations": e.iterations, "mac-iterations": e.macIterations} {
		if e.changed(flag) && (n < 1 || n > maxIterations) {
			return p, wrongUsage(fmt.Errorf("--%s goes from 1 to %d, which is what Java reads", flag, maxIterations))
		}
	}
	if e.iterations != 0 || e.macIterations != 0 {
		p = p.WithIterations(orElse(e.iterations, p.Key.Iterations), orElse(e.macIterations, p.MAC.Iterations))
	}
	return p, nil
}

// given tells whether any of the flags was used.
func (e *encodingFlags) given() bool {
	return slices.ContainsFunc([]string{"profile", "for", "iterations", "mac-iterations"}, e.changed)
}

// fits refuses algorithms for a format that leaves no choice of them.
func (e *encodingFlags) fits(target keystore.Format) error {
	if target.TakesProfile || !e.given() {
		return nil
	}
	return &Failure{
		StatusUsage, "leave out --profile, --for and --iterations, or write a PKCS#12 keystore: --to pkcs12",
		fmt.Errorf("a %s is always encrypted in its own way", target.Title),
	}
}

// named are the programs of --for.
func (e *encodingFlags) named() ([]pkcs12x.Consumer, error) { return consumersNamed(e.consumers) }

// maxIterations is what the JDK reads at most (sun.security.pkcs12).
const maxIterations = 5_000_000

func orElse(n, standard int) int {
	if n == 0 {
		return standard
	}
	return n
}

// consumersNamed looks up the programs of --for.
func consumersNamed(words []string) ([]pkcs12x.Consumer, error) {
	var list []pkcs12x.Consumer
	for _, word := range words {
		c, ok := pkcs12x.ConsumerByID(strings.TrimSpace(word))
		if !ok {
			return nil, &Failure{
				Status: StatusUsage, Hint: didYouMean(word, consumerIDs()),
				Err: fmt.Errorf("--for: no program %q is known", word),
			}
		}
		list = append(list, c)
	}
	return list, nil
}

// didYouMean is a hint for a word that is none of a list.
func didYouMean(word string, words []string) string {
	if near := named.Nearest(word, words); near != "" {
		return "did you mean " + near + "?"
	}
	return "one of: " + strings.Join(words, ", ")
}
