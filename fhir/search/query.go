package search

import (
	"math"
	"time"

	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
)

// Query is the compiled form of a search: what to find, in which order, how much of it. The Session has conjoined the
// grant's predicate to every From before a Backend sees it (I1). It is never changed once built.
type Query struct {
	From []From // a union, one for each type, in the order of their names; never empty
	Sort []Sort // most significant first; never empty; ties are broken by LastUpdated in the direction of Sort[0]
	// Now is the moment at which it is asked: what is released later isn't visible (expr.Visible). Of one without it
	// nothing is that waits for its release.
	Now   time.Time
	Limit int // matches on the page; 0 with Total gives only the count
	Place
	Total int64 // as far as this all matches are counted: 0 not at all, AllMatches to the end
}

// AllMatches is a Query.Total that no number of matches is beyond.
const AllMatches = math.MaxInt64

// Place is which page of an answer is meant: the one behind After, or going Back the one before it. The zero Place is
// the first page; Back with nil, the last. The order is the same both ways.
type Place struct {
	After Position
	Back  bool
}

// First says that it is the first page.
func (p Place) First() bool { return p.After == nil && !p.Back }

// Sort is one key of the order. A resource without a value comes last in either direction; of several values the
// one that comes first in the direction counts (R4 search 3.1.1.5.1). A date or number that is a range counts by its
// low end. Over several types only spec.ID and spec.LastUpdated can be sorted by.
type Sort struct {
	Param *spec.Param
	Desc  bool
}

// Position is where a page ended, or began: the sort keys of a match on it and that match's own key, as the Backend
// that served it encoded them. It says nothing that the page did not.
type Position []byte

// Criterion is what a Test asks of a value. Each belongs to a kind of parameter: TokenIs, StringIs, URIIs, RefIs,
// DateIs, NumberIs, QuantityIs, WordsIs, CompositeIs; or it Differs from one of them. Its rules stand in the file of
// that kind.
type Criterion interface {
	expr.Criterion
	meets(v Value) bool
}

// Op compares ranges: the value's with the criterion's (R4 search 3.1.1.4.5, prefixes).
type Op uint8

// The prefixes. With r the resource's range [Lo, Hi) and q the query's:
const (
	Eq Op = iota // q contains r
	Ne           // not Eq
	Gt           // r reaches above q: r.Hi > q.Hi
	Lt           // r reaches below q: r.Lo < q.Lo
	Ge           // Gt or Eq
	Le           // Lt or Eq
	Sa           // r starts after q ends: r.Lo >= q.Hi
	Eb           // r ends before q starts: r.Hi <= q.Lo
	Ap           // r and q, widened by Parse, overlap
)

// TokenIs asks for a token. Code and System are folded as Index folds them. AnySystem is "code", System "" without it
// is "|code"; AnyCode is "system|". Type is the modifier :of-type: the identifier's type as Token.Type has it, and
// then System is "" and AnySystem true.
type TokenIs struct {
	System, Code       string
	AnySystem, AnyCode bool
	Type               string
}

// StringOp is how StringIs compares.
type StringOp uint8

// The ways: by default from the start; :exact; :contains; and of _filter, eq and ew.
const (
	StartsWith StringOp = iota
	Exact
	Contains
	Same
	EndsWith
)

// StringIs asks for a string: Text is folded (see prose.Fold) unless Op is Exact. With a token or reference parameter
// it is the modifier :text, on the display text.
type StringIs struct {
	Text string
	Op   StringOp
}

// URIOp is how URIIs compares.
type URIOp uint8

// The ways: equal; :below (the value begins with it); :above (it begins with the value).
const (
	SameURI URIOp = iota
	BelowURI
	AboveURI
)

// URIIs asks for a URI. A Version restricts a canonical ("url|version").
type URIIs struct {
	URL, Version string
	Op           URIOp
}

// RefIs asks for a reference: to Type/ID (Type "" for any the parameter allows), or to an absolute URL, or by
// :identifier to what the reference names only logically. Just one of ID, URL, Identifier is set; with none of them,
// any reference to Type.
type RefIs struct {
	Type, ID   string
	Version    int64 // 0: whatever version the reference names
	URL        string
	Identifier *TokenIs
}

// DateIs asks for a date: times in microseconds since 1970 UTC, the query's value as [Lo, Hi) by its precision.
type DateIs struct {
	Op     Op
	Lo, Hi int64
}

// NumberIs asks for a number: for Eq, Ne and Ap the query's value as [Lo, Hi) by its precision; for the other prefixes
// Lo = Hi = the value itself (R4 search 3.1.1.4.6). As a NumberRange includes both its ends, Eq is Lo <= r.Lo && r.Hi <
// Hi, Sa is r.Lo > Hi, Eb is r.Hi < Lo, and in Ge and Le equal is r.Lo == r.Hi == Lo.
type NumberIs struct {
	Op     Op
	Lo, Hi Number
}

// QuantityIs asks for a quantity. AnyUnit: the number alone. AnySystem: Unit may be the value's code or its unit text.
// Units are compared as they stand, and never converted: 1 g is not found by 1000|http://unitsofmeasure.org|mg. R4 lets
// a server convert (search 3.1.1.4.11); there is no maintained library of UCUM for Go, and one's own that is wrong
// about a dose does harm.
type QuantityIs struct {
	NumberIs
	System, Unit       string
	AnyUnit, AnySystem bool
}

// WordsIs asks for words in a Prose (_text and _content).
type WordsIs struct{ prose.Query }

// Differs asks for a value that isn't as Is asks (ne of _filter). Of references only those to Type count, if it isn't
// "", and of tokens only those that have a system or code.
type Differs struct {
	Is   Criterion
	Type string
}

// CompositeIs asks for a composite whose parts each meet theirs.
type CompositeIs []Criterion
