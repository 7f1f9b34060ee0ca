package practice

import (
	"fmt"
	"iter"
	"time"
	_ "time/tzdata" // the program must know British Summer Time in a container that has no time zone files
)

// The patients a README, a test or a demonstration can rely on, whatever the seed. All other patients are chance.
const (
	// ReadyPatient has something of everything: repeats in each state, orders, results, threads, proxies, appointments.
	ReadyPatient = "demo-0001"
	// ChildPatient is a child of seven with both parents as proxies.
	ChildPatient = "demo-0002"
	// AtRiskPatient is a woman whose partner is a proxy and whose record holds an entry he must not see, AtRiskOnly. A
	// visit refers to it.
	AtRiskPatient = "demo-0003"
	// TwinPatient and PlainTwinPatient have the same record, entry for entry, but for the one TwinOnly names.
	TwinPatient = "demo-0004"
	// PlainTwinPatient is TwinPatient without TwinOnly.
	PlainTwinPatient = "demo-0005"
	// FormerPatient has died: the record is closed but kept.
	FormerPatient = "demo-0006"
	// SuspendedPatient has had online access, and staff have switched it off.
	SuspendedPatient = "demo-0007"
	// NeighbourPatient is of the practice beside this one, and has appointments there.
	NeighbourPatient = "eastmere-0001"
)

// TwinOnly is the reference to the entry that TwinPatient has and PlainTwinPatient has not. Once a clinician hides it
// from online view the two must be answered alike.
const TwinOnly = "Condition/" + TwinPatient + "-sensitive"

// AtRiskOnly is the reference to the entry that the practice hides from AtRiskPatient's online view.
const AtRiskOnly = "Condition/" + AtRiskPatient + "-sensitive"

// MaxPatients is the greatest list size Generate accepts, limited by the NHS numbers that are reserved for tests.
const MaxPatients = 100_000

// Options say which practice to make.
type Options struct {
	// Seed chooses among all practices of this size.
	Seed uint64
	// Patients is the length of the patient list, 0 to MaxPatients.
	Patients int
	// Neighbours are the patients of a second, small practice on the same server, with staff and an appointment book of
	// its own; 0: there is none.
	Neighbours int
	// Now is the day around which the record is written; only its date in London matters.
	Now time.Time
}

// generator is what all parts of one practice share.
type generator struct {
	*tables
	prefix   string // of patients' ids
	seed     uint64
	patients int
	beside   *generator // the neighbour; nil for none
	today    time.Time  // midnight in London
	numbers  []string   // NHS numbers, by patient
	diary    *diary
}

func newGenerator(opts Options) (*generator, error) {
	if opts.Patients < 0 || opts.Neighbours < 0 || opts.Patients+opts.Neighbours > MaxPatients {
		return nil, fmt.Errorf("the demo practice can have 0 to %d patients, not %d", MaxPatients, opts.Patients)
	}
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		return nil, fmt.Errorf("find the time zone of the demo practice: %w", err)
	}
	data, err := loadTables()
	if err != nil {
		return nil, err
	}
	numbers := testNHSNumbers(opts.Patients + opts.Neighbours)
	g := &generator{
		tables: data, prefix: "demo", seed: opts.Seed, patients: opts.Patients,
		today:   midnight(opts.Now, london),
		numbers: numbers[:opts.Patients],
	}
	g.diary = newDiary(g)
	if opts.Neighbours > 0 {
		theirs := *data
		theirs.staff = data.neighbour
		g.beside = &generator{tables: &theirs, prefix: "eastmere", seed: opts.Seed + 1, patients: opts.Neighbours,
			today: g.today, numbers: numbers[opts.Patients:]}
		g.beside.diary = newDiary(g.beside)
	}
	return g, nil
}

// practices are this one and its neighbour.
func (g *generator) practices() []*generator {
	if g.beside == nil {
		return []*generator{g}
	}
	return []*generator{g, g.beside}
}

// midnight is when the day began that it is in a place.
func midnight(at time.Time, place *time.Location) time.Time { return atMinute(at.In(place), 0) }

// Generate yields the practice as FHIR R4 transaction Bundles in JSON, in an order in which every reference
// resolves within the same Bundle or an earlier one: first the organisation with its staff, then the appointment
// book, then one Bundle per patient; the neighbour's stand behind the patients who are named here. Every entry is a
// PUT to a fixed id, so that loading twice makes no second copy. An error is yielded once, with nil, and ends the
// sequence.
func Generate(opts Options) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		g, err := newGenerator(opts)
		if err != nil {
			yield(nil, err)
			return
		}
		for entries := range g.bundles() {
			if !yield(transaction(entries)) {
				return
			}
		}
	}
}

func (g *generator) bundles() iter.Seq[[]resource] {
	return func(yield func([]resource) bool) {
		if !yield(g.organisation()) {
			return
		}
		for _, slots := range g.diary.bundles() {
			if !yield(slots) {
				return
			}
		}
		named := min(g.patients, numberOf(SuspendedPatient)+1)
		for i := range g.patients {
			if i == named && !g.besideTo(yield) {
				return
			}
			if !yield(g.record(i)) {
				return
			}
		}
		if named == g.patients {
			g.besideTo(yield)
		}
	}
}

// besideTo yields the neighbour's Bundles, and whether to go on.
func (g *generator) besideTo(yield func([]resource) bool) bool {
	if g.beside == nil {
		return true
	}
	for bundle := range g.beside.bundles() {
		if !yield(bundle) {
			return false
		}
	}
	return true
}
