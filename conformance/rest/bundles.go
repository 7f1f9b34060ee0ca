package rest

import (
	"fmt"
	"strings"
	"testing"
)

// entry is one of a batch or transaction; more are further members of request.
func entry(resource, method, url string, more ...string) string {
	if resource != "" {
		resource = `"resource":` + resource + `,`
	}
	more = append([]string{fmt.Sprintf(`"method":%q,"url":%q`, method, url)}, more...)
	return `{` + resource + `"request":{` + strings.Join(more, ",") + `}}`
}

func bundleOf(typ string, entries ...string) string {
	return `{"resourceType":"Bundle","type":"` + typ + `","entry":[` + strings.Join(entries, ",") + `]}`
}

// answers are the status codes of a Bundle of answers.
func (b bundle) answers() string {
	var out []string
	for _, e := range b.Entry {
		out = append(out, e.Response.Status[:min(3, len(e.Response.Status))])
	}
	return strings.Join(out, " ")
}

// bundles is R4 http 3.1.0.11.
func (s *suite) bundles(t *testing.T) {
	if s.system("batch") {
		t.Run("batch", s.batch)
	}
	if s.system("transaction") {
		t.Run("transaction", s.transaction)
		t.Run("all or nothing", s.allOrNothing)
		t.Run("conditional in parallel", s.parallelTransactions)
	}
}

func (s *suite) batch(t *testing.T) {
	b := s.do(t, "POST", "", bundleOf("batch",
		entry("", "GET", "Patient?"+s.by("batch")),
		entry(s.patient("batch", ""), "POST", "Patient"),
		entry(`{"resourceType":"Patient","gender":"x"}`, "POST", "Patient"),
		entry("", "GET", "Patient/"+nowhere),
		entry("", "GET", "Nowhere"),
		entry("", "DELETE", "Patient/"+nowhere),
		entry("", "GET", s.Base+"/metadata"),
	)).is(200).bundle("batch-response")
	if got := b.answers(); got != "200 201 400 404 404 204 200" {
		t.Errorf("answers are %s", got)
	}
	if b.Entry[2].Response.Outcome == nil || b.Entry[1].Response.Outcome != nil {
		t.Errorf("outcomes are wrong: %+v", b.Entry)
	}
}

func (s *suite) transaction(t *testing.T) {
	const urn = "urn:uuid:0c9d2f5e-6d3c-4c6e-8f6e-3c1f2b7a9d11"
	observation := func(subject string) string {
		return `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"` + subject + `"}}`
	}
	s.do(t, "POST", "/Patient", s.patient("known", "")).is(201)
	a := s.do(t, "POST", "", bundleOf("transaction",
		entry("", "GET", "Patient?"+s.by("fresh")),
		`{"fullUrl":"`+urn+`",`+entry(s.patient("fresh", ""), "POST", "Patient", `"ifNoneExist":"`+s.by("fresh")+`"`)[1:],
		entry(observation(urn), "POST", "Observation"),
		entry(observation("Patient?"+s.by("known")), "POST", "Observation"),
		entry(s.patient("known", `"active":true,`), "PUT", "Patient?"+s.by("known"), `"ifMatch":"W/\"1\""`),
	), "Prefer: return=representation").is(200)
	b := a.bundle("transaction-response")
	if got := b.answers(); got != "200 201 201 201 200" {
		t.Fatalf("answers are %s\n%s", got, a.body)
	}
	if strings.Contains(a.body, urn) || strings.Contains(a.body, `"Patient?`) {
		t.Errorf("references were not resolved: %s", a.body)
	}
	patient := b.Entry[1].Resource.ID
	found := s.do(t, "GET", "/Observation?subject=Patient/"+patient, "").is(200).bundle("searchset")
	if len(found.ids("match")) != 1 {
		t.Errorf("the Observation of the new Patient is not found: %+v", found)
	}
	for i, e := range b.Entry[1:] {
		if e.Response.Etag == "" || e.Response.Location == "" && e.Response.Status[:3] == "201" {
			t.Errorf("the answer to entry %d is incomplete: %+v", i+1, e.Response)
		}
	}
}

// allOrNothing is practice P14: with entry 7 invalid nothing is stored, and the outcome names Bundle.entry[6].
func (s *suite) allOrNothing(t *testing.T) {
	for name, bad := range map[string]string{
		"Bundle.entry[6].resource.gender": entry(`{"resourceType":"Patient","gender":"x"}`, "POST", "Patient"),
		"Bundle.entry[6].request.url":     entry("", "DELETE", "Nowhere/1"),
		"Bundle.entry[6]":                 entry(s.patient("none", ""), "PUT", "Patient?"+s.by("none"), `"ifMatch":"W/\"3\""`),
	} {
		var all []string
		for range 6 {
			all = append(all, entry(s.patient("nothing", ""), "POST", "Patient"))
		}
		s.do(t, "POST", "", bundleOf("transaction", append(all, bad)...)).is(400, 404, 412, 422).says(`"` + name + `"`)
		if n := s.count(t, "nothing"); n > 0 {
			t.Errorf("%d of a failed transaction were stored", n)
		}
	}
}

func (s *suite) parallelTransactions(t *testing.T) {
	e := entry(s.patient("many", ""), "POST", "Patient", `"ifNoneExist":"`+s.by("many")+`"`)
	got := s.atOnce(t, 20, func() answer { return s.do(t, "POST", "", bundleOf("transaction", e)) })
	if n := s.count(t, "many"); n != 1 || got[200] != 20 {
		t.Errorf("%d resources, statuses %v", n, got)
	}
}
