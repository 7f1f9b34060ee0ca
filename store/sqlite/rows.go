package sqlite

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"frontdesk/fhir/search"
)

// noDate is k of a resource without a main date: it comes last newest-first, even behind a period with an open start.
const noDate = search.MinTime - 1

// narrow is the longest span of rng, in microseconds, that is found by its low end alone: a day of 25 hours.
const narrow = int64(25 * 3600 * 1e6)

// The bits of the columns first.
const (
	least = 1 << iota
	greatest
)

// index is what is kept to find a version by.
type index struct {
	typ      int64
	seq, k   int64
	entries  []entry
	patients []int64 // nodes of the Patients in whose compartment it is
	referred []int64 // nodes of the other Patients it refers to
	prose    bool    // it has words
	words    words
}

// row is one row of an index table.
type row struct {
	insert, remove string
	args           []any
	keys           int // how many of args are the key
}

// writes makes the statements that put rows into a table and take them out again, by its first columns.
func writes(table string, keys int, columns ...string) row {
	return row{insert: "INSERT OR IGNORE INTO " + table + " VALUES(" + strings.TrimSuffix(strings.Repeat("?,", len(columns)), ",") + ")",
		remove: "DELETE FROM " + table + " WHERE " + strings.Join(columns[:keys], "=? AND ") + "=?", keys: keys}
}

var (
	tokRow  = writes("tok", 5, "p", "code", "k", "seq", "sys")
	ctokRow = writes("ctok", 6, "patient", "p", "code", "k", "seq", "sys", "member", "via")
	refRow  = writes("ref", 4, "p", "target", "k", "seq")
	strRow  = writes("str", 3, "p", "text", "seq", "first")
	rngRow  = writes("rng", 4, "p", "lo", "seq", "hi", "first")
	wideRow = writes("wide", 4, "p", "hi", "seq", "lo")
	compRow = writes("comp", 4, "patient", "type", "k", "seq")
)

// of is a row with its values.
func (r row) of(args ...any) row { r.args = args; return r }

// rows calls yield with every index row of a version. It depends on nothing but what is stored, so that what went in
// comes out again.
func (x *index) rows(n *interns, yield func(row) error) error {
	for _, patient := range x.patients {
		if err := yield(compRow.of(patient, x.typ, x.k, x.seq)); err != nil {
			return err
		}
	}
	firsts := x.firsts()
	for i, e := range x.entries {
		if err := x.entryRows(n, e, e.value, firsts[i], yield); err != nil {
			return err
		}
	}
	return nil
}

// entryRows makes the rows of one value. A composite is found by its first part; whether the others hold is looked up.
func (x *index) entryRows(n *interns, e entry, v search.Value, first int, yield func(row) error) error {
	switch v := v.(type) {
	case search.Token:
		return x.tokenRows(n, e, v, yield)
	case search.Text:
		return yield(strRow.of(e.p, v.Folded, x.seq, first))
	case search.URL:
		return yield(tokRow.of(e.p, codeKey(v.Value), x.k, x.seq, 0))
	case search.Ref:
		if v.Identifier != nil {
			if err := x.tokenRows(n, entry{p: e.p}, *v.Identifier, yield); err != nil {
				return err
			}
		}
		if e.nid != 0 {
			return yield(refRow.of(e.p, e.nid, x.k, x.seq))
		}
	case search.DateRange:
		return x.rangeRows(e.p, v.Lo, v.Hi, v.Lo < v.Hi-narrow, first, yield)
	case search.NumberRange:
		return x.rangeRows(e.p, string(v.Lo), string(v.Hi), v.Lo != v.Hi, first, yield)
	case search.Amount:
		return x.rangeRows(e.p, string(v.Lo), string(v.Hi), v.Lo != v.Hi, first, yield)
	case floats:
		return x.rangeRows(e.p, v.lo, v.hi, v.lo != v.hi, first, yield)
	case search.Tuple:
		if len(v) > 0 {
			return x.entryRows(n, entry{p: e.p}, v[0], 0, yield)
		}
	}
	return nil
}

func (x *index) tokenRows(n *interns, e entry, v search.Token, yield func(row) error) error {
	sys, err := n.term(v.System)
	if err != nil {
		return err
	}
	code := codeKey(v.Code)
	err = yield(tokRow.of(e.p, code, x.k, x.seq, sys))
	if !e.hot {
		return err
	}
	for _, patient := range x.patients {
		if err == nil {
			err = yield(ctokRow.of(patient, e.p, code, x.k, x.seq, sys, 1, x.via(patient)))
		}
	}
	for _, patient := range x.referred {
		if err == nil {
			err = yield(ctokRow.of(patient, e.p, code, x.k, x.seq, sys, 0, x.via(patient)))
		}
	}
	return err
}

// via is the first parameter by which the version refers to a Patient.
func (x *index) via(patient int64) int64 {
	for _, e := range x.entries {
		if e.nid == patient {
			return e.p
		}
	}
	return 0
}

func (x *index) rangeRows(p int64, lo, hi any, wide bool, first int, yield func(row) error) error {
	err := yield(rngRow.of(p, lo, x.seq, hi, first))
	if err == nil && wide {
		err = yield(wideRow.of(p, hi, x.seq, lo))
	}
	return err
}

// firsts tells for each entry whether it is the one that counts when its parameter is sorted by. Of several that are
// equally far in front one does.
func (x *index) firsts() []int {
	out := make([]int, len(x.entries))
	for i := 0; i < len(x.entries); {
		low, high, end := i, i, i+1
		for ; end < len(x.entries) && x.entries[end].p == x.entries[i].p; end++ {
			if before(x.entries[end].value, x.entries[low].value) {
				low = end
			}
			if before(x.entries[high].value, x.entries[end].value) {
				high = end
			}
		}
		out[low] |= least
		out[high] |= greatest
		i = end
	}
	return out
}

// before compares strings, and the low ends of ranges.
func before(a, b search.Value) bool {
	switch a := a.(type) {
	case search.Text:
		b, ok := b.(search.Text)
		return ok && a.Folded < b.Folded
	case search.DateRange:
		b, ok := b.(search.DateRange)
		return ok && a.Lo < b.Lo
	case search.NumberRange:
		b, ok := b.(search.NumberRange)
		return ok && a.Lo < b.Lo
	case search.Amount:
		b, ok := b.(search.Amount)
		return ok && a.Lo < b.Lo
	}
	return false
}

// normalize groups entries by parameter.
func normalize(entries []entry) []entry {
	slices.SortStableFunc(entries, func(a, b entry) int { return int(a.p - b.p) })
	return entries
}

// codeMax is the longest code that stands in the index as it is, codeCut how much is left of a longer one.
const (
	codeMax = 190
	codeCut = 128
)

// codeKey is how a code or URI stands in the index: a long one is cut and told apart by a digest.
func codeKey(s string) string {
	if len(s) <= codeMax {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return s[:codeCut] + "\x00" + base64.RawStdEncoding.EncodeToString(sum[:16])
}
