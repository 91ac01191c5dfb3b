package finding

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestSeverities(t *testing.T) {
	if !High.AtLeast(Medium) || Low.AtLeast(Medium) || Info.Lower() != Info || Critical.Lower() != High {
		t.Error("the scale is not in order")
	}
	if Worst([]Finding{{Severity: Low}, {Severity: High}, {Severity: Info}}) != High || Worst(nil) != "" {
		t.Error("the worst is another")
	}
}

func TestAllowance(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Allowance
		err  bool
	}{
		{` MUX-A-001 reason="x y" -->`, Allowance{Rules: []string{"MUX-A-001"}, Reason: "x y"}, false},
		{` MUX-A-001,git until=2027-01-31 reason='x' */`, Allowance{Rules: []string{"MUX-A-001", "git"}, Until: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), Reason: "x"}, false},
		{` MUX-A-001 reason=\"x\"",`, Allowance{Rules: []string{"MUX-A-001"}, Reason: "x"}, false},
		{` MUX-A-001 reason=&quot;x&quot; -->`, Allowance{Rules: []string{"MUX-A-001"}, Reason: "x"}, false},
		{` MUX-A-001 reason=no quotes`, Allowance{Rules: []string{"MUX-A-001"}, Reason: "no quotes"}, false},
		{` MUX-A-001 -->`, Allowance{Rules: []string{"MUX-A-001"}}, true},
		{` reason=x`, Allowance{Reason: "x"}, true},
		{` MUX-A-001 until=never reason=x`, Allowance{Rules: []string{"MUX-A-001"}}, true},
		{` MUX-A-001 because reason=x`, Allowance{Rules: []string{"MUX-A-001"}}, true},
		{``, Allowance{}, true},
	} {
		got, err := ParseAllowance(tt.text)
		if (err != nil) != tt.err || got.Reason != tt.want.Reason || !got.Until.Equal(tt.want.Until) || !slices.Equal(got.Rules, tt.want.Rules) {
			t.Errorf("%s: got %+v, %v", tt.text, got, err)
		}
	}
	if _, err := ParseAllowance(" MUX-A-001"); !errors.Is(err, ErrNoReason) {
		t.Errorf("got %v", err)
	}
}

func TestBaseline(t *testing.T) {
	list := []Finding{{Rule: "A", Fingerprint: "1", Where: "x\ny"}, {Rule: "A", Fingerprint: "1"}, {Rule: "B", Fingerprint: "2"}}
	b, err := ParseBaseline(NewBaseline(list[:2]).Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if fresh, gone := b.New(list); len(fresh) != 1 || fresh[0].Rule != "B" || gone != 0 {
		t.Errorf("%v %d", fresh, gone)
	}
	if fresh, gone := b.New(list[2:]); len(fresh) != 1 || gone != 2 {
		t.Errorf("%v %d", fresh, gone)
	}
	if b, err := ParseBaseline(NewBaseline(nil).Bytes()); err != nil || len(b.Findings) != 0 {
		t.Errorf("%+v %v", b, err)
	}
	for _, text := range []string{"", "[]", "{}", `{"schemaVersion": 2}`} {
		if _, err := ParseBaseline([]byte(text)); err == nil {
			t.Errorf("%q is a baseline", text)
		}
	}
}
