package search

import (
	"errors"
	"fmt"
	"frontdesk/fhir/search/expr"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
)

// parses are queries, and the conditions they mean.
var parses = []struct{ typ, query, want string }{
	{"Patient", "", "true"},
	{"Patient", "_id=a,b", "id in a,b"},
	{"Patient", "_id:not=a", "!id in a"},
	{"Patient", "_id:missing=true", "false"},
	{"Patient", "family=Müller", `Patient.family = ^"muller"`},
	{"Patient", "family:exact=M%C3%BCller", `Patient.family = ="Müller"`},
	{"Patient", "family:contains=LL", `Patient.family = ~"ll"`},
	{"Patient", `family=a\,b,c`, `(Patient.family = ^"ab" | Patient.family = ^"c")`},
	{"Patient", `family:exact=a\,b\\c`, `Patient.family = ="a,b\\c"`},
	{"Patient", "family=a&family=b", `(Patient.family = ^"a" & Patient.family = ^"b")`},
	{"Patient", "family=a&family=a", `Patient.family = ^"a"`},
	{"Patient", "gender=MALE", "Patient.gender = *|male"},
	{"Patient", "gender:not=male,female", "!(Patient.gender = *|male | Patient.gender = *|female)"},
	{"Patient", "identifier=urn:a|X", "Patient.identifier = urn:a|x"},
	{"Patient", "identifier=|X", "Patient.identifier = |x"},
	{"Patient", "identifier=urn:a|", "Patient.identifier = urn:a|*"},
	{"Patient", `identifier=urn:a\|b|X`, "Patient.identifier = urn:a|b|x"},
	{"Patient", "identifier:of-type=http://t|MR|X1", "Patient.identifier = of-type http://t|mr|x1"},
	{"Patient", "identifier:text=Hosp", `Patient.identifier = ^"hosp"`},
	{"Patient", "birthdate=1980-06", "Patient.birthdate = eq[1980-05-31T23:00:00Z,1980-06-30T23:00:00Z)"},
	{"Patient", "birthdate=lt2020-01-01T10:00:00%2B01:00", "Patient.birthdate = lt[2020-01-01T09:00:00Z,2020-01-01T09:00:01Z)"},
	{"Patient", "birthdate=lt2020-01-01T10:00:00+01:00", "Patient.birthdate = lt[2020-01-01T09:00:00Z,2020-01-01T09:00:01Z)"},
	{"Patient", "birthdate=sa2020-01-01T10:00", "Patient.birthdate = sa[2020-01-01T10:00:00Z,2020-01-01T10:01:00Z)"},
	{"Patient", "_lastUpdated=2020-01-01T10:00:00.123456Z", "._lastUpdated = eq[2020-01-01T10:00:00.123456Z,2020-01-01T10:00:00.123457Z)"},
	{"Patient", "birthdate=ap2026-07-01T12:00:00Z", "Patient.birthdate = ap[2026-07-01T12:00:00Z,2026-07-01T12:00:01Z)"},
	{"Patient", "birthdate=ap2026-06-21T12:00:00Z", "Patient.birthdate = ap[2026-06-20T12:00:00.1Z,2026-06-22T12:00:00.9Z)"},
	{"RiskAssessment", "probability=0.50", "RiskAssessment.probability = eq[0.495,0.505)"},
	{"RiskAssessment", "probability=gt1e2", "RiskAssessment.probability = gt100"},
	{"RiskAssessment", "probability=1.40e2", "RiskAssessment.probability = eq[139.5,140.5)"},
	{"RiskAssessment", "probability=140e0", "RiskAssessment.probability = eq[139.5,140.5)"},
	{"RiskAssessment", "probability=14e1", "RiskAssessment.probability = eq[135,145)"},
	{"RiskAssessment", "probability=5e-1", "RiskAssessment.probability = eq[0.45,0.55)"},
	{"RiskAssessment", "probability=1e2", "RiskAssessment.probability = eq[95,105)"},
	{"RiskAssessment", "probability=.5", "RiskAssessment.probability = eq[0.45,0.55)"},
	{"RiskAssessment", "probability=ap-50", "RiskAssessment.probability = ap[-55,-45)"},
	{"Observation", "value-quantity=5.4", "Observation.value-quantity = eq[5.35,5.45)|*|*"},
	{"Observation", "value-quantity=le5.4||mg", "Observation.value-quantity = le5.4|*|mg"},
	{"Observation", "value-quantity=5.4|http://u|mg", "Observation.value-quantity = eq[5.35,5.45)|http://u|mg"},
	{"Observation", "subject=Patient/1", "Observation.subject = Patient/1"},
	{"Observation", "subject=1", "Observation.subject = */1"},
	{"Observation", "subject:Patient=1", "Observation.subject = Patient/1"},
	{"Observation", "subject=https://gp.example/fhir/Patient/1/_history/2", "Observation.subject = Patient/1/_history/2"},
	{"Observation", "subject=https://x.example/Patient/1", "Observation.subject = https://x.example/Patient/1"},
	{"Observation", "subject:identifier=urn:a|b", "Observation.subject = identifier urn:a|b"},
	{"Observation", "subject:text=zo", `Observation.subject = ^"zo"`},
	{"Observation", "patient=1", "Observation.subject = Patient/1"},
	{"Observation", "patient:missing=true", "!Observation.subject = Patient/*"},
	{"Observation", "patient:missing=false", "Observation.subject = Patient/*"},
	{"Observation", "subject:missing=true", "Observation.subject missing"},
	{"Observation", "subject:missing=false", "!Observation.subject missing"},
	{"Observation", "combo-code=a", "(Observation.code = *|a | Observation.component-code = *|a)"},
	{"Observation", "combo-code:not=a", "!(Observation.code = *|a | Observation.component-code = *|a)"},
	{"Observation", "combo-code:missing=true", "(Observation.code missing & Observation.component-code missing)"},
	{"Observation", "code-value-quantity=urn:a|b$gt5", "Observation.code-value-quantity = urn:a|b $ gt5|*|*"},
	{"Observation", "code-value-quantity=a$1,b$gt2", "(Observation.code-value-quantity = *|a $ eq[0.5,1.5)|*|* | Observation.code-value-quantity = *|b $ gt2|*|*)"},
	{"Observation", "subject:Patient.name=x", `Observation.subject -> Patient{Patient.name = ^"x"}`},
	{"Observation", "patient.identifier=x", "Observation.subject -> Patient{Patient.identifier = *|x}"},
	{"Observation", "patient.organization.name=x", `Observation.subject -> Patient{Patient.organization -> Organization{Organization.name = ^"x"}}`},
	{"Observation", "subject.birthdate=2000", "Observation.subject -> Patient{Patient.birthdate = eq[2000-01-01T00:00:00Z,2001-01-01T00:00:00Z)}"},
	{"Observation", "subject._id=x", "Observation.subject -> Device{id in x} or Group{id in x} or Location{id in x} or Patient{id in x}"},
	{"Patient", "_has:Observation:patient:code=x", "Observation.subject <- Observation{Observation.code = *|x}"},
	{"Patient", "_has:Observation:patient:_has:AuditEvent:entity:action=R", "Observation.subject <- Observation{AuditEvent.entity <- AuditEvent{AuditEvent.action = *|r}}"},
	{"Observation", "subject._has:Group:member:code=x", "Observation.subject -> Device{Group.member <- Group{Group.code = *|x}} or Group{Group.member <- Group{Group.code = *|x}} or Patient{Group.member <- Group{Group.code = *|x}}"},
	{"ValueSet", "url=http://a", "ValueSet.url = http://a"},
	{"ValueSet", "url:below=http://a", "ValueSet.url = below http://a"},
	{"ValueSet", "url:above=http://a", "ValueSet.url = above http://a"},
	{"Patient", "_profile=http://a|1", "Patient._profile = http://a|1"},
	{"QuestionnaireResponse", "questionnaire=https://gp.example/fhir/Questionnaire/1|2", "QuestionnaireResponse.questionnaire = https://gp.example/fhir/Questionnaire/1|2"},
}

