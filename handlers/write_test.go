package handlers_test

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
)

func TestCreate(t *testing.T) {
	c := newClient(t)
	got := c.do("POST", "/Patient", patient("mine", "Adams")).is(http.StatusCreated).
		has("ETag", `W/"1"`).says(`"family":"Adams"`).hasNo(`"id":"mine"`)
	location := got.header.Get("Location")
	if !regexp.MustCompile(`^` + base + `/Patient/[A-Za-z0-9.-]{1,64}/_history/1$`).MatchString(location) {
		t.Errorf("Location is %q", location)
	}
	if got.header.Get("Last-Modified") == "" {
		t.Error("no Last-Modified")
	}
	c.do("GET", location[len(base):], "").is(http.StatusOK)
	c.do("POST", "/Observation", patient("any", "Adams")).is(http.StatusBadRequest).says("Patient", "Observation")
}

func TestPrefer(t *testing.T) {
	c := newClient(t)
	if got := c.do("POST", "/Patient", patient("any", "A"), "Prefer: return=minimal").is(http.StatusCreated); got.body != "" {
		t.Errorf("return=minimal gives a body: %s", got.body)
	}
	c.do("POST", "/Patient", patient("any", "A"), "Prefer: return=OperationOutcome").is(http.StatusCreated).
		says(`"OperationOutcome"`, `"informational"`).hasNo(`"family"`)
	c.do("POST", "/Patient", patient("any", "A"), "Prefer: return=representation").is(http.StatusCreated).says(`"family"`)
	c.do("POST", "/Patient", patient("any", "A"), "Prefer: return=all").is(http.StatusBadRequest).says("minimal")
}

func TestConditionalCreate(t *testing.T) {
	c := newClient(t)
	const once = "If-None-Exist: identifier=urn:x|Adams"
	first := c.do("POST", "/Patient", patient("any", "Adams"), once).is(http.StatusCreated).header.Get("Location")
	c.do("POST", "/Patient", patient("any", "Adams"), once).is(http.StatusOK).has("Location", first).has("ETag", `W/"1"`)
	c.do("POST", "/Patient", patient("any", "Adams"), "If-None-Exist: ?identifier=urn:x|Adams").is(http.StatusOK)
	c.do("POST", "/Patient", patient("any", "Adams")).is(http.StatusCreated)
	c.do("POST", "/Patient", patient("any", "Adams"), once).is(http.StatusPreconditionFailed).says("multiple-matches")
	c.do("POST", "/Patient", patient("any", "Adams"), "If-None-Exist: identifer=x").is(http.StatusBadRequest).says("identifer")
	c.do("POST", "/Patient", patient("any", "Adams"), "If-None-Exist: ?").is(http.StatusBadRequest)
	// A template of a client that was left unfilled must not make a second resource.
	c.do("POST", "/Patient", patient("any", "Adams"), "If-None-Exist: ").is(http.StatusBadRequest).says("at least one")
}

func TestPatchThatIsNone(t *testing.T) {
	c := newClient(t)
	c.do("PUT", "/Patient/1", patient("1", "Adams"))
	for doc, says := range map[string]string{
		`{}`:                                 "an array of operations",
		`[{"op":"fly"}]`:                     "an array of operations",
		`[{"op":"add"`:                       "an array of operations",
		`[{"op":"remove","path":"/name/-"}]`: "by its number",
		`[{"op":"remove","path":"/photo"}]`:  "/photo",
	} {
		got := c.do("PATCH", "/Patient/1", doc, "Content-Type: application/json-patch+json").says(says)
		for _, inner := range []string{"Go value", "strconv", "jsonpatch", "json:"} {
			got.hasNo(inner)
		}
	}
}

func TestUpdate(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams").is(http.StatusCreated).has("ETag", `W/"1"`).has("Location", base+"/Patient/1/_history/1")
	c.put("1", "Baker").is(http.StatusOK).has("ETag", `W/"2"`).has("Location", base+"/Patient/1/_history/2")
	c.do("PUT", "/Patient/1", patient("2", "Adams")).is(http.StatusBadRequest).says("Patient.id")
	c.do("PUT", "/Patient/1", `{"resourceType":"Patient"}`).is(http.StatusBadRequest).says("Patient.id")

	c.do("PUT", "/Patient/1", patient("1", "Clark"), `If-Match: W/"1"`).is(http.StatusPreconditionFailed).says(`"conflict"`)
	c.do("PUT", "/Patient/1", patient("1", "Clark"), `If-Match: W/"2"`).is(http.StatusOK).has("ETag", `W/"3"`)
	c.do("PUT", "/Patient/1", patient("1", "Clark"), `If-Match: 3`).is(http.StatusBadRequest)
	// RFC 9110 13.1.1: a list, of which one must be current; and * for whatever is there.
	c.do("PUT", "/Patient/1", patient("1", "Clark"), `If-Match: W/"1", W/"2"`).is(http.StatusPreconditionFailed)
	c.do("PUT", "/Patient/1", patient("1", "Hall"), `If-Match: W/"2", W/"3"`).is(http.StatusOK).has("ETag", `W/"4"`)
	c.do("PUT", "/Patient/1", patient("1", "Clark"), `If-Match: *`).is(http.StatusOK).has("ETag", `W/"5"`)
	c.do("PUT", "/Patient/never", patient("never", "Clark"), `If-Match: *`).is(http.StatusPreconditionFailed)
	c.do("PUT", "/Patient/1", patient("1", "Davis"), `If-None-Match: *`).is(http.StatusPreconditionFailed)
	c.do("PUT", "/Patient/2", patient("2", "Davis"), `If-None-Match: *`).is(http.StatusCreated)
}

