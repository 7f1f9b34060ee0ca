package practice_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir/search"
	"frontdesk/store/online"
)

// message is one from somebody to the north practice about a patient, with members set to others.
func (p *practice) message(sender, patient, text string, members map[string]any) string {
	p.Helper()
	return p.with(fmt.Sprintf(`{"resourceType":"Communication","status":"in-progress","topic":{"text":"A question"},"subject":{"reference":"Patient/%s"},`+
		`"sender":{"reference":%q},"recipient":[{"reference":"Organization/north"}],"payload":[{"contentString":%q}]}`, patient, sender, text), members)
}

// fromAnn is a message of Ann's about herself.
func (p *practice) fromAnn(text string, members map[string]any) string {
	p.Helper()
	return p.message("Patient/ann", "ann", text, members)
}

// reply is one of the doctor's.
func (p *practice) reply(status, first, answers, text string) string {
	p.Helper()
	return p.message("Practitioner/doc", "ann", text, map[string]any{"status": status, "partOf": refs(first), "inResponseTo": refs(answers),
		"recipient": refs("Patient/ann")})
}

// refs are References.
func refs(to ...string) []any {
	var all []any
	for _, r := range to {
		all = append(all, map[string]any{"reference": r})
	}
	return all
}

// sent is where a message is that was sent.
func (c *client) sends(message string) string {
	c.Helper()
	return c.is(http.StatusCreated, c.post("/Communication", message)).key()
}

func TestP10_AThreadIsAnsweredKeptOpenAndClosed(t *testing.T) {
	on(t, func(p *practice) {
		ann, dad, doc := p.patient("ann"), p.proxy(), p.staff()
		first := ann.sends(p.fromAnn("May I take both?", nil))
		if a := ann.get("/" + first); !strings.Contains(a.body, `"sent":"`) {
			t.Errorf("when it was sent isn't said: %s", a.body)
		}
		doc.sees("/Communication?status=in-progress", first)
		open := doc.sends(p.reply("in-progress", first, first, "Both of what?"))
		second := dad.sends(p.message("RelatedPerson/dad", "ann", "The white and the blue ones.", map[string]any{"partOf": refs(first), "inResponseTo": refs(open)}))
		doc.sees("/Communication?status=in-progress", first, open, second)
		closing := doc.sends(p.reply("completed", first, second, "Yes."))
		doc.sees("/Communication?status=in-progress")
		ann.sees("/Communication?part-of="+first, open, second, closing)
		if a := ann.get("/" + second); !strings.Contains(a.body, `"received":"`) {
			t.Errorf("the practice hasn't received it: %s", a.body)
		}
		again := ann.sends(p.fromAnn("Thank you.", map[string]any{"partOf": refs(first), "inResponseTo": refs(closing)}))
		doc.sees("/Communication?status=in-progress", again)
	})
}

