package index

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
)

// test is what one value of a parameter must be.
func test(p *spec.Param, is expr.Criterion) node {
	switch {
	case p == spec.LastUpdated:
		return updated(is)
	case p == spec.ID:
		return nothing() // as Match has it: nothing is indexed by it
	}
	return criterion(Name(p), p, is)
}

// criterion is what one value must be: of the parameter called name, or of the first part of such a composite; p says
// which kind.
func criterion(name string, p *spec.Param, is expr.Criterion) node {
	switch is := is.(type) {
	case search.TokenIs:
		return token(name, is).mark(p.Hot)
	case search.StringIs:
		return text(name, is)
	case search.URIIs:
		return uri(name, is)
	case search.RefIs:
		return reference(p, name, is)
	case search.DateIs:
		return dates(name, is)
	case search.NumberIs:
		return numbers(name, is, nil)
	case search.QuantityIs:
		return quantity(name, is)
	case search.WordsIs:
		return words(name, is.Query)
	case search.CompositeIs:
		if len(is) > 0 && len(p.Components) > 0 {
			return criterion(name, p.Components[0].Param, is[0]).superset().mark(false)
		}
	}
	return present(name).superset()
}

// present is that there is any value.
func present(name string) node { return filter("n", name) }

func token(name string, is search.TokenIs) node {
	switch {
	case is.AnyCode && (is.AnySystem || is.Type != ""):
		return present(name).superset()
	case is.Type != "":
		return keys(name + keyOfType + whole(pair(is.Type, is.Code))).only(is.AnySystem)
	case is.AnySystem:
		return keys(name + keyCode + whole(is.Code))
	case is.AnyCode:
		return keys(name + keySystem + whole(is.System))
	}
	return keys(name + keyToken + whole(pair(is.System, is.Code)))
}

// text looks for the beginning of a string. What stands elsewhere in it no index finds.
func text(name string, is search.StringIs) node {
	folded := is.Text
	if is.Op == search.Exact {
		folded = prose.Fold(is.Text)
	}
	beginning := name + keyText + clip(folded, textMax-utf8.UTFMax) // a value's may have been cut as early
	cut := len(folded) > textMax-utf8.UTFMax
	switch {
	case folded == "": // an empty text is met by what has none, too
		return present(name).superset()
	case is.Op == search.StartsWith || cut && (is.Op == search.Same || is.Op == search.Exact):
		return between("k", beginning, After(beginning), !cut)
	case is.Op == search.Same || is.Op == search.Exact:
		return keys(beginning).only(is.Op == search.Same)
	}
	return present(name).superset()
}

func uri(name string, is search.URIIs) node {
	switch {
	case is.Op == search.SameURI:
		return keys(name + keyURL + whole(is.URL)).only(is.Version == "")
	case len(is.URL) > keyCut-utf8.UTFMax:
		return present(name).superset()
	case is.Op == search.BelowURI:
		return between("k", name+keyURL+is.URL, After(name+keyURL+is.URL), true)
	}
	var prefixes []string
	for i := range is.URL {
		prefixes = append(prefixes, name+keyURL+is.URL[:i])
	}
	return keys(append(prefixes, name+keyURL+is.URL)...)
}

func reference(p *spec.Param, name string, is search.RefIs) node {
	several := len(p.Targets) != 1
	switch {
	case is.ID != "" && is.Type != "":
		return keys(name + keyTarget + is.Type + "/" + is.ID).only(is.Version == 0)
	case is.ID != "" && several:
		return keys(name + keyTargetID + is.ID).only(is.Version == 0)
	case is.ID == "" && is.URL != "":
		return keys(name + keyURL + whole(is.URL)).only(is.Type == "")
	case is.ID == "" && is.Identifier != nil:
		return token(name, *is.Identifier).only(is.Type == "")
	case is.ID == "" && is.Type != "" && several:
		return keys(name + keyTargetType + is.Type)
	}
	return present(name).superset()
}

// words looks for all words of a phrase; whether they stand beside each other is decided by the text.
func words(name string, q prose.Query) node {
	var all []node
	switch {
	case q.Phrase != "":
		phrase := strings.Fields(q.Phrase)
		for i, word := range phrase {
			key := name + keyWord + word
			if q.Prefix && i == len(phrase)-1 {
				all = append(all, between("x", key, After(key), true))
			} else {
				all = append(all, filter("x", key))
			}
		}
		return and(all).only(len(phrase) == 1)
	case q.All != nil:
		for _, part := range q.All {
			all = append(all, words(name, part))
		}
		return and(all)
	}
	for _, part := range q.Any {
		all = append(all, words(name, part))
	}
	return or(all)
}

// visible is what facts let a patient see. Times are whole microseconds in documents, and may be finer here.
func visible(e expr.Visible, now time.Time) node {
	from := e.From.UnixMicro()
	if e.From.Nanosecond()%1000 != 0 {
		from++
	}
	d := bson.D{{Key: "f.h", Value: false}, {Key: "f.l", Value: bson.D{{Key: "$lte", Value: now.UnixMicro()}}},
		{Key: "f.r", Value: bson.D{{Key: "$gte", Value: from}}}}
	if e.Sections != nil {
		d = append(d, bson.E{Key: "f.s", Value: bson.D{{Key: "$in", Value: slices.Clone(e.Sections)}}})
	}
	return node{d: d, exact: true}
}

// What is in the indexes of what staff list, of which there is little (MongoDB manual, Partial Indexes).
var (
	Hidden    = bson.D{{Key: "f.h", Value: true}}                           // what is hidden
	Suspended = bson.D{{Key: "f.x", Value: true}}                           // whose online access is switched off
	Held      = bson.D{{Key: "f.l", Value: bson.D{{Key: "$gt", Value: 0}}}} // what was held back once
)

// marked is what has a mark.
func marked(e expr.Marked, now time.Time) node {
	switch e.Mark {
	case expr.Hidden:
		return node{d: slices.Clone(Hidden), exact: true}
	case expr.HeldBack:
		return node{d: bson.D{{Key: "f.l", Value: bson.D{{Key: "$gt", Value: now.UnixMicro()}}}}, exact: true}
	case expr.Suspended:
		return node{d: slices.Clone(Suspended), exact: true}
	}
	return nothing()
}
