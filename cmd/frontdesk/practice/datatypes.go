package practice

import (
	"strconv"
	"time"
)

// The code systems and naming systems of a British general practice.
const (
	snomed    = "http://snomed.info/sct"
	loinc     = "http://loinc.org"
	ucum      = "http://unitsofmeasure.org"
	cvx       = "http://hl7.org/fhir/sid/cvx"
	hl7       = "http://terminology.hl7.org/CodeSystem/"
	nhsNumber = "https://fhir.nhs.uk/Id/nhs-number"
	odsCode   = "https://fhir.nhs.uk/Id/ods-organization-code"
)

// decimal is a JSON number with the digits the laboratory gave, trailing zeros included (R4 datatypes 2.24.0.1).
type decimal string

func number(value float64, digits int) decimal {
	return decimal(strconv.FormatFloat(value, 'f', digits, 64))
}

// date writes a FHIR date.
func date(t time.Time) string { return t.Format(time.DateOnly) }

// instant writes a FHIR dateTime or instant: a time must carry its offset (R4 datatypes 2.24.0.1).
func instant(t time.Time) string { return t.Format("2006-01-02T15:04:05-07:00") }

// coded is a row of a table that stands for a concept; Name is the wording for people where it is not the Display.
type coded struct {
	Code    string `json:"code"`
	Display string `json:"display"`
	Name    string `json:"name"`
}

func coding(system, code, display string) object {
	return object{{"system", system}, {"code", code}, {"display", display}}
}

// concept is a CodeableConcept with one coding.
func concept(system, code, display string) object {
	return object{{"coding", list{coding(system, code, display)}}}
}

func snomedConcept(c coded) object {
	if c.Code == "" {
		return object{{"text", c.Name}}
	}
	return append(concept(snomed, c.Code, c.Display), member{"text", c.Name})
}

func ref(reference string) object { return object{{"reference", reference}} }

func refs(references ...string) list {
	out := make(list, 0, len(references))
	for _, r := range references {
		out = append(out, ref(r))
	}
	return out
}

func identifier(system, value string) object {
	return object{{"system", system}, {"value", value}}
}

func period(start, end time.Time) object {
	return object{{"start", instant(start)}, {"end", instant(end)}}
}

// quantity is a Quantity in UCUM.
func quantity(value decimal, unit string) object {
	return object{{"value", value}, {"unit", unit}, {"system", ucum}, {"code", unit}}
}

func contact(system, value, use string) object {
	return object{{"system", system}, {"value", value}, {"use", use}}
}

func address(line, town, district, postcode string) object {
	return object{{"use", "home"}, {"line", list{line}}, {"city", town}, {"district", district}, {"postalCode", postcode}, {"country", "GB"}}
}

func humanName(use, prefix, given, family string) object {
	name := object{{"use", use}, {"family", family}, {"given", list{given}}}
	if prefix != "" {
		name = append(name, member{"prefix", list{prefix}})
	}
	return name
}
