package practice_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/store/online"
)

// result is a result of Ann's from the laboratory.
func result(id string) string {
	return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category",`+
		`"code":"laboratory"}]}],"code":{"text":"HbA1c"},"subject":{"reference":"Patient/ann"},"valueQuantity":{"value":48}}`, id)
}

// report is a report of Ann's about results.
func report(id string, results ...string) string {
	var all []string
	for _, r := range results {
		all = append(all, fmt.Sprintf(`{"reference":"Observation/%s"}`, r))
	}
	return fmt.Sprintf(`{"resourceType":"DiagnosticReport","id":%q,"status":"final","code":{"text":"Blood"},"subject":{"reference":"Patient/ann"},"result":[%s]}`, id, strings.Join(all, ","))
}

// delayed makes the practice's results show by themselves after a while.
func (p *practice) delayed(d time.Duration) {
	p.Helper()
	decided := online.Defaults()
	decided.ResultsDelay = online.Duration(d)
	p.set("Organization", "north", decided)
}

func TestP5_AResultIsAsIfItHadNeverBeenUntilItIsReleased(t *testing.T) {
	on(t, func(p *practice) {
		ann, doc, ehr := p.patient("ann"), p.staff(), p.ehr()
		ehr.sent(ehr.put("/Observation/hba1c", result("hba1c")))
		ehr.sent(ehr.put("/DiagnosticReport/blood", report("blood", "hba1c")))
		check := func(when string) {
			t.Helper()
			ann.hidden("Observation", "hba1c")
			ann.hidden("DiagnosticReport", "blood")
			ann.sees("/Observation")
			ann.sees("/DiagnosticReport?_include=DiagnosticReport:result")
			p.proxy().hidden("Observation", "hba1c")
			if a := ann.get("/Patient/ann/$everything?_type=Observation,DiagnosticReport"); strings.Contains(a.body, "hba1c") || strings.Contains(a.body, "blood") {
				t.Errorf("%s: $everything has it: %s", when, a.body)
			}
		}
		check("new")
		ehr.is(http.StatusOK, ehr.put("/Observation/hba1c", strings.Replace(result("hba1c"), "48", "49", 1)))
		ehr.is(http.StatusOK, ehr.put("/DiagnosticReport/blood", report("blood", "hba1c")))
		check("sent again")
		p.clock.pass(60 * 24 * time.Hour)
		check("months later")
		doc.sees("/Observation", "Observation/hba1c")
		doc.is(http.StatusOK, doc.post("/Observation/hba1c/$release", parameters()))
		if a := ann.is(http.StatusOK, ann.get("/Observation/hba1c")); !strings.Contains(a.body, "49") || a.header.Get("ETag") != `W/"2"` {
			t.Errorf("released: %s %s", a.header.Get("ETag"), a.body)
		}
		ann.hidden("DiagnosticReport", "blood") // of which nobody has said anything
		ehr.is(http.StatusOK, ehr.put("/Observation/hba1c", result("hba1c")))
		ann.is(http.StatusOK, ann.get("/Observation/hba1c"))
	})
}

func TestP5_WhicheverWayItComesItWaits(t *testing.T) {
	on(t, func(p *practice) {
		ann, doc, ehr := p.patient("ann"), p.staff(), p.ehr()
		doc.is(http.StatusCreated, doc.post("/Observation", p.with(result("x"), map[string]any{"id": nil})))
		ehr.is(http.StatusOK, ehr.post("/", transaction(entry{method: "PUT", url: "Observation/in", body: result("in")})))
		weight := p.with(result("weight"), map[string]any{"category": nil})
		ehr.sent(ehr.put("/Observation/weight", weight)) // isn't from the laboratory
		ann.sees("/Observation", "Observation/weight")
		ehr.sent(ehr.put("/Observation/weight", result("weight"))) // is, after all
		ann.sees("/Observation")
		ehr.is(http.StatusOK, ehr.post("/Observation/in/$release", parameters()))
		ehr.is(http.StatusNoContent, ehr.delete("/Observation/in"))
		ehr.sent(ehr.put("/Observation/in", result("in"))) // sent anew, it may tell something else
		ann.sees("/Observation")
	})
}

func TestP5_AReportIsReleasedWithItsResultsAndAComment(t *testing.T) {
	on(t, func(p *practice) {
		ann, doc, ehr := p.patient("ann"), p.staff(), p.ehr()
		panel := p.with(result("panel"), map[string]any{"hasMember": []any{map[string]any{"reference": "Observation/member"}}})
		for _, o := range []string{panel, result("member"), result("hidden"), result("other")} {
			ehr.sent(ehr.put("/Observation/"+idOf(p, o), o))
		}
		bobs := p.with(result("bobs"), map[string]any{"subject": map[string]any{"reference": "Patient/bob"}})
		ehr.sent(ehr.put("/Observation/bobs", bobs))
		ehr.sent(ehr.put("/DiagnosticReport/blood", report("blood", "panel", "hidden", "nowhere", "late", "bobs")))
		doc.is(http.StatusOK, doc.post("/Observation/hidden/$hide", because))
		for range 2 { // sent twice, it is said once
			doc.is(http.StatusOK, doc.post("/DiagnosticReport/blood/$release", parameters("comment", "String", `"All is well."`)))
		}
		if a := ann.is(http.StatusOK, ann.get("/DiagnosticReport/blood")); strings.Count(a.body, "All is well.") != 1 || strings.Contains(a.body, "hidden") {
			t.Errorf("the report: %s", a.body)
		}
		ann.sees("/Observation", "Observation/panel", "Observation/member")
		p.patient("bob").sees("/Observation")
		ehr.sent(ehr.put("/Observation/late", result("late"))) // a result that comes after its report was released
		ann.sees("/Observation", "Observation/panel", "Observation/member", "Observation/late")
		doc.is(http.StatusOK, doc.post("/Observation/other/$release", parameters("comment", "String", `"A little high."`)))
		if a := ann.is(http.StatusOK, ann.get("/Observation/other")); !strings.Contains(a.body, `"note":[{"authorReference":{"reference":"Practitioner/doc"},"text":"A little high."`) {
			t.Errorf("the note: %s", a.body)
		}
	})
}

