package codec_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
)

// everything gives the project's examples and, where they are, HL7's.
func everything(t *testing.T, use func(t *testing.T, r *fhir.Resource, in []byte)) {
	run := func(t *testing.T, files map[string][]byte) {
		for name, in := range files {
			r, err := codec.Decode(in, codec.Limits{Conditional: true})
			if err != nil {
				continue // TestCorpus says which and why
			}
			t.Run(name, func(t *testing.T) { use(t, r, in) })
		}
	}
	t.Run("ours", func(t *testing.T) { run(t, ours(t)) })
	t.Run("hl7-r4", func(t *testing.T) { run(t, corpus(t, "hl7-r4")) })
}

// checkPlaces holds what an accepted resource claims about its own bytes.
func checkPlaces(t *testing.T, r *fhir.Resource) {
	t.Helper()
	if !json.Valid(r.JSON) {
		t.Fatalf("the JSON is not valid: %.200s", r.JSON)
	}
	whole := map[string]json.RawMessage{}
	if err := json.Unmarshal(r.JSON, &whole); err != nil {
		t.Fatal(err)
	}
	members := func(s fhir.Span) map[string]json.RawMessage {
		out := map[string]json.RawMessage{}
		if err := json.Unmarshal(append(append([]byte("{"), r.JSON[s.Start:s.End]...), '}'), &out); err != nil || len(out) != 1 {
			t.Fatalf("the span %v is not one member: %s", s, r.JSON[s.Start:s.End])
		}
		return out
	}
	for key, s := range map[string]fhir.Span{"resourceType": r.Spans.Type, "id": r.Spans.ID, "meta": r.Spans.Meta} {
		if there := whole[key] != nil; there != (s != fhir.Span{}) {
			t.Fatalf("%s: there is %v, its span is %v", key, there, s)
		}
		if s != (fhir.Span{}) && !bytes.Equal(members(s)[key], whole[key]) {
			t.Errorf("%s: the span holds %s", key, r.JSON[s.Start:s.End])
		}
	}
	var meta, inner map[string]json.RawMessage = map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if whole["meta"] != nil {
		if err := json.Unmarshal(whole["meta"], &meta); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range r.Spans.MetaInner {
		for k, v := range members(s) {
			inner[k] = v
		}
	}
	for _, k := range []string{"versionId", "lastUpdated", "_versionId", "_lastUpdated"} {
		delete(meta, k)
	}
	if !reflect.DeepEqual(meta, inner) {
		t.Errorf("MetaInner holds %s, want %s", inner, meta)
	}
	for _, l := range r.Links {
		var s string
		if err := json.Unmarshal(r.JSON[l.Span.Start:l.Span.End], &s); err != nil {
			t.Errorf("%s: the link is not a string: %s", l.Expression, r.JSON[l.Span.Start:l.Span.End])
		}
		if !strings.HasPrefix(l.Expression, r.Type+".") {
			t.Errorf("the link's expression %q does not begin with %s", l.Expression, r.Type)
		}
		if (l.Kind == fhir.LinkReference) != strings.HasSuffix(l.Expression, ".reference") && l.Kind != fhir.LinkURI {
			t.Errorf("%s is a link of kind %d", l.Expression, l.Kind)
		}
	}
}

func TestPlaces(t *testing.T) {
	everything(t, func(t *testing.T, r *fhir.Resource, _ []byte) { checkPlaces(t, r) })
}

func TestLinks(t *testing.T) {
	r, err := codec.Decode([]byte(pat(`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a</div>"},
		"contained":[{"resourceType":"Organization","id":"o","name":"x","partOf":{"reference":"Organization/1"}}],
		"extension":[{"url":"http://a.b/definition","valueUrl":"http://a.b/value"},{"url":"http://a.b/c","valueCanonical":"http://a.b/canonical"}],
		"identifier":[{"system":"http://a.b/system","value":"1"}],
		"generalPractitioner":[{"reference":"Practitioner/1"},{"reference":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}],
		"managingOrganization":{"reference":"#o"}`)), codec.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]fhir.LinkKind{}
	for _, l := range r.Links {
		got[l.Expression] = l.Kind
	}
	want := map[string]fhir.LinkKind{
		"Patient.text.div":                         fhir.LinkNarrative,
		"Patient.contained[0].partOf.reference":    fhir.LinkReference,
		"Patient.extension[0].value":               fhir.LinkURI,
		"Patient.identifier[0].system":             fhir.LinkURI,
		"Patient.generalPractitioner[0].reference": fhir.LinkReference,
		"Patient.generalPractitioner[1].reference": fhir.LinkReference,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// What is decoded is decoded to the same again.
func TestIdempotent(t *testing.T) {
	everything(t, func(t *testing.T, r *fhir.Resource, in []byte) {
		again, err := codec.Decode(r.JSON, codec.Limits{Conditional: true})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.JSON, r.JSON) || !reflect.DeepEqual(again.Spans, r.Spans) || !reflect.DeepEqual(again.Links, r.Links) {
			t.Error("decoding its own result gives something else")
		}
	})
}

// A stored body is the client's but for id and meta.
func TestBody(t *testing.T) {
	at := time.Date(2026, 3, 9, 14, 5, 6, 789, time.FixedZone("BST", 3600))
	everything(t, func(t *testing.T, r *fhir.Resource, _ []byte) {
		stored, err := codec.Decode(r.Body("new.id-1").Stamp(42, at), codec.Limits{Conditional: true})
		if err != nil {
			t.Fatal(err)
		}
		checkPlaces(t, stored)
		if stored.ID != "new.id-1" {
			t.Errorf("the id is %s", stored.ID)
		}
		var before, after map[string]any
		for b, m := range map[*fhir.Resource]*map[string]any{r: &before, stored: &after} {
			d := json.NewDecoder(bytes.NewReader(b.JSON))
			d.UseNumber()
			if err := d.Decode(m); err != nil {
				t.Fatal(err)
			}
		}
		meta, _ := before["meta"].(map[string]any)
		if meta == nil {
			meta = map[string]any{}
		}
		meta["versionId"], meta["lastUpdated"] = "42", "2026-03-09T13:05:06.000000Z"
		before["id"], before["meta"] = "new.id-1", meta
		if !reflect.DeepEqual(before, after) {
			t.Errorf("got %v\nwant %v", after, before)
		}
	})
}

// The shapes in which id, meta and resourceType may come.
func TestBodyShapes(t *testing.T) {
	for in, want := range map[string]string{
		`{"resourceType":"Patient"}`:                                             `{"resourceType":"Patient","id":"n","meta":M}`,
		`{"active":true,"resourceType":"Patient"}`:                               `{"active":true,"resourceType":"Patient","id":"n","meta":M}`,
		`{"id":"o","resourceType":"Patient"}`:                                    `{"id":"n","meta":M,"resourceType":"Patient"}`,
		`{"meta":{"versionId":"7"},"active":true,"resourceType":"Patient"}`:      `{"meta":M,"active":true,"resourceType":"Patient","id":"n"}`,
		`{"resourceType":"Patient","active":true,"meta":{"versionId":"7"}}`:      `{"resourceType":"Patient","id":"n","active":true,"meta":M}`,
		` { "resourceType" : "Patient" , "id" : "o" , "active" : true } `:        `{"resourceType":"Patient","id":"n","meta":M,"active":true}`,
		`{"resourceType":"Patient","meta":{"source":"a:b","versionId":"1"}}`:     `{"resourceType":"Patient","id":"n","meta":{V,"source":"a:b"}}`,
		`{"resourceType":"Patient","multipleBirthInteger":1,"\u0069d":"\u006f"}`: `{"resourceType":"Patient","multipleBirthInteger":1,"id":"n","meta":M}`,
	} {
		r, err := codec.Decode([]byte(in), codec.Limits{})
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		v := `"versionId":"1","lastUpdated":"2026-01-02T03:04:05.000000Z"`
		want = strings.ReplaceAll(strings.ReplaceAll(want, "M", "{V}"), "V", v)
		if got := string(r.Body("n").Stamp(1, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))); got != want {
			t.Errorf("%s\n gives %s\n want  %s", in, got, want)
		}
	}
}
