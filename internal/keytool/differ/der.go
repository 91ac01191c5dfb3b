package differ

import (
	"bytes"
	"encoding/asn1"
	"fmt"
	"strings"
	"time"
)

// DER compares two DER values, or what is none as bytes, and returns the first
// difference, or "". The trees must have the same shape, tags, object identifiers,
// names and numbers; pairs (see [Comparer]) may be what keys, signatures, serial
// numbers, salts, key identifiers and ciphertexts are made of.
func (c *Comparer) DER(reference, ours []byte) string {
	return c.elements(reference, ours, "")
}

func (c *Comparer) elements(reference, ours []byte, path string) string {
	r, rok := parse(reference)
	o, ook := parse(ours)
	switch {
	case bytes.Equal(reference, ours):
		return ""
	case !rok || !ook:
		if len(reference) == len(ours) && len(reference) >= 8 && c.pair(string(reference), string(ours)) {
			return ""
		}
		return fmt.Sprintf("at %s: reference %.60x, ours %.60x", path, reference, ours)
	case len(r) != len(o):
		return fmt.Sprintf("at %s: reference has %d elements, ours %d: %.60x, %.60x", path, len(r), len(o), reference, ours)
	}
	for i := range r {
		if d := c.element(r[i], o[i], fmt.Sprintf("%s/%d", path, i)); d != "" {
			return d
		}
	}
	return ""
}

// parse reads a row of DER values that fills b.
func parse(b []byte) (row []asn1.RawValue, ok bool) {
	for len(b) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(b, &v)
		if err != nil {
			return nil, false
		}
		row, b = append(row, v), rest
	}
	return row, len(row) > 0
}

// der is the DER value that b begins with, nil if with none, and what follows.
func der(b []byte) (value, rest []byte) {
	var v asn1.RawValue
	rest, err := asn1.Unmarshal(b, &v)
	if _, ok := parse(v.Bytes); err != nil || !v.IsCompound || !ok {
		return nil, b
	}
	return v.FullBytes, rest
}

func (c *Comparer) element(r, o asn1.RawValue, path string) string {
	if bytes.Equal(r.FullBytes, o.FullBytes) {
		return ""
	}
	bad := fmt.Sprintf("at %s: reference %.60x, ours %.60x", path, r.FullBytes, o.FullBytes)
	if r.Class != o.Class || r.Tag != o.Tag || r.IsCompound != o.IsCompound {
		return bad
	}
	switch {
	case r.IsCompound:
		return c.elements(r.Bytes, o.Bytes, path)
	case r.Class == asn1.ClassContextSpecific && r.Tag == 0:
		// Key identifiers, and the content of encryptedData.
		if !c.random(r.Bytes, o.Bytes, 20) {
			return bad
		}
	case r.Class != asn1.ClassUniversal:
		return bad
	case r.Tag == asn1.TagInteger:
		if !c.random(r.Bytes, o.Bytes, 3) {
			return bad
		}
	case r.Tag == asn1.TagBitString:
		if len(r.Bytes) == 0 || len(o.Bytes) == 0 || r.Bytes[0] != o.Bytes[0] {
			return bad
		}
		return c.content(r.Bytes[1:], o.Bytes[1:], path, bad)
	case r.Tag == asn1.TagOctetString:
		return c.content(r.Bytes, o.Bytes, path, bad)
	case r.Tag == asn1.TagUTCTime, r.Tag == asn1.TagGeneralizedTime:
		if !closeTimes(r, o) {
			return bad
		}
	default:
		return bad
	}
	return ""
}

// content compares what is in two strings: a DER value or random bytes, which may
// look like several.
func (c *Comparer) content(r, o []byte, path, bad string) string {
	rs, _ := parse(r)
	os, _ := parse(o)
	switch {
	case len(rs) == 1 && len(os) == 1:
		return c.elements(r, o, path)
	case bytes.HasPrefix(r, []byte("Time ")) && bytes.HasPrefix(o, []byte("Time ")): // the localKeyID of OpenJDK
		var rt, ot int64
		if _, err := fmt.Sscanf(string(r), "Time %d", &rt); err != nil {
			return bad
		}
		if _, err := fmt.Sscanf(string(o), "Time %d", &ot); err != nil {
			return bad
		}
		if time.Duration(rt-ot).Abs() > slack/time.Millisecond {
			return bad
		}
		return ""
	case !c.random(r, o, 8):
		return bad
	}
	return ""
}

// random reports whether two strings of at least least bytes stand for each other.
// Those of 40 and more may be ciphertexts or signatures, whose length depends on
// how many bytes the numbers in them need; other lengths differ by a leading zero.
func (c *Comparer) random(r, o []byte, least int) bool {
	few := 3
	if len(r) >= 40 {
		few = 16
	}
	return min(len(r), len(o)) >= least && max(len(r), len(o))-min(len(r), len(o)) <= few && c.pair(string(r), string(o))
}

func closeTimes(r, o asn1.RawValue) bool {
	layout := "060102150405Z"
	if r.Tag == asn1.TagGeneralizedTime {
		layout = "2006" + strings.TrimPrefix(layout, "06")
	}
	rt, err := time.Parse(layout, string(r.Bytes))
	if err != nil {
		return false
	}
	ot, err := time.Parse(layout, string(o.Bytes))
	return err == nil && rt.Sub(ot).Abs() <= slack
}
