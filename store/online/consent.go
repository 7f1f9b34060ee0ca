package online

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
)

const (
	// System is the identifier system of the Consents that show what was decided: the value is the reference of whose
	// access it is.
	System = "urn:uuid:0b9d4c54-7b0c-4b36-9f0e-2f6f9d0d6a51"
	// Sections is the code system of the sections of the record in those Consents.
	Sections = "urn:uuid:5f0f27b2-0a0b-4d63-8a6e-6d5a1f1c7e90"
)

// Decides says that a record is a decision on online access.
func Decides(w store.RecordWrite) bool { return w.Namespace == Namespace }

// Suspends says whether a record that decides on online access switches it off.
func Suspends(w store.RecordWrite) (bool, error) {
	var decided struct{ Suspended bool }
	if len(w.Value) == 0 { // it is taken away
		return false, nil
	}
	if err := json.Unmarshal(w.Value, &decided); err != nil {
		return false, fhir.Fault("reading the online access of "+w.Key, err)
	}
	return decided.Suspended, nil
}

// coded is a CodeableConcept with one code.
type coded struct {
	Coding []coding `json:"coding"`
	Text   string   `json:"text,omitempty"`
}

type coding struct {
	System string `json:"system"`
	Code   string `json:"code"`
}

func code(system, code string) coded { return coded{Coding: []coding{{system, code}}} }

type reference struct {
	Reference string `json:"reference"`
}

// provision is Consent.provision, as far as it is used here.
type provision struct {
	Type      string      `json:"type"`
	Period    *period     `json:"period,omitempty"`
	Actor     []actor     `json:"actor,omitempty"`
	Action    []coded     `json:"action,omitempty"`
	Code      []coded     `json:"code,omitempty"`
	Provision []provision `json:"provision,omitempty"`
}

type period struct {
	Start string `json:"start,omitempty"`
	End   string `json:"end,omitempty"`
}

type actor struct {
	Role      coded     `json:"role"`
	Reference reference `json:"reference"`
}

// consent is R4's Consent, as far as it is used here.
type consent struct {
	ResourceType string       `json:"resourceType"`
	ID           string       `json:"id"`
	Identifier   []identifier `json:"identifier"`
	Status       string       `json:"status"`
	Scope        coded        `json:"scope"`
	Category     []coded      `json:"category"`
	Patient      reference    `json:"patient"`
	DateTime     string       `json:"dateTime"`
	PolicyRule   coded        `json:"policyRule"`
	Provision    provision    `json:"provision"`
}

type identifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

// The code systems of a Consent (R4 consent).
const (
	scopes  = "http://terminology.hl7.org/CodeSystem/consentscope"
	actions = "http://terminology.hl7.org/CodeSystem/consentaction"
	acts    = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	roles   = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
	loinc   = "http://loinc.org"
)

// ConsentKey is where the Consent of a Patient's or RelatedPerson's online access is.
func ConsentKey(who fhir.Key) fhir.Key {
	return fhir.Key{Type: "Consent", ID: uuid.NewSHA1(uuid.NameSpaceURL, []byte(System+"/"+who.Current().String())).String()}
}

// Consent is what was decided for a Patient, or a RelatedPerson of the patient, as a Consent that EHRs can read: a
// provision for each section that was decided on. The reduced view isn't in it.
func Consent(who fhir.Key, patient string, decided Person, at time.Time) ([]byte, error) {
	top := provision{Type: "permit", Actor: []actor{{code(roles, "IRCP"), reference{who.Current().String()}}}}
	if decided.Suspended {
		top.Type = "deny"
	}
	if !decided.From.IsZero() || !decided.Until.IsZero() {
		top.Period = &period{}
		if !decided.From.IsZero() {
			top.Period.Start = decided.From.Format(time.RFC3339)
		}
		if !decided.Until.IsZero() {
			top.Period.End = decided.Until.Format(time.RFC3339)
		}
	}
	for _, section := range slices.Sorted(maps.Keys(decided.Sections)) {
		one := provision{Type: "permit", Code: []coded{code(Sections, section)}, Action: []coded{code(actions, "access")}}
		switch decided.Sections[section] {
		case access.None:
			one.Type = "deny"
		case access.Manage:
			one.Action = append(one.Action, code(actions, "correct"))
		}
		top.Provision = append(top.Provision, one)
	}
	text, err := json.Marshal(consent{
		ResourceType: "Consent", ID: ConsentKey(who).ID, Identifier: []identifier{{System, who.Current().String()}}, Status: "active",
		Scope: code(scopes, "patient-privacy"), Category: []coded{code(loinc, "59284-0")}, Patient: reference{"Patient/" + patient},
		DateTime: at.UTC().Format(time.RFC3339), PolicyRule: code(acts, "OPTIN"), Provision: top,
	})
	if err != nil {
		return nil, fhir.Fault("writing a Consent", err)
	}
	return text, nil
}