func TestP10_WhatIsNoMessageIsRefused(t *testing.T) {
	on(t, func(p *practice) {
		ann, doc := p.patient("ann"), p.staff()
		first := ann.sends(p.fromAnn("Hello", nil))
		answer := doc.sends(p.reply("in-progress", first, first, "Yes?"))
		other := ann.sends(p.fromAnn("Something else", nil))
		for what, members := range map[string]map[string]any{
			"completed by the patient":  {"status": "completed"},
			"in the doctor's name":      {"sender": refs("Practitioner/doc")[0]},
			"in nobody's name":          {"sender": nil},
			"to nobody":                 {"recipient": nil},
			"to another practice":       {"recipient": refs("Organization/south")},
			"to another's doctor":       {"recipient": refs("Practitioner/doc", "Practitioner/other")},
			"saying nothing":            {"payload": nil},
			"of an empty attachment":    {"payload": []any{map[string]any{"contentAttachment": map[string]any{"title": "Nothing"}}}},
			"sent tomorrow":             {"sent": p.at(24 * time.Hour).Format(time.RFC3339)},
			"sent yesterday":            {"sent": p.at(-24 * time.Hour).Format(time.RFC3339)},
			"received by the practice":  {"received": p.at(0).Format(time.RFC3339)},
			"part of what isn't first":  {"partOf": refs(answer)},
			"answering without thread":  {"inResponseTo": refs(first)},
			"answering another thread":  {"partOf": refs(first), "inResponseTo": refs(other)},
			"longer than 5,000 letters": {"payload": []any{map[string]any{"contentString": strings.Repeat("é", 5001)}}},
		} {
			ann.refused(what, ann.post("/Communication", p.fromAnn("Hello", members)), http.StatusUnprocessableEntity, "", "INVALID_RESOURCE")
		}
		for what, members := range map[string]map[string]any{
			"part of nothing":         {"partOf": refs("Communication/nowhere")},
			"attached from elsewhere": {"payload": []any{map[string]any{"contentAttachment": map[string]any{"url": "https://elsewhere.example/x"}}}},
			"attached what isn't":     {"payload": []any{map[string]any{"contentAttachment": map[string]any{"url": "Binary/nowhere"}}}},
		} {
			ann.refused(what, ann.post("/Communication", p.fromAnn("Hello", members)), http.StatusUnprocessableEntity, "not-found", "REFERENCE_NOT_FOUND")
		}
		ann.sends(p.fromAnn("", map[string]any{"payload": []any{map[string]any{"contentString": strings.Repeat("é", 5000)}}, "recipient": refs("Practitioner/doc")}))
		doc.refused("staff saying nothing", doc.post("/Communication", p.with(p.reply("completed", first, first, ""), map[string]any{"payload": nil})), 422, "", "INVALID_RESOURCE")
	})
}

func TestP10_WhatWasSentStays(t *testing.T) {
	on(t, func(p *practice) {
		ann := p.patient("ann")
		text := `{"resourceType":"Binary","contentType":"text/plain","securityContext":{"reference":"Patient/ann"},"data":"aGVsbG8="}`
		attachment := ann.is(http.StatusCreated, ann.post("/Binary", text)).key()
		attached := map[string]any{"payload": []any{map[string]any{"contentAttachment": map[string]any{"contentType": "text/plain", "url": attachment}}}}
		first := ann.sends(p.fromAnn("", attached))
		before := p.staff().get("/" + first).body
		for _, a := range []answer{ann.put("/"+first, before), ann.patch("/"+first, to("completed")), ann.delete("/" + first), ann.delete("/" + attachment),
			ann.put("/"+attachment, p.with(text, map[string]any{"id": strings.TrimPrefix(attachment, "Binary/")})), ann.post("/CommunicationRequest",
				`{"resourceType":"CommunicationRequest","status":"active","subject":{"reference":"Patient/ann"}}`)} {
			if a.status != http.StatusForbidden {
				t.Errorf("%d %s", a.status, a.body)
			}
		}
		if a := p.staff().get("/" + first); a.body != before {
			t.Errorf("it was changed: %s", a.body)
		}
		bob := p.patient("bob")
		bob.refused("Ann's attachment", bob.post("/Communication", p.message("Patient/bob", "bob", "", attached)), 422, "not-found", "REFERENCE_NOT_FOUND")
	})
}

func TestP10_AsManyMessagesAsThePracticeReads(t *testing.T) {
	on(t, func(p *practice) {
		decided := online.Defaults()
		decided.MessagesPerDay, decided.MessageLength = 3, 10
		p.set("Organization", "north", decided)
		ann, dad, doc := p.patient("ann"), p.proxy(), p.staff()
		ann.refused("eleven characters", ann.post("/Communication", p.fromAnn("Hello there", nil)), 422, "too-long", "INVALID_RESOURCE")
		first := ann.sends(p.fromAnn("One", nil))
		p.clock.pass(time.Hour)
		got := together(6, func(int) int { return ann.post("/Communication", p.fromAnn("More", nil)).status })
		if got[http.StatusCreated] != 2 || got[http.StatusTooManyRequests] != 4 {
			t.Errorf("six at once: %v", got)
		}
		over := ann.post("/Communication", p.fromAnn("More", nil))
		wait, err := strconv.Atoi(over.header.Get("Retry-After"))
		if err != nil || over.status != http.StatusTooManyRequests || wait < 22*3600 || wait > 23*3600+60 {
			t.Errorf("%d, Retry-After %q: %s", over.status, over.header.Get("Retry-After"), over.body)
		}
		dad.sends(p.message("RelatedPerson/dad", "ann", "Mine", nil)) // has a limit of his own
		doc.sends(p.reply("completed", first, first, "Yes."))         // and staff have none
		p.clock.pass(time.Duration(wait) * time.Second)
		ann.sends(p.fromAnn("Again", nil))
	})
}

