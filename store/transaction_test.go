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

// TestB1_AVersionedReferenceToAnEntryGetsItsNewVersion: R4 http 3.1.0.11.2. As it was sent it could be in another
// person's record.
func TestB1_AVersionedReferenceToAnEntryGetsItsNewVersion(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		k.do(k.put(patientJSON("5", "Other")))
		k.do(k.put(patientJSON("own", "Own")))
		far := k.post(family("Ash"))
		far.FullURL = "http://ehr.example/fhir/Patient/5"
		own := k.put(patientJSON("own", "Changed"))
		own.FullURL = base + "/Patient/own"
		n := 0
		about := func(subject string) store.Change {
			n++
			c := k.post(`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"` + subject + `"}}`)
			c.FullURL = "http://ehr.example/fhir/Observation/" + fmt.Sprint(n)
			return c
		}
		trail := k.post(`{"resourceType":"Provenance","recorded":"2026-01-01T00:00:00Z","agent":[{"who":{"display":"x"}}],
			"target":[{"reference":"Patient/5/_history/2"},{"reference":"http://ehr.example/fhir/Patient/5"}]}`)
		trail.FullURL = "http://ehr.example/fhir/Provenance/1"
		out, err := k.Transact(t.Context(), entries(far, own, about("Patient/5/_history/2"), about("http://ehr.example/fhir/Patient/5/_history/9"),
			about(base+"/Patient/own/_history/2"), about(base+"/Patient/own/_history/1"), trail))
		if err != nil {
			t.Fatal(err)
		}
		ash := out[0].Key.String()
		for i, want := range map[int]string{2: ash, 3: ash, 4: "Patient/own/_history/2", 5: base + "/Patient/own/_history/1"} {
			if got := string(out[i].JSON); !strings.Contains(got, `"subject":{"reference":"`+want+`"}`) {
				t.Errorf("entry %d: %s, want %s", i, got, want)
			}
		}
		if got := string(out[6].JSON); !strings.Contains(got, `"reference":"`+ash+`"`) || !strings.Contains(got, `"reference":"`+out[0].Key.Current().String()+`"`) {
			t.Errorf("Provenance.target: %s", got)
		}
	})
}

func TestB7_CriteriaMayNameOtherEntries(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		results := `{"resourceType":"Observation","status":"final","code":{"coding":[{"code":"hb"}]},"subject":{"reference":"` + urn(0) + `"}}`
		sync := func() []store.Outcome {
			who := k.when(k.post(family("Ash")), "Patient?identifier=urn:n|n-ash")
			once := k.when(k.post(results), "Observation?code=hb&subject="+urn(0))
			once.Criteria = "code=hb&subject=" + urn(0)
			again := k.when(k.post(strings.ReplaceAll(results, "hb", "fe")), "Observation?code=fe")
			again.Action, again.FullURL = store.Update, urn(2)
			again.Criteria = "Observation?subject=" + urn(0) + "&code=fe"
			member := k.post(strings.Replace(strings.Replace(results, "hb", "sum", 1), `{"resourceType"`, `{"hasMember":[{"reference":"Observation?code=hb&subject=`+urn(0)+`"}],"resourceType"`, 1))
			out, err := k.Transact(t.Context(), entries(who, once, again, member))
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		first, second := sync(), sync()
		for i := range 3 {
			if first[i].Key.Current() != second[i].Key.Current() {
				t.Errorf("entry %d of a second sync made a duplicate: %s and %s", i, first[i].Key, second[i].Key)
			}
		}
		if want := first[1].Key.Current().String(); !strings.Contains(string(second[3].JSON), want) {
			t.Errorf("a conditional reference: %s, want %s", second[3].JSON, want)
		}
		a, b := k.when(k.post(results), "Observation?code=a"), k.when(k.post(results), "Observation?code=b")
		a.Criteria, b.Criteria = "derived-from="+urn(1), "derived-from="+urn(0)
		_, err := k.Transact(t.Context(), entries(a, b))
		fails(t, "criteria that wait for one another", err, fhir.Invalid)
	})
}

