package practice_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"frontdesk/conformance/checks"
	"frontdesk/conformance/rest/filled"
	"frontdesk/fhir/access"
	"frontdesk/store"
)

// mayDiffer are the elements that may be in what was created online or differ in what was there, with those that the
// practice's rules add. By hand.
var mayDiffer = map[string]string{
	"Appointment":           "identifier status serviceCategory serviceType specialty appointmentType reasonCode reasonReference description supportingInformation start end minutesDuration slot created comment participant basedOn cancelationReason meta",
	"Task":                  "identifier status intent code priority description focus for authoredOn requester reasonCode reasonReference note input statusReason meta",
	"Communication":         "identifier basedOn partOf inResponseTo status category priority medium subject topic about sent recipient sender reasonCode reasonReference payload note received meta",
	"Observation":           "identifier status category code subject effectiveDateTime effectivePeriod effectiveInstant performer valueQuantity valueCodeableConcept valueString valueBoolean valueInteger valueRange valueRatio valueSampledData valueTime valueDateTime valuePeriod dataAbsentReason bodySite method device component note meta",
	"QuestionnaireResponse": "identifier basedOn partOf questionnaire status subject authored author source item meta",
	"Binary":                "contentType data securityContext meta", "DocumentReference": "identifier status type category subject date author description content context meta",
	"Slot": "status meta",
}

// changeable are the elements that may differ in what was there before.
var changeableOnline = map[string]string{"Appointment": "status cancelationReason comment description meta", "Task": "status statusReason meta",
	"QuestionnaireResponse": "status authored author item meta", "Slot": "status meta", "Communication": ""}

// FRONTDESK_ONLINE_SEQUENCES says how many sequences are run on each backend but MongoDB, where a tenth is;
// FRONTDESK_ONLINE_SEED where they begin.
func TestP15_AfterWhateverOnlineCallersDidThePracticeHasItsRecords(t *testing.T) {
	sequences, seed := numbered(t, "FRONTDESK_ONLINE_SEQUENCES", 8), numbered(t, "FRONTDESK_ONLINE_SEED", 1)
	for name, open := range backends {
		t.Run(name, func(t *testing.T) {
			n := sequences
			if name == "mongodb" {
				n = max(1, n/10)
			}
			for i := range n {
				p := newPractice(t, open)
				m := &model{practice: p, Rand: rand.New(rand.NewPCG(uint64(seed), uint64(i))), all: p.accounts()}
				m.run()
				if t.Failed() {
					t.Fatalf("with FRONTDESK_ONLINE_SEED=%d, in sequence %d:\n%s", seed, i, strings.Join(m.done, "\n"))
				}
			}
			checks.Count(t, "sequences of online requests", name, n)
		})
	}
}

func numbered(t *testing.T, name string, usual int) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv(name), strconv.Itoa(usual)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// model is a practice and what was done in it.
type model struct {
	*practice
	*rand.Rand
	all  []account
	made []string // "Type/id" of what was there and of what was created
	done []string
}

func (m *model) run() {
	m.load(chart...)
	for key := range m.stored() {
		m.made = append(m.made, key)
	}
	slices.Sort(m.made)
	before := m.stored()
	for range 30 {
		m.step(&before)
	}
	m.same(before, m.stored())
	doc := m.staff()
	doc.sees("/Patient", "Patient/ann", "Patient/bob")
	for _, who := range []string{"Patient/ann", "Patient/bob", "RelatedPerson/dad", "RelatedPerson/mum"} {
		doc.is(http.StatusOK, doc.post("/"+who+"/$online-access", `{"resourceType":"Parameters","parameter":[{"name":"suspended","valueBoolean":true}]}`))
	}
	for _, a := range m.all {
		if got := a.get("/Patient/ann"); got.status == http.StatusOK {
			m.Errorf("%s is suspended, and reads %s", a.kind, got.body)
		}
	}
}

