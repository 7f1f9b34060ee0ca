package sqlite

import (
	"encoding/binary"
	"math"
	"strconv"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"zombiezen.com/go/sqlite"
)

// asFloats are the index entries of a version as older versions had them, with floating-point numbers.
func asFloats(t *testing.T, entries []byte) (out []byte) {
	t.Helper()
	err := scan(entries, 0, func(e entry) bool {
		value := floatValue(nil, e.value, e.nid)
		out = binary.AppendUvarint(out, uint64(e.p)<<1)
		out = append(binary.AppendUvarint(out, uint64(len(value))), value...)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func floatValue(out []byte, v search.Value, nid int64) []byte {
	ends := func(r search.NumberRange) {
		for _, n := range []search.Number{r.Lo, r.Hi} {
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(float(n)))
		}
	}
	switch v := v.(type) {
	case search.NumberRange:
		out = append(out, kindNumber)
		ends(v)
	case search.Amount:
		out = append(out, kindAmount)
		ends(v.NumberRange)
		out = appendText(appendText(appendText(out, v.System), v.Code), v.Unit)
	case search.Tuple:
		out = binary.AppendUvarint(append(out, kindTuple), uint64(len(v)))
		for _, part := range v {
			out = floatValue(out, part, 0)
		}
	default:
		out = appendValue(out, v, nid)
	}
	return out
}

func float(n search.Number) float64 {
	f, _ := strconv.ParseFloat(n.String(), 64)
	return f
}

// outdate makes of the store what an older version would have made of the same Observations.
func outdate(t *testing.T, w *writer) error {
	t.Helper()
	type posting struct {
		seq     int64
		entries []byte
	}
	var all []posting
	err := w.c.query(`SELECT seq, entries FROM posting`, nil, func(s *sqlite.Stmt) error {
		all = append(all, posting{s.ColumnInt64(0), asFloats(t, blob(s, 1))})
		return nil
	})
	for _, p := range all {
		if err == nil {
			err = w.c.exec(`UPDATE posting SET entries=? WHERE seq=?`, p.entries, p.seq)
		}
	}
	for _, table := range []string{"rng", "wide"} {
		if err == nil {
			err = floatRows(w, table)
		}
	}
	if err == nil {
		err = w.c.exec(`UPDATE param SET fingerprint='old'
			WHERE code LIKE '%-value-quantity' OR id IN (SELECT p FROM rng WHERE typeof(lo)='real')`)
	}
	return err
}

// floatRows changes the rows of a table.
func floatRows(w *writer, table string) error {
	type row struct {
		p, seq int64
		lo, hi string
	}
	var rows []row
	err := w.c.query(`SELECT p, seq, lo, hi FROM `+table+` WHERE typeof(lo)='text'`, nil, func(s *sqlite.Stmt) error {
		rows = append(rows, row{s.ColumnInt64(0), s.ColumnInt64(1), s.ColumnText(2), s.ColumnText(3)})
		return nil
	})
	for _, r := range rows {
		if err == nil {
			err = w.c.exec(`UPDATE `+table+` SET lo=?, hi=? WHERE p=? AND lo=? AND seq=? AND hi=?`,
				float(search.Number(r.lo)), float(search.Number(r.hi)), r.p, r.lo, r.seq, r.hi)
		}
	}
	return err
}

// TestB2_AnOlderStoreIsIndexedAnew: a store whose numbers were indexed as floating-point numbers is opened, and once it
// is indexed anew its numbers are found as the decimals they are, and no old row is left. The other parameters are
// there all the time.
func TestB2_AnOlderStoreIsIndexedAnew(t *testing.T) {
	dir, r := t.TempDir(), registry(t)
	b := reopen(t, nil, dir, r)
	load(t, b, measured(t, r, 30, func(i int) string {
		return "900719925474099" + strconv.Itoa(i%10) + map[bool]string{true: `,"comparator":"<"`}[i == 29]
	}), 30)
	if err := b.writer.submit(t.Context(), func(w *writer) error { return outdate(t, w) }); err != nil {
		t.Fatal(err)
	}
	observation, _ := r.Type("Observation")
	b = reopen(t, b, dir, r)
	for code, p := range observation.Params {
		numeric := p.Kind == spec.Number || p.Kind == spec.Quantity || p.Kind == spec.Composite
		if state := b.Index(p); p.Indexed() && !numeric && !state.Ready {
			t.Errorf("%s must be indexed anew: %+v", code, state)
		}
	}
	<-b.rebuilt
	deleted := store.Write{Key: fhir.Key{Type: "Observation", ID: "m00000003", Version: 2}, Method: fhir.Delete}
	if _, err := b.Apply(t.Context(), store.Batch{Writes: []store.Write{deleted}}); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int64{"value-quantity=9007199254740993": 2,
		"value-quantity=9007199254740992": 3, "code-value-quantity=code-0$gt9007199254740995": 3} {
		s, err := search.Parse(r, []string{"Observation"}, query+"&_total=accurate", search.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if page, err := b.Find(t.Context(), &s.Query); err != nil || page.Total != want {
			t.Errorf("%s finds %+v (%v), want %d", query, page, err, want)
		}
	}
	err := b.read(t.Context(), func(c *conn) error {
		for _, table := range []string{"rng", "wide"} {
			const old = ` WHERE typeof(lo)='real' OR p NOT IN (SELECT id FROM param)`
			n, _, err := c.number(`SELECT count(*) FROM ` + table + old)
			if err != nil || n != 0 {
				t.Errorf("%d old rows are left in %s (%v)", n, table, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}
