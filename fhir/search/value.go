package search

import (
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
)

// Value is one thing a resource is found by: Token, Text, URL, Ref, DateRange, NumberRange, Amount, Prose or Tuple,
// by the kind of the parameter.
type Value interface{ value() }

// Token is a coded value. System and Code are folded as TokenIs is: System as it stands, Code in lower case (R4 search
// 3.1.1.4.10: when in doubt, case-insensitive). A code, boolean or ContactPoint has the System R4 gives it, or "".
type Token struct {
	System, Code string
	Text         string // display and text, folded, for :text; "" if none
	Type         string // of an Identifier: "system|code" of its type, for :of-type; "" if none
}

// Text is a string: Folded for comparison (see prose.Fold), Raw for :exact.
type Text struct{ Folded, Raw string }

// URL is a uri, url, oid, uuid or canonical; a canonical's |version is in Version.
type URL struct{ Value, Version string }

// Ref is a reference. A relative one, or one under our own base, has Type and ID (and Version, if it names one);
// another absolute one has URL, a contained one "#x" there; a logical one has Identifier, which a literal one can have
// as well. Without ID, Type is what the URL or Reference.type tells, or "". Text is its display, folded.
type Ref struct {
	Type, ID   string
	Version    int64
	URL        string
	Identifier *Token
	Text       string
}

// DateRange is a date by its precision, a Period or a Timing's outer limits: [Lo, Hi) in microseconds since 1970 UTC.
// An open end is MinTime or MaxTime. Lo is less than Hi.
type DateRange struct{ Lo, Hi int64 }

// MinTime and MaxTime stand for the open ends of a Period.
const (
	MinTime = -1 << 62
	MaxTime = 1 << 62
)

// Number is an exact decimal, of however many digits, as a text of printable ASCII that compares by bytes as the
// numbers do (system.Key); or the open end of a range. There is one text for each number, so that backends keep and
// compare it as it is.
type Number string

// Below and Above stand for the open ends: less, and greater, than every number.
const (
	Below Number = "!"
	Above Number = "~"
)

// NumberRange is a number (Lo = Hi) or a Range (Lo <= Hi), both ends included. Open ends are Below and Above.
type NumberRange struct{ Lo, Hi Number }

// Amount is a Quantity: its number, and its unit as coded (System, Code) and as text (Unit).
type Amount struct {
	NumberRange
	System, Code, Unit string
}

// Prose is the words of a text, folded, with one space between them and prose.Break between what doesn't belong
// together. A resource has at most one for _text and one for _content, and the latter begins with the former.
type Prose struct{ Words string }

// Tuple is a composite's value: one Value for each component.
type Tuple []Value

func (Token) value()       {}
func (Text) value()        {}
func (URL) value()         {}
func (Ref) value()         {}
func (DateRange) value()   {}
func (NumberRange) value() {}
func (Amount) value()      {}
func (Prose) value()       {}
func (Tuple) value()       {}

// Entry is one index entry: a value of one parameter. Param is Indexed.
type Entry struct {
	Param *spec.Param
	Value Value
}

// Doc is a resource as Match sees it: what a Backend keeps of it to find it by.
type Doc struct {
	Key          fhir.Key
	Updated      time.Time
	Entries      []Entry
	Compartments []string // ids of Patients, sorted
	Facts        fhir.Facts
}
