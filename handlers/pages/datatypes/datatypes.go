package datatypes

import (
	"encoding/json"
	"strings"

	"frontdesk/fhir"
)

// SNOMED is the code system whose words British practices use.
const SNOMED = "http://snomed.info/sct"

// Read reads a resource into a struct that has what a page needs of it.
func Read(st *fhir.Stored, into any) error {
	if err := json.Unmarshal(st.JSON, into); err != nil {
		return fhir.Fault("reading "+st.Key.String(), err)
	}
	return nil
}

// Reference is R4's.
type Reference struct{ Reference, Display string }

// Coding is R4's.
type Coding struct{ System, Code, Display string }

// Concept is R4's CodeableConcept.
type Concept struct {
	Text   string
	Coding []Coding
}

// Words are what a concept is called: its text, else the display in SNOMED CT, else the first there is.
func (c Concept) Words() string {
	if c.Text != "" {
		return c.Text
	}
	first := ""
	for _, coding := range c.Coding {
		switch {
		case coding.System == SNOMED && coding.Display != "":
			return coding.Display
		case first == "":
			first = coding.Display
		}
	}
	if first == "" && len(c.Coding) > 0 {
		return c.Coding[0].Code
	}
	return first
}

// Has says that a concept has a code, of whichever system.
func (c Concept) Has(code string) bool {
	for _, coding := range c.Coding {
		if coding.Code == code {
			return true
		}
	}
	return false
}

// Token is the first coding as search takes it, "" if there is none.
func (c Concept) Token() string {
	for _, coding := range c.Coding {
		if coding.Code != "" {
			return coding.System + "|" + coding.Code
		}
	}
	return ""
}

// Quantity is R4's. Its digits are kept.
type Quantity struct {
	Value                  json.Number
	Comparator, Unit, Code string
}

// units are those of UCUM that people write in another way.
var units = strings.NewReplacer("mm[Hg]", "mmHg", "kg/m2", "kg/m²", "Cel", "°C")

// Words are the number with its unit; "" if there is no number.
func (q Quantity) Words() string {
	if q.Value == "" {
		return ""
	}
	unit := q.Unit
	if unit == "" {
		unit = q.Code
	}
	return strings.TrimSpace(q.Comparator + q.Value.String() + " " + units.Replace(unit))
}

// Number is its value; ok is false if there is none.
func (q Quantity) Number() (value float64, ok bool) {
	value, err := q.Value.Float64()
	return value, err == nil
}

// Period is R4's.
type Period struct{ Start, End string }

// HumanName is R4's.
type HumanName struct {
	Use, Text, Family string
	Given, Prefix     []string
}

// Words are a name as people say it, with its title.
func (n HumanName) Words() string {
	all := strings.Join(append(append(append([]string{}, n.Prefix...), n.Given...), n.Family), " ")
	if all = strings.TrimSpace(all); all == "" {
		return n.Text
	}
	return all
}
