package data

import (
	"math/rand/v2"
	"strconv"
	"time"
)

const (
	// PatientSystem is the identifier system of every generated Patient.
	PatientSystem = "https://fhirload.example/patient"
	// ObservationSystem is the identifier system of every generated Observation.
	ObservationSystem = "https://fhirload.example/observation"
	// CodeSystem is the system of every generated Observation.code.
	CodeSystem = "http://loinc.org"
)

// epoch is the last day of generated measurements. It is fixed, not today, so
// that a seed gives the same bytes on any day.
var epoch = time.Date(2026, 6, 30, 17, 0, 0, 0, time.UTC)

// Source is one stream of synthetic data. It is not safe for concurrent use:
// every worker has its own.
type Source struct {
	*rand.Rand
	prefix string
	serial int
}

// New returns the given stream of a seed. Streams of one seed never share an
// identifier; the same seed and stream give the same data again.
func New(seed, stream uint64) *Source {
	return &Source{
		Rand:   rand.New(rand.NewPCG(seed, stream)),
		prefix: strconv.FormatUint(seed, 36) + "-" + strconv.FormatUint(stream, 36) + "-",
	}
}

// Identifier returns an identifier value no other call has returned, for any
// stream of this seed.
func (s *Source) Identifier() string {
	s.serial++
	return s.prefix + strconv.Itoa(s.serial)
}

// Code picks a measurement.
func (s *Source) Code() Code { return codes[s.IntN(len(codes))] }

// Person is what a search can later ask of a generated Patient.
type Person struct {
	Identifier string
	Family     string
}

// Patient adds a Patient to buf. id is its logical id, empty for a new one.
func (s *Source) Patient(buf []byte, id, identifier string) ([]byte, Person) {
	family := pick(s, families)
	birth := epoch.AddDate(0, 0, -s.IntN(90*365)).Format(time.DateOnly)
	line := strconv.Itoa(1+s.IntN(200)) + " " + pick(s, streets)
	postcode := "ZZ" + strconv.Itoa(1+s.IntN(99)) + " " + strconv.Itoa(s.IntN(10)) + "AA"
	// 01632 960xxx is the range Ofcom keeps for drama: no one answers there.
	phone := "01632 960" + strconv.Itoa(100+s.IntN(900))
	buf = patientTemplate.append(buf, idMember(id), identifier, family, pick(s, givens), pick(s, genders), birth,
		phone, line, pick(s, cities), postcode)
	return buf, Person{Identifier: identifier, Family: family}
}

// Reading is what a search can later ask of a generated Observation. Subject
// is a literal reference (Patient/1) or a urn:uuid inside a transaction.
type Reading struct {
	Identifier string
	Subject    string
	Code       string
	Date       time.Time
}

// Observation adds an Observation of code about subject to buf. id is its
// logical id, empty for a new one.
func (s *Source) Observation(buf []byte, id, identifier, subject string, code Code) ([]byte, Reading) {
	date := epoch.Add(-time.Duration(s.IntN(5*365*24*60)) * time.Minute)
	steps := (code.high - code.low) * pow10(code.decimals)
	value := float64(code.low) + float64(1+s.IntN(steps))/float64(pow10(code.decimals))
	buf = observationTemplate.append(buf, idMember(id), identifier, subject, date.Format(time.RFC3339),
		strconv.FormatFloat(value, 'f', code.decimals, 64), code.category, code.LOINC, code.display, code.unit, code.ucum,
		strconv.Itoa(code.low), strconv.Itoa(code.high))
	return buf, Reading{Identifier: identifier, Subject: subject, Code: code.LOINC, Date: date}
}

func idMember(id string) string {
	if id == "" {
		return ""
	}
	return `"id":"` + id + `",`
}

func pick(s *Source, from []string) string { return from[s.IntN(len(from))] }

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}
