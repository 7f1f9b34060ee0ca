package practice_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store/online"
)

// chart is one entry of Ann's record in each section.
var chart = []string{
	`{"resourceType":"Condition","id":"asthma","subject":{"reference":"Patient/ann"},"code":{"text":"Asthma"}}`,
	`{"resourceType":"Observation","id":"weight","status":"final","subject":{"reference":"Patient/ann"},"code":{"text":"Weight"},"category":[{"coding":[{"code":"vital-signs"}]}]}`,
	`{"resourceType":"Observation","id":"hba1c","status":"final","subject":{"reference":"Patient/ann"},"code":{"text":"HbA1c"},"category":[{"coding":[{"code":"laboratory"}]}]}`,
	`{"resourceType":"MedicationRequest","id":"inhaler","status":"active","intent":"plan","subject":{"reference":"Patient/ann"},"medicationCodeableConcept":{"text":"Salbutamol"}}`,
	`{"resourceType":"Communication","id":"hello","status":"completed","subject":{"reference":"Patient/ann"},"payload":[{"contentString":"Hello"}]}`,
}

// set decides on somebody's online access.
func (p *practice) set(typ, id string, settings any) {
	p.Helper()
	p.must(online.Set(p.Context(), p.store, fhir.Key{Type: typ, ID: id}, settings))
}

// levels are all sections at one level, but those named.
func levels(all access.Level, but map[string]access.Level) map[string]access.Level {
	out := map[string]access.Level{}
	for section := range online.Defaults().Sections {
		out[section] = all
	}
	for name, level := range but {
		for _, section := range online.Parts(name) {
			out[section] = level
		}
	}
	return out
}

func TestP6_AClosedSectionIsNotThere(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann := p.patient("ann")
		ann.is(http.StatusOK, ann.get("/Condition/asthma"))
		p.set("Patient", "ann", online.Person{Sections: map[string]access.Level{"record": access.None}})
		ann.is(http.StatusForbidden, ann.get("/Condition/asthma")) // as Conditions that aren't there: the section is closed
		ann.is(http.StatusForbidden, ann.get("/Condition/nothing"))
		ann.sees("/Observation", "Observation/hba1c")
		ann.sees("/Communication", "Communication/hello")
	})
}

func TestP6_WhatATokenSeesIsWhatAllOfThemOpen(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		// The practice opens nothing but results and messages.
		practice := online.Defaults()
		practice.Sections = levels(access.None, map[string]access.Level{"results": access.CanView, "messages": access.CanView})
		p.set("Organization", "north", practice)
		ann := p.patient("ann")
		ann.sees("/Observation", "Observation/hba1c")
		ann.is(http.StatusForbidden, ann.post("/Communication", chart[4]))
		// Ann has agreed with it to have her problems too, and no messages.
		p.set("Patient", "ann", online.Person{Sections: map[string]access.Level{"record": access.CanView, "messages": access.None}})
		ann.sees("/Condition", "Condition/asthma")
		ann.sees("/Observation", "Observation/hba1c", "Observation/weight")
		ann.is(http.StatusForbidden, ann.get("/Communication"))
		// Her father sees no more than she does, of what was opened to him.
		p.set("RelatedPerson", "dad", online.Person{Sections: levels(access.Manage, map[string]access.Level{"results": access.None})})
		dad := p.proxy()
		dad.sees("/Observation", "Observation/weight")
		dad.is(http.StatusForbidden, dad.get("/Communication"))
		// And an app no more than it was allowed.
		p.person("ann", "ann", "patient/Observation.rs?category=laboratory").sees("/Observation", "Observation/hba1c")
	})
}

func TestP6_EntriesShowFromTheDayTheyWereAdded(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		p.set("Patient", "ann", online.Person{From: p.clock.now()})
		ann := p.patient("ann")
		ann.sees("/Condition")
		ann.hidden("Condition", "asthma")
		// Of long ago, and added now: what counts is when it was added.
		p.load(`{"resourceType":"Condition","id":"eczema","subject":{"reference":"Patient/ann"},"recordedDate":"1999","code":{"text":"Eczema"}}`)
		ann.sees("/Condition", "Condition/eczema")
		p.load(chart[0]) // sent again by the EHR, it is no newer
		ann.hidden("Condition", "asthma")
	})
}

