package practice_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/store/online"
	"frontdesk/store/rules"
)

// D14: a message is as long as all its texts, wherever they stand in it.
func TestD14_AMessageIsAsLongAsAllItsTexts(t *testing.T) {
	on(t, func(p *practice) {
		ann, long := p.patient("ann"), strings.Repeat("x", 200_000)
		for where, members := range map[string]map[string]any{
			"the payload":     {"payload": []any{map[string]any{"contentString": long}}},
			"a note":          {"note": []any{map[string]any{"text": long}}},
			"the topic":       {"topic": map[string]any{"text": long}},
			"an extension":    {"extension": []any{map[string]any{"url": "urn:x", "valueString": long}}},
			"many short ones": {"note": texts(6000)},
			"a contained Binary": {"contained": []any{map[string]any{"resourceType": "Binary", "id": "b",
				"contentType": "text/plain", "data": base64.StdEncoding.EncodeToString([]byte(long))}},
				"about": refs("#b")},
			"an attachment hidden": {"extension": []any{map[string]any{"url": "urn:x",
				"valueAttachment": map[string]any{"contentType": "text/plain",
					"data": base64.StdEncoding.EncodeToString([]byte(long))}}}},
			"a name": {"recipient": []any{map[string]any{"reference": "Organization/north",
				"display": long}}},
		} {
			if a := ann.post("/Communication",
				p.fromAnn("Hello", members)); a.status != http.StatusUnprocessableEntity &&
				a.status != http.StatusRequestEntityTooLarge {
				t.Errorf("%s: %d %.300s", where, a.status, a.body)
			}
		}
		ann.sends(p.fromAnn(strings.Repeat("é", 4990), nil))
		ann.refused("in a transaction", ann.post("",
			`{"resourceType":"Bundle","type":"transaction","entry":[{"resource":`+
				p.fromAnn("Hello", map[string]any{"topic": map[string]any{"text": long}})+
				`,"request":{"method":"POST","url":"Communication"}}]}`), 422, "too-long", "INVALID_RESOURCE")
	})
}

func texts(n int) (all []any) {
	for range n {
		all = append(all, map[string]any{"text": "x"})
	}
	return all
}

// D14: whatever a patient or proxy writes is bounded as a whole, and what is attached by what the practice takes. What
// staff made larger can be changed as before.
func TestD14_WhateverIsWrittenOnlineIsBounded(t *testing.T) {
	on(t, func(p *practice) {
		p.within(rules.Options{Characters: 5000})
		practice := online.Defaults()
		practice.AttachmentSize = 1
		p.set("Organization", "north", practice)
		p.set("Patient", "ann", online.Person{Sections: map[string]access.Level{"record": access.Manage}})
		p.load(chart...)
		start := p.at(48 * time.Hour)
		p.load(slot("s", "free", start))
		ann, dad, long := p.patient("ann"), p.proxy(), strings.Repeat("x", 6000)
		appointment, sent := booking("ann", start, "s"), ann.sends(p.fromAnn("Hello", nil))
		letter := `{"resourceType":"DocumentReference","status":"current","subject":{"reference":"Patient/ann"},` +
			`"context":{"related":[{"reference":"` + sent +
			`"}]},"content":[{"attachment":{"contentType":"text/plain","title":"t","data":"DATA"}}]}`
		large := base64.StdEncoding.EncodeToString([]byte(long))
		for what, resource := range map[string]string{
			"Appointment": p.with(appointment, map[string]any{"comment": long}),
			"Task": p.with(ordering("ann", "inhaler"),
				map[string]any{"note": []any{map[string]any{"text": long}}}),
			"Observation": p.with(bloodPressure, map[string]any{"valueString": long}),
			"QuestionnaireResponse": p.with(answering, map[string]any{"item": []any{map[string]any{"linkId": "1",
				"text": long}}}),
			"DocumentReference": strings.Replace(strings.Replace(letter, `"title":"t"`, `"title":"`+long+`"`, 1),
				"DATA", "aGVsbG8=", 1),
			"DocumentReference/": strings.Replace(letter, "DATA", large, 1),
			"Communication": p.fromAnn("Hello",
				map[string]any{"payload": []any{map[string]any{"contentAttachment": map[string]any{
					"contentType": "text/plain", "data": large}}}}),
			"Binary": `{"resourceType":"Binary","contentType":"text/plain",` +
				`"securityContext":{"reference":"Patient/ann"},"data":"` + large + `"}`,
		} {
			a := ann.post("/"+strings.TrimSuffix(what, "/"), resource)
			if a.status != http.StatusRequestEntityTooLarge && a.status != http.StatusUnprocessableEntity ||
				!strings.Contains(a.body, "too-long") {
				t.Errorf("%s: %d %.300s", what, a.status, a.body)
			}
		}
		if a := dad.post("/Appointment", p.with(appointment,
			map[string]any{"comment": long})); a.status != http.StatusRequestEntityTooLarge {
			t.Errorf("a proxy: %d %.300s", a.status, a.body)
		}
		p.slotIs("free", "s")
		key := ann.booked(appointment).key()
		visit := ann.get("/" + key)
		if a := ann.patch("/"+key, `[{"op":"add","path":"/comment","value":"`+long+`"}]`,
			visit.version()); a.status != http.StatusRequestEntityTooLarge {
			t.Errorf("a comment: %d %.300s", a.status, a.body)
		}
		doc := p.staff()
		doc.is(http.StatusOK, doc.patch("/"+key, `[{"op":"add","path":"/patientInstruction","value":"`+long+`"}]`,
			visit.version()))
		ann.is(http.StatusOK, ann.patch("/"+key, cancelling, ann.get("/"+key).version()))
	})
}

