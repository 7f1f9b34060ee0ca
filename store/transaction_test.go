package store_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
)

// entries gives changes their places and full URLs.
func entries(cs ...store.Change) []store.Change {
	for i := range cs {
		cs[i].At = fmt.Sprintf("Bundle.entry[%d]", i)
		if cs[i].FullURL == "" && cs[i].Action == store.Create {
			cs[i].FullURL = fmt.Sprintf("urn:uuid:00000000-0000-0000-0000-%012d", i)
		}
	}
	return cs
}

func urn(i int) string { return fmt.Sprintf("urn:uuid:00000000-0000-0000-0000-%012d", i) }

func TestTransactionLinks(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		k.do(k.put(`{"resourceType":"Practitioner","id":"dr","identifier":[{"system":"urn:gmc","value":"7"}]}`))
		far := k.post(`{"resourceType":"Organization","name":"Far","id":"org"}`)
		far.FullURL = "https://ehr.example/r4/Organization/org"
		near := k.put(`{"resourceType":"Location","id":"room","name":"Room","managingOrganization":{"reference":"Organization/org"}}`)
		near.FullURL = "https://ehr.example/r4/Location/room"
		obs := k.post(`{"resourceType":"Observation",
			"meta":{"profile":["` + urn(0) + `"],"source":"` + urn(0) + `"},
			"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"` + urn(0) + `\">who</a> &amp; <a href='https://ehr.example/r4/Organization/org'>where</a> ` + urn(0) + `</div>"},
			"contained":[{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"` + urn(0) + `"}}]}],
			"extension":[{"url":"urn:x","valueUri":"` + urn(0) + `"}],
			"status":"final","code":{"text":"` + urn(0) + `"},"subject":{"reference":"` + urn(0) + `"},"focus":[{"reference":"#g"}],
			"performer":[{"reference":"Practitioner?identifier=urn:gmc|7"},{"reference":"https://elsewhere.example/Practitioner/1"}],"valueQuantity":{"value":1.10}}`)
		out, err := k.Transact(t.Context(), entries(k.post(family("Ash")), far, near, obs))
		if err != nil {
			t.Fatal(err)
		}
		who, org := out[0].Key.Current().String(), out[1].Key.Current().String()
		if got := string(out[2].JSON); !strings.Contains(got, `"managingOrganization":{"reference":"`+org+`"}`) {
			t.Errorf("a relative reference beside its entry: %s, want %s", got, org)
		}
		got := string(out[3].JSON)
		for what, want := range map[string]string{
			"reference":             `"subject":{"reference":"` + who + `"}`,
			"contained":             `"entity":{"reference":"` + who + `"}`,
			"uri":                   `"valueUri":"` + who + `"`,
			"meta":                  `"source":"` + who + `"`,
			"canonical stays":       `"profile":["` + urn(0) + `"]`,
			"text stays":            `"code":{"text":"` + urn(0) + `"}`,
			"narrative":             `<a href=\"` + who + `\">who</a> &amp; <a href=\"` + org + `\">where</a> ` + urn(0) + `</div>`,
			"fragment stays":        `"focus":[{"reference":"#g"}]`,
			"conditional reference": `{"reference":"Practitioner/dr"}`,
			"elsewhere stays":       `{"reference":"https://elsewhere.example/Practitioner/1"}`,
			"decimals stay":         `{"value":1.10}`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %s in\n%s", what, want, got)
			}
		}
		if found, _ := k.search("Observation?subject=" + who); found != out[3].Key.Current().String() {
			t.Errorf("a search by the rewritten reference finds %q", found)
		}
	})
}

// TestTransactionFinds: a reference to an entry that found its resource becomes a reference to that one.
func TestTransactionFinds(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		k.do(k.put(patientJSON("a", "Ash")))
		found := k.when(k.post(family("Ash")), "Patient?family=ash")
		out, err := k.Transact(t.Context(), entries(found, k.post(strings.ReplaceAll(resultJSON("x", "a", "hb"), "Patient/a", urn(0)))))
		if err != nil {
			t.Fatal(err)
		}
		if !out[0].Unchanged || !strings.Contains(string(out[1].JSON), `"reference":"Patient/a"`) {
			t.Errorf("%+v\n%s", out[0], out[1].JSON)
		}
	})
}

