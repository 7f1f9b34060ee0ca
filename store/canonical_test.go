package store_test

import (
	"testing"

	"frontdesk/store"
)

// TestB8_ACanonicalIsFollowed: by url and version, forward and back, and a search by both finds what has both.
func TestB8_ACanonicalIsFollowed(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		const url = "http://practice.example/Questionnaire/asthma"
		for id, version := range map[string]string{"v1": "1.0", "v2": "2.0"} {
			k.do(k.put(`{"resourceType":"Questionnaire","id":"` + id + `","status":"active","url":"` + url + `","version":"` + version + `"}`))
		}
		k.do(k.put(`{"resourceType":"Questionnaire","id":"other","status":"active","url":"http://practice.example/Questionnaire/other","version":"2.0"}`))
		for id, canonical := range map[string]string{"r1": url + "|1.0", "r2": url + "|2.0", "any": url} {
			k.do(k.put(`{"resourceType":"QuestionnaireResponse","id":"` + id + `","status":"completed","questionnaire":"` + canonical + `"}`))
		}
		for search, want := range map[string]string{
			"Questionnaire?url=" + url + "|2.0":                                          "Questionnaire/v2",
			"Questionnaire?url=" + url + "|3.0":                                          "",
			"Questionnaire?_sort=_id&url=" + url:                                         "Questionnaire/v1 Questionnaire/v2",
			"QuestionnaireResponse?_id=r1&_include=QuestionnaireResponse:questionnaire":  "QuestionnaireResponse/r1 +Questionnaire/v1",
			"QuestionnaireResponse?_id=r2&_include=*":                                    "QuestionnaireResponse/r2 +Questionnaire/v2",
			"QuestionnaireResponse?_id=any&_include=QuestionnaireResponse:questionnaire": "QuestionnaireResponse/any +Questionnaire/v1 +Questionnaire/v2",
			"Questionnaire?_id=v1&_revinclude=QuestionnaireResponse:questionnaire":       "Questionnaire/v1 +QuestionnaireResponse/any +QuestionnaireResponse/r1",
			"Questionnaire?_id=other&_revinclude=QuestionnaireResponse:questionnaire":    "Questionnaire/other",
			"QuestionnaireResponse?questionnaire=" + url + "|1.0":                        "QuestionnaireResponse/r1",
			"QuestionnaireResponse?_sort=_id&questionnaire=" + url:                       "QuestionnaireResponse/any QuestionnaireResponse/r1 QuestionnaireResponse/r2",
		} {
			if got, err := k.search(search); got != want {
				t.Errorf("%s: got %q, want %q (%v)", search, got, want, err)
			}
		}
	})
}

// TestB29_ALogicalReferenceNeedsNoType: what it is to is told by the parameter; one that says that it is to something
// else isn't meant.
func TestB29_ALogicalReferenceNeedsNoType(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		for id, more := range map[string]string{"untyped": "", "typed": `,"type":"Patient"`, "group": `,"type":"Group"`} {
			k.do(k.put(`{"resourceType":"Observation","id":"` + id + `","status":"final","code":{"text":"x"},"subject":{"identifier":{"system":"urn:s","value":"7"}` + more + `}}`))
		}
		for search, want := range map[string]string{
			"Observation?_sort=_id&patient:identifier=urn:s|7":       "Observation/typed Observation/untyped",
			"Observation?_sort=_id&subject:identifier=urn:s|7":       "Observation/group Observation/typed Observation/untyped",
			"Observation?_sort=_id&patient:identifier=urn:s|8":       "",
			"Observation?_sort=_id&patient:identifier=7":             "Observation/typed Observation/untyped",
			"Observation?_sort=_id&patient:missing=true&_id=untyped": "Observation/untyped",
		} {
			if got, err := k.search(search); got != want {
				t.Errorf("%s: got %q, want %q (%v)", search, got, want, err)
			}
		}
	})
}
