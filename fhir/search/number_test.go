package search

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"frontdesk/fhir/codec"
)

// weighed is an Observation of a value, as it stands in the resource.
func weighed(t *testing.T, id, quantity string) *Doc {
	t.Helper()
	return doc(t, fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","code":{"text":"x"},
		"valueQuantity":{%s}}`, id, quantity))
}

// TestB2_NumbersCompareAsDecimals: however many digits there are, and whichever floating-point number they share.
func TestB2_NumbersCompareAsDecimals(t *testing.T) {
	for _, c := range []struct{ stored, query, want string }{ // want are those of the prefixes that find the value
		{"52.61144885127352", "52.61144885127352", "eq ge le ap"},
		{"52.61144885127352", "52.611448851273521", "ne lt le eb ap"},
		{"0.30000000000000004", "0.30000000000000004", "eq ge le ap"},
		{"0.30000000000000004", "0.3", "eq gt ge sa ap"},
		{"0.30000000000000004", "0.30000000000000000", "ne gt ge sa ap"},
		{"9007199254740993", "9007199254740992", "ne gt ge sa ap"},
		{"9007199254740993", "9007199254740994", "ne lt le eb ap"},
		{"12345678901234567890", "12345678901234567891", "ne lt le eb ap"},
		{"-12345678901234567890", "-12345678901234567891", "ne gt ge sa ap"},
		{"0.1234567890123456789012345678901234567890123456789012345678901", "0.1234567890123456789012345678901234567890123456789012345678901", "eq ge le ap"},
		{"0.1234567890123456789012345678901234567890123456789012345678901", "0.1234567890123456789012345678901234567890123456789012345678902", "ne lt le eb ap"},
		{"1e-308", "1e-308", "eq ge le ap"},
		{"1e-308", "0", "eq gt ge sa ap"}, // 0 is [-0.5, 0.5)
		{"1e308", "1e308", "eq ge le ap"},
		{"1e308", "1.1e308", "ne lt le eb ap"},
		{"95", "1e2", "eq lt le eb ap"}, // 1e2 is [95, 105)
		{"94.9999999999999999999", "1e2", "ne lt le eb ap"},
		{"104.9999999999999999999", "1e2", "eq gt ge sa ap"},
		{"105", "1e2", "ne gt ge sa ap"},
		{"139.5", "1.40e2", "eq lt le eb ap"},
		{"140.5", "1.40e2", "ne gt ge sa ap"},
		{"5.35", "5.4", "eq lt le eb ap"},
		{"5.3499999999999999", "5.4", "ne lt le eb ap"},
		{"5.45", "5.4", "ne gt ge sa ap"},
		{"110", "100", "ne gt ge sa"}, // about 100 is [90, 110)
		{"109.99999999999999999", "100", "ne gt ge sa ap"},
		{"-0.0", "0", "eq ge le ap"},
		{"100", "1.00e2", "eq ge le ap"},
	} {
		d := weighed(t, "o", `"value":`+c.stored)
		got := ""
		for _, prefix := range []string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"} {
			if foundSet(t, "Observation", "value-quantity="+prefix+c.query, world{d}) == "o" {
				got += " " + prefix
			}
		}
		if got != " "+c.want {
			t.Errorf("%s is found by%s of %s, want %s", c.stored, got, c.query, c.want)
		}
	}
}

// TestB2_EveryStoredNumberCanBeAskedFor: what the decoder takes finds itself, and isn't other than itself.
func TestB2_EveryStoredNumberCanBeAskedFor(t *testing.T) {
	for _, text := range []string{"1.7976931348623157e308",
		"12345678901234567890123456789012345678901234567890123456789e-308",
		"-9999999999999999999999999999999999999e308", "0.0", "1E+2"} {
		d := weighed(t, "o", `"value":`+text)
		query := "value-quantity=" + text
		if text == "1E+2" {
			query = "value-quantity=1E%2B2"
		}
		if foundSet(t, "Observation", query, world{d}) != "o" {
			t.Errorf("%s doesn't find itself", text)
		}
	}
	beyond := `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1e309}}`
	if _, err := codec.Decode([]byte(beyond), codec.Limits{}); err == nil {
		t.Error("1e309 is stored, and can't be asked for")
	}
	if _, err := numberOf("1e309"); err == nil {
		t.Error("1e309 can be asked for, and isn't stored")
	}
}

// TestB2_NumbersAreSortedAsDecimals: neighbours that share one floating-point number, too.
func TestB2_NumbersAreSortedAsDecimals(t *testing.T) {
	w := world{weighed(t, "c", `"value":9007199254740993`), weighed(t, "a", `"value":-9007199254740993`),
		weighed(t, "b", `"value":9007199254740992`), weighed(t, "d", `"value":9007199254740993.5`),
		weighed(t, "less", `"value":-9007199254740993,"comparator":"<"`)}
	for order, want := range map[string]string{"value-quantity": "less,a,b,c,d", "-value-quantity": "d,c,b,a,less"} {
		if got := found(t, "Observation", "_sort="+order, w); got != want {
			t.Errorf("sorted by %s they are %s, want %s", order, got, want)
		}
	}
}

// TestB2_RandomDecimals holds the comparisons to those of fractions.
func TestB2_RandomDecimals(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	decimal := func() string {
		text := fmt.Sprint(r.Uint64N(1 << (1 + r.IntN(63))))
		for r.IntN(3) > 0 && len(text) < 40 {
			text += fmt.Sprint(r.Uint64N(1000))
		}
		if at := r.IntN(len(text)); at > 0 && r.IntN(2) == 0 {
			text = text[:at] + "." + text[at:]
		}
		if r.IntN(3) == 0 {
			text += fmt.Sprintf("e%d", r.IntN(100)-50)
		}
		return []string{"", "-"}[r.IntN(2)] + text
	}
	last := decimal()
	for range 20_000 {
		a, b := decimal(), last
		if r.IntN(4) == 0 && len(a) < 50 { // neighbours
			b = a + "1"
		}
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		m, n := number(t, a), number(t, b)
		if got := strings.Compare(string(m), string(n)); got != x.Cmp(y) {
			t.Fatalf("%s and %s: %d, want %d (%q, %q)", a, b, got, x.Cmp(y), m, n)
		}
		if back, ok := new(big.Rat).SetString(m.String()); !ok || back.Cmp(x) != 0 {
			t.Fatalf("%s comes back as %s", a, m)
		}
		last = a
	}
}

// TestB2_ARangeTheWrongWayRound is found by what lies between its ends, as a Period is.
func TestB2_ARangeTheWrongWayRound(t *testing.T) {
	one, two := number(t, "1"), number(t, "2")
	if got, want := Numbers(two, one), (NumberRange{one, two}); got != want {
		t.Errorf("from 2 to 1 is %v", got)
	}
	if got, want := Between(DateRange{20, 30}, DateRange{0, 10}), (DateRange{0, 30}); got != want {
		t.Errorf("a Period from [20,30) to [0,10) is %v", got)
	}
	// From a month to a day of it is the right way round.
	if got, want := Between(DateRange{0, 30}, DateRange{10, 20}), (DateRange{0, 20}); got != want {
		t.Errorf("a Period from [0,30) to [10,20) is %v", got)
	}
}