func idOf(p *practice, resource string) string {
	_, rest, _ := strings.Cut(p.with(resource, nil), `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

func TestP5_TheCommentAndTheReleaseAreOne(t *testing.T) {
	on(t, func(p *practice) {
		ann, doc, ehr := p.patient("ann"), p.staff(), p.ehr()
		p.delayed(0)
		ehr.sent(ehr.put("/Observation/open", result("open")))
		p.delayed(48 * time.Hour)
		ehr.sent(ehr.put("/Observation/hba1c", result("hba1c")))
		ehr.is(http.StatusOK, ehr.put("/Observation/hba1c", strings.Replace(result("hba1c"), "48", "49", 1)))
		// Of one that shows already, a comment that shows tomorrow hides it until then: at no time is there the one
		// without the other.
		stop, seen := make(chan bool), make(chan string, 1)
		go func() {
			defer close(seen)
			for {
				select {
				case <-stop:
					return
				default:
				}
				if a := ann.get("/Observation/open"); a.status == http.StatusOK && strings.Contains(a.body, "Tomorrow") {
					seen <- a.body
					return
				}
			}
		}()
		at := `"` + p.at(24*time.Hour).Format(time.RFC3339) + `"`
		doc.is(http.StatusOK, doc.post("/Observation/open/$release", parameters("comment", "String", `"Tomorrow."`, "at", "DateTime", at)))
		close(stop)
		if early, ok := <-seen; ok {
			t.Errorf("the comment was shown without the release: %s", early)
		}
		ann.hidden("Observation", "open")
		// What was corrected before the release is part of the history that shows after it.
		doc.is(http.StatusOK, doc.post("/Observation/hba1c/$release", parameters("comment", "String", `"Well."`)))
		if got := ann.is(http.StatusOK, ann.get("/Observation/hba1c/_history")).found(); len(got) != 3 {
			t.Errorf("its versions: %v", got)
		}
		ann.is(http.StatusOK, ann.get("/Observation/hba1c/_history/1"))
	})
}

func TestP5_ItShowsByItselfWhenThePracticeOrThePatientAgreedSo(t *testing.T) {
	on(t, func(p *practice) {
		ann, bob, ehr, doc := p.patient("ann"), p.patient("bob"), p.ehr(), p.staff()
		p.delayed(48 * time.Hour)
		p.set("Patient", "bob", online.Person{ResultsAtOnce: true})
		bobs := p.with(result("bobs"), map[string]any{"subject": map[string]any{"reference": "Patient/bob"}})
		ehr.sent(ehr.put("/Observation/bobs", bobs))
		bob.sees("/Observation", "Observation/bobs")
		ehr.sent(ehr.put("/Observation/hba1c", result("hba1c")))
		p.clock.pass(47 * time.Hour)
		ann.sees("/Observation")
		ehr.sent(ehr.put("/Observation/hba1c", result("hba1c"))) // waits no longer for it
		ehr.sent(ehr.put("/Observation/second", result("second")))
		p.clock.pass(2 * time.Hour)
		ann.sees("/Observation", "Observation/hba1c")
		doc.is(http.StatusOK, doc.post("/Observation/second/$release", parameters("at", "DateTime", `"`+p.at(time.Hour).Format(time.RFC3339)+`"`)))
		ann.hidden("Observation", "second")
		p.clock.pass(2 * time.Hour)
		ann.sees("/Observation", "Observation/hba1c", "Observation/second")
	})
}

func TestP5_OnlyStaffOfThePracticeRelease(t *testing.T) {
	on(t, func(p *practice) {
		ehr := p.ehr()
		ehr.sent(ehr.put("/Observation/hba1c", result("hba1c")))
		for what, c := range map[string]*client{"the patient": p.patient("ann"), "another": p.patient("bob"), "a proxy": p.proxy()} {
			for _, id := range []string{"hba1c", "nothing"} {
				if a := c.post("/Observation/"+id+"/$release", parameters()); a.status != http.StatusForbidden {
					t.Errorf("%s: %d %s", what, a.status, a.body)
				}
			}
		}
		other, doc := p.person("other", "", "user/*.cruds"), p.staff()
		other.is(http.StatusNotFound, other.post("/Observation/hba1c/$release", parameters()))
		doc.is(http.StatusBadRequest, doc.post("/Observation/hba1c/$release", parameters("at", "DateTime", `"2026"`)))
		doc.is(http.StatusNotFound, doc.post("/Observation/nothing/$release", parameters()))
		p.patient("ann").hidden("Observation", "hba1c")
		if a := doc.get("/OperationDefinition/result-release"); a.status != http.StatusOK {
			t.Errorf("it isn't defined: %d", a.status)
		}
	})
}