// TestB17_WhatNamesAnEntryIsRewritten where it is a uri or url, and left where the datatype wants a urn.
func TestB17_WhatNamesAnEntryIsRewritten(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		file := k.post(`{"resourceType":"Binary","contentType":"text/plain","data":"eA=="}`)
		file.FullURL = "http://ehr.example/fhir/Binary/7"
		doc := k.post(`{"resourceType":"DocumentReference","status":"current",
			"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"Binary/7\">file</a><a href=\"` + urn(2) + `#top\">top</a></div>"},
			"extension":[{"url":"urn:x","valueUuid":"` + urn(2) + `"},{"url":"urn:y","valueUrl":"` + urn(2) + `"}],
			"content":[{"attachment":{"url":"Binary/7"}},{"attachment":{"url":"http://ehr.example/fhir/Binary/7/_history/3"}}],
			"subject":{"reference":"` + urn(2) + `"}}`)
		doc.FullURL = "http://ehr.example/fhir/DocumentReference/1"
		out, err := k.Transact(t.Context(), entries(file, doc, k.post(family("Ash"))))
		if err != nil {
			t.Fatal(err)
		}
		got, binary, who := string(out[1].JSON), out[0].Key.Current().String(), out[2].Key.Current().String()
		for what, want := range map[string]string{
			"Attachment.url": `{"attachment":{"url":"` + binary + `"}}`, "with a version": `{"attachment":{"url":"` + out[0].Key.String() + `"}}`,
			"href": `<a href=\"` + binary + `\">`, "href with a fragment": `<a href=\"` + who + `#top\">`, "uuid stays": `"valueUuid":"` + urn(2) + `"`,
			"url": `"valueUrl":"` + who + `"`, "reference": `{"reference":"` + who + `"}`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %s in\n%s", what, want, got)
			}
		}
	})
}

// TestB18_AWriteThatChangesNothingMakesNoVersion, whichever way it is written.
func TestB18_AWriteThatChangesNothingMakesNoVersion(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		first := k.do(k.put(patientJSON("a", "Ash")))
		tests := store.Change{Action: store.Patch, Key: fhir.Key{Type: "Patient", ID: "a"},
			Patch: []byte(`[{"op":"test","path":"/name/0/family","value":"Ash"}]`)}
		for what, c := range map[string]store.Change{
			"an update": k.put(patientJSON("a", "Ash")), "an update of what was read": k.put(string(first.JSON)), "a patch of tests": tests,
			"a conditional update": func() store.Change {
				c := k.when(k.put(patientJSON("a", "Ash")), "Patient?family=Ash")
				c.Key.ID = ""
				return c
			}(),
		} {
			out, err := k.Write(t.Context(), c)
			if err != nil || !out.Unchanged || out.Created || out.Key != first.Key || !out.Updated.Equal(first.Updated) {
				t.Errorf("%s: %+v, %v", what, out, err)
			}
		}
		out, err := k.Transact(t.Context(), entries(k.put(patientJSON("a", "Ash")), k.put(patientJSON("b", "Birch"))))
		if err != nil || out[0].Key.Version != 1 || out[1].Key.Version != 1 || !out[0].Unchanged || !out[1].Created {
			t.Errorf("in a transaction: %+v, %v", out, err)
		}
		if changed := k.do(k.put(patientJSON("a", "Oak"))); changed.Key.Version != 2 {
			t.Errorf("a change makes version %d", changed.Key.Version)
		}
	})
}

func TestB26_AConditionalUpdateWithAnIDThatIsTakenIsRefused(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		k.do(k.put(patientJSON("taken", "Ash")))
		c := k.when(k.put(patientJSON("taken", "Birch")), "Patient?family=nobody")
		c.Key.ID = ""
		_, err := k.Write(t.Context(), c)
		fails(t, "an id that is taken", err, fhir.Conflict)
		c = k.when(k.put(patientJSON("free", "Birch")), "Patient?family=nobody")
		c.Key.ID = ""
		if out := k.do(c); out.Key.ID != "free" {
			t.Errorf("a free id becomes %s", out.Key)
		}
	})
}
