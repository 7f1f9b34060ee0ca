package transfer_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/cmd/frontdesk/transfer"
	"frontdesk/fhir"
	"frontdesk/store"
)

const (
	urnA = "urn:uuid:00000000-0000-0000-0000-00000000000a"
	urnB = "urn:uuid:00000000-0000-0000-0000-00000000000b"
)

func result(id, subject string) string {
	if id != "" {
		id = fmt.Sprintf(`"id":%q,`, id)
	}
	return fmt.Sprintf(`{"resourceType":"Observation",%s"status":"final","code":{"text":"x"},"subject":{"reference":%q}}`, id, subject)
}

// subjects are whom the Observations are about.
func (k *kit) subjects() string {
	k.t.Helper()
	var out []string
	for s := range k.found("Observation", func(s *fhir.Stored) string {
		_, rest, _ := strings.Cut(string(s.JSON), `"reference":"`)
		subject, _, _ := strings.Cut(rest, `"`)
		return subject
	}) {
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestBundles(t *testing.T) {
	for name, c := range map[string]struct {
		text              string
		patients, about   string
		resources, faults int
		at                []string
	}{
		"a transaction resolves its links": {
			bundle("transaction", request(urnA, patient("ash", "Ash"), "PUT", "Patient/ash"), request(urnB, result("", urnA), "POST", "Observation")),
			"ash", "Patient/ash", 2, 0, nil},
		"a transaction is whole": {
			bundle("transaction", request("", patient("ash", "Ash"), "PUT", "Patient/ash"), request("", result("", urnA), "POST", "Observation")),
			"", "", 0, 1, []string{"x.json:6"}},
		"a transaction with a faulty entry": {
			bundle("transaction", request("", patient("ash", "Ash"), "PUT", "Patient/ash"), request("", `{"resourceType":"Observation"}`, "POST", "Observation")),
			"", "", 0, 1, []string{"x.json:6"}},
		"a batch goes on without its faulty entries": {
			bundle("batch", request("", patient("ash", "Ash"), "PUT", "Patient/ash"), request("", `{"resourceType":"Observation"}`, "POST", "Observation"),
				request("", patient("elm", "Elm"), "PUT", "Patient/oak"), request("", patient("fir", "Fir"), "PUT", "Patient/fir")),
			"ash fir", "", 2, 2, []string{"x.json:6", "x.json:7"}},
		"a collection": {
			bundle("collection", collected("", patient("ash", "Ash")), collected("", `{"resourceType":"Patient","id":"not an id"}`), collected("", patient("elm", "Elm"))),
			"ash elm", "", 2, 1, []string{"x.json:6"}},
		"a collection whose entries refer to one another": {
			bundle("collection", collected(urnA, patient("ash", "Ash")), collected(urnB, result("o", urnA))),
			"ash", "Patient/ash", 2, 0, nil},
		"a searchset, but for what is about the search": {
			bundle("searchset", collected("", patient("ash", "Ash")), collected("", `{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational"}]}`)),
			"ash", "", 1, 0, nil},
		"a history can't be": {
			bundle("history", request("", patient("ash", "Ash"), "PUT", "Patient/ash")), "", "", 0, 1, []string{"x.json:1"}},
		"an empty Bundle": {`{"resourceType":"Bundle","type":"transaction"}`, "", "", 0, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t, store.Options{})
			k.Apart = true
			sum := k.load(file(t, t.TempDir(), "x.json", c.text))
			if sum.Resources != int64(c.resources) || sum.Faults != int64(c.faults) {
				t.Errorf("%+v, want %d resources and %d faults", sum, c.resources, c.faults)
			}
			if p, o := k.ids("Patient"), k.subjects(); p != c.patients || o != c.about {
				t.Errorf("patients %q, results about %q; want %q and %q", p, o, c.patients, c.about)
			}
			if outcomes := k.ids("OperationOutcome"); outcomes != "" {
				t.Errorf("an outcome was stored: %s", outcomes)
			}
			k.reported(c.at...)
		})
	}
}

// TestBundlesAsLines: Bundles among resources, in their order.
func TestBundlesAsLines(t *testing.T) {
	k := newKit(t, store.Options{})
	one := func(s string) string { return strings.ReplaceAll(s, "\n", "") }
	sum := k.load(file(t, t.TempDir(), "x.ndjson",
		patient("ash", "First"),
		one(bundle("transaction", request("", patient("ash", "Second"), "PUT", "Patient/ash"))),
		patient("ash", "Third"),
		one(bundle("batch", request("", patient("elm", "First"), "PUT", "Patient/elm"), request("", patient("ash", "Last"), "PUT", "Patient/ash")))))
	k.reported()
	ash := k.found("Patient", func(s *fhir.Stored) string { return s.Key.ID })["ash"][0]
	if sum.Resources != 5 || ash.Key.Version != 4 || !strings.Contains(string(ash.JSON), "Last") {
		t.Errorf("%+v, %s is %s", sum, ash.Key, ash.JSON)
	}
}

