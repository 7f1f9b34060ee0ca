package sqlite

import (
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// shape is by which index an order can be walked.
type shape uint8

// The shapes. computed has no index: all that is found is sorted.
const (
	computed shape = iota
	bySeq
	byDate
	byID
	byText
	byRange
)

// order is a Query's Sort, as SQL.
type order struct {
	keys  []sortKey
	desc  bool // the direction of seq, which breaks ties
	back  bool // it is walked from its end
	shape shape
	p     int64 // with byText and byRange: the parameter
}

// sortKey is one key: an expression over d, and how it is encoded in a Position.
type sortKey struct {
	expr frag
	kind byte
	desc bool
	sort search.Sort
}

// order compiles a Sort for one type. A key behind _lastUpdated decides nothing, and neither does _lastUpdated behind
// a key of the same direction, for that is how ties are broken anyway.
func (b *compiler) order(t *spec.Type, sort []search.Sort) (order, error) {
	o := order{desc: sort[0].Desc}
	for i, s := range sort {
		if s.Param == spec.LastUpdated {
			if s.Desc != o.desc {
				o.keys = append(o.keys, sortKey{piece("d.seq"), keyInt, s.Desc, s})
			}
			break
		}
		k, err := b.sortKey(t, s)
		if err != nil {
			return o, err
		}
		o.keys = append(o.keys, k)
		if s.Param == spec.ID {
			o.desc = ties(sort[i:])
			break
		}
	}
	o.shape, o.p = b.shape(t, o)
	return o, nil
}

// ties is the direction in which resources of several types with the same id stand.
func ties(sort []search.Sort) bool {
	for _, s := range sort {
		if s.Param == spec.LastUpdated {
			return s.Desc
		}
	}
	return sort[0].Desc
}

func (b *compiler) sortKey(t *spec.Type, s search.Sort) (sortKey, error) {
	if s.Param == spec.ID {
		return sortKey{piece("(SELECT id FROM version WHERE seq=d.seq)"), keyText, s.Desc, s}, nil
	}
	if b.main(t, s) {
		return sortKey{piece("nullif(d.k, ?)", int64(noDate)), keyInt, s.Desc, s}, nil
	}
	p, err := b.param(s.Param)
	b.tests = append(b.tests, test{p: p, param: s.Param, desc: s.Desc})
	k := sortKey{piece("rank("+at{alias: "d"}.entries()+", ?)", len(b.tests)-1), keyText, s.Desc, s}
	if s.Param.Kind == spec.Date {
		k.kind = keyInt
	}
	return k, err
}

// main says whether k is what is sorted by: the main date. It is the latest of several, so ascending only if no
// resource has several.
func (b *compiler) main(t *spec.Type, s search.Sort) bool {
	return s.Param == t.Date && b.d.params[t.Date] != 0 && b.d.state(t.Date).Ready && (s.Desc || !b.d.manyDates(t.Name))
}

func (b *compiler) shape(t *spec.Type, o order) (shape, int64) {
	switch {
	case len(o.keys) == 0:
		return bySeq, 0
	case len(o.keys) > 1 || o.keys[0].sort.Param == spec.LastUpdated:
		return computed, 0
	case o.keys[0].sort.Param == spec.ID:
		return byID, 0
	case b.main(t, o.keys[0].sort):
		return byDate, 0
	}
	p := b.d.params[o.keys[0].sort.Param]
	switch o.keys[0].sort.Param.Kind {
	case spec.String:
		return byText, p
	case spec.Date, spec.Number, spec.Quantity:
		return byRange, p
	}
	return computed, 0
}

// kinds are those of the keys in a Position.
func (o order) kinds() []byte {
	kinds := make([]byte, len(o.keys))
	for i, k := range o.keys {
		kinds[i] = k.kind
	}
	return kinds
}

// direction is how a column is ordered and compared on the way.
func (o order) direction(desc bool) (by, op string) {
	if desc != o.back {
		return " DESC", "<"
	}
	return "", ">"
}

// dated says whether paths sorted by k give this order: k is what is sorted by, or k is the same for all, which it is
// of a type without a main date unless it had one until now.
func (o order) dated(t *spec.Type, d *dict) bool {
	return o.shape == byDate || o.shape == bySeq && (t.Date == nil || d.params[t.Date] == 0) && !d.rebuilding(t.Name)
}

// along says whether the rows of a path come in this order.
func (o order) along(way *path, dated bool) bool {
	return dated && way.dated || o.shape == bySeq && way.inSeq
}

// sorted puts a SELECT of seq and s1, s2 … into the order, behind a position. A resource without a value comes last
// (R4 search 3.1.1.5.1), and so first on the way back.
func (o order) sorted(rows frag, after *hit) frag {
	by, op := o.direction(o.desc)
	valued, _ := o.direction(false)
	terms := ""
	var before, alternatives frag
	for i, k := range o.keys {
		col := "s" + string(rune('1'+i))
		dir, cmp := o.direction(k.desc)
		terms += col + " IS NULL" + valued + ", " + col + dir + ", "
		if after == nil {
			continue
		}
		switch valued := after.keys[i] != nil; {
		case valued && o.back:
			alternatives = alternatives.or(before.and(piece(col+cmp+"?", after.keys[i])))
		case valued:
			alternatives = alternatives.or(before.and(piece("("+col+cmp+"? OR "+col+" IS NULL)", after.keys[i])))
		case o.back:
			alternatives = alternatives.or(before.and(piece(col + " IS NOT NULL")))
		}
		before = before.and(piece(col+" IS ?", after.keys[i]))
	}
	out := frag{"SELECT * FROM (" + rows.sql + ")", rows.args}
	if after != nil {
		alternatives = alternatives.or(before.and(piece("seq"+op+"?", after.seq)))
		out = frag{out.sql + " WHERE " + alternatives.sql, append(out.args, alternatives.args...)}
	}
	out.sql += " ORDER BY " + terms + "seq" + by
	return out
}
