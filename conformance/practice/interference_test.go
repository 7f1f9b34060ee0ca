package practice_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/store/audit"
	"frontdesk/store/online"
)

// twins are two practices alike but for what is withheld from Ann: hidden, not released, added too early or in a
// closed section. The first has it, and what refers to it. Ann, her father and Bob, and Eve and a doctor of the
// other practice ask both the same, and must be answered alike (I2, P7); and what is one practice's stays so.
type twins struct {
	practices [2]*practice
	people    [2][]*client
	staff     [2]*client
	closed    string // the section that isn't open
	manages   bool   // Ann may write her health record, too
	*rand.Rand
	next [2]string // the last link to another page
}

// sequencesInTwins is how many sequences follow one another in the same two practices: to make those costs more than to
// ask.
const sequencesInTwins = 100

// FRONTDESK_PRACTICE_SEQUENCES says how many sequences are run on each backend, FRONTDESK_PRACTICE_SEED where they
// begin.
func TestP7_NothingThatAnyoneAsksTellsOfWhatIsWithheld(t *testing.T) {
	for name, usual := range map[string]int{"memory": 200, "sqlite": 100, "mongodb": 100} {
		t.Run(name, func(t *testing.T) {
			n, seed := number(t, "FRONTDESK_PRACTICE_SEQUENCES", usual), uint64(number(t, "FRONTDESK_PRACTICE_SEED", 1))
			asked, said := 0, map[int]int{}
			for done := 0; done < n; done += sequencesInTwins {
				w := newTwins(t, name, rand.New(rand.NewPCG(seed, uint64(done))))
				for range min(sequencesInTwins, n-done) {
					asked += w.sequence(said)
				}
				w.trails(said)
				w.apart()
			}
			t.Logf("%d sequences (%d requests) from seed %d; answers by status: %v", n, asked, seed, said)
		})
	}
}

func number(t *testing.T, name string, usual int) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv(name), strconv.Itoa(usual)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// newTwins opens two practices.
func newTwins(t *testing.T, backend string, r *rand.Rand) *twins {
	t.Helper()
	w := &twins{Rand: r, closed: one(&twins{Rand: r}, closable...), manages: r.IntN(2) == 0}
	start := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Minute)
	for i := range w.practices {
		// When events are filed depends on the traffic; here they are at the end.
		p := newPractice(t, backends[backend], func(o *audit.Options) { o.Elsewhere = true })
		w.practices[i] = p
		w.fill(i, start)
		w.people[i] = []*client{p.patient("ann"), p.patient("ann"), p.proxy(), p.patient("bob"),
			p.person("ann", "ann", "patient/*.cruds user/*.rs"), p.patient("eve"), p.person("other", "", "user/*.cruds")}
		w.staff[i] = p.staff()
		for _, key := range withheldByHand {
			if i == 0 {
				w.staff[i].is(http.StatusOK, w.staff[i].post("/"+key+"/$hide", because))
			}
		}
	}
	return w
}

// fill makes a practice's records, the same in both but for what is withheld.
func (w *twins) fill(i int, start time.Time) {
	p := w.practices[i]
	if i == 0 {
		p.load(tooEarly...)
	}
	sections := map[string]access.Level{}
	if w.manages {
		sections["record"], sections["results"] = access.Manage, access.Manage
	}
	if w.closed != "" {
		sections[w.closed] = access.None
	}
	p.set("Patient", "ann", online.Person{Sections: sections, From: p.clock.now()})
	refers := func(with, without string) string {
		if i == 0 {
			return with
		}
		return without
	}
	var slots []string
	for n := range 6 {
		slots = append(slots, slot(fmt.Sprint("s", n), "free", start.Add(time.Duration(n)*slotLength)))
	}
	p.load(slots...)
	p.load(southern()...)
	p.load(slotOf("south", "south-1", "free", start), slotOf("south", "south-2", "free", start.Add(slotLength)))
	p.load(chart[1:4]...)
	p.load(referring(refers, start)...)
	if i == 0 {
		p.load(withheld(w.closed, start)...)
		ehr := p.ehr()
		for key, result := range unreleased {
			ehr.is(http.StatusCreated, ehr.put("/"+key, result))
		}
	}
}