// step is one request. What the suite itself loads for it isn't the caller's doing.
func (m *model) step(before *map[string]map[string]any) {
	a, ways := m.all[m.IntN(len(m.all))], ways()
	w := ways[m.IntN(len(ways))]
	typ, id, body := m.write(a)
	for key, now := range m.stored() {
		if (*before)[key] == nil && strings.Contains(" Slot MedicationRequest Communication/sent", strings.Split(key, "/")[0]) && !strings.Contains(key, "new-") {
			(*before)[key] = now
		}
	}
	got := w.send(a.client, typ, id, body)
	m.done = append(m.done, fmt.Sprintf("%s: %s %s/%s %.300s -> %d", a.kind, w.name, typ, id, body, got.status))
	if key := got.key(); got.status == http.StatusCreated && key != "" {
		m.made = append(m.made, key)
	}
}

// write is what is sent of which type, to which id.
func (m *model) write(a account) (typ, id, body string) {
	r, err := registry()
	m.must(err)
	at := m.made[m.IntN(len(m.made))]
	typ, id, _ = strings.Cut(at, "/")
	switch m.IntN(5) {
	case 0: // anything of any type
		typ = r.Names()[m.IntN(len(r.Names()))]
		t, _ := r.Type(typ)
		return typ, "target", m.filled(t)
	case 1: // what is there, changed
		return typ, id, m.graft(typ, m.ehr().get("/"+at).body)
	case 2: // as 1, cancelled
		return typ, id, m.with(m.ehr().get("/"+at).body, map[string]any{"status": "cancelled", "cancelationReason": map[string]any{"text": "x"}})
	}
	path, body := owns[m.IntN(len(owns)-1)].body(m.practice, a)
	if typ = path[1:]; m.IntN(3) == 0 {
		body = m.graft(typ, body)
	}
	return typ, id, body
}

// graft is a resource with an element that it hadn't.
func (m *model) graft(typ, body string) string {
	r, err := registry()
	m.must(err)
	t, _ := r.Type(typ)
	text, err := filled.Resource(t, m.IntN(3))
	m.must(err)
	var members map[string]any
	m.must(json.Unmarshal([]byte(strings.ReplaceAll(string(text), "Patient/filled", "Patient/ann")), &members))
	names := make([]string, 0, len(members))
	for name := range members {
		if name != "resourceType" && name != "id" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	name := names[m.IntN(len(names))]
	return m.with(body, map[string]any{name: members[name]})
}

// stored are all resources as they are, but for the trail, by "Type/id".
func (p *practice) stored() map[string]map[string]any {
	p.Helper()
	all, system := map[string]map[string]any{}, p.store.As(access.Everything("suite"), store.Unobserved)
	for scope := (store.Scope{Limit: 1000}); ; {
		page, err := system.History(p.Context(), scope)
		p.must(err)
		for _, it := range page.Items { // the newest first
			key := it.Key.Current().String()
			if _, known := all[key]; known || it.Key.Type == "AuditEvent" {
				continue
			}
			all[key] = map[string]any{"deleted": true}
			if !it.Deleted() {
				all[key] = map[string]any{}
				p.must(json.Unmarshal(it.JSON, ptr(all[key])))
			}
		}
		if page.Next == nil {
			return all
		}
		scope.After = page.Next
	}
}

func ptr(m map[string]any) *map[string]any { return &m }

// same fails the story unless nothing but what P15 has differs.
func (m *model) same(before, after map[string]map[string]any) {
	m.Helper()
	for key, now := range after {
		typ, _, _ := strings.Cut(key, "/")
		was, there := before[key]
		may := changeableOnline[typ]
		if !there {
			may = mayDiffer[typ]
		}
		for name := range now {
			if name != "resourceType" && name != "id" && !reflect.DeepEqual(was[name], now[name]) && !slices.Contains(strings.Fields(may), name) {
				m.Errorf("%s.%s is %v, and was %v (there: %v)", key, name, now[name], was[name], there)
			}
		}
		for name := range was {
			if _, is := now[name]; !is && !slices.Contains(strings.Fields(may), name) {
				m.Errorf("%s.%s is gone", key, name)
			}
		}
	}
}
