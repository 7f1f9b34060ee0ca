package conformance

import (
	"fmt"
	"strings"
	"testing"
)

// numerous are values that share floating-point numbers with their neighbours, in their order.
var numerous = strings.Fields(`-1e300 -12345678901234567891 -12345678901234567890 -1e-300 0 1e-300
	0.30000000000000000 0.30000000000000004 0.30000000000000005 52.61144885127352 94.99999999999999999 95 100
	104.99999999999999999 105 9007199254740992 9007199254740993 12345678901234567890 12345678901234567891 1e300`)

// findNumbers: numbers, quantities and composites of them compare and are sorted as the decimals they are (fault B2).
func findNumbers(t *testing.T, k *kit) {
	id := func(i int) string { return fmt.Sprintf("n%02d", (i*7)%len(numerous)) }
	for i, value := range numerous {
		k.apply(k.write(id(i), 1, `{"resourceType":"Observation","status":"final","code":{"coding":[{"code":"x"}]},
			"valueQuantity":{"value":`+value+`,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}}`))
	}
	k.apply(k.write("low", 1, `{"resourceType":"Observation","status":"final","code":{"text":"x"},
		"valueQuantity":{"value":95,"comparator":"<"}}`))
	ids := func(from, to int) string { // of the values from one to before another, in order
		var out []string
		for i := from; i < to; i++ {
			out = append(out, id(i))
		}
		return strings.Join(out, " ")
	}
	if got, want := k.ids("Observation?_sort=value-quantity&_count=1"), "low "+ids(0, len(numerous)); got != want {
		t.Errorf("ascending they are\n%s, want\n%s", got, want)
	}
	backwards := strings.Fields(k.ids("Observation?_sort=-value-quantity&_count=3"))
	for i, got := range backwards[:len(numerous)] {
		if want := id(len(numerous) - 1 - i); got != want {
			t.Errorf("descending %s comes at place %d, want %s", got, i, want)
		}
	}
	last := len(numerous)
	for query, want := range map[string]string{
		"52.61144885127352":       ids(9, 10),
		"0.30000000000000004":     ids(7, 8),
		"ne0.30000000000000004":   "low " + ids(0, 7) + " " + ids(8, last),
		"gt0.30000000000000004":   "low " + ids(8, last),
		"lt0.30000000000000005":   "low " + ids(0, 8),
		"ge9007199254740993":      ids(16, last),
		"le9007199254740992":      "low " + ids(0, 16),
		"sa12345678901234567890":  ids(18, last),
		"eb-12345678901234567890": ids(0, 2),
		"eb95":                    ids(0, 11),
		"1e2":                     ids(11, 14),
		"1.00e2":                  ids(12, 13),
		"ap1e2":                   "low " + ids(10, 15),
		"1e-300":                  ids(5, 6),
		"gt0":                     "low " + ids(5, last),
		"9007199254740993|http://unitsofmeasure.org|mg": ids(16, 17),
	} {
		if got := sorted(k.ids("Observation?value-quantity=" + query)); got != sorted(want) {
			t.Errorf("%s: got %q, want %q", query, got, sorted(want))
		}
		want := sorted(strings.TrimPrefix(want, "low "))
		if got := sorted(k.ids("Observation?code-value-quantity=x$" + query)); got != want {
			t.Errorf("code and %s: got %q, want %q", query, got, want)
		}
	}
}

// findRanges: a range of numbers is equal to what contains it, whose own upper end is outside.
func findRanges(t *testing.T, k *kit) {
	for id, ends := range map[string][2]string{
		"within": {"95", "104.9999999999999999"}, "touching": {"95", "105"}, "above": {"105", "106"},
	} {
		k.apply(k.write(id, 1, fmt.Sprintf(`{"resourceType":"Condition","subject":{"reference":"Patient/a"},
			"onsetRange":{"low":{"value":%s},"high":{"value":%s}}}`, ends[0], ends[1])))
	}
	for query, want := range map[string]string{
		"1e2": "within", "ne1e2": "above touching", "gt104.9999999999999999": "above touching", "ge105": "above",
		"lt105": "touching within", "sa104.9999999999999999": "above", "eb105": "within", "ap104": "above touching within",
	} {
		if got := sorted(k.ids("Condition?onset-age=" + query)); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}
