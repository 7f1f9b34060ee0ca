package practice_test

import (
	"net/http"
	"strings"
	"testing"
)

// roads are ways to ask of Condition/ID that suites of single requests leave out.
var roads = []string{
	"/Condition?_filter=_id%20eq%20ID", "/Condition?_filter=code:text%20co%20%22Zebra%22",
	"/Condition?_id=ID&_contained=both",
	"/Condition?_sort=code&_id=ID", "/Encounter?_sort=diagnosis", "/Condition?_text=Zebra", "/Condition?_content=Zebra",
	"/Encounter?_include=Encounter:diagnosis", "/Encounter?_include=*", "/List?_include=List:item",
	"/List?item=Condition/ID",
	"/List?item.code:text=Zebra", "/List?item:Condition.code:text=Zebra", "/Encounter?diagnosis:Condition._id=ID",
	"/Patient?_has:Condition:patient:_id=ID", "/Patient?_has:Condition:subject:code:text=Zebra",
	"/Patient?_revinclude=Condition:subject",
	"/Patient/ann/$everything?_type=Condition", "/Patient/ann/Condition?_id=ID", "/Patient/ann/*?_id=ID",
	"/Condition?_list=listed&_id=ID",
	"/Binary/scan", "/Binary/scan/_history/1", "/Binary?security-context=DocumentReference/ID",
	"/Provenance?target=Condition/ID",
	"/Condition?_has:Provenance:target:_id=p", "/Condition/_history?_count=100", "/_history",
	"/?_type=Condition&_id=ID", "/Condition/ID?_elements=code",
	"/Condition/ID?_summary=text", "/Condition/ID/_history/1?_format=xml", "/Condition/ID?_format=xml",
	"/Condition?_id=ID&_total=accurate",
	"/Condition?_id=ID&_explain=true", "/AuditEvent?entity=Condition/ID", "/AuditEvent?entity-name=ID",
	"/Condition?_tag=hidden&_id=ID",
}

// E2, P7: by no road, in no format, entry or error, is what is hidden answered otherwise than what never was.
func TestE2_NoRoadTellsOfWhatIsHidden(t *testing.T) {
	on(t, func(p *practice) {
		const id, never = "hidden0", "never00"
		secret := `{"resourceType":"Condition","id":"` + id +
			`","subject":{"reference":"Patient/ann"},"code":{"text":"Zebra"}}`
		p.load(secret, `{"resourceType":"DocumentReference","id":"`+id+
			`","status":"current","subject":{"reference":"Patient/ann"},`+
			`"content":[{"attachment":{"url":"Binary/scan","title":"Zebra"}}]}`,
			`{"resourceType":"Binary","id":"scan","contentType":"text/plain","data":"Z2lyYWZmZQ==",`+
				`"securityContext":{"reference":"DocumentReference/`+id+`"}}`,
			`{"resourceType":"Encounter","id":"met","status":"finished","class":{"code":"AMB"},`+
				`"subject":{"reference":"Patient/ann"},`+
				`"diagnosis":[{"condition":{"reference":"Condition/`+id+`","display":"Zebra"}}]}`,
			`{"resourceType":"List","id":"listed","status":"current","mode":"working",`+
				`"subject":{"reference":"Patient/ann"},`+
				`"entry":[{"item":{"reference":"Condition/`+id+`"}}]}`)
		ann, doc, ehr := p.patient("ann"), p.staff(), p.ehr()
		ehr.is(http.StatusOK, ehr.put("/Condition/"+id, strings.Replace(secret, "Zebra", "Zebra 2", 1),
			`X-Provenance: {"resourceType":"Provenance","recorded":"2026-01-01T00:00:00Z",`+
				`"agent":[{"who":{"reference":"Organization/north"}}]}`))
		for _, key := range []string{"Condition/" + id, "DocumentReference/" + id} {
			doc.is(http.StatusOK, doc.post("/"+key+"/$hide", because))
		}
		same := "X-Request-Id: the-same"
		alike := func(what string, ask func(id string) answer) {
			t.Helper()
			got, want := ask(id), ask(never)
			plain := func(a answer) string {
				return strings.ReplaceAll(a.header.Get("ETag")+a.header.Get("Location")+a.body, id, never)
			}
			if got.status != want.status || plain(got) != plain(want) {
				t.Errorf("%s: %d %s\nof what never was: %d %s", what, got.status, plain(got), want.status, plain(want))
			}
			for _, word := range []string{"Zebra", "Z2lyYWZm", `"reference":"Condition/` + id} {
				if strings.Contains(got.body, word) && !strings.Contains(what, word) {
					t.Errorf("%s tells %s: %s", what, word, got.body)
				}
			}
			if strings.Contains(what, "Zebra") && strings.Contains(got.body, `"mode":"match"`) {
				t.Errorf("%s finds by what is hidden: %s", what, got.body)
			}
		}
		for _, road := range roads {
			alike(road, func(id string) answer {
				return ann.do(http.MethodGet, strings.ReplaceAll(road, "ID", id), "", same)
			})
			alike("a batch: "+road, func(id string) answer {
				return ann.post("", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET",`+
					`"url":"`+
					strings.TrimPrefix(strings.ReplaceAll(road, "ID", id), "/")+`"}}]}`, same)
			})
		}
		for _, method := range []string{"PUT", "DELETE", "PATCH"} {
			alike(method, func(id string) answer {
				return ann.do(method, "/Condition/"+id, strings.Replace(secret, `"hidden0"`, `"`+id+`"`, 1), same,
					"Content-Type: application/fhir+json")
			})
		}
		for what, resource := range map[string]string{
			"a message about it": p.fromAnn("Hello", map[string]any{"about": refs("Condition/ID")}),
			"an order by it": p.with(ordering("ann", "inhaler"),
				map[string]any{"reasonReference": refs("Condition/ID")[0]}),
			"an attachment": p.fromAnn("Hello",
				map[string]any{"payload": []any{map[string]any{"contentReference": refs("DocumentReference/ID")[0]}}}),
			"a Binary of it": `{"resourceType":"Binary","contentType":"text/plain","data":"eA==",` +
				`"securityContext":{"reference":"DocumentReference/ID"}}`,
		} {
			_, rest, _ := strings.Cut(resource, `"resourceType":"`)
			typ, _, _ := strings.Cut(rest, `"`)
			alike(what, func(id string) answer {
				a := ann.post("/"+typ, strings.ReplaceAll(resource, "ID", id), same, "Prefer: return=OperationOutcome")
				if a.status == http.StatusCreated {
					return answer{status: a.status}
				}
				return a
			})
		}
	})
}