// TestTransactionFails: whatever is wrong with one entry, none is stored, and the error says which entry it was.
func TestTransactionFails(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		k.do(k.put(patientJSON("a", "Ash")), k.put(patientJSON("b", "Twin")), k.put(patientJSON("c", "Twin")))
		refer := func(to string) store.Change {
			return k.post(strings.ReplaceAll(resultJSON("x", "a", "hb"), "Patient/a", to))
		}
		stale := k.put(patientJSON("a", "Ash"))
		stale.IfMatch = []int64{9}
		sameURL := k.post(family("Oak"))
		sameURL.FullURL = urn(0)
		for name, c := range map[string]struct {
			second store.Change
			more   []store.Change
			want   fhir.Kind
			at     string
		}{
			"a link to no entry":            {refer(urn(7)), nil, fhir.Invalid, "Bundle.entry[1].resource.subject"},
			"a conditional one to none":     {refer("Patient?family=nobody"), nil, fhir.Unprocessable, "Bundle.entry[1].resource.subject"},
			"a conditional one to two":      {refer("Patient?family=twin"), nil, fhir.MultipleMatches, "Bundle.entry[1].resource.subject"},
			"an old version":                {stale, nil, fhir.StaleVersion, "Bundle.entry[1]"},
			"the same resource twice":       {k.put(patientJSON("a", "Ash")), []store.Change{del("Patient", "a")}, fhir.Invalid, "Bundle.entry[2]"},
			"the same by criteria":          {k.put(patientJSON("a", "Ash")), []store.Change{k.when(del("Patient", ""), "Patient?family=ash")}, fhir.Invalid, "Bundle.entry[2]"},
			"the same full URL":             {sameURL, nil, fhir.Invalid, "Bundle.entry[1]"},
			"the same conditional create":   {k.when(k.post(family("Oak")), "Patient?family=oak"), []store.Change{k.when(k.post(family("Oak")), "Patient?family=oak")}, fhir.Invalid, "Bundle.entry[2]"},
			"what another's criteria want":  {k.when(k.post(family("Oak")), "Patient?family=oak"), []store.Change{k.put(patientJSON("d", "Oak"))}, fhir.Invalid, "Bundle.entry[2]"},
			"found by one, deleted by next": {k.when(k.post(family("Ash")), "Patient?family=ash"), []store.Change{del("Patient", "a")}, fhir.Invalid, "Bundle.entry[2]"},
		} {
			_, err := k.Transact(t.Context(), entries(append([]store.Change{k.post(family("First")), c.second}, c.more...)...))
			fails(t, name, err, c.want)
			if err != nil && !strings.Contains(err.Error(), c.at) {
				t.Errorf("%s: the error is %q, want it to name %s", name, err, c.at)
			}
			if found, _ := k.search("Patient?family=first"); found != "" {
				t.Fatalf("%s: the first entry is stored: %s", name, found)
			}
		}
		if out, err := k.Transact(t.Context(), nil); err != nil || len(out) != 0 {
			t.Errorf("nothing to do: %v, %v", out, err)
		}
	})
}

// TestTransactionIsBounded: conditional references find only what the caller can see.
func TestTransactionIsBounded(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		a := k.as(access.Record("a", access.C|access.R|access.U|access.D|access.S))
		obs := `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"derivedFrom":[{"reference":"Observation?code=%s"}]}`
		_, hidden := a.Transact(t.Context(), entries(a.post(fmt.Sprintf(obs, "na"))))
		_, never := a.Transact(t.Context(), entries(a.post(fmt.Sprintf(obs, "nx"))))
		fails(t, "a reference to what is hidden", hidden, fhir.Unprocessable)
		if hidden != nil && never != nil && strings.ReplaceAll(hidden.Error(), "code=na", "code=nx") != never.Error() {
			t.Errorf("hidden says %q, never there says %q", hidden, never)
		}
		if _, err := a.Transact(t.Context(), entries(a.post(fmt.Sprintf(obs, "hb")))); err != nil {
			t.Errorf("a reference to one's own: %v", err)
		}
		_, err := a.Transact(t.Context(), entries(a.post(fmt.Sprintf(obs, "hb")), a.post(resultJSON("x", "b", "hb"))))
		fails(t, "an entry outside the compartment", err, fhir.Forbidden)
	})
}
