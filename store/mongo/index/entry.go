package index

import (
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// Entry is a search.Entry as documents keep it, so that what a filter can't decide is decided without reading the body.
type Entry struct {
	Param string `bson:"p"` // its Name
	Value value  `bson:"v"`
}

// value is a search.Value. Which fields it has and what stands where is said by its kind alone.
type value struct {
	Kind  int32    `bson:"k"`
	Texts []string `bson:"s,omitempty"`
	Times []int64  `bson:"n,omitempty"`
	Parts []value  `bson:"t,omitempty"`
}

// The kinds. They stand in documents, so none may change.
const (
	kindToken = iota + 1
	kindText
	kindURL
	kindRef
	kindDate
	_ // a number of older versions, as the next: with floating-point numbers, under names that nobody asks for any more
	_
	kindProse
	kindTuple
	kindNumber
	kindAmount
)

// entries are those of a resource as documents keep them.
func entries(es []search.Entry) []Entry {
	out := make([]Entry, len(es))
	for i, e := range es {
		out[i] = Entry{Param: Name(e.Param), Value: stored(e.Value)}
	}
	return out
}

func stored(v search.Value) value {
	switch v := v.(type) {
	case search.Token:
		return value{Kind: kindToken, Texts: []string{v.System, v.Code, v.Text, v.Type}}
	case search.Text:
		return value{Kind: kindText, Texts: []string{v.Folded, v.Raw}}
	case search.URL:
		return value{Kind: kindURL, Texts: []string{v.Value, v.Version}}
	case search.Ref:
		out := value{Kind: kindRef, Texts: []string{v.Type, v.ID, v.URL, v.Text}, Times: []int64{v.Version}}
		if v.Identifier != nil {
			out.Parts = []value{stored(*v.Identifier)}
		}
		return out
	case search.DateRange:
		return value{Kind: kindDate, Times: []int64{v.Lo, v.Hi}}
	case search.NumberRange:
		return value{Kind: kindNumber, Texts: []string{string(v.Lo), string(v.Hi)}}
	case search.Amount:
		return value{Kind: kindAmount, Texts: []string{string(v.Lo), string(v.Hi), v.System, v.Code, v.Unit}}
	case search.Prose:
		return value{Kind: kindProse, Texts: []string{v.Words}}
	case search.Tuple:
		out := value{Kind: kindTuple}
		for _, part := range v {
			out.Parts = append(out.Parts, stored(part))
		}
		return out
	}
	return value{}
}

// Entries are those that belong to some parameters, by their Names. A damaged one is left out: it finds nothing.
func Entries(es []Entry, params map[string]*spec.Param) []search.Entry {
	var out []search.Entry
	for _, e := range es {
		p := params[e.Param]
		if p == nil {
			continue
		}
		if v := e.Value.read(); v != nil {
			out = append(out, search.Entry{Param: p, Value: v})
		}
	}
	return out
}

// sizes are how many texts and times a value of each kind has.
var sizes = map[int32][2]int{kindToken: {4}, kindText: {2}, kindURL: {2}, kindRef: {4, 1}, kindDate: {0, 2},
	kindProse: {1}, kindTuple: {}, kindNumber: {2}, kindAmount: {5}}

// read is the value; nil if it is damaged.
func (v value) read() search.Value {
	if size, known := sizes[v.Kind]; !known || [2]int{len(v.Texts), len(v.Times)} != size {
		return nil
	}
	s := v.Texts
	switch v.Kind {
	case kindToken:
		return search.Token{System: s[0], Code: s[1], Text: s[2], Type: s[3]}
	case kindText:
		return search.Text{Folded: s[0], Raw: s[1]}
	case kindURL:
		return search.URL{Value: s[0], Version: s[1]}
	case kindRef:
		out := search.Ref{Type: s[0], ID: s[1], URL: s[2], Text: s[3], Version: v.Times[0]}
		if len(v.Parts) == 1 {
			if token, ok := v.Parts[0].read().(search.Token); ok {
				out.Identifier = &token
			}
		}
		return out
	case kindDate:
		return search.DateRange{Lo: v.Times[0], Hi: v.Times[1]}
	case kindNumber:
		return numbersOf(s)
	case kindAmount:
		return search.Amount{NumberRange: numbersOf(s), System: s[2], Code: s[3], Unit: s[4]}
	case kindProse:
		return search.Prose{Words: s[0]}
	}
	out := search.Tuple{}
	for _, part := range v.Parts {
		out = append(out, part.read())
	}
	return out
}

func numbersOf(texts []string) search.NumberRange {
	return search.NumberRange{Lo: search.Number(texts[0]), Hi: search.Number(texts[1])}
}
