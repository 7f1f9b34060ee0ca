package practice_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/store/online"
)

// pointing is what refers to Condition/asthma in every way: what each is, and a member of a Communication with AT in
// the place of the address.
var pointing = map[string]string{
	"valueUri":       `"extension":[{"url":"urn:x","valueUri":"AT"}]`,
	"valueUrl":       `"extension":[{"url":"urn:x","valueUrl":"AT"}]`,
	"valueCanonical": `"extension":[{"url":"urn:x","valueCanonical":"AT"}]`,
	"meta.source":    `"meta":{"source":"AT"}`,
	"a uri of many":  `"instantiatesUri":["urn:y","AT"],"_instantiatesUri":[{"id":"a"},null]`,
	"nested":         `"extension":[{"url":"urn:x","extension":[{"url":"y","valueUri":"AT"}]}]`,
	"contained": `"contained":[{"resourceType":"Basic","id":"b","meta":{"source":"AT"},"code":{"text":"x"}}],` +
		`"about":[{"reference":"#b"}]`,
	"a url": `"payload":[{"contentAttachment":{"title":"t","url":"AT"}}]`,
}

// spellings are addresses of Condition/asthma that lead there as its own does.
var spellings = []string{
	base + "/Condition/asthma", "HTTPS://gp.example/fhir/Condition/asthma", "https://GP.Example/fhir/Condition/asthma",
	"http://gp.example/fhir/Condition/asthma",
	"//gp.example/fhir/Condition/asthma", "https://gp.example:443/fhir/Condition/asthma", base + "/Condition/asthma/",
	base + "/Condition/asthma?x=y",
	base + "/Condition/asthma#x", base + "//Condition/asthma", base + "/./Condition/asthma", base +
		"/Condition/%61sthma", base + "/Condition/asthma/_history/1",
}

// D18: what is hidden isn't named by what is served, whichever element leads there and however the address is written;
// and no search tells of it.
func TestD18_NoAddressOfWhatIsHiddenIsServed(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann, doc := p.patient("ann"), p.staff()
		const said = `{"resourceType":"Communication","id":"said","status":"completed",` +
			`"subject":{"reference":"Patient/ann"},"note":[{"text":"kept"}],`
		try := func(what, members, at string) {
			p.load(said + strings.ReplaceAll(members, "AT", at) + "}")
			open := doc.is(http.StatusOK, doc.get("/Communication/said"))
			if a := ann.is(http.StatusOK, ann.get("/Communication/said")); !strings.Contains(a.body, "kept") ||
				strings.Contains(a.body, at) {
				t.Errorf("%s as %s: Ann reads %s", what, at, a.body)
			}
			if !strings.Contains(open.body, at) {
				t.Fatalf("staff read %s", open.body)
			}
		}
		doc.is(http.StatusOK, doc.post("/Condition/asthma/$hide", because))
		for what, members := range pointing {
			try(what, members, base+"/Condition/asthma")
		}
		for _, at := range []string{"Condition/asthma", "Condition/asthma/", "/fhir/Condition/asthma",
			"Condition/asthma/_history/1"} {
			try("meta.source", pointing["meta.source"], at)
		}
		for _, at := range spellings {
			for _, query := range []string{"/Condition/asthma/Communication?subject=Patient/ann",
				"/Communication?_source=" + at, "/Communication?instantiates-uri=" + at} {
				if a := ann.get(query); strings.Contains(a.body, "Communication/said") {
					t.Errorf("%s: %s", query, a.body)
				}
			}
		}
		p.load(said + `"meta":{"source":"` + base + `/Condition/asthma"},"instantiatesUri":["urn:y"]}`)
		for _, query := range []string{"_source:below=" + base, "_source:above=" + base + "/Condition/asthma/x",
			"_source:missing=false", "_sort=_source", "_source:below=http",
			"_source=Condition/asthma", "_filter=_source%20eq%20Condition/asthma"} {
			if a := ann.get("/Communication?" + query); a.status < 400 {
				t.Errorf("%s is answered: %s", query, a.body)
			}
		}
		ann.sees("/Communication?instantiates-uri=urn:y", "Communication/said")
		ann.sees("/Communication?_source:below=https://other.example/", []string{}...)
	})
}

// D18: what points at what is open is served, with all that stands there.
func TestD18_AddressesOfWhatIsOpenAreServed(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann := p.patient("ann")
		for what, members := range pointing {
			text := `{"resourceType":"Communication","id":"said","status":"completed",` +
				`"subject":{"reference":"Patient/ann"},` + strings.ReplaceAll(members, "AT", base+
				"/Condition/asthma") + "}"
			p.load(text)
			if a := ann.is(http.StatusOK, ann.get("/Communication/said")); !strings.Contains(a.body, base+
				"/Condition/asthma") {
				t.Errorf("%s: Ann reads %s", what, a.body)
			}
		}
	})
}

