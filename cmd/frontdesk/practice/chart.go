package practice

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// chart is one patient's record while it is written.
type chart struct {
	*generator
	chance    *rand.Rand
	number    int // place in the patient list, from 0
	id        string
	person    persona
	doctor    clinician
	entries   []resource
	counts    map[string]int
	problems  []known    // the long-term ones
	allergies []string   // their codes
	proxies   []string   // references to RelatedPersons
	arriving  []resource // what the laboratory sends when the record is there
}

// known is a problem the patient has: its id in the table and the reference to its Condition.
type known struct{ id, reference string }

// persona is who a patient is, drawn by chance or laid down for a named patient.
type persona struct {
	sex, given, family string
	born               time.Time
	has                []string // the long-term problems, where they are not left to chance
}

// patientID is the id of the n-th patient, from 0.
func (g *generator) patientID(n int) string { return fmt.Sprintf("%s-%04d", g.prefix, n+1) }

// numberOf is the place in the list of a patient named in this package.
func numberOf(id string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(id, "demo-"))
	return n - 1
}

// named lays down what the named patients must have.
func (g *generator) named(id string) (persona, bool) {
	aged := func(years int) time.Time { return g.today.AddDate(-years, -4, -11) }
	p, ok := map[string]persona{
		ReadyPatient:     {"female", "Margaret", "Okafor", aged(58), []string{"hypertension", "diabetes2", "hyperlipidaemia", "asthma", "obesity"}},
		ChildPatient:     {"male", "Jakub", "Kowalski", aged(7), []string{"asthma", "eczema"}},
		AtRiskPatient:    {"female", "Hannah", "Wright", aged(34), []string{"anxiety"}},
		TwinPatient:      {"female", "Sunita", "Sharma", aged(41), []string{"hypothyroid"}},
		FormerPatient:    {"male", "Kenneth", "Walker", aged(86), []string{"heart-failure", "af", "ckd3"}},
		SuspendedPatient: {"male", "Thomas", "Green", aged(47), []string{"gout"}},
		NeighbourPatient: {"female", "Ines", "Silva", aged(36), []string{"asthma"}},
	}[id]
	return p, ok
}

func (g *generator) newChart(n int) *chart {
	c := &chart{generator: g, number: n, id: g.patientID(n), counts: map[string]int{}}
	like := c.id
	if like == PlainTwinPatient { // the same stream of chance makes the same record
		like, n = TwinPatient, numberOf(TwinPatient)
	}
	c.chance = rand.New(rand.NewPCG(g.seed, uint64(n)))
	var ok bool
	if c.person, ok = g.named(like); !ok {
		c.person = c.anyone()
	}
	doctors := g.prescribers()
	c.doctor = doctors[c.chance.IntN(len(doctors))]
	return c
}

func (c *chart) anyone() persona {
	p := persona{sex: "female", family: pick(c, c.people.Family)}
	names := c.people.Female
	if c.happens(0.49) {
		p.sex, names = "male", c.people.Male
	}
	p.given = pick(c, names)
	// A town's ages: even up to 65, then fewer and fewer.
	years := c.chance.IntN(66)
	for years >= 64 && years < 96 && c.happens(0.95) {
		years++
	}
	if c.happens(0.18) {
		years = max(years, 60+c.chance.IntN(30))
	}
	p.born = c.today.AddDate(-years, -c.chance.IntN(12), -14-c.chance.IntN(14))
	return p
}

func (c *chart) subject() string { return "Patient/" + c.id }

// speaker is who writes and asks for the patient: a parent for a child.
func (c *chart) speaker() string {
	if c.age(c.today) < 16 && len(c.proxies) > 0 {
		return c.proxies[0]
	}
	return c.subject()
}

// age is in whole years on a day.
func (c *chart) age(on time.Time) int {
	years := on.Year() - c.person.born.Year()
	if on.YearDay() < c.person.born.YearDay() {
		years--
	}
	return years
}

// fits says whether a row is for this patient at present age, leaving its rate aside.
func (c *chart) fits(w who) bool {
	age := c.age(c.today)
	return (w.Sex == "" || w.Sex == c.person.sex) && age >= w.From && (w.To == 0 || age <= w.To)
}

func (c *chart) hasAny(problems []string) bool {
	return slices.ContainsFunc(c.problems, func(k known) bool { return slices.Contains(problems, k.id) })
}

// happens is true with a probability.
func (c *chart) happens(p float64) bool { return c.chance.Float64() < p }

// between is a number from low to high, most often near the middle.
func (c *chart) between(low, high float64) float64 {
	return low + (high-low)*(c.chance.Float64()+c.chance.Float64()+c.chance.Float64())/3
}

// daysAgo is a working day at a time when the practice is open, so many days before today or a little earlier.
func (c *chart) daysAgo(days int) time.Time {
	if lived := int(c.today.Sub(c.person.born).Hours() / 24); days >= lived {
		days = lived / 2
	}
	day := c.today.AddDate(0, 0, -days)
	for weekend(day) {
		day = day.AddDate(0, 0, -1)
	}
	session := sessions[c.chance.IntN(len(sessions))]
	step := int(slotLength.Minutes())
	return atMinute(day, session.from+step*c.chance.IntN((session.to-session.from)/step))
}

func pick[T any](c *chart, from []T) T { return from[c.chance.IntN(len(from))] }

func pickWeighted(c *chart, from []weighted) coded {
	total := 0
	for _, w := range from {
		total += w.Weight
	}
	at := c.chance.IntN(total)
	for _, w := range from {
		if at -= w.Weight; at < 0 {
			return w.coded
		}
	}
	return from[0].coded
}

// add puts a resource in the record and returns the reference to it. Ids count up within a type.
func (c *chart) add(kind string, fields object) string {
	c.counts[kind]++
	return c.addAs(kind, fmt.Sprintf("%s-%d", c.id, c.counts[kind]), fields)
}

func (c *chart) addAs(kind, id string, fields object) string {
	r := resource{kind, id, fields}
	c.entries = append(c.entries, r)
	return r.reference()
}

// record is a patient's whole record.
func (g *generator) record(n int) []resource {
	c := g.newChart(n)
	c.write()
	return c.entries
}

// write writes it, in the order in which a practice comes to know it.
func (c *chart) write() {
	c.register()
	c.history()
	c.prevent()
	c.attend()
	c.test()
	c.prescribe()
	c.correspond()
	c.converse()
}
