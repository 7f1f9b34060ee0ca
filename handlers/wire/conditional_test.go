package wire

import (
	"slices"
	"testing"
	"time"

	"frontdesk/fhir"
)

func TestIfMatch(t *testing.T) {
	for _, tt := range []struct {
		header string
		want   []int64
		kind   fhir.Kind
	}{
		{"", nil, fhir.Internal},
		{`W/"3"`, []int64{3}, fhir.Internal},
		{`"3"`, []int64{3}, fhir.Internal},
		{` * `, []int64{0}, fhir.Internal},
		{`W/"3", W/"4"`, []int64{3, 4}, fhir.Internal},
		{`"3","4" ,, W/"5",`, []int64{3, 4, 5}, fhir.Internal},
		{`"a,b", "3"`, []int64{3}, fhir.Internal}, // a comma within a tag
		{`3`, nil, fhir.Invalid},
		{`*, "3"`, nil, fhir.Invalid},
		{`"3" "4"`, nil, fhir.Invalid},
		{`"3`, nil, fhir.Invalid},
		{`w/"3"`, nil, fhir.Invalid}, // W is case-sensitive
		{`,`, nil, fhir.Invalid},
		{`W/"abc"`, nil, fhir.StaleVersion},
		{`W/"-1"`, nil, fhir.StaleVersion},
		{`W/"0"`, nil, fhir.StaleVersion},
		{`W/"99999999999999999999"`, nil, fhir.StaleVersion},
	} {
		got, err := IfMatch(tt.header)
		if !slices.Equal(got, tt.want) || (err != nil) != (tt.kind != fhir.Internal) || err != nil && fhir.KindOf(err) != tt.kind {
			t.Errorf("IfMatch(%q) = %d, %v; want %d, kind %d", tt.header, got, err, tt.want, tt.kind)
		}
	}
}

func TestIfNone(t *testing.T) {
	for header, want := range map[string]struct{ none, ok bool }{
		"": {false, true}, "*": {true, true}, `W/"1"`: {false, false},
	} {
		got, err := IfNone(header)
		if got != want.none || (err == nil) != want.ok {
			t.Errorf("IfNone(%q) = %v, %v", header, got, err)
		}
	}
}

func TestUnmodified(t *testing.T) {
	updated := time.Date(2026, 3, 1, 9, 30, 0, 500_000_000, time.UTC)
	for _, tt := range []struct {
		none, since string
		want        bool
	}{
		{"", "", false},
		{`W/"3"`, "", true},
		{`"3"`, "", true},
		{`W/"2", W/"3"`, "", true},
		{`"2,3", "3"`, "", true},
		{`"2,3"`, "", false},
		{`W/"2"`, "", false},
		{`*`, "", true},
		{`nonsense`, "", false},
		// The header has whole seconds, as Last-Modified had.
		{"", "Sun, 01 Mar 2026 09:30:00 GMT", true},
		{"", "Sun, 01 Mar 2026 09:29:59 GMT", false},
		{"", "yesterday", false},
		{`W/"2"`, "Sun, 01 Mar 2026 09:30:00 GMT", false}, // the tag goes first
	} {
		if got := Unmodified(tt.none, tt.since, ETag(3), updated); got != tt.want {
			t.Errorf("Unmodified(%q, %q) = %v", tt.none, tt.since, got)
		}
	}
}

func TestPrefer(t *testing.T) {
	for _, tt := range []struct {
		header string
		want   Preferences
		ok     bool
	}{
		{"", Preferences{}, true},
		{"return=minimal", Preferences{Return: ReturnMinimal, Said: true}, true},
		{"return=OperationOutcome; handling=lenient", Preferences{Return: ReturnOutcome, Said: true, Lenient: true}, true},
		{`return="representation", handling=strict`, Preferences{Said: true}, true},
		{"respond-async, wait=10", Preferences{Async: true}, true},
		{"return=everything", Preferences{}, false},
		{"handling=sloppy", Preferences{}, false},
	} {
		got, err := Prefer(tt.header)
		if (err == nil) != tt.ok || tt.ok && got != tt.want {
			t.Errorf("Prefer(%q) = %+v, %v", tt.header, got, err)
		}
	}
}
