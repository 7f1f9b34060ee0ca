package sqlite

import (
	"encoding/binary"
	"errors"
	"math"

	"frontdesk/fhir/search"
)

// entry is one index entry with its parameter's id. The list of them is kept beside the version (table posting), so
// that what was indexed can be taken out again and looked at again, whatever the Registry says by then.
type entry struct {
	p     int64
	hot   bool
	value search.Value
	nid   int64 // of a search.Ref: its target's node, 0 for a logical one
}

// The kinds of values, as the first byte of each says.
const (
	kindToken = iota + 1
	kindText
	kindURL
	kindRef
	kindDate
	kindNumber // of older versions, as kindAmount: with floating-point numbers
	kindAmount
	kindTuple
	kindProse
	kindDecimal
	kindMeasure
)

// appendEntry writes an entry: parameter and hot, length, value.
func appendEntry(out []byte, e entry) []byte {
	head := uint64(e.p) << 1
	if e.hot {
		head |= 1
	}
	out = binary.AppendUvarint(out, head)
	value := appendValue(nil, e.value, e.nid)
	out = binary.AppendUvarint(out, uint64(len(value)))
	return append(out, value...)
}

func appendText(out []byte, s string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(s))), s...)
}

func appendToken(out []byte, t search.Token) []byte {
	for _, s := range [...]string{t.System, t.Code, t.Text, t.Type} {
		out = appendText(out, s)
	}
	return out
}

func appendRange(out []byte, r search.NumberRange) []byte {
	return appendText(appendText(out, string(r.Lo)), string(r.Hi))
}

func appendValue(out []byte, v search.Value, nid int64) []byte {
	switch v := v.(type) {
	case search.Token:
		return appendToken(append(out, kindToken), v)
	case search.Text:
		return appendText(appendText(append(out, kindText), v.Folded), v.Raw)
	case search.URL:
		return appendText(appendText(append(out, kindURL), v.Value), v.Version)
	case search.Ref:
		out = binary.AppendVarint(append(out, kindRef), nid)
		out = appendText(appendText(out, v.Type), v.ID)
		out = binary.AppendVarint(out, v.Version)
		out = appendText(appendText(out, v.URL), v.Text)
		if v.Identifier == nil {
			return append(out, 0)
		}
		return appendToken(append(out, 1), *v.Identifier)
	case search.DateRange:
		return binary.AppendVarint(binary.AppendVarint(append(out, kindDate), v.Lo), v.Hi)
	case search.NumberRange:
		return appendRange(append(out, kindDecimal), v)
	case search.Amount:
		out = appendRange(append(out, kindMeasure), v.NumberRange)
		return appendText(appendText(appendText(out, v.System), v.Code), v.Unit)
	case search.Prose:
		return append(out, kindProse) // its words stand in the full-text index alone
	case search.Tuple:
		out = binary.AppendUvarint(append(out, kindTuple), uint64(len(v)))
		for _, part := range v {
			out = appendValue(out, part, 0)
		}
	}
	return out
}

var errEntries = errors.New("damaged index entries")

// scan calls yield with the entries of one parameter (of all, if p is 0) until it says false.
func scan(entries []byte, p int64, yield func(entry) bool) error {
	r := reader{in: entries}
	for len(r.in) > 0 && !r.bad {
		head, size := r.uvarint(), r.uvarint()
		value := reader{in: r.take(size)}
		e := entry{p: int64(head >> 1), hot: head&1 != 0}
		if p != 0 && e.p != p || r.bad {
			continue
		}
		e.value, e.nid = value.value()
		if value.bad || !yield(e) {
			r.bad = r.bad || value.bad
			break
		}
	}
	if r.bad {
		return errEntries
	}
	return nil
}

// reader reads what the append functions wrote.
type reader struct {
	in  []byte
	bad bool
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.in)) {
		r.in, r.bad = nil, true
		return nil
	}
	out := r.in[:n]
	r.in = r.in[n:]
	return out
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.in)
	r.take(uint64(n))
	r.bad = r.bad || n <= 0
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.in)
	r.take(uint64(n))
	r.bad = r.bad || n <= 0
	return v
}

func (r *reader) text() string { return string(r.take(r.uvarint())) }

func (r *reader) float() float64 {
	b := r.take(8)
	if r.bad {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

func (r *reader) token() search.Token {
	return search.Token{System: r.text(), Code: r.text(), Text: r.text(), Type: r.text()}
}

func (r *reader) numbers() search.NumberRange {
	return search.NumberRange{Lo: search.Number(r.text()), Hi: search.Number(r.text())}
}

// floats are a number or quantity as older versions indexed them. Nobody asks for it: it is there to take its rows out
// of the index.
type floats struct {
	search.Value
	lo, hi float64
}

// value reads one value, and the node of a reference.
func (r *reader) value() (search.Value, int64) {
	kind := r.take(1)
	if r.bad {
		return nil, 0
	}
	switch kind[0] {
	case kindToken:
		return r.token(), 0
	case kindText:
		return search.Text{Folded: r.text(), Raw: r.text()}, 0
	case kindURL:
		return search.URL{Value: r.text(), Version: r.text()}, 0
	case kindRef:
		nid := r.varint()
		v := search.Ref{Type: r.text(), ID: r.text(), Version: r.varint(), URL: r.text(), Text: r.text()}
		if has := r.take(1); !r.bad && has[0] == 1 {
			t := r.token()
			v.Identifier = &t
		}
		return v, nid
	case kindDate:
		return search.DateRange{Lo: r.varint(), Hi: r.varint()}, 0
	case kindNumber:
		return floats{lo: r.float(), hi: r.float()}, 0
	case kindAmount:
		v := floats{lo: r.float(), hi: r.float()}
		_ = [...]string{r.text(), r.text(), r.text()} // system, code and unit
		return v, 0
	case kindDecimal:
		return r.numbers(), 0
	case kindMeasure:
		return search.Amount{NumberRange: r.numbers(), System: r.text(), Code: r.text(), Unit: r.text()}, 0
	case kindProse:
		return search.Prose{}, 0
	case kindTuple:
		var v search.Tuple
		for n := r.uvarint(); n > 0 && !r.bad; n-- {
			part, _ := r.value()
			v = append(v, part)
		}
		return v, 0
	}
	r.bad = true
	return nil, 0
}
