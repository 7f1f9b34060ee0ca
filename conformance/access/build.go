package access

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/rules"
)

// GrantFunc tells a server under test who asks.
type GrantFunc func(*http.Request) (access.Grant, error)

// suite is one run.
type suite struct {
	open     Open
	grant    GrantFunc
	registry *spec.Registry
	rows     []*row
	claims   statement
	question []question
}

func newSuite(t testing.TB, open Open) *suite {
	t.Helper()
	s := &suite{open: open}
	var err error
	if s.registry, err = spec.Load(); err != nil {
		t.Fatal(err)
	}
	if s.rows, err = readWorld(worldText); err != nil {
		t.Fatal(err)
	}
	if s.grant, err = grants(s.registry); err != nil {
		t.Fatal(err)
	}
	whole := s.place(t, s.steps(), plain)
	defer whole.close()
	s.claims = whole.statement(t)
	if s.question, err = s.questions(); err != nil {
		t.Fatal(err)
	}
	return s
}

// step is a write by which a world is made.
type step struct {
	typ, id, marker string
	json            string // "" for a deletion
}

// String shows a step to people.
func (st step) String() string {
	if st.json == "" {
		return "DELETE " + st.id
	}
	return "PUT " + st.id + " " + st.marker
}

// step is how a version comes into a world.
func (v *version) step(id, marker string) step {
	s := step{typ: v.typ, id: id, marker: marker}
	if !v.deletion {
		s.json = v.json(id, marker)
	}
	return s
}

// steps make the whole world.
func (s *suite) steps() (all []step) {
	for _, r := range s.rows {
		for _, v := range r.versions {
			all = append(all, v.step(v.id, v.marker))
		}
	}
	return all
}

// visible make the world that has nothing in it but what is there for a holder. A version that isn't, but has a
// successor that is, is as its successor: versions count on.
func (s *suite) visible(h *Holder) (all []step) {
	for _, r := range s.rows {
		if !h.sees(r.last(), "s") {
			continue
		}
		for i, v := range r.versions {
			marker := v.marker
			for !h.sees(v, "s") {
				i++
				v = r.versions[i]
				marker = v.marker + earlier(i) // a write that changes nothing would make no version
			}
			all = append(all, v.step(v.id, marker))
		}
	}
	return all
}

// earlier is what the marker of a version ends in that stands for one before it.
func earlier(before int) string { return strings.Repeat("e", before) }

// practice is which rules a server has, once a world is in it.
type practice string

// The practices.
const (
	plain     practice = "without rules"
	resolving practice = "where references must resolve"
	working   practice = "with all rules"
)

// rules are off until on says otherwise.
func (p practice) rules(on *bool) func(*spec.Registry, store.Records) []store.Rule {
	return func(r *spec.Registry, records store.Records) []store.Rule {
		all := []store.Rule{rules.References{Base: base}}
		switch p {
		case plain:
			return nil
		case working:
			all = rules.All(rules.Options{Base: base, Registry: r, Records: records, References: true})
		}
		for i, rule := range all {
			all[i] = later{rule, on}
		}
		return all
	}
}

// later is a rule that doesn't hold yet.
type later struct {
	store.Rule
	on *bool
}

// Apply is the rule's, once it is on.
func (l later) Apply(ctx context.Context, c *store.Commit) error {
	if !*l.on {
		return nil
	}
	return l.Rule.Apply(ctx, c)
}

// place opens a server and makes a world in it.
func (s *suite) place(t testing.TB, steps []step, of practice) *place {
	t.Helper()
	n, on := 0, false
	p := &place{}
	p.Handler, p.close = s.open(t, Settings{Base: base, Grant: s.grant, Rules: of.rules(&on), NewID: func() string {
		n++
		return fmt.Sprintf("new-%06d", n)
	}})
	indexed := false
	for _, st := range steps {
		p.make(t, st)
		indexed = indexed || st.typ == "SearchParameter"
	}
	for tick := time.NewTicker(time.Millisecond); indexed; <-tick.C { // the index of a new parameter is built in the background
		if p.do(get(System, "/Patient?colour=red")).status == http.StatusOK {
			tick.Stop()
			break
		}
	}
	on = true
	return p
}

// request is a step as a request.
func (st step) request() request {
	r := request{holder: System, method: "PUT", path: "/" + st.typ + "/" + st.id, body: st.json}
	if st.json == "" {
		r.method = "DELETE"
	}
	return r
}

func (p *place) make(t testing.TB, st step) {
	t.Helper()
	if a := p.do(st.request()); a.status >= http.StatusBadRequest {
		t.Fatalf("%s/%s can't be made: %s", st.typ, st.id, a.body)
	}
}