func TestB5_EntityTagsAreOpaque(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	for _, tag := range []string{`W/"01"`, `W/"+1"`, `"01"`} {
		c.do("PUT", "/Patient/1", patient("1", "Clark"), "If-Match: "+tag).is(http.StatusPreconditionFailed)
	}
	c.do("PUT", "/Patient/1", patient("1", "Clark"), "If-Match: ").is(http.StatusBadRequest).says("If-Match")
	c.do("PUT", "/Patient/1", patient("1", "Clark"), "If-None-Match: ").is(http.StatusBadRequest).says("If-None-Match")
	c.do("GET", "/Patient/1/_history/01", "").is(http.StatusNotFound)
	c.do("GET", "/Patient/1/_history/1", "").is(http.StatusOK)
}

func TestB12_IfNoneExistMayBeAnAddressOfOurOwn(t *testing.T) {
	c := newClient(t)
	c.do("POST", "/Patient", patient("any", "Adams")).is(http.StatusCreated)
	for _, criteria := range []string{"identifier=urn:x|Adams", "?identifier=urn:x|Adams", "Patient?identifier=urn:x|Adams",
		base + "/Patient?identifier=urn:x|Adams&_format=json&_pretty=true"} {
		c.do("POST", "/Patient", patient("any", "Adams"), "If-None-Exist: "+criteria).is(http.StatusOK)
	}
	for _, criteria := range []string{"Observation?identifier=urn:x|Adams", "http://other.example/fhir/Patient?identifier=urn:x|Adams"} {
		c.do("POST", "/Patient", patient("any", "Adams"), "If-None-Exist: "+criteria).is(http.StatusBadRequest)
	}
}

// TestAPartOfAResourceIsNoUpdate: the tag SUBSETTED is there to prevent just that (R4 search 3.1.1.5.8).
func TestAPartOfAResourceIsNoUpdate(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	part := c.do("GET", "/Patient/1?_elements=name", "").is(http.StatusOK).body
	c.do("PUT", "/Patient/1", part).is(http.StatusUnprocessableEntity).says("SUBSETTED", "Patient.meta.tag")
}

func TestConditionalUpdate(t *testing.T) {
	c := newClient(t)
	body := `{"resourceType":"Patient","identifier":[{"system":"urn:x","value":"7"}]}`
	c.do("PUT", "/Patient?identifier=urn:x|7", body).is(http.StatusCreated)
	c.do("PUT", "/Patient?identifier=urn:x|7", body).is(http.StatusOK).has("ETag", `W/"1"`) // nothing is changed (B18)
	body = strings.Replace(body, "{", `{"active":true,`, 1)
	c.do("PUT", "/Patient?identifier=urn:x|7", body).is(http.StatusOK).has("ETag", `W/"2"`)
	c.do("PUT", "/Patient?identifer=urn:x|7", body).is(http.StatusBadRequest).says("identifer")
	c.do("PUT", "/Patient", body).is(http.StatusBadRequest)
	c.do("POST", "/Patient", body).is(http.StatusCreated)
	c.do("PUT", "/Patient?identifier=urn:x|7", body).is(http.StatusPreconditionFailed)
}

func TestPatch(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	const jsonPatch = "Content-Type: application/json-patch+json"
	change := `[{"op":"replace","path":"/name/0/family","value":"Baker"}]`
	c.do("PATCH", "/Patient/1", change, jsonPatch).is(http.StatusOK).has("ETag", `W/"2"`).says("Baker")
	c.do("PATCH", "/Patient/1", change, jsonPatch, `If-Match: W/"1"`).is(http.StatusPreconditionFailed)
	c.do("PATCH", "/Patient?identifier=urn:x|Adams", change, jsonPatch).is(http.StatusOK)
	c.do("PATCH", "/Patient/1", change).is(http.StatusUnsupportedMediaType).says("application/json-patch+json")
	c.do("PATCH", "/Patient/9", change, jsonPatch).is(http.StatusNotFound)
	if got := c.do("PATCH", "/Patient/1", `[{"op":"fly"}]`, jsonPatch).status; got != 400 && got != 422 {
		t.Errorf("a bad patch is answered with %d", got)
	}
	if got := c.do("PATCH", "/Patient/1", `[{"op":"add","path":"/gender","value":"cat"}]`, jsonPatch).status; got != 400 && got != 422 {
		t.Errorf("a patch that makes the resource invalid is answered with %d", got)
	}
	c.do("GET", "/Patient/1", "").is(http.StatusOK).says("Baker").hasNo("cat")
}

