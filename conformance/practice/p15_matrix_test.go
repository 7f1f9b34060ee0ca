package practice_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"frontdesk/conformance/checks"
	"frontdesk/conformance/rest/filled"
	"frontdesk/fhir/spec"
)

// ownWrites is P15 by hand: what is written online at all.
var ownWrites = map[string]string{"Appointment": "create update", "Task": "create update", "Communication": "create", "Observation": "create",
	"QuestionnaireResponse": "create update", "Binary": "create", "DocumentReference": "create"}

// P15: kind of account x type x interaction. Whatever has no row is refused with ACCESS_DENIED, and nothing is written.
// By default each type is tried as two kinds on the store in memory; FRONTDESK_ONLINE_EVERY=1 tries all as all, on each
// backend.
func TestP15_NoOtherTypeOrInteractionIsWrittenOnline(t *testing.T) {
	whole := os.Getenv("FRONTDESK_ONLINE_EVERY") == "1"
	for name, open := range backends {
		if name != "memory" && !whole {
			continue
		}
		t.Run(name, func(t *testing.T) {
			p := newPractice(t, open)
			all := p.accounts()
			r, err := registry()
			p.must(err)
			tried := 0
			for i, typ := range r.Names() {
				kind, _ := r.Type(typ)
				body := p.filled(kind)
				if typ != "Subscription" { // which nobody writes here yet
					p.load(body)
				}
				before := p.versions()
				for k, a := range all {
					if !whole && k != i%2 && k != 2+i%3 {
						continue
					}
					for n, w := range ways() {
						if !whole && n%3 != 0 && (n+i)%6 != 0 {
							continue
						}
						tried++
						got := w.send(a.client, typ, "target", body)
						_, coding, _ := got.issue()
						offered := strings.Contains(ownWrites[typ], w.do)
						if !got.refusedAs() || a.open != nil && !offered && !strings.Contains(got.body, "ACCESS_DENIED") && !strings.Contains(got.body, "can't be done here") {
							t.Errorf("%s of %s by %s: %d %s: %s", w.name, typ, a.kind, got.status, coding, got.body)
						}
					}
				}
				if changed := written(before, p.versions()); len(changed) > 0 {
					t.Errorf("%s: online callers have written %v", typ, changed)
				}
			}
			checks.Count(t, "writes that nobody makes online", name, tried)
		})
	}
}

// filled is a resource of a type about Ann in which all is that may be together. It is no write that anybody makes
// online.
func (p *practice) filled(t *spec.Type) string {
	p.Helper()
	body, err := filled.Resource(t, 0)
	if err != nil { // sdf-6 wants one of two elements that are never made: a small one does as well
		p.Logf("%s isn't filled: %v", t.Name, err)
		body = []byte(`{"resourceType":"StructureDefinition","url":"http://x.example/s","name":"S","status":"active","kind":"resource","abstract":false,"type":"Patient",` +
			`"differential":{"element":[{"id":"Patient","path":"Patient"}]}}`)
	}
	var m map[string]any
	p.must(json.Unmarshal([]byte(strings.ReplaceAll(string(body), "Patient/"+filled.ID, "Patient/ann")), &m))
	m["id"] = target(t.Name).ID
	delete(m, "meta")
	text, err := json.Marshal(m)
	p.must(err)
	return string(text)
}
