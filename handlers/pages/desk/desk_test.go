package desk_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/handlers"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/desk"
	"frontdesk/handlers/pages/pagestest"
	"frontdesk/handlers/pages/record"
	"frontdesk/handlers/pages/sitetest"
	"frontdesk/store"
	"frontdesk/store/rules"
)

// practice is one with pages for staff and patients, in which drlee is signed in.
func practice(t *testing.T) *sitetest.Practice {
	t.Helper()
	registry, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := sitetest.Open(t, nil, func(p *sitetest.Practice) {
		p.Rules = func(base string, records store.Records) []store.Rule {
			return rules.All(rules.Options{Base: base, Registry: registry, Records: records})
		}
		p.Built = func(p *sitetest.Practice, base string) {
			api, err := handlers.New(handlers.Options{Store: p.Store, Base: base, Observer: p,
				Grant: func(*http.Request) (access.Grant, error) { return access.Everything("test"), nil }})
			if err != nil {
				t.Fatal(err)
			}
			p.Parts = []pages.Part{record.Part(), desk.Part(desk.Options{Call: api.Call, Look: look})}
		}
	})
	p.SignIn("drlee")
	return p
}

// as is a Session of a person who is online.
func as(t *testing.T, p *sitetest.Practice, name, person string) *store.Session {
	t.Helper()
	account, err := p.State.Account(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	grant, err := p.Grant(t.Context(), account, person, strings.TrimPrefix(person, "Patient/"))
	if err != nil {
		t.Fatal(err)
	}
	return p.Store.As(grant, store.Unobserved)
}

// sees says how many resources of a kind a patient sees.
func sees(t *testing.T, p *sitetest.Practice, name, ask string) int {
	t.Helper()
	typ, query, _ := strings.Cut(ask, "?")
	q, err := search.Parse(p.Store.Registry(), []string{typ}, query, p.Store.SearchOptions())
	if err != nil {
		t.Fatal(err)
	}
	page, err := as(t, p, name, "Patient/"+name).Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Items)
}

const lab = `"category":[{"coding":[{"system":
	"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}]`

// bloods puts a report with one test, of which the laboratory says this.
func bloods(p *sitetest.Practice, id, of, interpretation string) {
	p.Put(fmt.Sprintf(`{"resourceType":"Observation","id":"o%[1]s","status":"final",%[4]s,"code":{"text":"Sodium"},
		"subject":{"reference":"Patient/%[2]s"},"valueQuantity":{"value":140,"unit":"mmol/L"},
		"referenceRange":[{"low":{"value":133,"unit":"mmol/L"},"high":{"value":146,"unit":"mmol/L"}}],
		"interpretation":[{"coding":[{"code":"%[3]s","display":"Says %[3]s"}]}]}`, id, of, interpretation, lab),
		fmt.Sprintf(`{"resourceType":"DiagnosticReport","id":"r%[1]s","status":"final","code":{"text":"Blood salts"},
		"subject":{"reference":"Patient/%[2]s"},"issued":"2026-01-0%[1]sT09:00:00Z",
		"result":[{"reference":"Observation/o%[1]s"}]}`, id, of))
}

// sound asserts that the markup of a page is.
func sound(t *testing.T, a *pagestest.Answer) *pagestest.Answer {
	t.Helper()
	a.Is(http.StatusOK).Sound(t.Errorf)
	return a
}

// chosen sends the form of a piece of work, and is the page that it leads to.
func chosen(p *sitetest.Practice, page *pagestest.Answer, queue, do, text string) *pagestest.Answer {
	p.T.Helper()
	return p.Follow(p.Submit(page, "/desk/work/"+queue, url.Values{"do": {do}, "text": {text}}))
}

// P5: what waits is seen, released with a comment, and the next comes up; until then the patient sees nothing of it.
func TestP5_ResultsAreReleasedOneAfterTheOther(t *testing.T) {
	p := practice(t)
	bloods(p, "1", "ann", "N")
	bloods(p, "2", "mary", "H")
	bloods(p, "3", "mary", "N")
	sound(t, p.Get("/desk")).Says("Results to release", "3 wait")
	if n := sees(t, p, "ann", "DiagnosticReport"); n != 0 {
		t.Fatalf("ann sees %d before it is released", n)
	}
	page := sound(t, p.Get("/desk/work/results")).Says("3 wait", "Ann Hill", "Sodium", "140 mmol/L", "133 – 146 mmol/L")
	page = sound(t, chosen(p, page, "results", "release", "All well.")).Says("Released.", "2 wait", "Mary Jones", "Says H")
	if sees(t, p, "ann", "DiagnosticReport") != 1 || sees(t, p, "ann", "Observation") != 1 {
		t.Error("ann doesn't see what was released")
	}
	normal := sound(t, p.Get("/desk/results/normal")).Says("Mary Jones: Blood salts").Hides("Ann Hill")
	if n := len(normal.All("input")); n != 4 { // the shell's three, and one report: the other isn't normal
		t.Errorf("%d fields", n)
	}
	p.Follow(p.Submit(normal, "/desk/results/normal", nil)).Says("1 waits", "Says H")
	later := p.Submit(page, "/desk/work/results", url.Values{"do": {"release"}, "mark": {"0"}})
	later.Is(http.StatusUnprocessableEntity).Says("This has changed while you had it open")
	chosen(p, p.Get("/desk/work/results"), "results", "release", "").Says("Nothing waits here")
	sound(t, p.Get("/desk/work/results")).Says("Nothing waits here")
}

