package practice_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"frontdesk/conformance/checks"
	"frontdesk/conformance/rest/filled"
)

// own is a write that P15 has: how it is sent, and the elements that may be in it, by hand.
type own struct {
	name, section string
	patientOnly   bool
	// send writes it as an account; the resource is body(a) with what is grafted in.
	body func(p *practice, a account) (path, body string)
	// elements are the top-level ones that may be given or changed, and those below them that may not.
	elements, but string
}

const vitals = `"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}]`

// owns are the creates of P15.
var owns = []own{
	{name: "book", section: "appointments", body: func(p *practice, a account) (string, string) {
		id, start := fmt.Sprintf("s%d", p.made.Add(1)), p.at(soon)
		p.load(slot(id, "free", start))
		return "/Appointment", booking("ann", start, id)
	}, elements: "identifier status serviceCategory serviceType specialty appointmentType reasonCode reasonReference description supportingInformation start end minutesDuration slot created comment participant basedOn"},
	{name: "order", section: "prescriptions", body: func(p *practice, a account) (string, string) {
		id := fmt.Sprintf("r%d", p.made.Add(1))
		p.load(p.repeat(id, nil))
		return "/Task", ordering("ann", id)
	}, elements: "identifier status intent code priority description focus for authoredOn requester reasonCode reasonReference note input", but: "note.authorString"},
	{name: "send", section: "messages", body: func(p *practice, a account) (string, string) {
		return "/Communication", p.message(a.me, "ann", "Hello", nil)
	}, elements: "identifier basedOn partOf inResponseTo status category priority medium subject topic about sent recipient sender reasonCode reasonReference payload note", but: "note.authorString"},
	{name: "attach", section: "messages", body: func(p *practice, a account) (string, string) {
		return "/Binary", `{"resourceType":"Binary","contentType":"text/plain","data":"SGVsbG8=","securityContext":{"reference":"Patient/ann"}}`
	}, elements: "contentType data securityContext"},
	{name: "send a document", section: "messages", body: func(p *practice, a account) (string, string) {
		id := fmt.Sprintf("sent-%d", p.made.Add(1))
		p.load(`{"resourceType":"Communication","id":"` + id + `","status":"in-progress","subject":{"reference":"Patient/ann"},"sender":{"reference":"` + a.me + `"}}`)
		return "/DocumentReference", `{"resourceType":"DocumentReference","status":"current","subject":{"reference":"Patient/ann"},"context":{"related":[{"reference":"Communication/` + id + `"}]},` +
			`"content":[{"attachment":{"contentType":"text/plain","data":"SGVsbG8="}}]}`
	}, elements: "identifier status type category subject date author description content context", but: "context.encounter context.event context.period context.facilityType context.practiceSetting context.sourcePatientInfo"},
	{name: "measure", section: "measurements", body: func(p *practice, a account) (string, string) {
		return "/Observation", `{"resourceType":"Observation","status":"final",` + vitals + `,"code":{"text":"Weight"},"subject":{"reference":"Patient/ann"},"performer":[{"reference":"Patient/ann"}]}`
	}, elements: "identifier status category code subject effectiveDateTime effectivePeriod effectiveInstant performer valueQuantity valueCodeableConcept valueString valueBoolean valueInteger valueRange valueRatio valueSampledData " +
		"valueTime valueDateTime valuePeriod dataAbsentReason bodySite method device component note", but: "note.authorString"},
	{name: "answer", section: "notes", body: func(p *practice, a account) (string, string) {
		return "/QuestionnaireResponse", `{"resourceType":"QuestionnaireResponse","questionnaire":"http://q.example/q","status":"in-progress","subject":{"reference":"Patient/ann"}}`
	}, elements: "identifier basedOn partOf questionnaire status subject authored author source item"},
	{name: "ask for a change", section: "details", patientOnly: true, body: func(p *practice, a account) (string, string) {
		for _, key := range p.ehr().get("/Task?code=change-of-details&status=requested").found() {
			p.ehr().is(http.StatusOK, p.ehr().patch("/"+key, rejecting))
		}
		return "/Task", changing
	}, elements: "identifier status intent code description for authoredOn requester note input", but: "note.authorString"},
}

// may says that an account may do it.
func (o own) may(a account) bool {
	switch {
	case a.open == nil || o.patientOnly && !a.patient:
		return false
	case o.section == "details":
		return true
	}
	return a.open[o.section].String() == "manage"
}

// P15: each row works for those who have the section, and for no other.
func TestP15_EachOwnWriteWorks(t *testing.T) {
	on(t, func(p *practice) {
		all := p.accounts()
		for _, o := range owns {
			for _, a := range all {
				path, body := o.body(p, a)
				got := a.post(path, body, "Prefer: return=representation")
				if may := o.may(a); may != (got.status == http.StatusCreated) {
					t.Errorf("%s as %s: %d, may %v: %s", o.name, a.kind, got.status, may, got.body)
				}
				if strings.Contains("/Observation /DocumentReference /QuestionnaireResponse", path) && got.status == http.StatusCreated && !strings.Contains(got.body, "patient-supplied") {
					t.Errorf("%s: it isn't marked: %s", o.name, got.body)
				}
			}
		}
	})
}