func TestP10_WhileThePracticeIsClosedItSaysOnceWhenItReads(t *testing.T) {
	on(t, func(p *practice) {
		london, err := time.LoadLocation("Europe/London")
		p.must(err)
		today := p.clock.now().In(london)
		midnight := time.Date(today.Year(), today.Month(), today.Day()+1, 0, 30, 0, 0, london)
		p.clock.pass(midnight.Sub(today)) // half past midnight
		decided := online.Defaults()
		for day := range time.Weekday(7) {
			decided.Opening = append(decided.Opening, online.Hours{Days: []time.Weekday{day}, From: "08:00", To: "18:30"})
		}
		p.set("Organization", "north", decided)
		ann, dad, doc := p.patient("ann"), p.proxy(), p.staff()
		first := ann.sends(p.fromAnn("Hello", nil))
		automatic := "/Communication?sender=Organization/north&part-of="
		replies := ann.get(automatic + first)
		if len(replies.found()) != 1 {
			t.Fatalf("replies: %s", replies.body)
		}
		for _, has := range []string{"111", "999", midnight.Format("Monday 2 January at 08:00"), `"recipient":[{"reference":"Patient/ann"}]`, `"inResponseTo":[{"reference":"` + first} {
			if !strings.Contains(replies.body, has) {
				t.Errorf("the reply has no %s: %s", has, replies.body)
			}
		}
		ann.sends(p.fromAnn("Are you there?", map[string]any{"partOf": refs(first)}))
		dad.sends(p.message("RelatedPerson/dad", "ann", "And I?", map[string]any{"partOf": refs(first)}))
		if got := ann.get(automatic + first).found(); len(got) != 1 {
			t.Errorf("replies in the thread: %v", got)
		}
		second := dad.sends(p.message("RelatedPerson/dad", "ann", "Another matter", nil))
		if got := ann.get(automatic + second).found(); len(got) != 1 {
			t.Errorf("replies in another thread: %v", got)
		}
		doc.sends(p.reply("completed", first, first, "Now I am.")) // staff are not answered
		p.clock.pass(8 * time.Hour)
		third := ann.sends(p.fromAnn("Good morning", nil))
		if got := ann.get(automatic + third).found(); len(got) != 0 {
			t.Errorf("replies while it is open: %v", got)
		}
	})
}

func TestP10_AHiddenMessageIsNotThere(t *testing.T) {
	on(t, func(p *practice) {
		decided := online.Defaults()
		decided.MessagesPerDay = 2
		p.set("Organization", "north", decided)
		ann, doc := p.patient("ann"), p.staff()
		first := ann.sends(p.fromAnn("Hello", nil))
		doc.is(http.StatusOK, doc.post("/"+first+"/$hide", because))
		text := func(thread string) string {
			_, _, text := ann.post("/Communication", p.fromAnn("More", map[string]any{"partOf": refs(thread)})).issue()
			return strings.ReplaceAll(text, thread, "it")
		}
		if hidden, never := text(first), text("Communication/nowhere"); hidden != never || hidden == "" {
			t.Errorf("hidden: %s; never was: %s", hidden, never)
		}
		ann.sends(p.fromAnn("One", nil))
		ann.sends(p.fromAnn("Two", nil)) // the hidden one doesn't count
	})
}

