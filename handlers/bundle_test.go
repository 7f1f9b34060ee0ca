package handlers_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"frontdesk/fhir/codec"
	"frontdesk/handlers"
)

// sent is an entry of a batch or transaction; more are further members of request.
func sent(resource, method, url string, more ...string) string {
	if resource != "" {
		resource = `"resource":` + resource + `,`
	}
	more = append([]string{fmt.Sprintf(`"method":%q,"url":%q`, method, url)}, more...)
	return `{` + resource + `"request":{` + strings.Join(more, ",") + `}}`
}

// post sends a Bundle and reads the answers, one for each entry.
func (c client) post(typ string, entries ...string) []entryAnswer {
	c.Helper()
	a := c.do("POST", "", bundleOf(typ, entries...), "Prefer: return=representation").is(200)
	if _, err := codec.Decode([]byte(a.body), codec.Limits{}); err != nil {
		c.Errorf("the answer isn't valid FHIR: %v\n%s", err, a.body)
	}
	var b struct {
		Type  string
		Entry []entryAnswer
	}
	if err := json.Unmarshal([]byte(a.body), &b); err != nil || b.Type != typ+"-response" || len(b.Entry) != len(entries) {
		c.Fatalf("%v: %s", err, a.body)
	}
	return b.Entry
}

func bundleOf(typ string, entries ...string) string {
	return `{"resourceType":"Bundle","type":"` + typ + `","entry":[` + strings.Join(entries, ",") + `]}`
}

type entryAnswer struct {
	FullURL  string
	Resource json.RawMessage
	Response struct {
		Status, Location, Etag, LastModified string
		Outcome                              json.RawMessage
	}
}

// statuses are the answers' status codes.
func statuses(answers []entryAnswer) (out []string) {
	for _, a := range answers {
		out = append(out, a.Response.Status[:3])
	}
	return out
}

func TestBatch(t *testing.T) {
	c := newClient(t)
	c.put("old", "old")
	patch := `{"resourceType":"Binary","contentType":"application/json-patch+json","data":"` +
		base64.StdEncoding.EncodeToString([]byte(`[{"op":"add","path":"/active","value":true}]`)) + `"}`
	answers := c.post("batch",
		sent("", "GET", "Patient/p"),
		sent(patient("p", "p"), "PUT", "Patient/p"),
		sent(patient("ignored", "q"), "POST", "Patient"),
		sent("", "DELETE", "Patient/old"),
		sent("", "GET", "Patient/nowhere"),
		sent(patient("x", "x"), "PUT", "Patient/y"),
		sent("", "GET", "Patient?identifier=urn:x|p"),
		sent("", "GET", base+"/Patient/p/_history"),
		sent("", "GET", "Patient?colour=red"),
		sent("", "GET", "Nowhere/1"),
		sent(`{"resourceType":"Patient","gender":"x"}`, "POST", "Patient"),
		sent("", "GET", "metadata"),
		sent(patch, "PATCH", "Patient/p"),
		sent(`{"resourceType":"Bundle","type":"batch"}`, "POST", "/"),
		sent("", "HEAD", "Patient/p"),
	)
	if got, want := strings.Join(statuses(answers), " "), "200 201 201 204 404 400 200 200 400 404 400 200 200 400 200"; got != want {
		t.Fatalf("got  %s\nwant %s\n%s", got, want, answers)
	}
	for i, a := range answers {
		failed := a.Response.Status >= "4"
		if failed != (a.Response.Outcome != nil) || failed && a.Resource != nil {
			t.Errorf("entry %d: status %s, outcome %s, resource %s", i, a.Response.Status, a.Response.Outcome, a.Resource)
		}
	}
	if a := answers[1].Response; a.Status != "201 Created" || a.Etag != `W/"1"` || a.Location != base+"/Patient/p/_history/1" || a.LastModified == "" {
		t.Errorf("the answer to a create is %+v", a)
	}
	if !strings.Contains(string(answers[0].Resource), `"id":"p"`) || answers[14].Resource != nil {
		t.Errorf("read gave %s, HEAD gave %s", answers[0].Resource, answers[14].Resource)
	}
	c.do("GET", "/Patient/p", "").is(200).says(`"active":true`)
}

