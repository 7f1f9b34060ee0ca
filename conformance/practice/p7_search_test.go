package practice_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestP7_NoSearchIsDecidedByWhatIsNotServed: what the index has of a resource and the patient isn't served can't be
// asked for. Staff ask as before.
func TestP7_NoSearchIsDecidedByWhatIsNotServed(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		p.load(`{"resourceType":"DiagnosticReport","id":"report","status":"final","code":{"text":"Blood"},"subject":{"reference":"Patient/ann"},
			"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Cholesterol high</div>"},
			"result":[{"reference":"Observation/hba1c","display":"Sugar","identifier":{"value":"h1"}}]}`,
			`{"resourceType":"DocumentReference","id":"letter","status":"current","subject":{"reference":"Patient/ann"},"content":[{"attachment":{"url":"Binary/scan","contentType":"image/png"}}]}`,
			`{"resourceType":"Binary","id":"scan","contentType":"image/png","securityContext":{"reference":"Patient/ann"},"data":"c2VjcmV0"}`)
		ann, doc := p.patient("ann"), p.staff()
		doc.is(http.StatusOK, doc.post("/Observation/hba1c/$hide", because))
		doc.is(http.StatusOK, doc.post("/Binary/scan/$hide", because))
		for path, found := range map[string]string{
			"/DiagnosticReport?_content=Sugar":                              "DiagnosticReport/report",
			"/DiagnosticReport?_content=Cholesterol":                        "DiagnosticReport/report",
			"/DiagnosticReport?_text=Cholesterol":                           "DiagnosticReport/report",
			"/DiagnosticReport?_filter=_text co Cholesterol":                "",
			"/DiagnosticReport?result:text=Sugar":                           "DiagnosticReport/report",
			"/DiagnosticReport?result:identifier=h1":                        "DiagnosticReport/report",
			"/DiagnosticReport?_sort=result":                                "DiagnosticReport/report",
			"/Patient?_has:DiagnosticReport:subject:result:text=Sug":        "Patient/ann",
			"/Patient?_has:DiagnosticReport:subject:_text=Cholest":          "",
			"/Observation?subject:Patient._text=Ann":                        "",
			"/DocumentReference?contenttype=image/png":                      "DocumentReference/letter",
			"/DocumentReference?contenttype:missing=false":                  "DocumentReference/letter",
			"/DocumentReference?location=Binary/scan":                       "DocumentReference/letter",
			"/Patient?_has:DocumentReference:subject:contenttype=image/png": "Patient/ann",
		} {
			path = strings.ReplaceAll(path, " ", "%20")
			if a := ann.get(path); a.status != http.StatusBadRequest || strings.Contains(a.body, "result") && strings.Contains(a.body, "Sugar\"") {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
			if got := doc.is(http.StatusOK, doc.get(path)).found(); found != "" && (len(got) != 1 || got[0] != found) {
				t.Errorf("staff ask %s and are answered %v", path, got)
			}
		}
		ann.sees("/DiagnosticReport?code:text=blood", "DiagnosticReport/report")
		if a := ann.get("/DiagnosticReport/report"); strings.Contains(a.body, "Cholesterol") || strings.Contains(a.body, "Sugar") {
			t.Errorf("served: %s", a.body)
		}
		if a := doc.get("/DiagnosticReport/report"); !strings.Contains(a.body, "Cholesterol") {
			t.Errorf("staff are served: %s", a.body)
		}
	})
}
