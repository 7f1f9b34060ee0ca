package practice_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/store/online"
)

// pair is a resource that refers to what is hidden, and one that doesn't but is the same; ID is its id in both.
type pair struct{ typ, with, without string }

// pairs are resources of Ann's that she may write, with words in their narrative of what is hidden.
func (p *practice) pairs() []pair {
	start := p.at(48 * time.Hour)
	const text = `"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">It is about TOLD</div>"},`
	of := func(typ, resource, hidden string, alone ...string) pair {
		rest := strings.TrimPrefix(resource, `{"resourceType":"`+typ+`",`)
		whole := `{"resourceType":"` + typ + `","id":"ID",` + text + rest
		without := strings.Replace(whole, "HIDDEN", "", 1)
		if len(alone) > 0 {
			without = strings.Replace(whole, "HIDDEN", alone[0], 1)
		}
		return pair{typ, strings.Replace(strings.Replace(whole, "HIDDEN", hidden, 1), "TOLD", "asthma", 1), strings.Replace(without, "TOLD", "nothing", 1)}
	}
	visit := booking("ann", start)
	visit = strings.Replace(visit, `"slot":[],`, `HIDDEN`, 1)
	order := strings.Replace(ordering("ann", "inhaler"), `"for":`, `HIDDEN"for":`, 1)
	const list = `{"resourceType":"List","status":"current","mode":"working","subject":{"reference":"Patient/ann"},"title":"Mine",HIDDEN"code":{"text":"x"}}`
	return []pair{
		of("Appointment", visit, `"reasonReference":[{"reference":"Condition/asthma"},{"reference":"Observation/weight"}],"supportingInformation":[{"reference":"Condition/asthma"}],`,
			`"reasonReference":[{"reference":"Observation/weight"}],`),
		of("Appointment", visit, `"basedOn":[{"reference":"ServiceRequest/asked"}],`),
		of("Task", order, `"basedOn":[{"reference":"Condition/asthma"}],"input":[{"type":{"text":"x"},"valueReference":{"reference":"Condition/asthma"}}],`),
		of("List", list, `"entry":[{"item":{"reference":"Condition/asthma"}},{"flag":{"text":"f"},"item":{"reference":"Observation/weight"}},{"item":{"reference":"Condition/asthma"}}],`,
			`"entry":[{"flag":{"text":"f"},"item":{"reference":"Observation/weight"}}],`),
		of("List", list, `"encounter":{"reference":"Encounter/met"},`),
	}
}

// changes are those that Ann tries on each, as JSON Patches; a put gives her answer back with some words in the place
// of others.
var changes = []struct{ patch, put string }{
	{put: ""},
	{put: `"status":"booked"=>"status":"cancelled","cancelationReason":{"text":"ill"}`},
	{put: `"status":"requested"=>"status":"cancelled"`},
	{put: `"title":"Mine"=>"title":"Ours"`},
	{put: `"id":"ID"=>"id":"ID","supportingInformation":[{"reference":"Condition/asthma"}]`},
	{put: `"id":"ID"=>"id":"ID","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Mine</div>"}`},
	{put: `,"reasonReference":[{"reference":"Observation/weight"}]=>`},
	{put: `,"entry":[{"flag":{"text":"f"},"item":{"reference":"Observation/weight"}}]=>`},
	{put: `{"reference":"Observation/weight"}=>{"reference":"Observation/hba1c"}`},
	{put: `{"flag"=>{"item":{"reference":"Observation/hba1c"}},{"flag"`},
	{put: `"code":{"text":"x"}=>"code":{"text":"x"},"encounter":{"reference":"Encounter/seen"}`},
	{patch: cancelling},
	{patch: `[{"op":"replace","path":"/status","value":"cancelled"}]`},
	{patch: `[{"op":"add","path":"/comment","value":"c"}]`},
	{patch: `[{"op":"replace","path":"/title","value":"Ours"}]`},
	{patch: `[{"op":"test","path":"/reasonReference/0/reference","value":"Condition/asthma"}]`},
	{patch: `[{"op":"test","path":"/reasonReference/0/reference","value":"Observation/weight"}]`},
	{patch: `[{"op":"test","path":"/entry/0/item/reference","value":"Observation/weight"}]`},
	{patch: `[{"op":"test","path":"/entry/1","value":{}}]`},
	{patch: `[{"op":"test","path":"/basedOn","value":[{"reference":"ServiceRequest/asked"}]}]`},
	{patch: `[{"op":"remove","path":"/reasonReference/0"}]`},
	{patch: `[{"op":"remove","path":"/reasonReference/1"}]`},
	{patch: `[{"op":"remove","path":"/supportingInformation"}]`},
	{patch: `[{"op":"remove","path":"/entry/0"}]`},
	{patch: `[{"op":"remove","path":"/entry/2"}]`},
	{patch: `[{"op":"remove","path":"/text"}]`},
	{patch: `[{"op":"copy","from":"/entry/0","path":"/entry/-"}]`},
	{patch: `[{"op":"add","path":"/entry/1","value":{"item":{"reference":"Observation/hba1c"}}}]`},
	{patch: `[{"op":"move","from":"/entry","path":"/contained"}]`},
	{patch: `[{"op":"move","from":"/input/0/valueReference","path":"/focus"}]`},
	{patch: `[{"op":"copy","from":"/encounter/reference","path":"/title"}]`},
	{patch: `[{"op":"add","path":"/encounter","value":{"reference":"Encounter/seen"}}]`},
	{patch: `[{"op":"add","path":"/basedOn/-","value":{"reference":"ServiceRequest/other"}}]`},
	{patch: `[]`},
}

