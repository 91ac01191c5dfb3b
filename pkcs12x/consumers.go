package pkcs12x

// Placeholder by the codec's author; the owner of this file replaces it whole.

import (
	"errors"
	"slices"
)

// DefaultProfile is what is written when nothing else is asked for.
const DefaultProfile = "modern-2023"

type Consumer struct {
	ID, Title, Family, Since, Notes, Source string
	Reads                                   []Feature
}

func (c Consumer) Missing(features []Feature) []Feature {
	var out []Feature
	for _, f := range features {
		if !slices.Contains(c.Reads, f) {
			out = append(out, f)
		}
	}
	return out
}

type Verdict struct {
	Consumer Consumer
	Reads    bool
	Missing  []Feature
}

func Consumers() []Consumer {
	return []Consumer{{ID: "java-17", Title: "Java 17", Family: "Java", Reads: []Feature{CipherAES256, PRFSHA256, MACSHA256}}}
}

func ConsumerByID(id string) (Consumer, bool) {
	for _, c := range Consumers() {
		if c.ID == id {
			return c, true
		}
	}
	return Consumer{}, false
}

func StrongestFor(...string) (Profile, error) { return Profile{}, errors.New("none") }

func Readers(features []Feature) []Verdict {
	var out []Verdict
	for _, c := range Consumers() {
		m := c.Missing(features)
		out = append(out, Verdict{c, len(m) == 0, m})
	}
	return out
}

func (f Feature) Title() string { return string(f) }
func (p Profile) Features() []Feature { return nil }
