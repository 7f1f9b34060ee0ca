package practice_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir/search"
	"frontdesk/handlers/smart/state"
)

// child loads a child of the north practice, born on a day, and for each name a proxy of that relationship, with an
// account.
func (p *practice) child(born string, proxies map[string]string) map[string]*client {
	p.Helper()
	p.load(p.with(patient("kid", "north"), map[string]any{"birthDate": born}))
	p.must(p.state.AddAccount(p.Context(), state.Account{Name: "kid", Person: "Patient/kid"}, ""))
	apps := map[string]*client{}
	for name, relationship := range proxies {
		related := map[string]any{"resourceType": "RelatedPerson", "id": name, "active": true,
			"patient": refs("Patient/kid")[0]}
		if relationship != "" {
			coding := map[string]any{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": relationship}
			related["relationship"] = []any{map[string]any{"coding": []any{coding}}}
		}
		text, err := json.Marshal(related)
		p.must(err)
		p.load(string(text))
		p.must(p.state.AddAccount(p.Context(), state.Account{Name: name, Person: "RelatedPerson/" + name}, ""))
		apps[name] = p.person(name, "kid", "patient/*.cruds")
	}
	return apps
}

// agreed has a client decide that a proxy may see the section details and appointments, with further parameters.
func (c *client) agreed(proxy, more string) answer {
	c.Helper()
	section := `{"name":"section","part":[{"name":"name","valueCode":"appointments"},{"name":"level","valueCode":"view"}]}`
	return c.is(http.StatusOK, c.post("/RelatedPerson/"+proxy+"/$online-access",
		`{"resourceType":"Parameters","parameter":[`+section+more+`]}`))
}

// over fails the story unless an app is refused as one is to which nothing was ever offered, and gets no further
// token.
func (c *client) over(never answer) {
	c.Helper()
	if a := c.get("/Patient/kid"); a.status != http.StatusUnauthorized || a.refused() != never.refused() {
		c.Errorf("%s: %d %s; never offered: %s", c.approval.Person, a.status, a.refused(), never.refused())
	}
	if _, err := c.state.Live(c.Context(), c.approval.ID); err == nil {
		c.Errorf("%s: a refresh would be answered", c.approval.Person)
	}
}

// goesOn fails the story unless an app reads the child's details.
func (c *client) goesOn() {
	c.Helper()
	c.is(http.StatusOK, c.get("/Patient/kid"))
}

// until puts the clock to a moment.
func (p *practice) until(at time.Time) { p.clock.pass(at.Sub(p.clock.now())) }

// At the patient's 16th birthday a parent's access ends by itself, at that moment, until it is agreed anew. Others'
// goes on.
func TestP11_AParentsAccessEndsAtThe16thBirthday(t *testing.T) {
	on(t, func(p *practice) {
		today := p.clock.now().In(search.London())
		birthday := time.Date(today.Year(), today.Month(), today.Day()+2, 0, 0, 0, 0, search.London())
		apps := p.child(birthday.AddDate(-16, 0, 0).Format(time.DateOnly), map[string]string{
			"mother": "MTH", "friend": "FRND", "some": "", "nobody": "MTH"})
		doc, kid := p.staff(), p.person("kid", "kid", "patient/*.cruds")
		never := apps["nobody"].is(http.StatusUnauthorized, apps["nobody"].get("/Patient/kid"))
		ends := `"ends","valueDateTime":"` + birthday.UTC().Format(time.RFC3339)
		for _, who := range []string{"mother", "friend", "some"} {
			a := doc.agreed(who, "")
			parent := who != "friend"
			if strings.Contains(a.body, `"ends"`) != parent || parent && !strings.Contains(a.body, ends) {
				t.Errorf("staff are told of %s: %s", who, a.body)
			}
			apps[who].goesOn()
		}
		p.until(birthday.Add(-time.Second))
		for _, who := range []string{"mother", "friend", "some"} {
			apps[who].goesOn()
		}
		p.until(birthday)
		apps["mother"].over(never)
		apps["some"].over(never)
		apps["friend"].goesOn()
		kid.goesOn()
		if a := doc.is(http.StatusOK, doc.get("/RelatedPerson/mother/$online-access")); !strings.Contains(a.body, ends) {
			t.Errorf("staff aren't told: %s", a.body)
		}
		doc.is(http.StatusOK, doc.post("/RelatedPerson/some/$online-access", parameters("suspended", "Boolean", "false")))
		apps["some"].over(never) // that agrees to nothing
		if a := doc.agreed("mother", ""); strings.Contains(a.body, `"ends"`) {
			t.Errorf("agreed anew, it ends again: %s", a.body)
		}
		apps["mother"].goesOn()
		p.clock.pass(48 * time.Hour)
		apps["mother"].goesOn()
		apps["some"].over(never)
	})
}

// The age is the practice's to set, and what is agreed before it doesn't count at it.
func TestP11_TheAgeIsThePracticesToSet(t *testing.T) {
	on(t, func(p *practice) {
		today := p.clock.now().In(search.London())
		apps := p.child(fmt.Sprint(today.Year()-14), map[string]string{"mother": "MTH", "nobody": "MTH"})
		doc := p.staff()
		never := apps["nobody"].get("/Patient/kid")
		doc.agreed("mother", "")
		apps["mother"].goesOn()
		set := func(age string) {
			t.Helper()
			doc.is(http.StatusOK, doc.post("/Organization/north/$online-access", parameters("parent-age", "UnsignedInt", age)))
		}
		set("15")
		apps["mother"].goesOn()
		p.until(time.Date(today.Year()+1, 1, 1, 0, 0, 0, 0, search.London())) // of a year alone, its first day
		apps["mother"].over(never)
		set("0")
		apps["mother"].goesOn()
		set("13")
		apps["mother"].goesOn() // agreed when the child was older
	})
}

// A proxy's access ends by itself when staff said, or when the RelatedPerson's period ends: at that moment, as if
// it had never been offered.
func TestP11_AProxysAccessEndsWhenWasSaid(t *testing.T) {
	on(t, func(p *practice) {
		apps := p.child("2001-01-01", map[string]string{"a": "FRND", "b": "FRND", "c": "FRND", "nobody": "FRND"})
		doc, kid := p.staff(), p.person("kid", "kid", "patient/*.cruds")
		never := apps["nobody"].get("/Patient/kid")
		hour := p.at(time.Hour)
		day := p.clock.now().In(search.London()).AddDate(0, 0, 1)
		a := doc.agreed("a", `,{"name":"until","valueDateTime":"`+hour.Format(time.RFC3339)+`"}`)
		until := `"until","valueDateTime":"` + hour.Format(time.RFC3339)
		if !strings.Contains(a.body, `"ends"`) || !strings.Contains(a.body, until) {
			t.Errorf("staff are told: %s", a.body)
		}
		doc.agreed("b", `,{"name":"until","valueDate":"`+day.Format(time.DateOnly)+`"}`)
		doc.agreed("c", "")
		text := doc.is(http.StatusOK, doc.get("/RelatedPerson/c"))
		doc.is(http.StatusOK, doc.put("/RelatedPerson/c",
			p.with(text.body, map[string]any{"period": map[string]any{"end": hour.Format(time.RFC3339)}})))
		for name, who := range map[string]string{"ends": "RelatedPerson/a", "until": "Patient/kid"} {
			// of which nobody decides
			doc.is(http.StatusBadRequest, doc.post("/"+who+"/$online-access", parameters(name, "DateTime", `"2030-01-01"`)))
		}
		for _, who := range []string{"a", "b", "c"} {
			apps[who].goesOn()
		}
		p.until(hour.Add(-time.Second))
		apps["a"].goesOn()
		p.until(hour)
		apps["a"].over(never)
		p.until(hour.Add(time.Second)) // a period includes its end
		apps["c"].over(never)
		apps["b"].goesOn()
		kid.goesOn()
		midnight := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, search.London())
		p.until(midnight.Add(-time.Second))
		apps["b"].goesOn() // the day counts whole
		p.until(midnight)
		apps["b"].over(never)
		doc.is(http.StatusOK, doc.post("/RelatedPerson/b/$online-access", parameters("clear", "Code", `"until"`)))
		apps["b"].goesOn()
	})
}