// TestFaults: each is reported with its file and line, and the rest is stored.
func TestFaults(t *testing.T) {
	k := newKit(t, store.Options{})
	lines := many(0, 250, nameless)
	lines[7] = `{"resourceType":"Patient","gender":"x"}`
	lines[107] = `{"resourceType":"Patient"`
	lines[108] = `[]`
	lines[249] = patient("long", strings.Repeat("x", 1<<20))
	dir := t.TempDir()
	file(t, dir, "a.ndjson", lines...)
	file(t, dir, "b.json", `{"resourceType":"Nobody"}`)
	sum := k.load(dir)
	k.reported("a.ndjson:8", "a.ndjson:108", "a.ndjson:109", "a.ndjson:250", "b.json:1")
	if sum.Resources != 246 || sum.Faults != 5 {
		t.Errorf("%+v", sum)
	}
	if got := len(k.found("Patient", func(s *fhir.Stored) string { return s.Key.ID })); got != 246 {
		t.Errorf("%d patients are there", got)
	}
}

func TestStrict(t *testing.T) {
	k := newKit(t, store.Options{})
	k.Strict = true
	lines := many(0, 20_000, nameless)
	lines[7] = "{}"
	sources, err := transfer.Sources([]string{file(t, t.TempDir(), "x.ndjson", lines...)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := k.Run(t.Context(), sources)
	if err == nil || !strings.Contains(err.Error(), "--strict") {
		t.Errorf("error %v", err)
	}
	k.reported("x.ndjson:8")
	if sum.Faults != 1 || sum.Resources > 19_000 {
		t.Errorf("it went on: %+v", sum)
	}
}

// TestLaterWins: of the same resource in one file the later line is what stays, however far they are apart.
func TestLaterWins(t *testing.T) {
	for _, apart := range []int{1, 3, 99, 100, 101, 350} {
		k := newKit(t, store.Options{})
		lines := many(0, 1200, func(n int) string { return patient(fmt.Sprint(n%apart), fmt.Sprintf("x%dx", n)) })
		k.load(file(t, t.TempDir(), "x.ndjson", lines...))
		k.reported()
		for id, all := range k.found("Patient", func(s *fhir.Stored) string { return s.Key.ID }) {
			last := 0
			for n := range lines {
				if fmt.Sprint(n%apart) == id {
					last = n
				}
			}
			if !strings.Contains(string(all[0].JSON), fmt.Sprintf("x%dx", last)) {
				t.Errorf("%d apart: %s is %s, want that of line %d", apart, id, all[0].JSON, last+1)
			}
		}
	}
}

// TestTooEarly: what refers to something that comes later is tried again, and reported if that never comes.
func TestTooEarly(t *testing.T) {
	doctor := `{"resourceType":"Practitioner","identifier":[{"system":"urn:gmc","value":"7"}]}`
	dir := t.TempDir()
	file(t, dir, "A_patient.json", bundle("transaction", request(urnA, patient("ash", "Ash"), "PUT", "Patient/ash"),
		request("", strings.Replace(result("", urnA), `"subject"`, `"performer":[{"reference":"Practitioner?identifier=urn:gmc|7"}],"subject"`, 1), "POST", "Observation")))
	file(t, dir, "B_patient.json", bundle("transaction", request("", patient("elm", "Elm"), "PUT", "Patient/elm"),
		request("", result("", "Patient?identifier=never"), "POST", "Observation")))
	file(t, dir, "practitioners.json", bundle("batch", request("", doctor, "POST", "Practitioner")))
	for _, again := range []bool{false, true} {
		k := newKit(t, store.Options{})
		if again {
			k.Done = nil
		}
		sum := k.load(dir)
		k.reported("B_patient.json:6")
		if k.ids("Patient") != "ash" || sum.Resources != 3 || sum.Faults != 1 || sum.Skipped != 0 {
			t.Errorf("%+v, patients %q", sum, k.ids("Patient"))
		}
	}

	k := newKit(t, enforced())
	lines := append(many(0, 150, func(n int) string { return result(fmt.Sprint(n), "Patient/ash") }), result("lost", "Patient/never"), patient("ash", "Ash"))
	sum := k.load(file(t, t.TempDir(), "x.ndjson", lines...))
	k.reported("x.ndjson:151")
	if sum.Resources != 151 || sum.Faults != 1 {
		t.Errorf("with references enforced: %+v", sum)
	}
}
