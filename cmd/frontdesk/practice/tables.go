package practice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"

	"frontdesk/testdata/demo"
)

// tables are the word lists and clinical tables of testdata/demo.
type tables struct {
	people     peopleTable
	staff      staffTable
	neighbour  staffTable // of the practice beside it
	problems   problemTable
	medicines  []medicine
	results    resultTable
	prevention preventionTable
	documents  []document
	messages   messageTable
}

type peopleTable struct {
	Female, Male, Family, Streets []string
	Town, District                string
	Postcodes                     []string
	Languages                     []weighted
}

// weighted is a concept drawn with a chance in proportion to Weight.
type weighted struct {
	coded
	Weight int
}

type staffTable struct {
	Practice, Laboratory, Pharmacy place
	Locations                      []place
	Services                       []struct {
		coded
		ID string
	}
	People []clinician
}

type place struct{ ID, ODS, Name, Phone, Email, Line string }

type clinician struct {
	ID, GMC, NMC, GPhC            string
	Prefix, Given, Family, Gender string
	Role, RoleDisplay, Job        string
	Service, Location             string
}

// who says of which patients a row holds; From and To are ages in years, both included.
type who struct {
	Sex      string
	From, To int
	Rate     float64
}

type problem struct {
	coded
	who
	ID string
}

type problemTable struct {
	LongTerm, Acute []problem
	Sensitive       problem
}

type medicine struct {
	coded
	who
	VMP             string // the dm+d Virtual Medicinal Product, where there is a plain one
	For             []string
	Group           string // of medicines in one group a patient has only one
	Avoid           string // the allergy with which it is not given
	Dose            string
	PerDay, PerWeek int
	AsNeeded        bool
	Quantity        int
	Unit            string
}

type observable struct {
	coded
	ID, LOINC, LOINCDisplay, Unit string
	Digits                        int
	Inverse                       bool // falls when the other tests of its panel rise
	Range, Female                 []float64
	Shifted                       map[string][]float64 // by problem: where its results lie then
}

type resultTable struct {
	Tests  []observable
	Panels []struct {
		coded
		who
		Tests, For []string
	}
	Vitals  map[string]observable
	Smoking struct {
		observable
		Answers []weighted
	}
}

type vaccine struct {
	CVX, Display, Name string
	Months             []int // age at each dose
	BornAfter          int   // the first year of birth of the programme, less one
	From               int
	For                []string
}

type allergy struct {
	coded
	Category, Criticality, Severity string
	Rate                            float64
	Reaction                        coded
}

type preventionTable struct {
	Immunisations []vaccine
	Flu           vaccine
	Allergies     []allergy
	NoneKnown     coded
	Procedures    []struct {
		coded
		who
	}
	Visits []coded
}

type document struct{ Type, Display, Title, Text string }

type topic struct{ Topic, Question, Answer, Thanks, Attachment string }

type messageTable struct {
	Automatic string
	Topics    []topic
}

// loadTables reads the embedded tables once; an unknown member is a fault of the table.
var loadTables = sync.OnceValues(func() (*tables, error) {
	t := new(tables)
	for name, into := range map[string]any{
		"people.json": &t.people, "staff.json": &t.staff, "neighbour.json": &t.neighbour,
		"problems.json": &t.problems, "medicines.json": &t.medicines,
		"tests.json": &t.results, "prevention.json": &t.prevention, "documents.json": &t.documents, "messages.json": &t.messages,
	} {
		if err := table(name, into); err != nil {
			return nil, err
		}
	}
	return t, nil
})

// table reads one of the embedded tables.
func table(name string, into any) error {
	data, err := demo.Files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("open a table of the demo practice: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("read the table %s of the demo practice: %w", name, err)
	}
	return nil
}
