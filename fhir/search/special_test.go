package search

import (
	"frontdesk/fhir/search/expr"
	"strings"
	"testing"

	"frontdesk/fhir"
)

// specialParses are queries by words, lists and filters, and the conditions they mean.
var specialParses = []struct{ typ, query, want string }{
	{"Patient", "_text=(bone OR liver) and metastases", `Patient._text = (("bone" or "liver") and "metastases")`},
	{"Patient", "_content=half-life oneil's*", `Patient._content = ("half life" and "oneils"*)`},
	{"Patient", "_list=a,b", "List.item <- List{id in a,b}"},
	{"Patient", `_filter=given eq "Peter" and birthdate ge 2014-10-10`, `(Patient.given = =~"peter" & Patient.birthdate = ge[2014-10-09T23:00:00Z,2014-10-10T23:00:00Z))`},
	{"Patient", `_filter=not (family sw a or family ew b) and gender ne male`, `(!(Patient.family = ^"a" | Patient.family = $"b") & Patient.gender = other than *|male)`},
	{"Patient", "_filter=family pr false or _id eq x", "(Patient.family missing | id in x)"},
	{"Observation", `_filter=patient.name co "x"`, `Observation.subject -> Patient{Patient.name = ~"x"}`},
	{"Observation", `_filter=subject:Patient[active eq true].name co x`, `Observation.subject -> Patient{(Patient.active = *|true & Patient.name = ~"x")}`},
	{"Observation", `_filter=subject:Patient.family pr false`, `!Observation.subject -> Patient{!Patient.family missing}`},
	{"Observation", `_filter=patient re Patient/1 or patient ne 2`, `(Observation.subject = Patient/1 | Observation.subject = Patient other than */2)`},
	{"Observation", `_filter=date po 2020-01-01 and value-quantity gt 5.4|http://u|mg`, `(Observation.date = ap[2020-01-01T00:00:00Z,2020-01-02T00:00:00Z) & Observation.value-quantity = gt5.4|http://u|mg)`},
	{"Observation", `_filter=_text co "a b"`, `Observation._text = ("a" and "b")`},
	{"Observation", `_filter=code-value-quantity eq a$1 and combo-code eq b`, `(Observation.code-value-quantity = *|a $ eq[0.5,1.5)|*|* & (Observation.code = *|b | Observation.component-code = *|b))`},
}

func TestParseSpecial(t *testing.T) {
	for _, c := range specialParses {
		s, err := Parse(registry(t), []string{c.typ}, c.query, options)
		if err != nil {
			t.Errorf("%s?%s: %v", c.typ, c.query, err)
		} else if got := expr.Print(s.From[0].Where); got != c.want {
			t.Errorf("%s?%s\n got %s\nwant %s", c.typ, c.query, got, c.want)
		}
	}
}

func TestRefuseSpecial(t *testing.T) {
	for _, c := range []struct{ typ, query, name, also string }{
		{"Observation", "_text=a or", "_text", "both sides"},
		{"Observation", "_text=%22a", "_text", "not closed"},
		{"Observation", "_content=-", "_content", "a word is missing"},
		{"Observation", "_content:exact=a", "_content", "only the modifiers :missing"},
		{"Observation", "_content=ab*", "_content", "3 letters"},
		{"Observation", "_list=$current-problems", "_list", "not offered"},
		{"Observation", "_list=a b", "_list", "id of a List"},
		{"Observation", "_list:missing=true", "_list", "no modifiers"},
		{"Observation", "_filter=code", "at character 5", "operator"},
		{"Observation", "_filter=cod eq a", "cod", "did you mean code"},
		{"Observation", "_filter=code co a", "_filter", "only the operators eq, ne and pr"},
		{"Observation", "_filter=code in http://vs", "_filter", "terminology"},
		{"Observation", "_filter=code.x eq a", "_filter", "goes through references"},
		{"Observation", "_filter=date gt gt2020", "date gt", "_filter=date ge 2024-01-31"},
		{"Observation", "_filter=date pr maybe", "_filter", "true or false"},
		{"Observation", "_filter=_list eq 1", "_list", "stands beside the filter"},
		{"Observation", "_filter=_id gt 1", "_id", "only the operators"},
		{"Observation", "_filter=subject:Patient eq 1", "subject:Patient", "no modifier"},
		{"Observation", "_filter=value-quantity gt x", "value-quantity gt", "not a number"},
	} {
		_, err := Parse(registry(t), []string{c.typ}, c.query, options)
		if kind := fhir.KindOf(err); err == nil || kind != fhir.Invalid && kind != fhir.NotSupported {
			t.Errorf("%s?%s: error %v", c.typ, c.query, err)
		} else if !strings.Contains(err.Error(), c.name) || !strings.Contains(err.Error(), c.also) {
			t.Errorf("%s?%s: %q doesn't say %q and %q", c.typ, c.query, err, c.name, c.also)
		}
	}
}