func TestParse(t *testing.T) {
	for _, c := range parses {
		s, err := Parse(registry(t), []string{c.typ}, c.query, options)
		if err != nil {
			t.Errorf("%s?%s: %v", c.typ, c.query, err)
		} else if got := expr.Print(s.From[0].Where); got != c.want {
			t.Errorf("%s?%s\n got %s\nwant %s", c.typ, c.query, got, c.want)
		}
	}
}

// TestResult is about the parameters that say what is made of the matches.
func TestResult(t *testing.T) {
	for _, c := range []struct{ typ, query, want string }{
		{"Observation", "", "limit=50 sort=-date"},
		{"Organization", "", "limit=50 sort=-_lastUpdated"},
		{"Patient", "_sort=family,-birthdate,_id", "limit=50 sort=family,-birthdate,_id self=_sort=family,-birthdate,_id"},
		{"Observation", "_sort=patient", "error"},
		{"Observation", "_sort=combo-code", "error"},
		{"Patient", "_count=0", "limit=0 total sort=-_lastUpdated self=_count=0"},
		{"Patient", "_count=99999", "limit=1000 sort=-_lastUpdated self=_count=1000"},
		{"Patient", "_summary=count", "limit=0 total sort=-_lastUpdated summary=4 self=_summary=count"},
		{"Patient", "_summary=text&_total=accurate", "limit=50 total sort=-_lastUpdated summary=2 self=_summary=text&_total=accurate"},
		{"Patient", "_total=none", "limit=50 sort=-_lastUpdated self=_total=none"},
		{"Patient", "_elements=name,birthDate&_format=json", "limit=50 sort=-_lastUpdated elements=[name birthDate] self=_elements=name,birthDate&_format=json"},
		{"Slot", "_include=Slot:schedule&_include:iterate=Schedule:actor:Practitioner",
			"limit=50 sort=start include=Slot:schedule:,iterate Schedule:actor:Practitioner self=_include=Slot:schedule&_include:iterate=Schedule:actor:Practitioner"},
		{"Observation", "_include=Observation:patient", "limit=50 sort=-date include=Observation:subject:Patient self=_include=Observation:patient"},
		{"Observation", "_include=*", "limit=50 sort=-date include=Observation:*: self=_include=*"},
		{"Patient", "_revinclude=Observation:patient", "limit=50 sort=-_lastUpdated include=rev Observation:subject:Patient self=_revinclude=Observation:patient"},
		{"Patient", "name=b&family=a,%C3%A9&name=a%26", "limit=50 sort=-_lastUpdated self=family=a,%C3%A9&name=a%26&name=b"},
	} {
		got := "error"
		if s, err := Parse(registry(t), []string{c.typ}, c.query, options); err == nil {
			got = describe(s)
		}
		want := strings.Replace(c.want, "sort=start", "sort=-start", 1)
		if got != want {
			t.Errorf("%s?%s\n got %s\nwant %s", c.typ, c.query, got, want)
		}
	}
}

