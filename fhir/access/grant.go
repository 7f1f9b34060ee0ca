package access

import (
	"slices"
	"time"

	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// Interaction is what is done to a resource type, in SMART's letters (SMART App Launch 2.2, scopes: cruds).
type Interaction uint8

// The interactions. R covers read, vread and instance history; S search and type and system history; U update,
// patch and update-as-create.
const (
	C Interaction = 1 << iota
	R
	U
	D
	S
	all  = C | R | U | D | S
	read = R | S
)

// Grant is what one caller may do. Its zero value denies everything. It can't be made but by the functions here.
type Grant struct {
	identity       Identity
	rules          []rule
	registry       lookup
	views          map[string]View // by patient; nil: no rules of online access
	now            time.Time       // when it is asked for: by it views say what is open
	safer          bool            // may know of patients' reduced views
	open           bool            // nobody is asked who he or she is: each is served as staff are
	staff          bounds          // of a member of staff: what is of the practices worked at, or of none
	predicateCache *predicateCache // predicates of these rules that were asked for before, whenever; may be nil
}

// Identity is who a caller is, for the audit and for what a rule of the practice asks. Each is "" if it isn't known or
// there is none.
type Identity struct {
	Client   string `json:"client,omitempty"`   // the app
	Account  string `json:"account,omitempty"`  // the sign-in name of the person
	Person   string `json:"person,omitempty"`   // in which role: "Patient/1", "Practitioner/2", "RelatedPerson/3"
	Patient  string `json:"patient,omitempty"`  // the id of the Patient whose record the app was opened for
	Approval string `json:"approval,omitempty"` // what the person allowed the app
}

// bounds say what of a type an interaction reaches.
type bounds = func(Grant, Interaction, *spec.Type) expr.Expr

// rule allows interactions on types where a predicate holds. A grant is the union of its rules.
type rule struct {
	types  string // a resource type, or "*" for all
	can    Interaction
	within bounds // nil: everything of the type
}

// Everything is the grant of Frontdesk's own commands. who names it in logs.
func Everything(who string) Grant {
	return Grant{identity: Identity{Client: who}, safer: true, rules: []rule{{types: "*", can: all}}}
}

// Anyone is the grant of every caller while --auth is off: Everything, served as staff are.
func Anyone(who string) Grant {
	g := Everything(who)
	g.open = true
	return g
}

// PatientRead lets one patient see his or her own record and the practice's directory, and nothing else.
func PatientRead(patientID string) Grant {
	g := Record(patientID, read)
	g.identity = Identity{Person: "Patient/" + patientID, Patient: patientID}
	return g
}

// Record lets a system do what is in can with one patient's record, and see the practice's directory.
func Record(patientID string, can Interaction) Grant {
	return Grant{identity: Identity{Client: "record"}, rules: []rule{{types: "*", can: can, within: func(g Grant, i Interaction, t *spec.Type) expr.Expr {
		if read&i != i {
			return g.record(patientID, i, t)
		}
		return g.ofPatient(patientID, i, t)
	}}}}
}

// Seen is the record of one patient as the person may see it online, without what scopes leave out of it. The record of
// somebody for whom the person doesn't act is empty.
func (g Grant) Seen(patientID string, can Interaction) Grant {
	if _, acts := g.views[patientID]; g.views != nil && !acts {
		return Grant{identity: g.identity}
	}
	return g.with(Record(patientID, can&read).rules)
}

// Own is what is of the practices that a member of staff works at, or of none, to be read whatever the scopes; ok is
// false for who is no staff.
func (g Grant) Own() (own Grant, ok bool) {
	if g.staff == nil {
		return Grant{identity: g.identity}, false
	}
	return g.with([]rule{{types: "*", can: read, within: g.staff}}), true
}

// with is the grant with other rules.
func (g Grant) with(rules []rule) Grant {
	g.rules, g.predicateCache = rules, &predicateCache{}
	return g
}

// At is the same grant, asked for at another time. What was made for the one counts for the other.
func (g Grant) At(now time.Time) Grant {
	g.now = now
	return g
}

// Level is how far a section is open online of the record that the caller is here for: None for who is no patient and
// acts for none.
func (g Grant) Level(section string) Level {
	view, acts := g.views[g.identity.Patient]
	if !acts || view.Suspended {
		return None
	}
	return view.Level(section)
}

// Identity is who the caller is.
func (g Grant) Identity() Identity { return g.identity }

// Who names the caller, for logs: a reference or a client's name, never a person's.
func (g Grant) Who() string {
	switch who := g.identity; {
	case who.Client == "":
		return who.Person
	case who.Person == "":
		return who.Client
	default:
		return who.Person + " by " + who.Client
	}
}

// HasOnlineRules says that rules of online access hold for the caller: some of the records acted for is hidden.
func (g Grant) HasOnlineRules() bool { return g.views != nil }

// Open is what is open online of the records that a caller acts for, whatever the scopes: by it is judged which
// references are served. What an app has no scope for is there all the same, and what isn't open online is not (I2).
func (g Grant) Open() Grant {
	g.rules, g.predicateCache = []rule{{types: "*", can: read, within: func(g Grant, i Interaction, t *spec.Type) expr.Expr {
		any := expr.Or{}
		for id := range g.views {
			any = append(any, g.ofPatient(id, i, t))
		}
		return expr.AnyOf(any...)
	}}}, g.predicateCache.opens()
	return g
}

// SaferView says that the caller may know of patients' reduced views: staff do, and systems by a scope of its own.
func (g Grant) SaferView() bool { return g.safer }

// Marks says that the caller is served, as tags, what the practice says of a resource (expr.Marks), and finds by
// those tags: members of staff are.
func (g Grant) Marks() bool { return g.staff != nil || g.open }

// Unrestricted says that the grant reaches every resource of every type in this way, so that no image need be judged.
func (g Grant) Unrestricted(i Interaction) bool {
	return slices.ContainsFunc(g.rules, func(r rule) bool { return r.types == "*" && r.can&i == i && r.within == nil })
}

// predicate is the union of what the rules say.
func (g Grant) predicate(i Interaction, t *spec.Type) expr.Expr {
	union := expr.Or{}
	for _, r := range g.rules {
		if r.can&i != i || r.types != "*" && r.types != t.Name {
			continue
		}
		if r.within == nil {
			return expr.And{}
		}
		union = append(union, r.within(g, i, t))
	}
	return expr.AnyOf(union...)
}
