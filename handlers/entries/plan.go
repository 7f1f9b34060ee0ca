package entries

import (
	"errors"
	"fmt"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// Plan is what a Bundle asks for.
type Plan struct {
	Changes []store.Change // in the order of the entries: a transaction's changes all happen at once
	Entry   []int          // for each change, the index of its entry
	Reads   []int          // the indexes of the entries with GET or HEAD, which come after the changes (R4 http 3.1.0.11.2)
}

// maxFaults bounds how many faults are listed: who has more than that needs another program, not a longer list.
const maxFaults = 1000

// PlanBundle reads every entry of a batch or transaction. The error names all that is wrong with any of them (up to a thousand
// faults), each fault by its place, as "Bundle.entry[6].resource.status"; the Plan then holds the entries that are good. o.Base is
// where absolute urls must lie.
func PlanBundle(r *spec.Registry, b *codec.Bundle, o search.Options) (*Plan, error) {
	if b.Type != "batch" && b.Type != "transaction" {
		return nil, fhir.Errorf(fhir.Invalid, "Bundle.type",
			"Only a batch or a transaction can be carried out; this Bundle is a %s. Change its type, or send its resources one by one.", b.Type)
	}
	p, all := &Plan{}, faults{}
	for i := range b.Entries {
		e := &entry{Entry: &b.Entries[i], at: fmt.Sprintf("Bundle.entry[%d]", i), registry: r, options: o}
		change, err := e.read()
		switch {
		case err != nil:
			all.add(err)
		case change == nil:
			p.Reads = append(p.Reads, i)
		default:
			p.Changes, p.Entry = append(p.Changes, *change), append(p.Entry, i)
		}
	}
	return p, all.err()
}

// faults are those of many entries.
type faults struct {
	kind   fhir.Kind
	issues []fhir.Issue
}

// add notes an error. Errors of different kinds together make an invalid Bundle.
func (f *faults) add(err error) {
	e := asError(err)
	if len(f.issues) > 0 && f.kind != e.Kind {
		f.kind = fhir.Invalid
	} else {
		f.kind = e.Kind
	}
	f.issues = append(f.issues, e.Issues...)
}

// err is all of them as one error; nil if there are none.
func (f *faults) err() error {
	if len(f.issues) == 0 {
		return nil
	}
	if more := len(f.issues) - maxFaults; more > 0 {
		f.issues = append(f.issues[:maxFaults], fhir.Issue{Expression: "Bundle", Text: fmt.Sprintf("There are %d more faults. Correct these first.", more)})
	}
	return &fhir.Error{Kind: f.kind, Issues: f.issues}
}

func asError(err error) *fhir.Error {
	var e *fhir.Error
	if !errors.As(err, &e) {
		e = fhir.Fault("reading an entry", err)
	}
	return e
}
