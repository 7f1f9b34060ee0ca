package audit_test

import (
	"errors"
	"strings"
	"testing"

	"frontdesk/store/audit"
)

// mixed is a search of staff that found open and withheld entries of one type and patient, in different numbers.
func mixed() audit.Event {
	return audit.Event{What: "search-type", By: staff, Request: "mixed", Query: "GET Observation", Shown: audit.Shown{
		{Patient: "a", Type: "Observation"}: 1, {Patient: "a", Type: "Observation", Withheld: true}: 2,
		{Patient: "a", Type: "Condition"}: 5, {Patient: "a", Type: "Condition", Withheld: true}: 4,
	}}
}

// TestD1_AnEventIsMadeAlikeEveryTime: what is filed is verified by making it again, so no order may come out of a map.
func TestD1_AnEventIsMadeAlikeEveryTime(t *testing.T) {
	kept, err := audit.Kept(eventID, mixed())
	if err != nil {
		t.Fatal(err)
	}
	first := ""
	for range 50 {
		made, err := audit.Made(kept, base)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(made, "\n")
		if first == "" {
			first = text
		}
		if text != first {
			t.Fatalf("once it makes\n%s\nand once\n%s", first, text)
		}
	}
}

// TestD1_AnUntouchedTrailVerifies however often it is asked.
func TestD1_AnUntouchedTrailVerifies(t *testing.T) {
	s := open(t, nil)
	record(t, recorder(t, s), mixed())
	for range 50 {
		verified(t, s, 2)
	}
}

// TestE3_WhatWasFiledInAnotherOrderVerifies: earlier commits filed the details of one type in any order. Other numbers,
// or another order of the types, are an alteration as before.
func TestE3_WhatWasFiledInAnotherOrderVerifies(t *testing.T) {
	const conditions = `{"type":"Condition","valueString":"5"},{"type":"Condition","valueString":"4"}`
	const observations = `{"type":"Observation","valueString":"1"},{"type":"Observation","valueString":"2"}`
	for what, c := range map[string]struct {
		becomes string
		broken  bool
	}{
		"one type in the other order": {conditions + `,{"type":"Observation","valueString":"2"},{"type":"Observation","valueString":"1"}`, false},
		"both in the other order": {`{"type":"Condition","valueString":"4"},{"type":"Condition","valueString":"5"},` +
			`{"type":"Observation","valueString":"2"},{"type":"Observation","valueString":"1"}`, false},
		"the types in another order": {observations + `,` + conditions, true},
		"another number":             {conditions + `,{"type":"Observation","valueString":"2"},{"type":"Observation","valueString":"2"}`, true},
		"one left out":               {conditions + `,{"type":"Observation","valueString":"2"}`, true},
	} {
		t.Run(what, func(t *testing.T) {
			folder := t.TempDir()
			s := onDisk(t, folder)
			r := recorder(t, s, audit.Earlier)
			record(t, r, mixed())
			if err := errors.Join(r.Close(t.Context()), s.Close()); err != nil {
				t.Fatal(err)
			}
			tamper(t, folder, `UPDATE body SET json=CAST(replace(CAST(json AS TEXT), '`+conditions+`,`+observations+`', '`+c.becomes+`') AS BLOB)
				WHERE instr(json, CAST('`+conditions+`' AS BLOB))`)
			s = onDisk(t, folder)
			defer s.Close()
			_, err := audit.Verify(t.Context(), s, audit.Head{}, nil)
			var broken *audit.Broken
			if errors.As(err, &broken) != c.broken || err != nil && !c.broken {
				t.Errorf("got %v, want it broken: %v", err, c.broken)
			}
		})
	}
}
