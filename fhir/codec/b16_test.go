package codec_test

import (
	"testing"

	"frontdesk/fhir/codec"
)

// containing is a Patient that contains an Organization with the members given.
func containing(members, rest string) string {
	return pat(`"contained":[{"resourceType":"Organization","id":"o","name":"x"` + members + `}]` + rest)
}

func TestB16_WhatIsContainedIsChecked(t *testing.T) {
	const refers = `,"managingOrganization":{"reference":"#o"}`
	checkRefusals(t, []refusal{
		{"dom-3", containing("", ""), []string{"Patient.contained[0]: (dom-3)"}},
		{"dom-4, version", containing(`,"meta":{"versionId":"1"}`, refers), []string{"Patient.contained[0].meta: (dom-4)"}},
		{"dom-4, time", containing(`,"meta":{"lastUpdated":"2026-03-09T09:00:00Z"}`, refers), []string{"Patient.contained[0].meta: (dom-4)"}},
		{"dom-5", containing(`,"meta":{"security":[{"code":"R"}]}`, refers), []string{"Patient.contained[0].meta: (dom-5)"}},
	})
	for name, in := range map[string]string{
		"referred to":                 containing("", refers),
		"a profile":                   containing(`,"meta":{"profile":["http://a.b/c"]}`, refers),
		"it refers to what has it":    containing(`,"partOf":{"reference":"#"}`, ""),
		"named by a uri":              containing("", `,"extension":[{"url":"http://a.b/c","valueUri":"#o"}]`),
		"named by a canonical":        containing("", `,"extension":[{"url":"http://a.b/c","valueCanonical":"#o"}]`),
		"referred to by an extension": containing("", `,"extension":[{"url":"http://a.b/c","valueReference":{"reference":"#o"}}]`),
	} {
		if _, err := codec.Decode([]byte(in), codec.Limits{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := codec.Decode([]byte(containing("", "")), codec.Unlimited()); err != nil {
		t.Errorf("what was kept by a version that didn't check it can't be read: %v", err)
	}
}

func TestB16_AnExtensionHasAnAbsoluteURL(t *testing.T) {
	checkRefusals(t, []refusal{
		{"relative", pat(`"extension":[{"url":"c","valueString":"x"}]`), []string{"Patient.extension[0].url: is not an absolute URL"}},
		{"of a primitive", pat(`"_birthDate":{"extension":[{"url":"c/d","valueString":"x"}]}`), []string{"Patient.birthDate.extension[0].url: is not an absolute URL"}},
	})
	in := pat(`"extension":[{"url":"http://a.b/c","extension":[{"url":"d","valueString":"x"}]}]`)
	if _, err := codec.Decode([]byte(in), codec.Limits{}); err != nil {
		t.Errorf("within another: %v", err)
	}
}

func TestB16_ConstraintsThatNeedMoreOfFHIRPathAreChecked(t *testing.T) {
	risk := func(probability string) string {
		return `{"resourceType":"RiskAssessment","status":"final","subject":{"display":"x"},"prediction":[{` + probability + `}]}`
	}
	question := func(item string) string {
		return `{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"1","type":"group","text":"x","item":[` + item + `]}]}`
	}
	checkRefusals(t, []refusal{
		{"ras-2", risk(`"probabilityDecimal":100.1`), []string{"RiskAssessment.prediction[0]: (ras-2)"}},
		{"ras-1", risk(`"probabilityRange":{"low":{"value":1,"code":"mg","system":"http://unitsofmeasure.org"}}`),
			[]string{"RiskAssessment.prediction[0].probability: (ras-1)"}},
		{"que-2", question(`{"linkId":"1","type":"string"}`), []string{"Questionnaire: (que-2)"}},
		{"que-7", question(`{"linkId":"2","type":"string","enableWhen":[{"question":"1","operator":"exists","answerString":"x"}]}`),
			[]string{"Questionnaire.item[0].item[0].enableWhen[0]: (que-7)"}},
		{"cnt-3", pat(`"extension":[{"url":"http://a.b/c","valueCount":{"value":1.5,"code":"1","system":"http://unitsofmeasure.org"}}]`),
			[]string{"Patient.extension[0].value: (cnt-3)"}},
		{"bdl-9", `{"resourceType":"Bundle","type":"document","timestamp":"2026-03-09T09:00:00Z","entry":[{"fullUrl":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
			"resource":{"resourceType":"Composition","status":"final","type":{"text":"x"},"date":"2026-03-09","author":[{"display":"x"}],"title":"x"}}]}`,
			[]string{"Bundle: (bdl-9)"}},
		{"bdl-11", `{"resourceType":"Bundle","type":"document","timestamp":"2026-03-09T09:00:00Z","identifier":{"system":"urn:a:b","value":"1"},
			"entry":[{"fullUrl":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520","resource":` + pat(`"active":true`) + `}]}`, []string{"Bundle: (bdl-11)"}},
	})
	for name, in := range map[string]string{
		"ras-2, at the limit": risk(`"probabilityDecimal":100`),
		"ras-2, words":        risk(`"qualitativeRisk":{"text":"low"}`),
		"que-7, a boolean":    question(`{"linkId":"2","type":"string","enableWhen":[{"question":"1","operator":"exists","answerBoolean":true}]}`),
	} {
		if _, err := codec.Decode([]byte(in), codec.Limits{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestB16_ConceptsHaveACodeOfARequiredValueSet(t *testing.T) {
	const system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
	condition := func(status string) string {
		return `{"resourceType":"Condition","subject":{"display":"x"},"clinicalStatus":` + status + `}`
	}
	at := "Condition.clinicalStatus: "
	checkRefusals(t, []refusal{
		{"a code that isn't there", condition(`{"coding":[{"system":"` + system + `","code":"bogus"}]}`), []string{at + "use one of active, recurrence"}},
		{"another system", condition(`{"coding":[{"system":"http://a.b","code":"active"}]}`), []string{at + "with the system " + system}},
		{"no system", condition(`{"coding":[{"code":"active"}]}`), []string{at + "is not a code that R4 allows here"}},
		{"several", condition(`{"coding":[{"code":"active"},{"code":"x"}]}`), []string{at + "None of the codes"}},
		{"words", condition(`{"text":"active"}`), []string{at + "Words alone"}},
	})
	for name, status := range map[string]string{
		"a code of it":       `{"coding":[{"system":"` + system + `","code":"relapse"}]}`,
		"beside a local one": `{"coding":[{"system":"http://a.b","code":"x"},{"system":"` + system + `","code":"active"}],"text":"x"}`,
		"nothing but why":    `{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}`,
	} {
		if _, err := codec.Decode([]byte(condition(status)), codec.Limits{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := codec.Decode([]byte(condition(`{"text":"active"}`)), codec.Unlimited()); err != nil {
		t.Errorf("what was kept by a version that didn't check it can't be read: %v", err)
	}
}