// D19: what a person writes in 24 hours is bounded by count and bytes, for all apps, ways and instances together; then
// it begins anew. Staff have no such bound, and what is refused doesn't count.
func TestD19_APersonWritesSoMuchADay(t *testing.T) {
	on(t, func(p *practice) {
		p.within(rules.Options{Daily: rules.Quota{Writes: 3}})
		practice := online.Defaults()
		practice.MessagesPerDay = 0
		p.set("Organization", "north", practice)
		ann, other, bob, doc := p.patient("ann"), p.person("ann", "ann", "patient/*.cruds"), p.patient("bob"), p.staff()
		ann.sends(p.fromAnn("one", nil))
		for range 5 {
			ann.post("/Communication", p.fromAnn("refused", map[string]any{"status": "completed"}))
		}
		p.clock.pass(time.Hour)
		entry := `{"resource":` + p.fromAnn("in a batch", nil) + `,"request":{"method":"POST","url":"Communication"}}`
		a := other.is(http.StatusOK, other.post("", `{"resourceType":"Bundle","type":"batch","entry":[`+entry+
			","+entry+","+entry+`]}`))
		if strings.Count(a.body, `"status":"201`) != 2 || strings.Count(a.body, `"status":"429`) != 1 {
			t.Errorf("a batch: %s", a.body)
		}
		late := ann.post("/Communication", p.fromAnn("four", nil))
		ann.refused("the fourth", late, http.StatusTooManyRequests, "throttled", "")
		if wait, err := time.ParseDuration(late.header.Get("Retry-After") + "s"); err != nil || wait < 22*time.Hour ||
			wait > 23*time.Hour {
			t.Errorf("Retry-After: %s", late.header.Get("Retry-After"))
		}
		bob.sends(p.message("Patient/bob", "bob", "Hello", nil))
		for range 5 {
			doc.is(http.StatusCreated, doc.post("/Condition", p.with(chart[0], map[string]any{"id": nil})))
		}
		p.clock.pass(24 * time.Hour)
		ann.sends(p.fromAnn("the next day", nil))
	})
}

// D19: of many at once no more pass than the bound, also by bytes.
func TestD19_OfManyAtOnceNoMorePass(t *testing.T) {
	on(t, func(p *practice) {
		message := p.fromAnn(strings.Repeat("x", 900), nil)
		p.within(rules.Options{Daily: rules.Quota{Bytes: 5 * len(message)}})
		practice := online.Defaults()
		practice.MessagesPerDay = 0
		p.set("Organization", "north", practice)
		ann, answers := p.patient("ann"), make([]answer, 16)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { answers[i] = ann.post("/Communication", message) })
		}
		all.Wait()
		said := map[int]int{}
		for _, a := range answers {
			said[a.status]++
		}
		stored := len(p.staff().get("/Communication?subject=Patient/ann").found())
		if stored != said[http.StatusCreated] || stored > 5 || stored == 0 || said[http.StatusTooManyRequests] == 0 {
			t.Errorf("%d are stored; answers by status: %v", stored, said)
		}
	})
}

// bloodPressure is a reading of Ann's own, and answering her answers to a Questionnaire.
const (
	bloodPressure = `{"resourceType":"Observation","status":"final","code":{"text":"Blood pressure"},` +
		`"subject":{"reference":"Patient/ann"},"performer":[{"reference":"Patient/ann"}],` +
		`"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category",` +
		`"code":"vital-signs"}]}],"valueString":"120/80"}`
	answering = `{"resourceType":"QuestionnaireResponse","questionnaire":"http://q.example/q",` +
		`"status":"in-progress","subject":{"reference":"Patient/ann"}}`
)