// describe is what isn't the default, as text.
func describe(s *Search) string {
	var b strings.Builder
	fmt.Fprintf(&b, "limit=%d", s.Limit)
	if s.Query.Total > 0 {
		b.WriteString(" total")
	}
	keys := make([]string, len(s.Sort))
	for i, k := range s.Sort {
		if k.Desc {
			keys[i] = "-"
		}
		keys[i] += k.Param.Code
	}
	b.WriteString(" sort=" + strings.Join(keys, ","))
	if s.Summary != SummaryFalse {
		fmt.Fprintf(&b, " summary=%d", s.Summary)
	}
	if s.Elements != nil {
		fmt.Fprintf(&b, " elements=%v", s.Elements)
	}
	if s.After != nil {
		fmt.Fprintf(&b, " after=%v", []byte(s.After))
	}
	var includes []string
	for _, i := range s.Include {
		includes = append(includes, showInclude(i))
	}
	for _, i := range s.RevInclude {
		includes = append(includes, "rev "+showInclude(i))
	}
	if includes != nil {
		b.WriteString(" include=" + strings.Join(includes, ","))
	}
	if s.Self != "" {
		b.WriteString(" self=" + s.Self)
	}
	return b.String()
}

func showInclude(i Include) string {
	code, iterate := "*", ""
	if i.Param != nil {
		code = i.Param.Code
	}
	if i.Iterate {
		iterate = "iterate "
	}
	return iterate + i.Source.Name + ":" + code + ":" + i.Target
}

func TestEveryFault(t *testing.T) {
	_, err := Parse(registry(t), []string{"Patient"}, "birthdate=x&_count=x&foo=x&family:bar=x", options)
	var e *fhir.Error
	if !errors.As(err, &e) || len(e.Issues) != 4 {
		t.Errorf("four faults were told as %v", err)
	}
}

func TestLenient(t *testing.T) {
	o := options
	o.Lenient = true
	s, err := Parse(registry(t), []string{"Patient"}, "foo=1&family=a&_query=b", o)
	if err != nil {
		t.Fatal(err)
	}
	if got := expr.Print(s.From[0].Where); got != `Patient.family = ^"a"` || s.Self != "family=a" || len(s.Ignored) != 2 || !s.Ignored[0].Warning {
		t.Errorf("got %s, self %s, ignored %v", got, s.Self, s.Ignored)
	}
	if _, err := Parse(registry(t), []string{"Patient"}, "family:foo=a", o); err == nil {
		t.Error("an unknown modifier must be refused (R4 search 3.1.1.4.5)")
	}
	if _, err := ParseCriteria(registry(t), "Patient", "foo=1&family=a", o); err == nil {
		t.Error("a condition must not be read leniently")
	}
}

