package order

import (
	"bytes"
	"slices"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
)

// Part is one field of a Pattern.
type Part struct {
	Path string
	Desc bool
	path []string
}

// Pattern is the key pattern of an index, or a sort.
type Pattern []Part

// Arrays tells, for each part of a Pattern, which steps of its path led through an array: bit i is step i.
type Arrays []uint32

// ParsePattern reads {path: 1 or -1, …}. Other kinds of index are refused.
func ParsePattern(doc bsoncore.Document) (Pattern, error) {
	var p Pattern
	for dotted, v := range Fields(doc) {
		direction, ok := v.AsInt64OK()
		if !ok || direction != 1 && direction != -1 {
			return nil, fail.Refuse("the order %s for %q in a sort or an index", v, dotted)
		}
		path, err := Path(dotted)
		if err != nil {
			return nil, err
		}
		p = append(p, Part{Path: dotted, Desc: direction < 0, path: path})
	}
	return p, nil
}

// walker is how far the parts of a pattern are resolved: the rest of a path, or the key that was found at its end.
type walker struct {
	keys  [][]byte
	rest  [][]string
	depth []int
}

// Keys are the keys of a document, sorted, without repeats: one for each element of the one array that may be in it
// (MongoDB manual, Multikey Indexes), and which steps led through an array.
func (p Pattern) Keys(doc bsoncore.Document) ([][]byte, Arrays, error) {
	w := walker{keys: make([][]byte, len(p)), rest: make([][]string, len(p)), depth: make([]int, len(p))}
	for i := range p {
		w.rest[i] = p[i].path
	}
	arrays := make(Arrays, len(p))
	var out [][]byte
	root := bsoncore.Value{Type: bsoncore.TypeEmbeddedDocument, Data: doc}
	if err := p.expand(w, root, arrays, &out); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(out, bytes.Compare)
	return slices.CompactFunc(out, bytes.Equal), arrays, nil
}

// expand resolves what is unresolved in w below a value, and appends the keys to out.
func (p Pattern) expand(w walker, below bsoncore.Value, arrays Arrays, out *[][]byte) error {
	w = walker{keys: slices.Clone(w.keys), rest: slices.Clone(w.rest), depth: slices.Clone(w.depth)}
	var array bsoncore.Value
	var through []int // the parts whose path leads through array
	for i := range p {
		if w.keys[i] != nil {
			continue
		}
		v, found := w.descend(i, below)
		switch {
		case !found:
			w.keys[i] = NullKey
		case v.Type != bsoncore.TypeArray || len(w.rest[i]) == 0 && sameValue(v, below):
			w.keys[i] = Key(v)
		case through != nil && !sameValue(v, array):
			return fail.New(fail.CannotIndexParallelArrays, "cannot index parallel arrays [%s] [%s]", p[i].Path, p[through[0]].Path)
		default:
			array, through = v, append(through, i)
		}
	}
	if through == nil {
		*out = append(*out, p.join(w.keys))
		return nil
	}
	for _, i := range through {
		arrays[i] |= 1 << (w.depth[i] - 1)
	}
	return p.expandArray(w, array, through, arrays, out)
}

func (p Pattern) expandArray(w walker, array bsoncore.Value, through []int, arrays Arrays, out *[][]byte) error {
	empty := true
	for _, element := range Elements(array.Data) {
		empty = false
		if err := p.expand(w, element, arrays, out); err != nil {
			return err
		}
	}
	if !empty {
		return nil
	}
	for _, i := range through {
		w.keys[i] = NullKey
		if len(w.rest[i]) == 0 {
			w.keys[i] = UndefinedKey
		}
	}
	return p.expand(w, array, arrays, out)
}

// descend follows the path of part i below a value, up to its end or to an array.
func (w *walker) descend(i int, v bsoncore.Value) (bsoncore.Value, bool) {
	for len(w.rest[i]) > 0 {
		if v.Type != bsoncore.TypeEmbeddedDocument {
			return v, false
		}
		next, ok := Field(v.Data, w.rest[i][0])
		if !ok {
			return next, false
		}
		w.rest[i] = w.rest[i][1:]
		w.depth[i]++
		if v = next; v.Type == bsoncore.TypeArray {
			return v, true
		}
	}
	return v, true
}

// sameValue says whether two values are the same place of one document.
func sameValue(a, b bsoncore.Value) bool {
	return a.Type == b.Type && len(a.Data) == len(b.Data) && &a.Data[0] == &b.Data[0]
}

// join makes one key of the keys of the parts.
func (p Pattern) join(keys [][]byte) []byte {
	var out []byte
	for i, key := range keys {
		if p[i].Desc {
			key = Inverted(key)
		}
		out = append(out, key...)
	}
	return out
}

// Inverted is the key by which what was greater is smaller.
func Inverted(key []byte) []byte {
	out := make([]byte, len(key))
	for i, b := range key {
		out[i] = ^b
	}
	return out
}
