package winstore_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muxkey/pkcs12x"
	"muxkey/trust"
	"muxkey/trust/winstore"
)

// The octets are those of [MS-OSHARED] and wincrypt.h, set down by hand.
func TestAppend(t *testing.T) {
	after := time.Date(2024, 11, 30, 23, 59, 59, 0, time.UTC)
	for name, tt := range map[string]struct {
		c    winstore.Certificate
		want string
	}{
		"plain": {winstore.Certificate{Raw: []byte{0x30, 0}, Name: "not written"}, "20000000 01000000 02000000 3000"},
		"for servers": {
			winstore.Certificate{Raw: []byte{0x30, 0}, Terms: trust.Terms{Only: []trust.Purpose{trust.Server}}},
			"09000000 01000000 0c000000 300a06082b06010505070301" + "20000000 01000000 02000000 3000",
		},
		"for nothing": {
			winstore.Certificate{Raw: []byte{0x30, 0}, Terms: trust.Terms{Only: []trust.Purpose{}}},
			"09000000 01000000 02000000 3000" + "20000000 01000000 02000000 3000",
		},
		"not for mail and code": {
			winstore.Certificate{Raw: []byte{0x30, 0}, Terms: trust.Terms{Rejected: []trust.Purpose{trust.Code, trust.Email}}},
			"09000000 01000000 16000000 301406082b0601050507030106082b06010505070302" + "20000000 01000000 02000000 3000",
		},
		"until a date": {
			winstore.Certificate{Raw: []byte{0x30, 0}, Terms: trust.Terms{DistrustAfter: map[trust.Purpose]time.Time{trust.Server: after, trust.Email: after.AddDate(1, 0, 0)}}},
			"7e000000 01000000 08000000 806953f68343db01" + "7f000000 01000000 16000000 301406082b0601050507030106082b06010505070304" + "20000000 01000000 02000000 3000",
		},
	} {
		got := hex.EncodeToString(tt.c.Append(nil))
		if want := strings.ReplaceAll(tt.want, " ", ""); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
	got := hex.EncodeToString(winstore.Certificate{Raw: []byte{0x30, 0}, Name: "ü€"}.AppendNamed(nil))
	want := strings.ReplaceAll("03000000 01000000 14000000 f944dcd635f9801f7ac90a407fbc479964dec024"+"0b000000 01000000 06000000 fc00ac200000"+"20000000 01000000 02000000 3000", " ", "")
	if got != want {
		t.Errorf("named:\n got %s\nwant %s", got, want)
	}
}

func TestRead(t *testing.T) {
	all := []winstore.Certificate{
		{Raw: []byte("one")},
		{Raw: []byte("two"), Name: "a name, ü and 😀"},
		{Raw: []byte("three"), Terms: trust.Terms{Only: []trust.Purpose{trust.Code, trust.Email}, DistrustAfter: map[trust.Purpose]time.Time{trust.Email: time.Date(2024, 1, 2, 3, 4, 5, 600, time.UTC)}}},
		{Raw: []byte("four"), Terms: trust.Terms{Only: []trust.Purpose{}}},
	}
	data := []byte{}
	for _, c := range all {
		data = c.AppendNamed(data)
	}
	r := winstore.Reader{Data: append(data, winstore.End+"behind"...)}
	for _, want := range all {
		got, err := r.Next()
		if err != nil || got == nil {
			t.Fatal(got, err)
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Error(diff)
		}
	}
	if c, err := r.Next(); c != nil || err != nil || !r.Ended || string(r.Data) != "behind" {
		t.Errorf("the end: %v, %v, %+v", c, err, r)
	}
}

// record is one as a table has it.
func record(id byte, value string) string {
	return string([]byte{id, 0, 0, 0, 1, 0, 0, 0, byte(len(value)), 0, 0, 0}) + value
}

const (
	serverUsage = "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"
	anyUsage    = "\x30\x06\x06\x04\x55\x1d\x25\x00"
	date        = "\x00\x80\x3e\xd5\xde\xb1\x9d\x01" // 1970
)

// What Windows knows of its own roots restricts them here as well.
func TestProperties(t *testing.T) {
	epoch := time.Unix(0, 0).UTC()
	others := []trust.Purpose{trust.Client, trust.Code, trust.Email}
	for name, tt := range map[string]struct {
		records string
		want    trust.Terms
	}{
		"nothing":                 {"", trust.Terms{}},
		"others":                  {record(3, "hash") + record(20, "key id"), trust.Terms{}},
		"for anything":            {record(9, anyUsage), trust.Terms{Only: []trust.Purpose{trust.Client, trust.Code, trust.Email, trust.Server}}},
		"disallowed":              {record(104, ""), trust.Terms{Only: []trust.Purpose{}}},
		"disallowed for servers":  {record(104, date) + record(122, serverUsage), trust.Terms{Only: others}},
		"for servers, disallowed": {record(9, serverUsage) + record(122, serverUsage), trust.Terms{Only: []trust.Purpose{}}},
		"until, for anything": {record(126, date), trust.Terms{DistrustAfter: map[trust.Purpose]time.Time{
			trust.Server: epoch, trust.Client: epoch, trust.Code: epoch, trust.Email: epoch,
		}}},
		"until, for servers": {record(126, date) + record(127, serverUsage), trust.Terms{DistrustAfter: map[trust.Purpose]time.Time{trust.Server: epoch}}},
		"of a CRL":           {record(9, serverUsage) + record(33, "crl"), trust.Terms{}},
	} {
		r := winstore.Reader{Data: []byte(tt.records + record(32, "certificate"))}
		c, err := r.Next()
		if err != nil || c == nil {
			t.Errorf("%s: %v, %v", name, c, err)
			continue
		}
		if diff := cmp.Diff(tt.want, c.Terms); diff != "" || !slices.IsSorted(c.Terms.Only) {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestDamaged(t *testing.T) {
	for name, data := range map[string]string{
		"cut in a head":         record(32, "certificate")[:11],
		"cut in a value":        record(32, "certificate")[:15],
		"more than there is":    "\x20\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\xff",
		"properties of nothing": record(11, "x\x00"),
		"usage":                 record(9, "\x30\x05") + record(32, "certificate"),
		"usage behind":          record(9, serverUsage+"x") + record(32, "certificate"),
		"date":                  record(126, "1234567") + record(32, "certificate"),
	} {
		r := winstore.Reader{Data: []byte(data)}
		if _, err := r.Next(); !errors.Is(err, pkcs12x.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(record(9, serverUsage) + record(126, date) + record(32, "certificate") + winstore.End))
	f.Add([]byte(record(11, "a\x00\x00\xd8") + record(32, "") + record(33, "")))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := winstore.Reader{Data: data}
		for range data {
			c, err := r.Next()
			if err != nil || c == nil {
				return
			}
			again := winstore.Reader{Data: c.Append(nil)}
			if d, err := again.Next(); err != nil || d == nil || !bytes.Equal(d.Raw, c.Raw) {
				t.Fatalf("%+v reads back as %+v, %v", c, d, err)
			}
		}
		if c, err := r.Next(); c != nil && err == nil {
			t.Error("more certificates than octets")
		}
	})
}