// D18: where what isn't served leaves less than R4 requires, as a participant without actor, who sees that can change
// what may be changed, in every way of writing, and what isn't served stays as it was. What was never whole is refused.
func TestD18_WhatIsServedWithoutARequiredReferenceCanBeChanged(t *testing.T) {
	on(t, func(p *practice) {
		ann, doc := p.patient("ann"), p.staff()
		p.load(`{"resourceType":"Device","id":"pump","patient":{"reference":"Patient/ann"}}`)
		doc.is(http.StatusOK, doc.post("/Device/pump/$hide", because))
		const pump = `{"actor":{"reference":"Device/pump"},"status":"accepted"}`
		start := p.at(48 * time.Hour)
		visit := strings.Replace(strings.Replace(booking("ann", start), `"slot":[],`, `"id":"visit",`, 1),
			`"participant":[`, `"participant":[`+pump+`,`, 1)
		entry := func(bundle, resource, match string) answer {
			return ann.post("", `{"resourceType":"Bundle","type":"`+bundle+`","entry":[{"resource":`+resource+
				`,"request":{"method":"PUT","url":"Appointment/visit","ifMatch":"`+
				strings.ReplaceAll(strings.TrimPrefix(match, "If-Match: "), `"`, `\"`)+`"}}]}`)
		}
		const operation = `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type",` +
			`"valueCode":"add"},{"name":"path","valueString":"Appointment"},` +
			`{"name":"name","valueString":"comment"},{"name":"value","valueString":"mine"}]}]}`
		for how, change := range map[string]func(resource, match string) answer{
			"PUT": func(resource, match string) answer {
				return ann.put("/Appointment/visit", resource,
					match)
			},
			"conditional PUT": func(resource, match string) answer {
				return ann.put("/Appointment?_id=visit", resource,
					match)
			},
			"PATCH": func(_, match string) answer {
				return ann.patch("/Appointment/visit", `[{"op":"add","path":"/comment","value":"mine"}]`, match)
			},
			"FHIRPath Patch": func(_, match string) answer {
				return ann.patch("/Appointment/visit", operation, match, "Content-Type: application/fhir+json")
			},
			"batch":       func(resource, match string) answer { return entry("batch", resource, match) },
			"transaction": func(resource, match string) answer { return entry("transaction", resource, match) },
		} {
			p.load(visit)
			seen := ann.is(http.StatusOK, ann.get("/Appointment/visit"))
			if strings.Contains(seen.body, "pump") {
				t.Fatalf("it is served: %s", seen.body)
			}
			less := strings.Replace(seen.body, `{"actor":{"reference":"Practitioner/doc"},"status":"accepted"}`,
				`{"status":"accepted"}`, 1)
			for _, a := range []answer{ann.put("/Appointment/visit", less, seen.version()),
				entry("transaction", less, seen.version())} {
				if a.status != http.StatusBadRequest && a.status != http.StatusUnprocessableEntity {
					t.Errorf("%s: a participant without an actor: %d %s", how, a.status, a.body)
				}
			}
			mine := strings.Replace(seen.body, `"status":"booked"`, `"comment":"mine","status":"booked"`, 1)
			if a := change(mine, seen.version()); a.status != http.StatusOK || strings.Contains(a.body, "pump") ||
				strings.Contains(a.body, `"status":"4`) {
				t.Errorf("%s: %d %s", how, a.status, a.body)
			}
			if a := doc.get("/Appointment/visit"); !strings.Contains(a.body, `"comment":"mine"`) ||
				!strings.Contains(a.body, "Device/pump") || !strings.Contains(a.body, "Practitioner/doc") {
				t.Errorf("%s: it is %s", how, a.body)
			}
		}
	})
}

// D18: what R4 doesn't allow isn't stored by who isn't served all of a resource.
func TestD18_WhatIsServedInPartIsCheckedAsAWhole(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		p.set("Patient", "ann", online.Person{Sections: map[string]access.Level{"record": access.Manage}})
		ann, doc := p.patient("ann"), p.staff()
		p.load(`{"resourceType":"QuestionnaireResponse","id":"q","status":"in-progress",` +
			`"subject":{"reference":"Patient/ann"},"item":[` +
			`{"linkId":"1","answer":[{"valueReference":{"reference":"Condition/asthma"}}]},{"linkId":"2",` +
			`"answer":[{"valueString":"two"}]}]}`)
		doc.is(http.StatusOK, doc.post("/Condition/asthma/$hide", because))
		seen := ann.is(http.StatusOK, ann.get("/QuestionnaireResponse/q"))
		both := strings.Replace(seen.body, `"answer":[{"valueString":"two"}]`,
			`"answer":[{"valueString":"two"}],"item":[{"linkId":"3"}]`, 1)
		if a := ann.put("/QuestionnaireResponse/q", both, seen.version()); a.status != http.StatusBadRequest ||
			!strings.Contains(a.body, "invariant") {
			t.Errorf("what breaks qrs-1: %d %s", a.status, a.body)
		}
		ann.is(http.StatusOK, ann.put("/QuestionnaireResponse/q", strings.Replace(seen.body, `"two"`, `"three"`, 1),
			seen.version()))
		if a := doc.get("/QuestionnaireResponse/q"); !strings.Contains(a.body, "Condition/asthma") ||
			!strings.Contains(a.body, "three") {
			t.Errorf("it is %s", a.body)
		}
	})
}