// P15: kind x element. Nothing but the elements of the row is stored of what is sent, nor changed of what is there.
func TestP15_NoOtherElementIsWrittenOnline(t *testing.T) {
	p := newPractice(t, backends["memory"])
	all := p.accounts()
	r, err := registry()
	p.must(err)
	tried := 0
	for _, o := range owns {
		for i, a := range []account{all[0], all[1]} {
			if !o.may(a) {
				continue
			}
			path, _ := o.body(p, a)
			typ, _ := r.Type(path[1:])
			for variant := range 3 {
				text, err := filled.Resource(typ, variant)
				p.must(err)
				var grafts map[string]any
				p.must(json.Unmarshal(text, &grafts))
				for name, value := range p.grafts(grafts, o.but) {
					top, _, below := strings.Cut(name, ".")
					may := !below && slices.Contains(strings.Fields(o.elements), top)
					if may || name == "resourceType" || name == "id" || (i+variant)%2 == 1 && below {
						continue
					}
					tried++
					_, body := o.body(p, a)
					sent := p.with(body, map[string]any{top: value})
					before := p.versions()
					if got := a.post(path, sent); got.status < 400 {
						t.Errorf("%s as %s with %s: %d: %s", o.name, a.kind, name, got.status, sent)
					} else if got.status != http.StatusBadRequest && (got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, typ.Name+"."+top)) {
						t.Errorf("%s as %s with %s isn't told of it: %d %s", o.name, a.kind, name, got.status, got.body)
					}
					if changed := written(before, p.versions()); len(changed) > 0 {
						t.Errorf("%s with %s: written %v", o.name, name, changed)
					}
				}
			}
		}
	}
	checks.Count(t, "elements that nobody writes online", "memory", tried)
}

// grafts are the members of a filled resource, and those below them that may not be written, each as its top-level
// member.
func (p *practice) grafts(members map[string]any, but string) map[string]any {
	out := map[string]any{"modifierExtension": []any{map[string]any{"url": "http://x.example/not", "valueBoolean": true}},
		"extension": []any{map[string]any{"url": "http://x.example/x", "valueString": "x"}},
		"meta":      map[string]any{"security": []any{map[string]any{"code": "NOPAT"}}}, "language": "en",
		"text":      map[string]any{"status": "generated", "div": `<div xmlns="http://www.w3.org/1999/xhtml">x</div>`},
		"contained": []any{map[string]any{"resourceType": "Basic", "id": "b", "code": map[string]any{"text": "x"}}}}
	for name, value := range members {
		if _, given := out[name]; !given {
			out[name] = value
		}
	}
	for _, path := range strings.Fields(but) {
		top, name, _ := strings.Cut(path, ".")
		of := map[string]any{name: "Somebody"}
		if top == "note" {
			of["text"] = "x"
			out["note.authorReference"] = []any{map[string]any{"text": "x", "authorReference": map[string]any{"reference": "Practitioner/doc"}}}
			out[path] = []any{of}
			continue
		}
		if m, ok := members[top].(map[string]any); ok && m[name] != nil {
			out[path] = map[string]any{name: m[name]}
		}
	}
	return out
}

// P15: of what may be changed only the row's elements change, by PUT as by PATCH.
func TestP15_NoOtherElementIsChangedOnline(t *testing.T) {
	p := newPractice(t, backends["memory"])
	all := p.accounts()
	r, err := registry()
	p.must(err)
	tried := 0
	for _, c := range []struct {
		own      own
		change   map[string]any // what may be changed of it
		elements string
	}{
		{owns[0], map[string]any{"status": "cancelled", "cancelationReason": map[string]any{"text": "x"}}, "status cancelationReason comment description"},
		{owns[0], map[string]any{"comment": "x"}, "comment description"},
		{owns[1], map[string]any{"status": "cancelled", "statusReason": map[string]any{"text": "x"}}, "status statusReason"},
		{owns[6], map[string]any{"status": "completed"}, "status authored author item"},
		{owns[7], map[string]any{"status": "cancelled"}, "status statusReason"},
	} {
		a := all[0]
		path, body := c.own.body(p, a)
		made := a.is(http.StatusCreated, a.post(path, body, "Prefer: return=representation"))
		typ, _ := r.Type(path[1:])
		at := "/" + made.key()
		for variant := range 3 {
			text, err := filled.Resource(typ, variant)
			p.must(err)
			var grafts map[string]any
			p.must(json.Unmarshal(text, &grafts))
			for name, value := range p.grafts(grafts, "") {
				if slices.Contains(strings.Fields(c.elements), name) || name == "resourceType" || name == "id" || name == "status" {
					continue
				}
				tried++
				changed := map[string]any{name: value}
				for member, to := range c.change {
					changed[member] = to
				}
				sent := p.with(made.body, changed)
				before := p.versions()
				for _, got := range []answer{a.put(at, sent, made.version()), a.patch(at, patching(sent), made.version())} {
					if got.status < 400 || got.status > 422 {
						t.Errorf("%s changed with %s: %d: %s", c.own.name, name, got.status, got.body)
					}
				}
				if changed := written(before, p.versions()); len(changed) > 0 {
					t.Errorf("%s changed with %s: written %v", c.own.name, name, changed)
				}
			}
		}
		a.is(http.StatusOK, a.put(at, p.with(made.body, c.change), made.version()))
	}
	checks.Count(t, "elements that nobody changes online", "memory", tried)
}