func TestP6_TheOperationTellsAndSetsWhatIsDecided(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		doc, ann := p.staff(), p.patient("ann")
		a := doc.is(http.StatusOK, doc.post("/Organization/north/$online-access",
			`{"resourceType":"Parameters","parameter":[{"name":"booking-window","valueDuration":{"value":2,"code":"wk","system":"http://unitsofmeasure.org"}},
			{"name":"opening-hours","part":[{"name":"day","valueCode":"mon"},{"name":"from","valueTime":"08:00:00"},{"name":"to","valueTime":"18:30:00"}]},
			{"name":"section","part":[{"name":"name","valueCode":"messages"},{"name":"level","valueCode":"none"}]}]}`))
		if b := doc.is(http.StatusOK, doc.get("/Organization/north/$online-access")); a.body != b.body || !strings.Contains(b.body, `"value":14,"unit":"d"`) {
			t.Errorf("set %s, told %s", a.body, b.body)
		}
		decided, err := online.OfPractice(t.Context(), p.store.Records(), "north")
		p.must(err)
		want := online.Defaults() // nothing else was named, so nothing else has changed
		want.BookingWindow, want.Sections["messages"] = online.Duration(14*24*time.Hour), access.None
		want.Opening = []online.Hours{{Days: []time.Weekday{time.Monday}, From: "08:00", To: "18:30"}}
		if !reflect.DeepEqual(decided, want) {
			t.Errorf("decided %+v, want %+v", decided, want)
		}
		ann.is(http.StatusForbidden, ann.get("/Communication"))
		doc.is(http.StatusOK, doc.post("/Organization/north/$online-access", parameters("clear", "Code", `"section"`)))
		ann.sees("/Communication", "Communication/hello")
		for _, wrong := range []string{parameters(), parameters("suspended", "String", `"yes"`), parameters("nonsense", "Boolean", "true"),
			parameters("booking-window", "Duration", `{"value":1,"code":"a","system":"http://unitsofmeasure.org"}`), parameters("clear", "Code", `"nonsense"`),
			`{"resourceType":"Parameters","parameter":[{"name":"section","part":[{"name":"name","valueCode":"nonsense"},{"name":"level","valueCode":"view"}]}]}`} {
			doc.is(http.StatusBadRequest, doc.post("/Organization/north/$online-access", wrong))
		}
		for _, path := range []string{"/Organization/south", "/Patient/eve"} { // another practice's
			if a := doc.post(path+"/$online-access", parameters("suspended", "Boolean", "true")); a.status < 400 {
				t.Errorf("%s: %d", path, a.status)
			}
		}
		ann.is(http.StatusForbidden, ann.get("/Patient/ann/$online-access"))
	})
}

func TestP6_EHRsReadADecisionAsAConsentAndCannotChangeIt(t *testing.T) {
	on(t, func(p *practice) {
		doc, ehr, ann := p.staff(), p.ehr(), p.patient("ann")
		doc.is(http.StatusOK, doc.post("/Patient/ann/$online-access", parameters("visible-from", "Date", `"2026-01-01"`)))
		consent := ehr.is(http.StatusOK, ehr.get("/Consent?patient=ann")).found()
		if len(consent) != 1 {
			t.Fatalf("consents: %v", consent)
		}
		text := ehr.is(http.StatusOK, ehr.get("/"+consent[0])).body
		if !strings.Contains(text, "2026-01-01") {
			t.Errorf("the Consent doesn't tell: %s", text)
		}
		ann.sees("/Consent")
		ehr.is(http.StatusMethodNotAllowed, ehr.put("/"+consent[0], p.with(text, map[string]any{"status": "inactive"})))
		ehr.is(http.StatusMethodNotAllowed, ehr.delete("/"+consent[0]))
		ehr.is(http.StatusMethodNotAllowed, ehr.post("/Consent", text))
	})
}

// TestP6_ASectionIsSwitchedOffDuringAPageWalk: whoever is in the midst of reading is shown nothing of it from the
// moment that it is off, on whatever page.
func TestP6_ASectionIsSwitchedOffDuringAPageWalk(t *testing.T) {
	on(t, func(p *practice) {
		const all, walkers = 60, 8
		var conditions []string
		for n := range all {
			conditions = append(conditions, fmt.Sprintf(`{"resourceType":"Condition","id":"c%02d","subject":{"reference":"Patient/ann"},"code":{"text":"x"}}`, n))
		}
		p.load(conditions...)
		ann := p.patient("ann")
		var off atomic.Bool
		var halfway sync.WaitGroup
		halfway.Add(walkers)
		got := make(chan int, 1)
		go func() {
			halfway.Wait() // all have read some pages
			p.set("Patient", "ann", online.Person{Sections: map[string]access.Level{"record": access.None}})
			off.Store(true)
			got <- 0
		}()
		counts := together(walkers, func(walker int) int {
			seen, path := map[string]bool{}, "/Condition?_count=5"
			for pages := 0; path != ""; pages++ {
				was := off.Load()
				a := ann.get(path)
				keys := a.found()
				for _, key := range keys {
					if seen[key] {
						t.Errorf("%s is shown twice", key)
					}
					seen[key] = true
				}
				if was && len(keys) > 0 {
					t.Errorf("it is off, and page %d has %v", pages, keys)
				}
				if a.status != http.StatusOK && a.status != http.StatusForbidden {
					t.Errorf("%d %s", a.status, a.body)
				}
				if pages == 3 {
					halfway.Done()
					if walker%2 == 0 { // the others read on while it is switched off
						<-got
						got <- 0
					}
				}
				path = nextOf(a)
			}
			return len(seen)
		})
		if counts[20] < walkers/2 { // four pages, and no more
			t.Errorf("so many were seen by so many: %v", counts)
		}
		ann.hidden("Condition", "c00")
	})
}