// TestP7_AChangeOfWhatRefersToAHiddenEntry: what a patient changes is what the patient is served. The answers, what can
// be read after it and its history are those of the same resource without the hidden entry; and of that nothing is
// lost.
func TestP7_AChangeOfWhatRefersToAHiddenEntry(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		p.load(`{"resourceType":"ServiceRequest","id":"asked","status":"active","intent":"order","subject":{"reference":"Patient/ann"}}`,
			`{"resourceType":"Encounter","id":"met","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ann"}}`,
			`{"resourceType":"Encounter","id":"seen","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ann"}}`)
		p.set("Patient", "ann", online.Person{Sections: map[string]access.Level{"record": access.Manage}})
		ann, doc := p.patient("ann"), p.staff()
		for _, key := range []string{"Condition/asthma", "ServiceRequest/asked", "Encounter/met"} {
			doc.is(http.StatusOK, doc.post("/"+key+"/$hide", because))
		}
		said := map[int]int{}
		for n, pair := range p.pairs() {
			for m, change := range changes {
				var texts [2]string
				for i, resource := range []string{pair.with, pair.without} {
					id := fmt.Sprintf("%s-%d-%d", []string{"with", "sans"}[i], n, m)
					p.load(strings.ReplaceAll(resource, "ID", id))
					path := "/" + pair.typ + "/" + id
					a := ann.is(http.StatusOK, ann.get(path))
					if from, to, _ := strings.Cut(change.put, "=>"); change.patch == "" {
						body := strings.Replace(a.body, strings.Replace(from, "ID", id, 1), strings.Replace(to, "ID", id, 1), 1)
						a = ann.put(path, body, a.version(), "Prefer: return=representation", theSame)
					} else {
						a = ann.patch(path, change.patch, a.version(), "Prefer: return=representation", theSame)
					}
					said[a.status]++
					texts[i] = strings.ReplaceAll(alike(a)+alike(ann.do("GET", path, "", theSame))+alike(ann.do("GET", path+"/_history", "", theSame)), id, "ID")
					if i > 0 {
						continue
					}
					kept := doc.is(http.StatusOK, doc.get(path)).body
					for _, hidden := range []string{"Condition/asthma", "ServiceRequest/asked", "Encounter/met"} {
						had, has := strings.Count(resource, hidden), strings.Count(kept, hidden)
						if had != has && !(strings.Contains(kept, "Encounter/seen") && hidden == "Encounter/met" && has == 0) && !strings.Contains(change.put, hidden) {
							t.Errorf("%s %+v: %s is there %d times and was %d times: %s", pair.typ, change, hidden, has, had, kept)
						}
					}
				}
				if texts[0] != texts[1] || strings.Contains(texts[0], "<div") {
					t.Errorf("%s %+v: with what is hidden:\n%s\nwithout:\n%s", pair.typ, change, texts[0], texts[1])
				}
			}
		}
		t.Logf("answers by status: %v", said)
	})
}

// What a patch makes that R4 doesn't allow is refused alike, whether something was left out of what was served or
// not.
func TestP7_APatchIsRefusedAlikeWhateverIsLeftOut(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		p.load(p.with(ordering("ann", "inhaler"), map[string]any{"id": "less"}),
			p.with(ordering("ann", "inhaler"), map[string]any{"id": "with", "reasonReference": refs("Condition/asthma")[0]}))
		ann, doc := p.patient("ann"), p.staff()
		doc.is(http.StatusOK, doc.post("/Condition/asthma/$hide", because))
		for _, op := range []string{`"move","from":"/status","path":"/description"`, `"remove","path":"/status"`,
			`"remove","path":"/for"`, `"replace","path":"/status","value":"bogus"`, `"add","path":"/input","value":[]`} {
			patch := `[{"op":` + op + `}]`
			with, less := ann.patch("/Task/with", patch), ann.patch("/Task/less", patch)
			if with.status != less.status || with.refused() != less.refused() {
				t.Errorf("%s: %d %s; where nothing is left out: %d %s", patch, with.status, with.body, less.status, less.body)
			}
		}
	})
}