func TestP10_AnAttachmentIsNoLargerThanThePracticeTakes(t *testing.T) {
	on(t, func(p *practice) {
		ann, doc := p.patient("ann"), p.staff()
		doc.is(http.StatusOK, doc.post("/Organization/north/$online-access", parameters("attachment-size", "UnsignedInt", "1")))
		data := func(bytes int) string { return base64.StdEncoding.EncodeToString(make([]byte, bytes)) }
		with := func(payload ...map[string]any) string {
			return p.fromAnn("", map[string]any{"payload": append([]map[string]any{{"contentString": "A photo"}}, payload...)})
		}
		inline := func(bytes int) map[string]any {
			return map[string]any{"contentAttachment": map[string]any{"contentType": "image/jpeg", "data": data(bytes)}}
		}
		ann.sends(with(inline(1000), inline(1000)))
		a := ann.post("/Communication", with(inline(1000), inline(1001)))
		ann.refused("a large one", a, http.StatusRequestEntityTooLarge, "too-long", "INVALID_RESOURCE")
		if !strings.Contains(a.body, `Communication.payload[2].contentAttachment.data`) {
			t.Errorf("which one isn't said: %s", a.body)
		}
		for bytes, status := range map[int]int{1000: http.StatusCreated, 1001: http.StatusRequestEntityTooLarge} {
			image := `{"resourceType":"Binary","contentType":"image/jpeg",` +
				`"securityContext":{"reference":"Patient/ann"},"data":"` + data(bytes) + `"}`
			ann.is(status, ann.post("/Binary", image))
			scan := doc.is(http.StatusCreated, doc.post("/Binary", image)).key()
			for _, payload := range []map[string]any{{"contentAttachment": map[string]any{"url": scan}}, {"contentReference": map[string]any{"reference": scan}}} {
				if a := ann.post("/Communication", with(payload)); a.status != status {
					t.Errorf("%d bytes by reference: %d %s", bytes, a.status, a.body)
				}
			}
		}
		doc.is(http.StatusOK, doc.post("/Organization/north/$online-access", parameters("attachment-size", "UnsignedInt", "0")))
		ann.sends(with(inline(100_000)))
	})
}

func TestP10_OnABankHolidayThePracticeIsClosed(t *testing.T) {
	on(t, func(p *practice) {
		day := p.clock.now().In(search.London()).AddDate(0, 0, 1)
		day = time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, day.Location())
		p.clock.pass(day.Sub(p.clock.now())) // noon, when no day ends
		ann, doc := p.patient("ann"), p.staff()
		weekday := strings.ToLower(day.Format("Mon"))
		opening := `{"resourceType":"Parameters","parameter":[{"name":"opening-hours","part":[`
		for _, name := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
			opening += `{"name":"day","valueCode":"` + name + `"},`
		}
		opening += `{"name":"from","valueTime":"00:00:00"},{"name":"to","valueTime":"23:59:00"}]}]}`
		doc.is(http.StatusOK, doc.post("/Organization/north/$online-access", opening))
		ann.sends(p.fromAnn("Open?", nil))
		ann.sees("/Communication?category=notification")
		holiday := day.Format(time.DateOnly)
		start := p.at(24 * time.Hour)
		tomorrow := start.In(search.London()).Format(time.DateOnly)
		p.load(slot("a", "free", start))
		a := doc.is(http.StatusOK, doc.post("/Organization/north/$online-access", parameters("closed", "Date", `"`+holiday+`"`, "closed", "Date", `"`+tomorrow+`"`)))
		if !strings.Contains(a.body, holiday) {
			t.Errorf("it isn't told: %s", a.body)
		}
		ann.sends(p.fromAnn("Closed?", nil))
		if got := ann.get("/Communication?category=notification"); strings.Count(got.body, "The practice is closed now") != 1 || strings.Contains(got.body, "when it opens on "+day.Format("Monday")) {
			t.Errorf("on a closed %s: %s", weekday, got.body)
		}
		ann.refused("a booking on a bank holiday", ann.post("/Appointment", booking("ann", start, "a")), http.StatusUnprocessableEntity, "", "INVALID_RESOURCE")
		doc.is(http.StatusBadRequest, doc.post("/Organization/north/$online-access", parameters("closed", "Date", `"2026-13"`)))
		doc.is(http.StatusOK, doc.post("/Organization/north/$online-access", parameters("clear", "Code", `"closed"`)))
		ann.booked(booking("ann", start, "a"))
	})
}

