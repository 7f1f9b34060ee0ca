package people

import (
	"encoding/json"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/handlers/pages/signin"
)

// nhsNumber is the system of NHS numbers.
const nhsNumber = "https://fhir.nhs.uk/Id/nhs-number"

// humanName is R4's HumanName, as far as it is shown.
type humanName struct {
	Use    string   `json:"use"`
	Text   string   `json:"text"`
	Family string   `json:"family"`
	Given  []string `json:"given"`
}

// uses are the uses of names (R4 valueset name-use), the one to call a person by first. An official name is on letters;
// old and maiden names say who somebody was.
var uses = []string{"official", "usual", "", "nickname", "temp", "anonymous", "maiden", "old"}

// person is what tells a patient from another.
func person(st *fhir.Stored) (signin.Person, error) {
	var patient struct {
		Name       []humanName `json:"name"`
		BirthDate  string      `json:"birthDate"`
		Identifier []struct {
			System string `json:"system"`
			Value  string `json:"value"`
		} `json:"identifier"`
	}
	if err := json.Unmarshal(st.JSON, &patient); err != nil {
		return signin.Person{}, fhir.Fault("reading "+st.Key.String(), err)
	}
	out := signin.Person{ID: st.Key.ID, Name: called(patient.Name), Born: patient.BirthDate}
	for _, identifier := range patient.Identifier {
		if identifier.System == nhsNumber {
			out.NHSNumber = identifier.Value
		}
	}
	return out, nil
}

// nameless is called who has no name in the record.
const nameless = "A patient without a name"

// called is the name to call a person by.
func called(names []humanName) string {
	slices.SortStableFunc(names, func(a, b humanName) int { return slices.Index(uses, a.Use) - slices.Index(uses, b.Use) })
	for _, name := range names {
		full := strings.Join(append(slices.Clone(name.Given), name.Family), " ")
		if full = strings.TrimSpace(full); full == "" {
			full = name.Text
		}
		if full != "" {
			return full
		}
	}
	return nameless
}
