package audit_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/audit"
	"frontdesk/store/rules"
)

const base = "https://records.example/fhir"

var registry = sync.OnceValues(spec.Load)

// open binds a backend to what the trail needs.
func open(t testing.TB, backend func(*spec.Registry) store.Backend) *store.Store {
	t.Helper()
	r, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	if backend == nil {
		backend = func(r *spec.Registry) store.Backend { return memory.Open(r) }
	}
	return store.Open(backend(r), r, store.Options{Base: base, Rules: []store.Rule{rules.AuditTrail{}}})
}

// recorder records into a store until the test ends.
func recorder(t testing.TB, s *store.Store, change ...func(*audit.Options)) *audit.Recorder {
	t.Helper()
	o := audit.Options{Store: s, Base: base}
	for _, c := range change {
		c(&o)
	}
	r := audit.New(o)
	t.Cleanup(func() { r.Close(t.Context()) })
	return r
}

// record records events and waits until they are filed.
func record(t testing.TB, r *audit.Recorder, events ...audit.Event) {
	t.Helper()
	for _, e := range events {
		if err := r.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// found are the AuditEvents that a search finds.
func found(t testing.TB, s *store.Store, g access.Grant, query string) []event {
	t.Helper()
	o := s.SearchOptions()
	o.PageSize, o.PageMax = 100_000, 100_000
	q, err := search.Parse(s.Registry(), []string{"AuditEvent"}, query, o)
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.As(g, store.Unobserved).Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]event, len(page.Items))
	for i, it := range page.Items {
		if err := json.Unmarshal(it.JSON, &out[i]); err != nil {
			t.Fatal(err)
		}
		out[i].text = string(it.JSON)
	}
	return out
}

var everyone = access.Everything("test")

// event is as much of an AuditEvent as the tests look at.
type event struct {
	text            string
	ID              string
	Type            code
	Subtype         []code
	Action, Outcome string
	OutcomeDesc     string
	Recorded        time.Time
	Agent           []agent
	Entity          []entity
	Source          struct{ Observer who }
}

type code struct{ System, Code string }

type who struct {
	Reference, Display string
	Identifier         struct{ System, Value string }
}

type agent struct {
	Type      struct{ Coding []code }
	Who       who
	Requestor bool
	Policy    []string
	Network   struct{ Address, Type string }
}

type entity struct {
	Type, Role code
	What       who
	Name       string
	Query      []byte
	Detail     []struct{ Type, ValueString string }
}

// of are the entities of a type and role, as "1/1".
func (e event) of(kind string) []entity {
	var out []entity
	for _, en := range e.Entity {
		if en.Type.Code+"/"+en.Role.Code == kind {
			out = append(out, en)
		}
	}
	return out
}

const (
	patients  = "1/1"
	resources = "2/4"
	queries   = "2/24"
	requests  = "XrequestId/"
)

// by is an app that a patient uses.
func by(patient string) access.Identity {
	return access.Identity{Client: "app", Account: "ann", Person: "Patient/" + patient, Patient: patient, Approval: "ap-" + patient}
}

// staff is a practitioner at an app that isn't opened for a patient.
var staff = access.Identity{Client: "ehr", Account: "dr", Person: "Practitioner/dr", Approval: "ap-dr"}

// shown is a Shown of as many of each: "a/Observation", 2.
func shown(parts ...string) audit.Shown {
	s := audit.Shown{}
	for _, p := range parts {
		patient, typ, _ := strings.Cut(p, "/")
		s.Add(&fhir.Stored{Key: fhir.Key{Type: typ}, Compartments: []string{patient}}, nil, time.Now())
	}
	return s
}

func put(t testing.TB, s *store.Store, g access.Grant, text string) error {
	t.Helper()
	r, err := codec.Decode([]byte(text), codec.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.As(g, store.Unobserved).Write(t.Context(), store.Change{Action: store.Update, Key: fhir.Key{Type: r.Type, ID: r.ID}, Resource: r})
	return err
}

// some are n events of different patients.
func some(n int) []audit.Event {
	out := make([]audit.Event, n)
	for i := range out {
		id := fmt.Sprint("p", i)
		out[i] = audit.Event{What: "read", By: by(id), Request: "request-" + id, About: fhir.Key{Type: "Patient", ID: id}, Shown: shown(id + "/Patient")}
	}
	return out
}

// until asks until it is so. The limit is there for a test that fails only.
func until(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
