package capability_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/fhir/go/fhirversion"
	"github.com/google/fhir/go/jsonformat"

	"frontdesk/fhir/codec"
	"frontdesk/handlers/capability"
)

// operations are one of each sort: for one type, for all, and for the whole server.
var operations = []capability.Operation{
	{Name: "recall", ID: "Patient-recall", Title: "Recall", Description: "Calls a patient back.", Types: []string{"Patient"}, Instance: true, AffectsState: true,
		Parameters: []capability.Parameter{{Name: "when", Min: 1, Max: "1", Type: "date", Documentation: "When."}, {Name: "return", Out: true, Max: "1", Type: "Bundle"}}},
	{Name: "hide", ID: "hide", Title: "Hide", Description: "Hides a resource.", Instance: true},
	{Name: "close", ID: "close-for-today", Standard: "http://example.org/close", Title: "Close", Description: "Closes the practice.", System: true},
}

// Operations are listed where they can be called, by the URL under which they are defined.
func TestOperationsAreListed(t *testing.T) {
	in := input(t)
	in.Operations, in.Compartments = operations, []string{"Patient", "RelatedPerson"}
	raw, err := capability.Statement(in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := codec.Decode(raw, codec.Limits{}); err != nil {
		t.Error(err)
	}
	type listed struct{ Name, Definition string }
	var p struct {
		Rest []struct {
			Operation   []listed
			Compartment []string
			Resource    []struct {
				Type      string
				Operation []listed
			}
		}
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	if want := []string{"http://hl7.org/fhir/CompartmentDefinition/patient", "http://hl7.org/fhir/CompartmentDefinition/relatedPerson"}; !reflect.DeepEqual(p.Rest[0].Compartment, want) {
		t.Errorf("compartments are %q, want %q", p.Rest[0].Compartment, want)
	}
	hide, recall := listed{"hide", base + "/OperationDefinition/hide"}, listed{"recall", base + "/OperationDefinition/Patient-recall"}
	if want := []listed{{"close", base + "/OperationDefinition/close-for-today"}}; !reflect.DeepEqual(p.Rest[0].Operation, want) {
		t.Errorf("of the server: %v, want %v", p.Rest[0].Operation, want)
	}
	for _, r := range p.Rest[0].Resource {
		want := []listed{hide}
		if r.Type == "Patient" {
			want = []listed{recall, hide}
		}
		if !reflect.DeepEqual(r.Operation, want) {
			t.Fatalf("%s: %v, want %v", r.Type, r.Operation, want)
		}
	}
}

// Definitions are valid R4 and say what the row says.
func TestDefinitions(t *testing.T) {
	oracle, err := jsonformat.NewUnmarshaller("UTC", fhirversion.R4)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		`{"resourceType":"OperationDefinition","id":"Patient-recall","url":"https://gp.example/fhir/OperationDefinition/Patient-recall","version":"1.2.3","name":"PatientRecall","title":"Recall","status":"active","kind":"operation","description":"Calls a patient back.","affectsState":true,"code":"recall","resource":["Patient"],"system":false,"type":false,"instance":true,"parameter":[{"name":"when","use":"in","min":1,"max":"1","documentation":"When.","type":"date"},{"name":"return","use":"out","min":0,"max":"1","type":"Bundle"}]}`,
		`{"resourceType":"OperationDefinition","id":"hide","url":"https://gp.example/fhir/OperationDefinition/hide","version":"1.2.3","name":"Hide","title":"Hide","status":"active","kind":"operation","description":"Hides a resource.","affectsState":false,"code":"hide","resource":["Resource"],"system":false,"type":false,"instance":true}`,
		`{"resourceType":"OperationDefinition","id":"close-for-today","url":"https://gp.example/fhir/OperationDefinition/close-for-today","version":"1.2.3","name":"CloseForToday","title":"Close","status":"active","kind":"operation","description":"Closes the practice.","affectsState":false,"code":"close","base":"http://example.org/close","system":true,"type":false,"instance":false}`,
	} {
		got, err := operations[i].Definition(base, "1.2.3")
		if err != nil || string(got) != want {
			t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
		}
		if _, err := codec.Decode(got, codec.Limits{}); err != nil {
			t.Error(err)
		}
		if _, err := oracle.Unmarshal(got); err != nil {
			t.Error("jsonformat says", err)
		}
	}
}
