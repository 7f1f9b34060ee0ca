package access

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// Level is how far a section of the record is open online.
type Level uint8

// The levels, each more than the one before.
const (
	None    Level = iota
	CanView       // it can be seen
	Manage        // and acted on: booked, ordered, sent
)

// levels are their names in settings and operations.
var levels = [...]string{"none", "view", "manage"}

// String is the level's name.
func (l Level) String() string { return levels[min(int(l), len(levels)-1)] }

// MarshalText writes the level's name.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a level's name.
func (l *Level) UnmarshalText(text []byte) error {
	i := slices.Index(levels[:], string(text))
	if i < 0 {
		return fmt.Errorf("%q is no level; it is none, view or manage", text)
	}
	*l = Level(i)
	return nil
}

// levelOf is the level of a row of a table, which has been checked.
func levelOf(name string) Level { return Level(slices.Index(levels[:], name)) }

// View is what the practice and the patient let be seen online of one patient's record, beside what scopes say.
type View struct {
	Levels map[string]Level // by section; one that isn't named is None. details and practice are always open to view, and no further
	From   time.Time        // only entries added to the record at or after it
	// Opens and Closes are between how long from now a slot may begin that the patient can see. Both zero: whenever.
	Opens, Closes time.Duration
	Practice      string         // the id of the organization whose rules these are: the patient sees its free times only
	Closed        []string       // days, as 2026-12-25, on which nothing can be booked there
	Zone          *time.Location // in which those days are; nil: Europe/London
	Audit         bool           // whether the patient may read who has looked at the record
	Until         time.Time      // when the clock alone ends it, of a proxy's; zero: never
	Suspended     bool           // nothing at all, as if online access had never been offered
}

// Level is how far a section is open. Without details and practice an app couldn't say whose record it shows, and by
// whom.
func (v View) Level(section string) Level {
	if section == "details" || section == "practice" || section == "audit" && v.Audit {
		return CanView
	}
	return v.Levels[section]
}

// allows is what the view leaves of a type to be seen: what is in sections that are open and, of what is about the
// patient, was added late enough, is released and not hidden.
func (v View) allows(l lookup, now time.Time, t *spec.Type) expr.Expr {
	if v.Suspended {
		return expr.Or{}
	}
	e := v.open(l, t)
	switch t.Access.Reach {
	case spec.Own:
		return e
	case spec.Directory:
		return expr.AllOf(expr.AllOf(e, v.local(l, t)), v.while(l, now, t))
	}
	return expr.AllOf(e, expr.Visible{From: v.From, Sections: v.auditedSections(l, t)})
}

// auditedSections are the sections of entries that the patient may read in the audit that something was done with, and
// "" for what is about no entry; nil for all, and for types that aren't the audit: the facts of those have no section.
func (v View) auditedSections(l lookup, t *spec.Type) []string {
	if !t.Access.In("audit") {
		return nil
	}
	open, parts := []string{"", "details", "practice", "audit"}, map[string]bool{}
	for _, s := range l.Sections() {
		if s.Of != "" && v.Levels[s.Name] >= CanView {
			if _, known := parts[s.Of]; !known {
				parts[s.Of] = true
			}
		} else if s.Of != "" {
			parts[s.Of] = false
		}
	}
	for _, whole := range slices.Sorted(maps.Keys(parts)) { // events were filed so before there were parts
		if parts[whole] {
			open = append(open, whole)
		}
	}
	for _, section := range slices.Sorted(maps.Keys(v.Levels)) {
		if v.Levels[section] >= CanView {
			open = append(open, section)
		}
	}
	return open
}

// open is true of what of a type is in sections that are open. Of the sections that share a type by searches each
// resource is in one, so nothing is asked if all are open.
func (v View) open(l lookup, t *spec.Type) expr.Expr {
	in, closed := expr.Or{}, false
	for _, s := range t.Access.Sections {
		switch {
		case v.Level(s.Section) < CanView:
			closed = true
		case s.Query == "":
			return expr.And{}
		default:
			in = append(in, l.compiled(t, s.Query))
		}
	}
	switch {
	case !closed && len(in) > 0:
		return expr.And{}
	case len(in) == 1:
		return in[0]
	}
	return in
}

// whenever says that no practice's rules of booking bound the view.
func (v View) whenever() bool { return v.Practice == "" && v.Opens == 0 && v.Closes == 0 }

// local is true of what is of the practice by whose rules the view is made, for types of which patients reach no more.
func (v View) local(l lookup, t *spec.Type) expr.Expr {
	switch {
	case !t.Access.Local || v.whenever():
		return expr.And{}
	case v.Practice == "":
		return expr.Or{}
	}
	return Caller{Registry: l.Registry, Organizations: []string{v.Practice}}.belongs(t)
}

// while is the condition that a type's row sets for patients (access.tsv), with the view's times and days in it.
func (v View) while(l lookup, now time.Time, t *spec.Type) expr.Expr {
	if t.Access.While == "" || v.whenever() {
		return expr.And{}
	}
	in := func(d time.Duration) string { return now.Add(d).UTC().Format(time.RFC3339) }
	bounds := strings.NewReplacer("{opens}", in(v.Opens), "{closes}", in(v.Closes))
	var terms []string
	for term := range strings.SplitSeq(bounds.Replace(t.Access.While), "&") {
		if !strings.Contains(term, "{closed}") {
			terms = append(terms, term)
			continue
		}
		for _, day := range v.Closed {
			if v.near(now, day) {
				terms = append(terms, strings.ReplaceAll(term, "{closed}", day))
			}
		}
	}
	e, fault := granular(l.Registry, t.Name, strings.Join(terms, "&"), search.Options{Zone: v.Zone})
	if fault != "" {
		return expr.Or{}
	}
	return e
}

// near says that a day may be within the booking window: the others needn't be asked about.
func (v View) near(now time.Time, day string) bool {
	const slack = 48 * time.Hour // whatever the zone
	at, err := time.Parse(time.DateOnly, day)
	return err == nil && at.After(now.Add(v.Opens-slack)) && at.Before(now.Add(v.Closes+slack))
}

// sectionQuery is a query of access.tsv as compiled for a type.
type sectionQuery struct {
	t     *spec.Type
	query string
}

// compiledQueries are what compiled has made before: there are as many as rows, and as registries that changed their
// types.
var compiledQueries sync.Map

// compiled is a section's query. One that can't be read finds nothing.
func (l lookup) compiled(t *spec.Type, query string) expr.Expr {
	key := sectionQuery{t, query}
	if e, ok := compiledQueries.Load(key); ok {
		return e.(expr.Expr)
	}
	e, fault := granular(l.Registry, t.Name, query, search.Options{})
	if fault != "" {
		e = expr.Or{}
	}
	compiledQueries.Store(key, e)
	return e
}
