package search

import (
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
)

// TestPrefixes has, for each prefix, the values 1 (below), 2 (touching), 3 (within), 4 (equal), 5 (containing), 6
// (above).
func TestPrefixes(t *testing.T) {
	dates := []DateRange{{0, 10}, {5, 15}, {12, 18}, {10, 20}, {5, 25}, {20, 30}}
	n := func(text string) Number { return number(t, text) }
	point := func(text string) NumberRange { return NumberRange{n(text), n(text)} }
	points := []NumberRange{point("9"), point("10"), point("15"), point("20"), {n("5"), n("25")}, point("21")}
	at := []NumberRange{point("9"), point("10"), point("11"), {n("5"), n("25")}, {Below, n("10")}, {n("10"), Above}}
	for _, c := range []struct {
		op                Op
		date, number, one string
	}{
		{Eq, "..34..", ".23...", ""},
		{Ne, "12..56", "1..456", ""},
		{Gt, "....56", "....56", "..34.6"},
		{Lt, "12..5.", "1...5.", "1..45."},
		{Ge, "..3456", "", ".234.6"},
		{Le, "12345.", "", "12.45."},
		{Sa, ".....6", "", "..3..."},
		{Eb, "1.....", "", "1....."},
		{Ap, ".2345.", ".23.5.", ""},
	} {
		var date, number, one string
		for i := range 6 {
			mark := func(s *string, is bool) {
				if is {
					*s += string(rune('1' + i))
				} else {
					*s += "."
				}
			}
			mark(&date, DateIs{c.op, 10, 20}.meets(dates[i]))
			mark(&number, NumberIs{c.op, n("10"), n("20")}.meets(points[i]))
			mark(&one, NumberIs{c.op, n("10"), n("10")}.meets(at[i]))
		}
		if date != c.date {
			t.Errorf("%s[10,20) of dates is true of %s instead of %s", c.op, date, c.date)
		}
		if c.number != "" && number != c.number {
			t.Errorf("%s[10,20) of numbers is true of %s instead of %s", c.op, number, c.number)
		}
		if c.one != "" && one != c.one {
			t.Errorf("%s 10 of numbers is true of %s instead of %s", c.op, one, c.one)
		}
	}
}

// small is a practice with a little of everything.
func small(t *testing.T) world {
	w := world{
		doc(t, `{"resourceType":"Patient","id":"ann","active":true,"gender":"female","birthDate":"1980-06-01","name":[{"family":"Müller-Smith","given":["Ann"]}],
			"identifier":[{"system":"urn:nhs","value":"N1","type":{"coding":[{"system":"urn:t","code":"MR"}]}}],"generalPractitioner":[{"reference":"Practitioner/p"}]}`),
		doc(t, `{"resourceType":"Patient","id":"bob","gender":"male","birthDate":"1990","name":[{"family":"Smith","given":["Bob"]},{"family":"Abel"}]}`),
		doc(t, `{"resourceType":"Patient","id":"cat","meta":{"tag":[{"system":"urn:tag","code":"x"}]}}`),
		doc(t, `{"resourceType":"Practitioner","id":"p","name":[{"family":"House"}]}`),
		doc(t, `{"resourceType":"Observation","id":"o1","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8480-6","display":"Systolic"}]},
			"subject":{"reference":"Patient/ann"},"effectiveDateTime":"2025-03-30","valueQuantity":{"value":120,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}`),
		doc(t, `{"resourceType":"Observation","id":"o2","status":"preliminary","code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},
			"subject":{"reference":"https://gp.example/fhir/Patient/bob"},"effectivePeriod":{"start":"2025-04-01T10:00:00Z"},"valueQuantity":{"value":80,"comparator":">="},
			"performer":[{"reference":"Practitioner/p"}]}`),
		doc(t, `{"resourceType":"Observation","id":"o3","status":"final","code":{"text":"Weight of baby"},"subject":{"type":"Patient","identifier":{"system":"urn:nhs","value":"N9"},"display":"Baby Jo"},
			"component":[{"code":{"coding":[{"code":"s"}]},"valueQuantity":{"value":1}},{"code":{"coding":[{"code":"d"}]},"valueQuantity":{"value":2}}]}`),
		doc(t, `{"resourceType":"ValueSet","id":"v","status":"active","url":"http://example.org/vs/a"}`),
		doc(t, `{"resourceType":"RiskAssessment","id":"r","status":"final","subject":{"reference":"Patient/ann"},"prediction":[{"probabilityDecimal":0.5}]}`),
	}
	for i, d := range w {
		d.Updated = now.Add(time.Duration(i) * time.Second)
	}
	return w
}