// However many messages come to a thread at once while the practice is closed, one automatic reply is sent in it.
func TestP10_ManyAtOnceAreAnsweredOnceInAThread(t *testing.T) {
	on(t, func(p *practice) {
		day := p.clock.now().In(search.London()).AddDate(0, 0, 1)
		p.until(time.Date(day.Year(), day.Month(), day.Day(), 3, 0, 0, 0, day.Location()))
		decided := online.Defaults()
		decided.MessagesPerDay = 0
		ann, dad := p.patient("ann"), p.proxy()
		first := ann.sends(p.fromAnn("Hello", nil)) // while nothing is known of hours
		for day := range time.Weekday(7) {
			decided.Opening = append(decided.Opening, online.Hours{Days: []time.Weekday{day}, From: "08:00", To: "18:30"})
		}
		p.set("Organization", "north", decided)
		part := map[string]any{"partOf": refs(first)}
		got := together(8, func(i int) int {
			if i%2 == 0 {
				return dad.post("/Communication", p.message("RelatedPerson/dad", "ann", "Hello?", part)).status
			}
			return ann.post("/Communication", p.fromAnn("Hello?", part)).status
		})
		replies := ann.get("/Communication?sender=Organization/north&part-of=" + first).found()
		if got[http.StatusCreated] != 8 || len(replies) != 1 {
			t.Errorf("%v came at once, and there are the replies %v", got, replies)
		}
	})
}

// The inbox has what waits, by status, of the own practice alone: oldest or newest first, by pages, by topic and
// sender. Staff begin threads too, and change what a message is about to nobody else's.
func TestP10_TheInboxIsByStatusAndOfTheOwnPractice(t *testing.T) {
	on(t, func(p *practice) {
		ann, bob, eve, doc := p.patient("ann"), p.patient("bob"), p.patient("eve"), p.staff()
		south := p.person("other", "", "user/*.cruds")
		a := ann.sends(p.fromAnn("One", map[string]any{"sent": p.at(0).Format(time.RFC3339)}))
		b := bob.sends(p.message("Patient/bob", "bob", "Two", nil))
		toSouth := map[string]any{"recipient": refs("Organization/south")}
		e := eve.sends(p.message("Patient/eve", "eve", "Three", toSouth))
		const waiting = "/Communication?status=in-progress"
		doc.sees(waiting, a, b)
		south.sees(waiting, e)
		doc.sees(waiting+"&sender=Patient/bob", b)
		first := doc.is(http.StatusOK, doc.get(waiting+"&_sort=sent&_count=1&_total=accurate"))
		if got := first.found(); first.count() != 2 || len(got) != 1 || got[0] != a || first.link("next") == "" {
			t.Errorf("the oldest first: %v of %d", got, first.count())
		}
		// Staff of the other practice answer nothing of this one's, and close nothing.
		closes := map[string]any{"status": "completed", "partOf": refs(a), "recipient": refs("Patient/ann")}
		answer := p.message("Practitioner/other", "ann", "Yes", closes)
		if got := south.post("/Communication", answer); got.status < 400 {
			t.Errorf("another practice answers: %d %s", got.status, got.body)
		}
		doc.sees(waiting, a, b)
		toBob := refs("Patient/bob")
		begun := doc.sends(p.message("Practitioner/doc", "bob", "Please come.", map[string]any{"recipient": toBob}))
		bob.is(http.StatusOK, bob.get("/"+begun))
		answered := map[string]any{"partOf": refs(begun), "inResponseTo": refs(begun)}
		reply := bob.sends(p.message("Patient/bob", "bob", "I will.", answered))
		doc.sees(waiting, a, b, begun, reply)
		closing := map[string]any{"status": "completed", "partOf": refs(begun), "inResponseTo": refs(reply),
			"recipient": toBob}
		doc.sends(p.message("Practitioner/doc", "bob", "Thank you.", closing))
		doc.sees(waiting, a, b)
		bob.sees("/Communication?part-of=" + begun + "&status=in-progress")
	})
}
