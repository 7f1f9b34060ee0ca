package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
	"frontdesk/handlers"
	"frontdesk/store"
	"frontdesk/store/audit"
)

// trail keeps what is done as text, and takes nothing down while it is full.
type trail struct {
	events []string
	full   bool
}

func (t *trail) Observe(_ context.Context, a *store.Access) error {
	if t.full {
		return fhir.Errorf(fhir.Unavailable, "", "full")
	}
	all := a.Changes
	if a.Err != nil || all == nil {
		all = []store.Access{*a}
	}
	for _, a := range all {
		counts := map[string]int{}
		for _, it := range a.Items {
			for _, patient := range it.Compartments {
				counts[patient+"/"+it.Key.Type]++
			}
		}
		shown := []string{}
		for part, n := range counts {
			shown = append(shown, fmt.Sprint(part, ":", n))
		}
		slices.Sort(shown)
		t.events = append(t.events, strings.TrimRight(fmt.Sprint(a.Interaction, " ", a.Status, " ", a.Key, " ", shown, " ", a.Query), " "))
	}
	return nil
}

// TestP12_EveryAccessAndRefusalIsRecorded: one event for a request, one for each entry of a bundle, none for what is
// open to everybody.
func TestP12_EveryAccessAndRefusalIsRecorded(t *testing.T) {
	var tr trail
	var refuse error
	c := newClient(t, func(o *handlers.Options) {
		o.Observer = &tr
		o.Grant = func(*http.Request) (access.Grant, error) { return access.Everything("test"), refuse }
	})
	recorded := func(what string, want ...string) {
		t.Helper()
		if !slices.Equal(tr.events, want) {
			t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(tr.events, "\n"), strings.Join(want, "\n"))
		}
		tr.events = nil
	}
	observation := func(id, patient string) string {
		return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/%s"}}`, id, patient)
	}
	c.put("a", "Adams")
	recorded("update", "update 201 Patient/a/_history/1 [a/Patient:1]")
	c.do("PUT", "/Observation/o", observation("o", "a")).is(201)
	c.do("PUT", "/Observation/p", observation("p", "b")).is(201)
	recorded("updates", "update 201 Observation/o/_history/1 [a/Observation:1]", "update 201 Observation/p/_history/1 [b/Observation:1]")
	c.do("GET", "/Observation/o", "").is(200)
	c.do("HEAD", "/Observation/o", "").is(200)
	c.do("GET", "/Observation/o", "", `If-None-Match: W/"1"`).is(304)
	recorded("read", "read 200 Observation/o [a/Observation:1]", "read 200 Observation/o [a/Observation:1]", "read 304 Observation/o [a/Observation:1]")
	c.do("GET", "/Observation?code:text=x&_include=Observation:subject", "").is(200)
	recorded("search", "search-type 200 Observation [a/Observation:1 a/Patient:1 b/Observation:1] GET Observation?code:text=x&_include=Observation:subject")
	c.do("POST", "/Observation/_search", "code:text=x", "Content-Type: application/x-www-form-urlencoded").is(200)
	recorded("search by POST", "search-type 200 Observation [a/Observation:1 b/Observation:1] POST Observation/_search?code:text=x")
	c.do("GET", "/Patient/a/Observation", "").is(200)
	recorded("search in a compartment", "search-type 200 Patient/a [a/Observation:1] GET Patient/a/Observation")
	c.do("GET", "/Patient/a/$everything", "").is(200)
	recorded("operation", "operation 200 Patient/a [a/Observation:1 a/Patient:1] GET Patient/a/$everything")
	c.do("GET", "/Observation/p/_history", "").is(200)
	c.do("GET", "/Observation/p/_history/1", "").is(200)
	recorded("history", "history-instance 200 Observation/p [b/Observation:1]", "vread 200 Observation/p/_history/1 [b/Observation:1]")
	c.do("GET", "/Patient/none", "").is(404)
	c.do("GET", "/Patient?nonsense=1", "").is(400)
	recorded("refusals", "read 404 Patient/none []", "search-type 400 Patient [] GET Patient?nonsense=1")
	refuse = fhir.Errorf(fhir.Unauthenticated, "", "who are you?")
	c.do("GET", "/Patient/a", "").is(401)
	recorded("an unknown caller", "read 401 Patient/a []")
	c.do("GET", "/metadata", "").is(200)
	recorded("what is open")
	refuse = nil
	c.do("DELETE", "/Observation/p", "").is(204)
	recorded("delete", "delete 204 Observation/p/_history/2 [b/Observation:1]")

	// What goes from one patient's record to another's is done to both.
	c.do("PUT", "/Observation/o", observation("o", "b")).is(200)
	c.do("PATCH", "/Observation/o", `[{"op":"replace","path":"/subject/reference","value":"Patient/a"}]`, "Content-Type: application/json-patch+json").is(200)
	c.do("POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"PUT","url":"Observation/o"},"resource":`+observation("o", "b")+`}]}`).is(200)
	c.do("PUT", "/Observation/o", observation("o", "b")).is(200)
	recorded("moves", "update 200 Observation/o/_history/2 [a/Observation:1 b/Observation:1]", "patch 200 Observation/o/_history/3 [a/Observation:1 b/Observation:1]",
		"update 200 Observation/o/_history/4 [a/Observation:1 b/Observation:1]", "update 200 Observation/o/_history/4 [b/Observation:1]")

	entries := `{"request":{"method":"GET","url":"Patient/a"}},{"request":{"method":"GET","url":"Patient/none"}},
		{"request":{"method":"PUT","url":"Observation/q"},"resource":` + observation("q", "a") + `}`
	c.do("POST", "", `{"resourceType":"Bundle","type":"batch","entry":[`+entries+`]}`).is(200)
	recorded("batch", "update 201 Observation/q/_history/1 [a/Observation:1]", "read 200 Patient/a [a/Patient:1]", "read 404 Patient/none []")
	c.do("POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[`+entries+`]}`).is(404)
	recorded("a transaction that wants what isn't there", "transaction 404  []")
	entries = strings.Replace(entries, "Patient/none", "Observation/o", 1)
	c.do("POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[`+entries+`]}`).is(200)
	recorded("transaction", "update 200 Observation/q/_history/1 [a/Observation:1]", "read 200 Patient/a [a/Patient:1]", "read 200 Observation/o [b/Observation:1]")
	c.do("POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"PUT","url":"Patient?name=x"},"resource":{"resourceType":"Observation"}}]}`).is(400)
	recorded("a transaction that fails", "transaction 400  []")
	tr.full = true
	c.do("GET", "/Patient/a", "").is(503)
}

// TestEveryInteractionIsRecordedUnderItsOwnName: the trail knows each of the route table's, so that none is written
// down as something else.
func TestEveryInteractionIsRecordedUnderItsOwnName(t *testing.T) {
	registry, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range handlers.Routes(registry) {
		for name := range strings.FieldsSeq(r.Interaction) {
			if !r.Open && !audit.Knows(name) {
				t.Errorf("the trail doesn't know %s", name)
			}
		}
	}
}