// finds are queries, and the ids of those that they find of small.
var finds = []struct{ typ, query, want string }{
	{"Patient", "family=muller", "ann"},
	{"Patient", "family=MULLERSMITH", "ann"},
	{"Patient", "family=smith", "bob"},
	{"Patient", "family:contains=smith", "ann,bob"},
	{"Patient", "family:exact=Smith", "bob"},
	{"Patient", "family:exact=smith", ""},
	{"Patient", "family:missing=true", "cat"},
	{"Patient", "family:missing=false", "ann,bob"},
	{"Patient", "gender=male,female", "ann,bob"},
	{"Patient", "gender:not=male", "ann,cat"},
	{"Patient", "gender=http://hl7.org/fhir/administrative-gender|male", "bob"},
	{"Patient", "gender=|male", ""},
	{"Patient", "active=true", "ann"},
	{"Patient", "identifier=n1", "ann"},
	{"Patient", "identifier=urn:nhs|", "ann"},
	{"Patient", "identifier:of-type=urn:t|mr|N1", "ann"},
	{"Patient", "identifier:of-type=urn:t|mx|N1", ""},
	{"Patient", "_tag=urn:tag|x", "cat"},
	{"Patient", "birthdate=1980", "ann"},
	{"Patient", "birthdate=1990-01-01", ""},
	{"Patient", "birthdate=ne1980", "bob"},
	{"Patient", "birthdate=ge1980-06-01&birthdate=lt1990", "ann"},
	{"Patient", "_id=ann,cat,zoe", "ann,cat"},
	{"Patient", "_id:not=ann", "bob,cat"},
	{"Patient", "_lastUpdated=2026-07-01T12:00:01Z", "bob"},
	{"Patient", "_lastUpdated=gt2026-07-01T12:00:01Z", "cat"},
	{"Patient", "general-practitioner.family=house", "ann"},
	{"Patient", "_has:Observation:patient:status=final", "ann"},
	{"Patient", "_has:Observation:patient:performer.name=house", "bob"},
	{"Practitioner", "_has:Patient:general-practitioner:_has:Observation:patient:code=8480-6", "p"},
	{"Observation", "code=8480-6", "o1"},
	{"Observation", "code:text=weight", "o3"},
	{"Observation", "code:text=baby", ""},
	{"Observation", "status=final", "o1,o3"},
	{"Observation", "patient=ann", "o1"},
	{"Observation", "patient=Patient/ann,Patient/bob", "o1,o2"},
	{"Observation", "subject=ann", "o1"},
	{"Observation", "subject=https://gp.example/fhir/Patient/ann", "o1"},
	{"Observation", "subject:Group=ann", ""},
	{"Observation", "subject:identifier=urn:nhs|n9", "o3"},
	{"Observation", "subject:text=baby", "o3"},
	{"Observation", "subject:missing=false", "o1,o2,o3"},
	{"Observation", "patient.family=smith", "o2"},
	{"Observation", "patient:Patient.gender=male", "o2"},
	{"Observation", "date=2025-03-30", "o1"}, // the day on which London's clock goes forward
	{"Observation", "date=2025-03-30T12:00:00Z", ""},
	{"Observation", "date=ge2030", "o2"},
	{"Observation", "value-quantity=120", "o1"},
	{"Observation", "value-quantity=120.0", "o1"},
	{"Observation", "value-quantity=120|http://unitsofmeasure.org|mm[Hg]", "o1"},
	{"Observation", "value-quantity=120||mmHg", "o1"},
	{"Observation", "value-quantity=120|http://unitsofmeasure.org|mmHg", ""},
	{"Observation", "value-quantity=gt100", "o1,o2"},
	{"Observation", "value-quantity=ap110", "o1,o2"},
	{"Observation", "component-code-value-quantity=s$1", "o3"},
	{"Observation", "component-code-value-quantity=s$2", ""},
	{"Observation", "combo-code=d,8462-4", "o2,o3"},
	{"ValueSet", "url=http://example.org/vs/a", "v"},
	{"ValueSet", "url:below=http://example.org/vs", "v"},
	{"ValueSet", "url:above=http://example.org/vs/a/b", "v"},
	{"RiskAssessment", "probability=0.5", "r"},
	{"RiskAssessment", "probability=gt0.5", ""},
}