func TestNotReady(t *testing.T) {
	o := options
	o.Ready = func(p *spec.Param) bool { return p.Code != "subject" && p.Code != "date" }
	for _, query := range []string{"subject=1", "patient=1", "_sort=date", "_include=Observation:patient", "subject.name=x"} {
		if _, err := Parse(registry(t), []string{"Observation"}, query, o); fhir.KindOf(err) != fhir.NotSupported {
			t.Errorf("%s: %v", query, err)
		}
	}
	s, err := Parse(registry(t), []string{"Observation"}, "code=a", o)
	if err != nil || s.Sort[0].Param != spec.LastUpdated {
		t.Errorf("by default it must be sorted by what is indexed: %v, %v", s, err)
	}
}

func TestClausesAreBounded(t *testing.T) {
	values := strings.Repeat("a,", 300) + "a"
	for _, query := range []string{"code=" + values, strings.Repeat("patient.link.", 40) + "name=x", strings.Repeat("subject.", 100) + "x=1", strings.Repeat("a=1&", 5000)} {
		if _, err := Parse(registry(t), []string{"Observation"}, query, options); err == nil {
			t.Errorf("%.80s was accepted", query)
		}
	}
}

func TestSystem(t *testing.T) {
	s, err := Parse(registry(t), nil, "_lastUpdated=ge2020&_type=Patient,Observation", options)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.From) != 2 || s.From[0].Type.Name != "Observation" || s.Sort[0].Param != spec.LastUpdated {
		t.Errorf("got %v", s.From)
	}
	if s, err = Parse(registry(t), nil, "_tag=a", options); err != nil || len(s.From) != len(registry(t).Names()) {
		t.Error("all types are searched by _tag:", err)
	}
	// Of several types what they share can be asked for (R4 http 3.1.0.9), each answered by its own parameter.
	s, err = Parse(registry(t), nil, "_type=Observation,Condition&patient=1&code=x", options)
	if err != nil || len(s.From) != 2 || expr.Print(s.From[0].Where) != "(Condition.code = *|x & Condition.subject = Patient/1)" {
		t.Errorf("shared parameters: %v, %v", s, err)
	}
	for _, query := range []string{"name=a", "_type=Foo", "_sort=name", "_has:Observation:patient:code=a", "_type=Observation,Patient&code=x",
		"_type=Observation,Patient&_has:Provenance:target:agent=x", "_type=Patient,RelatedPerson&birthdate=x"} {
		if _, err := Parse(registry(t), nil, query, options); fhir.KindOf(err) != fhir.Invalid {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// TestNumbers are values that look like numbers to some parsers and must not here.
func TestNumbers(t *testing.T) {
	for _, value := range []string{".", "-", "e5", "5e", "5e%2B", "--5", "0x10", "1_000", "Inf", "NaN", "1e400",
		"1e-400", strings.Repeat("9", 65)} {
		if s, err := Parse(registry(t), []string{"RiskAssessment"}, "probability="+value, options); fhir.KindOf(err) != fhir.Invalid {
			t.Errorf("%s: %v %v", value, s, err)
		}
	}
}

// TestNotReadyForOneType: a criterion must hold for every type searched, or none is.
func TestNotReadyForOneType(t *testing.T) {
	o := options
	o.Ready = func(p *spec.Param) bool { return p.Name() != "Patient._tag" }
	if _, err := Parse(registry(t), []string{"Observation", "Patient"}, "_tag=a", o); fhir.KindOf(err) != fhir.NotSupported {
		t.Error(err)
	}
}

// TestBlank: a parameter without a value is passed over, and told (R4 search 3.1.1.3); one that isn't known is still
// refused, and what decides a write leaves nothing out.
func TestBlank(t *testing.T) {
	s, err := Parse(registry(t), []string{"Patient"}, "family=&given=a&birthdate", options)
	if err != nil {
		t.Fatal(err)
	}
	if got := expr.Print(s.From[0].Where); got != `Patient.given = ^"a"` || s.Self != "given=a" || len(s.Ignored) != 2 || !s.Ignored[0].Warning {
		t.Errorf("got %s, self %s, ignored %v", got, s.Self, s.Ignored)
	}
	for _, query := range []string{"foo=", "family:foo=a&given="} {
		if _, err := Parse(registry(t), []string{"Patient"}, query, options); err == nil {
			t.Errorf("%s must be refused", query)
		}
	}
	if _, err := ParseCriteria(registry(t), "Patient", "identifier=&family=a", options); err == nil {
		t.Error("a condition with a parameter that has no value must be refused")
	}
}