func TestDelete(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	c.do("DELETE", "/Patient/1", "", `If-Match: W/"7"`).is(http.StatusPreconditionFailed)
	c.do("DELETE", "/Patient/1", "").is(http.StatusNoContent)
	c.do("DELETE", "/Patient/1", "").is(http.StatusNoContent) // again: no harm
	c.do("DELETE", "/Patient/never", "").is(http.StatusNoContent)
	c.do("GET", "/Patient/1", "").is(http.StatusGone)
	c.do("DELETE", "/Patient/1", "", "Prefer: return=OperationOutcome").is(http.StatusOK).says("OperationOutcome")
	c.put("1", "Adams").is(http.StatusCreated).has("ETag", `W/"3"`) // versions go on counting
}

func TestConditionalDelete(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	c.put("2", "Adams")
	c.do("DELETE", "/Patient?identifier=urn:x|Adams", "").is(http.StatusPreconditionFailed)
	c.do("DELETE", "/Patient", "").is(http.StatusBadRequest)
	c.do("GET", "/Patient/1", "").is(http.StatusOK)
	c.do("DELETE", "/Patient/2", "").is(http.StatusNoContent)
	c.do("DELETE", "/Patient?identifier=urn:x|Adams", "").is(http.StatusNoContent)
	c.do("GET", "/Patient/1", "").is(http.StatusGone)
	c.do("DELETE", "/Patient?identifier=urn:x|Adams", "").is(http.StatusNoContent) // nothing to delete
}

// A hundred at once with the same criteria make one resource, and the others are told which (R4 http 3.1.0.8.1).
func TestConditionalCreateAtOnce(t *testing.T) {
	c := newClient(t)
	const n = 100
	locations := make(chan string, n)
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			a := c.do("POST", "/Patient", patient("any", "Adams"), "If-None-Exist: identifier=urn:x|Adams")
			if a.status != http.StatusCreated && a.status != http.StatusOK {
				t.Errorf("answered with %d %s", a.status, a.body)
			}
			locations <- a.header.Get("Location")
		})
	}
	all.Wait()
	close(locations)
	first := <-locations
	for l := range locations {
		if l != first {
			t.Errorf("one is told of %q, another of %q", first, l)
		}
	}
	if b := c.do("GET", "/Patient?_summary=count", "").bundle(); b.Total == nil || *b.Total != 1 {
		t.Errorf("%d Patients", *b.Total)
	}
}

// TestXProvenance: what says where a change comes from is written with it, about the version that it makes, or not at
// all.
func TestXProvenance(t *testing.T) {
	c := newClient(t)
	provenance := `X-Provenance: {"resourceType":"Provenance","recorded":"2026-01-01T00:00:00Z","agent":[{"who":{"display":"x"}}]}`
	about := func(version string, want int) {
		t.Helper()
		body := c.do("GET", "/Provenance?_count=100", "").is(200).body
		found := strings.Count(body, `"target":[{"reference":"`+version+`"}]`)
		if found != want {
			t.Errorf("%d Provenances are about %s, want %d", found, version, want)
		}
	}
	c.do("PUT", "/Patient/1", patient("1", "Adams"), provenance).is(http.StatusCreated)
	about("Patient/1/_history/1", 1)
	c.do("PUT", "/Patient/1", patient("1", "Adams"), provenance).is(http.StatusOK)
	about("Patient/1/_history/1", 1)
	c.do("DELETE", "/Patient/1", "", provenance).is(http.StatusNoContent)
	about("Patient/1/_history/2", 1)
	location := c.do("POST", "/Patient", patient("any", "Adams"), provenance).is(http.StatusCreated).header.Get("Location")
	about(strings.TrimPrefix(location, base+"/"), 1)
	for _, bad := range []string{"{}", "nonsense", `{"resourceType":"Provenance"}`, `{"resourceType":"Provenance","target":[{"reference":"Patient/2"}]}`} {
		c.do("PUT", "/Patient/3", patient("3", "Adams"), "X-Provenance: "+bad).is(http.StatusBadRequest)
	}
	c.do("GET", "/Patient/3", "").is(http.StatusNotFound)
	c.do("GET", "/Patient/1/_history/1", "", provenance).is(http.StatusBadRequest).says("X-Provenance")
	c.do("POST", "", bundleOf("transaction", sent(patient("any", "a"), "POST", "Patient")), provenance).is(http.StatusBadRequest)
}