const repeat = `{"resourceType":"MedicationRequest","id":"plan","status":"active","intent":"plan",
	"medicationCodeableConcept":{"text":"Ramipril 5 mg capsules"},"subject":{"reference":"Patient/ann"},
	"dosageInstruction":[{"text":"One a day"}],"dispenseRequest":{"numberOfRepeatsAllowed":6}}`

// task is a request of ann's.
const task = `{"resourceType":"Task","status":"requested","intent":"order","for":{"reference":"Patient/ann"},`

// ask has ann send something, as her app does.
func ask(t *testing.T, p *sitetest.Practice, text string) {
	t.Helper()
	res, err := codec.Decode([]byte(text), codec.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := as(t, p, "ann", "Patient/ann").Write(t.Context(), store.Change{Action: store.Create,
		Key: fhir.Key{Type: res.Type}, Resource: res}); err != nil {
		t.Fatal(err)
	}
}

// P4: an order is rejected with a reason, which is asked for, or accepted, which prescribes.
func TestP4_RepeatOrdersAreDecided(t *testing.T) {
	p := practice(t)
	p.Put(repeat)
	order := task + `"code":{"coding":[{"system":"http://snomed.info/sct","code":"103742009"}]},
		"focus":{"reference":"MedicationRequest/plan"}}`
	ask(t, p, order)
	page := sound(t, p.Get("/desk/work/orders")).Says("Ann Hill", "Ramipril 5 mg capsules", "One a day")
	wrong := p.Submit(page, "/desk/work/orders", url.Values{"do": {"reject"}}).Is(http.StatusUnprocessableEntity)
	wrong.Says("Write why you reject this")
	wrong.Sound(t.Errorf)
	chosen(p, wrong, "orders", "reject", "Too early.").Says("Nothing waits here")
	if sees(t, p, "ann", "Task?status=rejected") != 1 || p.Count("MedicationRequest?intent=order") != 0 {
		t.Error("it isn't rejected")
	}
	ask(t, p, order)
	chosen(p, p.Get("/desk/work/orders"), "orders", "accept", "")
	if p.Count("Task?status=accepted") != 1 || p.Count("MedicationRequest?intent=order") != 1 {
		t.Error("it isn't prescribed")
	}
}

// P16: a change of details is shown beside what is there, and made when it is accepted.
func TestP16_ChangesOfDetailsAreDecided(t *testing.T) {
	p := practice(t)
	own := `"system":"urn:uuid:5d0a1b0e-3c53-4f43-9a43-6d3e7d5a6f10"`
	ask(t, p, task+`"code":{"coding":[{`+own+`,"code":"change-of-details"}]},
		"input":[{"type":{"coding":[{`+own+`,"code":"telecom"}]},
		"valueContactPoint":{"system":"phone","value":"07700 900123"}}]}`)
	page := sound(t, p.Get("/desk/work/details")).Says("Ann Hill", "07700 900123")
	chosen(p, page, "details", "accept", "")
	if p.Count("Patient?phone=07700+900123") != 1 {
		t.Error("it isn't changed")
	}
}

// P10: an answer closes the conversation or keeps it open; then it waits for the patient, not for staff.
func TestP10_MessagesAreAnswered(t *testing.T) {
	p := practice(t)
	for _, text := range []string{"May I run?", "And swim?"} {
		ask(t, p, fmt.Sprintf(`{"resourceType":"Communication","status":"in-progress",
			"subject":{"reference":"Patient/ann"},"sender":{"reference":"Patient/ann"},
			"recipient":[{"reference":"Organization/here"}],"payload":[{"contentString":%q}]}`, text))
	}
	p.Get("/desk").Says("2 wait")
	page := sound(t, p.Get("/desk/work/messages")).Says("Ann Hill", "May I run?")
	p.Submit(page, "/desk/work/messages", url.Values{"do": {"close"}}).Says("Write an answer first")
	page = sound(t, chosen(p, page, "messages", "open", "How far?")).Says("And swim?", "1 waits", "can write again")
	chosen(p, page, "messages", "close", "Yes.").Says("Nothing waits here")
	open, closed := p.Count("Communication?status=in-progress"), sees(t, p, "ann", "Communication?status=completed")
	if open != 2 || closed != 2 {
		t.Errorf("%d are open, %d closed", open, closed)
	}
}

// TestTwentyItemsTakeAtMostSixtyActions counts what has to be typed and pressed.
func TestTwentyItemsTakeAtMostSixtyActions(t *testing.T) {
	p := practice(t)
	for i := range 20 {
		p.Put(fmt.Sprintf(`{"resourceType":"Communication","id":"m%d","status":"in-progress",
			"subject":{"reference":"Patient/ann"},"sender":{"reference":"Patient/ann"},"sent":"2026-01-01T09:%02d:00Z",
			"recipient":[{"reference":"Organization/here"}],"payload":[{"contentString":"Hello"}]}`, i, i))
	}
	actions := 1
	page := p.Get("/desk/work/messages")
	for page.ByID("text") != nil {
		page = chosen(p, page, "messages", "close", "Yes.")
		actions += 2 // the text and the button
	}
	if n := p.Count("Communication?status=in-progress"); n != 0 || actions > 60 {
		t.Errorf("%d wait after %d actions", n, actions)
	}
}

// Patients don't come here, by whichever address.
func TestPagesOfStaffAreForStaff(t *testing.T) {
	p := practice(t)
	p.SignIn("ann")
	for _, path := range []string{"/desk", "/desk/work/results", "/desk/results/normal"} {
		p.Get(path).Is(http.StatusForbidden)
	}
}