// Conditions of a read are those of HTTP in FHIR's own form: ifModifiedSince is an instant.
func TestBatchConditionalReads(t *testing.T) {
	c := newClient(t)
	c.put("p", "p")
	answers := c.post("batch",
		sent("", "GET", "Patient/p", `"ifNoneMatch":"W/\"1\""`),
		sent("", "GET", "Patient/p", `"ifNoneMatch":"W/\"2\""`),
		sent("", "GET", "Patient/p", `"ifModifiedSince":"2100-01-01T00:00:00Z"`),
		sent("", "GET", "Patient/p", `"ifModifiedSince":"2001-01-01T00:00:00.5+01:00"`),
	)
	if got, want := strings.Join(statuses(answers), " "), "304 200 304 200"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBatchSaysWhereAFaultIs(t *testing.T) {
	answers := newClient(t).post("batch", sent("", "GET", "metadata"), sent(`{"resourceType":"Patient","gender":"x"}`, "POST", "Patient"))
	if got := string(answers[1].Response.Outcome); !strings.Contains(got, `"Bundle.entry[1].resource.gender"`) {
		t.Errorf("outcome is %s", got)
	}
}

// Nobody resolves a conditional reference outside a transaction, so one must not be stored.
func TestBatchRefusesConditionalReferences(t *testing.T) {
	entry := sent(`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient?identifier=a"}}`, "POST", "Observation")
	answers := newClient(t).post("batch", entry)
	if answers[0].Response.Status != "400 Bad Request" || !strings.Contains(string(answers[0].Response.Outcome), `"Bundle.entry[0].resource.subject.reference"`) {
		t.Errorf("answer is %+v", answers[0])
	}
}

func TestTransaction(t *testing.T) {
	c := newClient(t)
	c.put("gone", "gone")
	c.put("known", "known")
	observation := func(subject string) string {
		return `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"` + subject + `"}}`
	}
	answers := c.post("transaction",
		sent("", "GET", "Patient/new"),
		`{"fullUrl":"urn:uuid:5f1f0a1a-2b2e-4b8e-9d53-0d8a5b1b7c11",`+sent(patient("ignored", "fresh"), "POST", "Patient")[1:],
		sent(observation("urn:uuid:5f1f0a1a-2b2e-4b8e-9d53-0d8a5b1b7c11"), "POST", "Observation"),
		sent(observation("Patient?identifier=urn:x|known"), "POST", "Observation"),
		sent(patient("new", "new"), "PUT", "Patient/new"),
		sent("", "DELETE", "Patient/gone"),
		sent(patient("ignored", "known"), "POST", "Patient", `"ifNoneExist":"identifier=urn:x|known"`),
	)
	if got, want := strings.Join(statuses(answers), " "), "200 201 201 201 201 204 200"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	id := strings.Split(strings.TrimPrefix(answers[1].Response.Location, base+"/"), "/_history")[0]
	if got := string(answers[2].Resource); !strings.Contains(got, `"subject":{"reference":"`+id+`"}`) {
		t.Errorf("urn:uuid was not replaced by %s: %s", id, got)
	}
	if got := string(answers[3].Resource); !strings.Contains(got, `"subject":{"reference":"Patient/known"}`) {
		t.Errorf("the conditional reference was not resolved: %s", got)
	}
	if !strings.Contains(string(answers[0].Resource), `"id":"new"`) {
		t.Errorf("the read came before the write: %+v", answers[0])
	}
	c.do("GET", "/Patient/gone", "").is(410)
}

// P14: a bundle with entry 7 invalid stores nothing and names Bundle.entry[6].
func TestTransactionIsAllOrNothing(t *testing.T) {
	c := newClient(t)
	for name, bad := range map[string]struct {
		entry string
		at    string
		is    int
	}{
		"an invalid resource":         {sent(`{"resourceType":"Patient","gender":"x"}`, "POST", "Patient"), "Bundle.entry[6].resource.gender", 400},
		"an unknown type":             {sent("", "DELETE", "Nowhere/1"), "Bundle.entry[6].request.url", 400},
		"a read of an unknown type":   {sent("", "GET", "Nowhere/1"), "Bundle.entry[6].request.url", 400},
		"a stale version":             {sent(patient("z", "z"), "PUT", "Patient/z", `"ifMatch":"W/\"4\""`), "Bundle.entry[6]", 412},
		"a patch of nothing":          {sent(`{"resourceType":"Binary","contentType":"application/json-patch+json","data":"W10="}`, "PATCH", "Patient/no"), "Bundle.entry[6]", 404},
		"a reference to no entry":     {sent(`{"resourceType":"Patient","managingOrganization":{"reference":"urn:uuid:5f1f0a1a-2b2e-4b8e-9d53-0d8a5b1b7c11"}}`, "POST", "Patient"), "Bundle.entry[6].resource.managingOrganization.reference", 400},
		"criteria that match nothing": {sent(`{"resourceType":"Patient","managingOrganization":{"reference":"Organization?identifier=a"}}`, "POST", "Patient"), "Bundle.entry[6].resource.managingOrganization.reference", 422},
	} {
		t.Run(name, func(t *testing.T) {
			var all []string
			for i := range 6 {
				all = append(all, sent(patient(fmt.Sprint("t", i), "t"), "PUT", fmt.Sprint("Patient/t", i)))
			}
			a := client{t, c.h}.do("POST", "", bundleOf("transaction", append(all, bad.entry)...))
			if a.status != bad.is {
				t.Errorf("status is %d, want %d", a.status, bad.is)
			}
			a.says(`"expression":["` + bad.at + `"]`)
			if got := c.do("GET", "/_history", "").is(200).bundle(); len(got.Entry) != 0 {
				t.Errorf("%d versions were stored", len(got.Entry))
			}
		})
	}
}

// TestB10_ATransactionThatReadsWhatIsNotThereStoresNothing: all or nothing holds for its reads too (R4 http
// 3.1.0.11.2).
func TestB10_ATransactionThatReadsWhatIsNotThereStoresNothing(t *testing.T) {
	c := newClient(t)
	c.put("there", "there")
	c.put("gone", "gone")
	c.do("DELETE", "/Patient/gone", "").is(204)
	before := c.do("GET", "/_history", "").body
	put, remove := sent(patient("new", "new"), "PUT", "Patient/new"), sent("", "DELETE", "Patient/there")
	for name, tt := range map[string]struct {
		entries []string
		is      int
	}{
		"what never was":            {[]string{put, sent("", "GET", "Patient/none")}, 404},
		"what was deleted":          {[]string{put, sent("", "GET", "Patient/gone")}, 410},
		"what the same one deletes": {[]string{remove, sent("", "GET", "Patient/there")}, 410},
		"a version that never was":  {[]string{put, sent("", "GET", "Patient/there/_history/7")}, 404},
		"a version yet to come":     {[]string{put, sent("", "GET", "Patient/new/_history/2")}, 404},
		"a history of nothing":      {[]string{put, sent("", "GET", "Patient/none/_history")}, 404},
		"a record of nobody":        {[]string{put, sent("", "GET", "Patient/none/$everything")}, 404},
		"a parameter unknown":       {[]string{put, sent("", "GET", "Patient?colour=red")}, 400},
		"a count that is none":      {[]string{put, sent("", "GET", "Patient/there/_history?_count=x")}, 400},
	} {
		c.do("POST", "", bundleOf("transaction", tt.entries...)).is(tt.is).says("Bundle.entry[1]")
		if after := c.do("GET", "/_history", "").body; after != before {
			t.Fatalf("%s: something was stored", name)
		}
	}
	got := statuses(c.post("transaction", put, remove, sent("", "GET", "Patient/new"), sent("", "GET", "Patient/new/_history/1"),
		sent("", "GET", "Patient/gone/_history"), sent("", "GET", "Patient/there/_history"), sent("", "GET", "Patient?name=none"), sent("", "GET", "metadata")))
	if got := strings.Join(got, " "); got != "201 204 200 200 200 200 200 200" {
		t.Errorf("what is there is read: %s", got)
	}
}

// TestB11_B14_AnAnswerSaysOfWhatItIs: entries have location and etag whatever was written, and a fullUrl where they
// have a resource.
func TestB11_B14_AnAnswerSaysOfWhatItIs(t *testing.T) {
	c := newClient(t)
	c.put("o", "o")
	c.put("p", "p")
	criteria := "Patient?identifier=urn:x|p"
	for _, typ := range []string{"batch", "transaction"} {
		changed := `{"resourceType":"Patient","identifier":[{"system":"urn:x","value":"p"}],"language":"` + typ + `"}`
		got := c.post(typ, sent("", "GET", "Patient/o"), sent("", "GET", "Patient?name=p"), sent("", "GET", "metadata"), sent(changed, "PUT", criteria),
			sent(patient("any", "q"), "POST", "Patient"))
		for i, want := range []string{base + "/Patient/o", "urn:uuid:", "urn:uuid:", base + "/Patient/p", base + "/Patient/"} {
			if !strings.HasPrefix(got[i].FullURL, want) {
				t.Errorf("%s: the fullUrl of entry %d is %q, want %s…", typ, i, got[i].FullURL, want)
			}
		}
		for i, e := range got[3:] {
			if !strings.Contains(e.Response.Location, "/_history/") || e.Response.Etag == "" {
				t.Errorf("%s: entry %d has location %q, etag %q", typ, i+3, e.Response.Location, e.Response.Etag)
			}
		}
	}
	a := c.do("POST", "", bundleOf("transaction", sent(patient("p", "p"), "PUT", criteria)), "Prefer: return=minimal").is(200)
	a.says(`"location":"`+base+`/Patient/p/_history/`, `"etag":`)
}

func TestB15_EntriesOfABatchCanNotReferToOneAnother(t *testing.T) {
	const urn, url = "urn:uuid:5f1f0a1a-2b2e-4b8e-9d53-0d8a5b1b7c11", "http://ehr.example/fhir/Patient/5"
	observation := func(subject string) string {
		return sent(`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"`+subject+`"}}`, "POST", "Observation")
	}
	got := newClient(t).post("batch", `{"fullUrl":"`+urn+`",`+sent(patient("any", "a"), "POST", "Patient")[1:],
		`{"fullUrl":"`+url+`",`+sent(patient("any", "b"), "POST", "Patient")[1:], observation(urn), observation(url), observation("http://ehr.example/fhir/Patient/6"))
	if s := strings.Join(statuses(got), " "); s != "201 201 400 400 201" {
		t.Errorf("answers are %s", s)
	}
	if o := string(got[2].Response.Outcome); !strings.Contains(o, `"Bundle.entry[2].resource.subject.reference"`) {
		t.Errorf("the fault is not named: %s", o)
	}
}

// A client repairs a Bundle in one go only if it's told of everything at once.
func TestTransactionNamesEveryFault(t *testing.T) {
	c := newClient(t)
	c.do("POST", "", bundleOf("transaction",
		sent(patient("ignored", "a"), "POST", "Nowhere"),
		sent(`{"resourceType":"Patient","gender":"x","birthDate":"2026-13-45"}`, "POST", "Patient"),
		sent("", "GET", "Nowhere"),
	)).is(400).says("Bundle.entry[0].request.url", "Bundle.entry[1].resource.gender", "Bundle.entry[1].resource.birthDate", "Bundle.entry[2].request.url")
}

func TestBundlesThatAreNoRequest(t *testing.T) {
	c := newClient(t)
	c.do("POST", "", `{"resourceType":"Bundle","type":"collection"}`).is(400).says("Bundle.type", "collection")
	c.do("POST", "", patient("ignored", "a")).is(400)
	c.do("POST", "", ``, "Content-Type: application/fhir+json").is(400)
	c.do("POST", "", `{"resourceType":"Bundle","type":"transaction"`).is(400)
	c.do("POST", "", `{"resourceType":"Bundle","type":"transaction"}`).is(200).says(`"transaction-response"`)
	c.do("POST", "", `{"resourceType":"Bundle","type":"batch"}`).is(200).says(`"batch-response"`)
}

func TestTooManyEntries(t *testing.T) {
	c := newClient(t, func(o *handlers.Options) { o.Limits.Entries = 2 })
	e := sent("", "GET", "metadata")
	c.post("batch", e, e)
	c.do("POST", "", bundleOf("batch", e, e, e)).is(http.StatusRequestEntityTooLarge).says("at most 2")
}

func TestBundlePrefer(t *testing.T) {
	c := newClient(t)
	for prefer, want := range map[string]struct{ resource, outcome bool }{
		"":                        {false, false},
		"return=minimal":          {false, false},
		"return=representation":   {true, false},
		"return=OperationOutcome": {false, true},
	} {
		a := c.do("POST", "", bundleOf("transaction", sent(patient("ignored", "a"), "POST", "Patient"), sent("", "GET", "Patient?name=none")), "Prefer: "+prefer).is(200)
		var b struct{ Entry []entryAnswer }
		if err := json.Unmarshal([]byte(a.body), &b); err != nil {
			t.Fatal(err)
		}
		if e := b.Entry[0]; (e.Resource != nil) != want.resource || (e.Response.Outcome != nil) != want.outcome {
			t.Errorf("%s: %s", prefer, a.body)
		}
	}
}
