// Package mutant damages files on purpose, for the tests that feed them to the
// readers. Fuzzing finds new ways into a parser, and takes its time; mutants are
// the same in every run, and a few thousand of them take seconds.
package mutant

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// File is a file to make mutants of.
type File struct {
	Name string
	Data []byte
}

// Files reads the files that match the patterns, in the order of their names,
// without those that make or describe the others. What is packed with gzip is
// unpacked, and loses its ".gz".
func Files(patterns ...string) ([]File, error) {
	var names []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.FromSlash(pattern))
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	var files []File
	for _, name := range slices.Compact(names) {
		info, err := os.Stat(name)
		switch ext := filepath.Ext(name); {
		case err != nil:
			return nil, err
		case info.IsDir(), ext == ".md", ext == ".sh", ext == ".go", ext == ".java", ext == ".json", ext == ".list":
			continue
		}
		file, err := Open(name)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// Open reads one file as Files does.
func Open(name string) (File, error) {
	data, err := os.ReadFile(filepath.FromSlash(name))
	plain, packed := strings.CutSuffix(name, ".gz")
	if err != nil || !packed {
		return File{name, data}, err
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", name, err)
	}
	data, err = io.ReadAll(r)
	return File{plain, data}, err
}

// Maker makes mutants. Equal seeds give equal mutants.
type Maker struct {
	random *rand.Rand
	// Others are what parts of another file are taken from.
	Others []File
}

// New returns a Maker.
func New(seed uint64, others []File) *Maker {
	return &Maker{rand.New(rand.NewPCG(seed, 0)), others} //nolint:gosec // it need not be secret
}

// mutation changes data, which it may keep, and says how.
type mutation func(m *Maker, data []byte) ([]byte, string)

var mutations = []mutation{flip, flip, cut, length, length, number, number, splice, drop, repeat, fill, lines}

// Make returns a mutant of data and what was done to it. One in four has been
// changed twice or more.
func (m *Maker) Make(data []byte) (mutant []byte, how string) {
	mutant = bytes.Clone(data)
	for {
		var what string
		mutant, what = mutations[m.random.IntN(len(mutations))](m, mutant)
		how += what + "; "
		if m.random.IntN(4) > 0 {
			return mutant, how
		}
	}
}

// at is a place in data; n octets follow it where there are as many.
func (m *Maker) at(data []byte, n int) int { return m.random.IntN(max(len(data)-n, 0) + 1) }

func flip(m *Maker, data []byte) ([]byte, string) {
	if len(data) == 0 {
		return data, "nothing"
	}
	i, bit := m.random.IntN(len(data)), m.random.IntN(8)
	data[i] ^= 1 << bit
	return data, fmt.Sprintf("bit %d of octet %d flipped", bit, i)
}

func cut(m *Maker, data []byte) ([]byte, string) {
	i := m.at(data, 1)
	return data[:i], fmt.Sprintf("cut to %d octets", i)
}

// length puts another length behind what looks like the tag of an ASN.1 element.
func length(m *Maker, data []byte) ([]byte, string) {
	tags := []byte{0x02, 0x03, 0x04, 0x06, 0x24, 0x30, 0x31, 0x80, 0xa0}
	for range 50 {
		i := m.at(data, 2)
		if i+1 >= len(data) || !bytes.Contains(tags, data[i:i+1]) {
			continue
		}
		lengths := [][]byte{
			{0},
			{data[i+1] + 1},
			{data[i+1] - 1},
			{0x80},
			{0x7f},
			{0x81, 0xff},
			{0x82, 0xff, 0xff},
			{0x84, 0xff, 0xff, 0xff, 0xff},
			{0x84, 0x7f, 0xff, 0xff, 0xff},
			{0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
			{0xff},
		}
		l := lengths[m.random.IntN(len(lengths))]
		return slices.Replace(data, i+1, i+2, l...), fmt.Sprintf("length %x at octet %d", l, i+1)
	}
	return data, "no length"
}

// number puts a number that is at an edge over the octets of another.
func number(m *Maker, data []byte) ([]byte, string) {
	size := []int{1, 2, 3, 4, 8}[m.random.IntN(5)]
	if len(data) < size {
		return data, "nothing"
	}
	i := m.at(data, size)
	edges := []uint64{0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffff, 0x7fffffff, 0x80000000, 0xffffffff, 1<<63 - 1, 1 << 63, 1<<64 - 1, uint64(len(data)), uint64(len(data) - i)} //nolint:gosec // lengths are not negative
	n := edges[m.random.IntN(len(edges))]
	for k := range size {
		data[i+k] = byte(n >> (8 * (size - 1 - k)))
	}
	return data, fmt.Sprintf("%d in %d octets at %d", n, size, i)
}

func splice(m *Maker, data []byte) ([]byte, string) {
	if len(m.Others) == 0 {
		return data, "nothing"
	}
	other := m.Others[m.random.IntN(len(m.Others))]
	i, from := m.at(data, 0), m.at(other.Data, 0)
	until := from + m.random.IntN(min(len(other.Data)-from, 4096)+1)
	end := i
	if m.random.IntN(2) == 0 { // over what was there
		end = min(len(data), i+until-from)
	}
	return slices.Replace(data, i, end, other.Data[from:until]...), fmt.Sprintf("octets %d to %d of %s at %d", from, until, other.Name, i)
}

func drop(m *Maker, data []byte) ([]byte, string) {
	i := m.at(data, 1)
	n := m.random.IntN(min(len(data)-i, 64) + 1)
	return slices.Delete(data, i, i+n), fmt.Sprintf("without %d octets at %d", n, i)
}

func repeat(m *Maker, data []byte) ([]byte, string) {
	i := m.at(data, 1)
	n := m.random.IntN(min(len(data)-i, 256) + 1)
	times := 1 << m.random.IntN(10)
	return slices.Insert(data, i, bytes.Repeat(data[i:i+n], times)...), fmt.Sprintf("%d octets at %d %d times more", n, i, times)
}

func fill(m *Maker, data []byte) ([]byte, string) {
	i := m.at(data, 1)
	n := m.random.IntN(min(len(data)-i, 64) + 1)
	with := []byte{0, 0xff, ' ', '\n', 0x30, 0x80}[m.random.IntN(6)]
	copy(data[i:], bytes.Repeat([]byte{with}, n))
	return data, fmt.Sprintf("%d octets %#x at %d", n, with, i)
}

// lines repeats or drops a line, or swaps two, in what has lines.
func lines(m *Maker, data []byte) ([]byte, string) {
	parts := bytes.SplitAfter(data, []byte("\n"))
	if len(parts) < 3 {
		return data, "nothing"
	}
	i, j := m.random.IntN(len(parts)), m.random.IntN(len(parts))
	switch m.random.IntN(3) {
	case 0:
		return bytes.Join(slices.Delete(parts, i, i+1), nil), fmt.Sprintf("without line %d", i)
	case 1:
		return bytes.Join(slices.Insert(parts, j, parts[i]), nil), fmt.Sprintf("line %d again at %d", i, j)
	}
	parts[i], parts[j] = parts[j], parts[i]
	return bytes.Join(parts, nil), fmt.Sprintf("lines %d and %d swapped", i, j)
}
