package fhir_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
)

func TestKeyString(t *testing.T) {
	for want, k := range map[string]fhir.Key{
		"Patient":              {Type: "Patient"},
		"Patient/1":            {Type: "Patient", ID: "1"},
		"Patient/1/_history/2": {Type: "Patient", ID: "1", Version: 2},
	} {
		if got := k.String(); got != want {
			t.Errorf("%#v is %q, want %q", k, got, want)
		}
	}
}

func TestValidID(t *testing.T) {
	for id, want := range map[string]bool{
		"": false, "a": true, "A-1.b": true, "a_b": false, "a b": false, "é": false, "a/b": false, "..": true,
		strings.Repeat("x", 64): true, strings.Repeat("x", 65): false,
	} {
		if got := fhir.ValidID(id); got != want {
			t.Errorf("ValidID(%q) = %v, want %v", id, got, want)
		}
	}
}

// TestBody splices id and meta into each order in which a client may have sent them.
func TestBody(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	const typ, id, meta, rest = `"resourceType":"Basic"`, `"id":"x"`, `"meta":{"source":"urn:s"}`, `"language":"en"`
	const newID, newMeta, bare = `"id":"y"`, `"meta":{"versionId":"3","lastUpdated":"2026-01-02T03:04:05.000006Z","source":"urn:s"}`,
		`"meta":{"versionId":"3","lastUpdated":"2026-01-02T03:04:05.000006Z"}`
	for _, c := range []struct{ in, want []string }{
		{[]string{typ, rest}, []string{typ, newID, bare, rest}},
		{[]string{rest, typ}, []string{rest, typ, newID, bare}},
		{[]string{typ, id, rest}, []string{typ, newID, bare, rest}},
		{[]string{typ, rest, id}, []string{typ, rest, newID, bare}},
		{[]string{typ, id, meta, rest}, []string{typ, newID, newMeta, rest}},
		{[]string{typ, rest, meta}, []string{typ, newID, rest, newMeta}},
		{[]string{meta, id, rest, typ}, []string{newMeta, newID, rest, typ}},
		{[]string{meta, rest, typ}, []string{newMeta, rest, typ, newID}},
	} {
		json := "{" + strings.Join(c.in, ",") + "}"
		where := func(part string) fhir.Span {
			i := strings.Index(json, part)
			if i < 0 {
				return fhir.Span{}
			}
			return fhir.Span{Start: i, End: i + len(part)}
		}
		r := &fhir.Resource{Type: "Basic", JSON: []byte(json), Spans: fhir.Spans{Type: where(typ), ID: where(id), Meta: where(meta)}}
		if r.Spans.Meta != (fhir.Span{}) {
			r.Spans.MetaInner = []fhir.Span{where(`"source":"urn:s"`)}
		}
		b := r.Body("y")
		got, want := string(b.Stamp(3, at)), "{"+strings.Join(c.want, ",")+"}"
		if got != want {
			t.Errorf("%s\n becomes %s\n    want %s", json, got, want)
		}
		if len(got) > b.Len() {
			t.Errorf("Len() = %d is less than the %d bytes of %s", b.Len(), len(got), got)
		}
	}
}

func TestErrors(t *testing.T) {
	cause := errors.New("disk on fire")
	e := fhir.Errorf(fhir.Conflict, "Slot.status", "The slot is taken. (%w)", cause)
	wrapped := fmt.Errorf("while booking: %w", e)
	if fhir.KindOf(wrapped) != fhir.Conflict || !errors.Is(wrapped, cause) {
		t.Errorf("kind %v and cause of %v are lost", fhir.KindOf(wrapped), wrapped)
	}
	if fhir.KindOf(cause) != fhir.Internal {
		t.Error("an error that isn't ours must be Internal")
	}
	f := fhir.Fault("read the disk", cause)
	if f.Kind != fhir.Internal || strings.Contains(f.Issues[0].Text, "disk") {
		t.Errorf("a fault tells clients its cause: %q", f.Issues[0].Text)
	}
}
