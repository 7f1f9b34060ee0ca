package practice_test

import (
	"net/http"
	"strings"
	"testing"

	"frontdesk/fhir/access"
	"frontdesk/store/online"
)

// P15: a document belongs to a message that its sender has sent and sees, by whatever way it comes.
func TestP15_ADocumentBelongsToAMessageOfOnesOwn(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann, bob, dad, doc := p.patient("ann"), p.patient("bob"), p.proxy(), p.staff()
		mine, hidden := ann.sends(p.fromAnn("Hello", nil)), ann.sends(p.fromAnn("Hidden", nil))
		doc.is(http.StatusOK, doc.post("/"+hidden+"/$hide", because))
		bobs := bob.sends(p.message("Patient/bob", "bob", "Hello", nil))
		dads := dad.sends(p.message("RelatedPerson/dad", "ann", "Hello", nil))
		document := func(related ...string) string {
			return p.with(`{"resourceType":"DocumentReference","status":"current",`+
				`"subject":{"reference":"Patient/ann"},`+
				`"content":[{"attachment":{"contentType":"text/plain","data":"SGVsbG8="}}]}`,
				map[string]any{"context": map[string]any{"related": refs(related...)}})
		}
		for what, related := range map[string]string{
			"another patient's": bobs, "a proxy's": dads, "a hidden one": hidden,
			"the practice's": "Communication/hello",
			"nothing":        "Communication/nothing",
		} {
			a := ann.post("/DocumentReference", document(related))
			ann.refused(what, a, http.StatusUnprocessableEntity, "not-found", "REFERENCE_NOT_FOUND")
			a = ann.post("/DocumentReference", document(mine, related))
			ann.refused(what+" besides", a, http.StatusUnprocessableEntity, "not-found", "REFERENCE_NOT_FOUND")
			a = ann.post("", `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":`+document(related)+
				`,"request":{"method":"POST","url":"DocumentReference"}}]}`)
			ann.refused(what+" in a transaction", a, http.StatusUnprocessableEntity, "not-found", "REFERENCE_NOT_FOUND")
		}
		ann.is(http.StatusCreated, ann.post("/DocumentReference", document(mine)))
		dad.is(http.StatusCreated, dad.post("/DocumentReference", document(dads)))
		ann.is(http.StatusOK, ann.post("", `{"resourceType":"Bundle","type":"transaction","entry":[`+
			`{"fullUrl":"urn:uuid:0b9d4c54-7b0c-4b36-9f0e-2f6f9d0d6a51","resource":`+p.fromAnn("Together", nil)+
			`,"request":{"method":"POST","url":"Communication"}},`+
			`{"resource":`+document("urn:uuid:0b9d4c54-7b0c-4b36-9f0e-2f6f9d0d6a51")+
			`,"request":{"method":"POST","url":"DocumentReference"}}]}`))
	})
}

// P15: answers are to a Questionnaire that is here, active and for patients; what was begun is amended after it was
// retired.
func TestP15_AnswersAreToAQuestionnaireThatIsOffered(t *testing.T) {
	on(t, func(p *practice) {
		p.set("Patient", "ann", online.Person{Sections: map[string]access.Level{"record": access.Manage}})
		questionnaire := func(id, members string) string {
			return `{"resourceType":"Questionnaire","id":"` + id + `","url":"http://q.example/` + id + `",` + members +
				`}`
		}
		p.load(questionnaire("draft", `"status":"draft"`), questionnaire("retired", `"status":"retired"`),
			questionnaire("device", `"status":"active","subjectType":["Device"]`),
			questionnaire("two", `"status":"active","version":"2"`))
		ann := p.patient("ann")
		to := func(canonical string) string { return strings.Replace(answering, "http://q.example/q", canonical, 1) }
		for _, canonical := range []string{"draft", "retired", "device", "nothing", "two|1", "q|9"} {
			a := ann.post("/QuestionnaireResponse", to("http://q.example/"+canonical))
			ann.refused(canonical, a, http.StatusUnprocessableEntity, "not-found", "REFERENCE_NOT_FOUND")
		}
		for _, canonical := range []string{"two", "two|2"} {
			ann.is(http.StatusCreated, ann.post("/QuestionnaireResponse", to("http://q.example/"+canonical)))
		}
		begun := ann.is(http.StatusCreated, ann.post("/QuestionnaireResponse", answering))
		p.load(questionnaire("q", `"status":"retired"`))
		a := ann.patch("/"+begun.key(), `[{"op":"replace","path":"/status","value":"completed"}]`, begun.version())
		ann.is(http.StatusOK, a)
		a = ann.post("/QuestionnaireResponse", answering)
		ann.refused("retired", a, http.StatusUnprocessableEntity, "not-found", "REFERENCE_NOT_FOUND")
	})
}