// TestFilterBounds: what a few bytes of a filter can ask for is bounded, chains over many types included.
func TestFilterBounds(t *testing.T) {
	for _, query := range []string{
		"_filter=" + strings.Repeat("code eq a or ", 220) + "code eq a",
		"_filter=" + strings.Repeat("subject.", 12) + "name co a",
	} {
		if _, err := Parse(registry(t), []string{"Observation"}, query, options); err == nil {
			t.Errorf("%.60s was understood", query)
		}
	}
}

// TestFindSpecial are queries by words, lists, filters and versions, and what they find.
func TestFindSpecial(t *testing.T) {
	w := append(small(t),
		doc(t, `{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/ann"},"code":{"text":"Sore throat"},
			"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><b>P</b>ain when swallowing</div>"}}`),
		doc(t, `{"resourceType":"List","id":"l","status":"current","mode":"working","entry":[{"item":{"reference":"Observation/o1"}},{"item":{"reference":"Patient/bob"}}]}`),
		doc(t, `{"resourceType":"QuestionnaireResponse","id":"q1","status":"completed","questionnaire":"http://forms.example/asthma|2.0"}`),
		doc(t, `{"resourceType":"QuestionnaireResponse","id":"q2","status":"completed","questionnaire":"http://forms.example/asthma"}`),
		doc(t, `{"resourceType":"QuestionnaireResponse","id":"q3","status":"completed","questionnaire":"https://gp.example/fhir/Questionnaire/a|1"}`))
	for _, c := range []struct{ typ, query, want string }{
		{"Condition", "_text=pain", "c"},
		{"Condition", "_text=throat", ""},
		{"Condition", "_content=throat pain", "c"},
		{"Condition", "_content=%22throat pain%22", ""},
		{"Condition", "_text:missing=false", "c"},
		{"Observation", "_text:missing=true", "o1,o2,o3"},
		{"Observation", "_content=baby,systolic", "o1,o3"},
		{"Observation", "_list=l", "o1"},
		{"Observation", "_list=m,l", "o1"},
		{"Patient", "_list=l", "bob"},
		{"Patient", "_list=m", ""},
		{"Patient", `_filter=family eq "smith"`, "bob"},
		{"Patient", `_filter=family ew "smith"`, "ann,bob"},
		{"Patient", `_filter=family ne "smith"`, "ann,bob"}, // bob is Abel, too
		{"Patient", `_filter=family pr false or birthdate lt 1985`, "ann,cat"},
		{"Patient", `_filter=not (gender eq male)`, "ann,cat"},
		{"Patient", `_filter=gender ne male`, "ann"}, // cat has none that could be another
		{"Patient", `_filter=_id ne ann and general-practitioner pr false`, "bob,cat"},
		{"Patient", `_filter=general-practitioner:Practitioner.family eq "House"`, "ann"},
		{"Observation", `_filter=patient[active eq true].family co "smith"`, "o1"},
		{"Observation", `_filter=patient.family pr false`, "o3"},
		{"Observation", `_filter=subject re Patient/ann or value-quantity ge 80`, "o1,o2"},
		{"Observation", `_filter=date po 2025-04`, "o2"},
		{"Observation", `_filter=patient ne ann`, "o2,o3"},
		{"ValueSet", `_filter=url sw "http://example.org"`, "v"},
		{"QuestionnaireResponse", "questionnaire=http://forms.example/asthma", "q1,q2"},
		{"QuestionnaireResponse", "questionnaire=http://forms.example/asthma|2.0", "q1"},
		{"QuestionnaireResponse", "questionnaire=http://forms.example/asthma|2", ""},
		{"QuestionnaireResponse", "questionnaire=https://gp.example/fhir/Questionnaire/a|1", "q3"},
		{"QuestionnaireResponse", "questionnaire=https://gp.example/fhir/Questionnaire/a|2", ""},
		{"QuestionnaireResponse", "questionnaire=Questionnaire/a", "q3"},
	} {
		if got := foundSet(t, c.typ, c.query, w); got != c.want {
			t.Errorf("%s?%s finds %q instead of %q", c.typ, c.query, got, c.want)
		}
	}
}

// FuzzFilter: no filter makes it panic, whatever it names.
func FuzzFilter(f *testing.F) {
	for _, c := range specialParses {
		if filter, ok := strings.CutPrefix(c.query, "_filter="); ok {
			f.Add(c.typ, filter)
		}
	}
	f.Fuzz(func(t *testing.T, typ, filter string) {
		c, err := newParser(registry(t), []string{typ}, options)
		if err != nil {
			return
		}
		if e, err := c.filter(c.types[0], param{"_filter", filter}); err == nil && expr.Print(e) == "" {
			t.Errorf("%q has no meaning", filter)
		}
	})
}