func TestFind(t *testing.T) {
	w := small(t)
	for _, c := range finds {
		if got := foundSet(t, c.typ, c.query, w); got != c.want {
			t.Errorf("%s?%s finds %q instead of %q", c.typ, c.query, got, c.want)
		}
	}
}

func TestOrder(t *testing.T) {
	w := small(t)
	for _, c := range []struct{ typ, query, want string }{
		{"Patient", "_sort=family", "bob,ann,cat"}, // Abel counts
		{"Patient", "_sort=-family", "bob,ann,cat"},
		{"Patient", "_sort=birthdate", "ann,bob,cat"},
		{"Patient", "_sort=-birthdate", "bob,ann,cat"},
		{"Patient", "_sort=_id", "ann,bob,cat"},
		{"Patient", "_sort=-_id", "cat,bob,ann"},
		{"Patient", "", "cat,bob,ann"},
		{"Observation", "", "o2,o1,o3"},
		{"Observation", "_sort=status", "o1,o3,o2"},
		{"Observation", "_sort=-status", "o2,o3,o1"}, // a tie is broken in the direction of the first key
		{"Observation", "_sort=status,-_lastUpdated", "o3,o1,o2"},
		{"Observation", "_sort=value-quantity", "o2,o1,o3"},
		{"Observation", "_sort=subject", "o1,o2,o3"},
	} {
		if got := found(t, c.typ, c.query, w); got != c.want {
			t.Errorf("%s?%s gives %s instead of %s", c.typ, c.query, got, c.want)
		}
	}
}

// TestFacts is about the conditions that a grant adds.
func TestFacts(t *testing.T) {
	d := &Doc{Key: fhir.Key{Type: "Observation", ID: "1"}, Compartments: []string{"a", "c"},
		Facts: fhir.Facts{Section: "results", Recorded: now, Release: now}}
	visible := Visible{}
	for _, c := range []struct {
		name string
		e    Expr
		want bool
	}{
		{"all", And{}, true},
		{"none", Or{}, false},
		{"nothing", nil, false},
		{"in", Compartment{Patient: "c"}, true},
		{"not in", Compartment{Patient: "b"}, false},
		{"visible", visible, true},
		{"added before access began", Visible{From: now.Add(1)}, false},
		{"in the section", Visible{Sections: []string{"record", "results"}}, true},
		{"in no section", Visible{Sections: []string{}}, false},
		{"what nobody knows", struct{ Expr }{}, false},
	} {
		if got := Match(c.e, d, now, world{}); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if Match(visible, d, now.Add(-1), world{}) {
		t.Error("a resource is visible before its release")
	}
	d.Facts.Hidden = true
	if Match(visible, d, now, world{}) {
		t.Error("a hidden resource is visible")
	}
}

// TestWith sees to it that entries made before the Registry changed are still found.
func TestWith(t *testing.T) {
	d := small(t)[0]
	for i, e := range d.Entries {
		p := *e.Param
		d.Entries[i].Param = &p
	}
	typ, _ := registry(t).Type("Patient")
	if !Match(Test{Param: typ.Params["gender"], Is: TokenIs{AnySystem: true, Code: "female"}}, d, now, world{}) {
		t.Error("not found")
	}
	if Match(Missing{Param: spec.LastUpdated}, d, now, world{}) {
		t.Error("lastUpdated is never missing")
	}
}

// TestB19_WhatCanBeStoredCanBeAskedFor: a leap second, and more digits of a second than are kept.
func TestB19_WhatCanBeStoredCanBeAskedFor(t *testing.T) {
	at := func(s string) int64 {
		when, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return when.UnixMicro()
	}
	for text, want := range map[string]DateRange{
		"2016-12-31T23:59:60Z":               {at("2017-01-01T00:00:00Z"), at("2017-01-01T00:00:01Z")},
		"2016-12-31T23:59:60.5Z":             {at("2017-01-01T00:00:00.5Z"), at("2017-01-01T00:00:00.6Z")},
		"2024-05-01T10:00:00.1234567890123Z": {at("2024-05-01T10:00:00.123456Z"), at("2024-05-01T10:00:00.123457Z")},
	} {
		lo, hi, err := dates(text, time.UTC)
		if err != nil || (DateRange{lo, hi}) != want {
			t.Errorf("%s: %v %v, want %v (%v)", text, lo, hi, want, err)
		}
	}
	for _, text := range []string{"2016-12-31T23:60", "2016-12-31T23:59:61Z", "2016-13", "2016-12-31T24:59:60Z"} {
		if _, _, err := dates(text, time.UTC); err == nil {
			t.Errorf("%s is taken for a date", text)
		}
	}
}
