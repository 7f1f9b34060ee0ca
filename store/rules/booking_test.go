package rules_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/rules"
	"frontdesk/store/sqlite"
)

// book is an appointment book as an EHR and the people of a practice write it.
type book struct {
	testing.TB
	store *store.Store
	ehr   *store.Session
	start time.Time
	// meanwhile happens once, between the plan of a commit and the commit.
	meanwhile func()
}

// interrupted is a backend of a book.
type interrupted struct {
	store.Backend
	*book
}

func (i interrupted) Apply(ctx context.Context, batch store.Batch) ([]store.Result, error) {
	if do := i.meanwhile; do != nil {
		i.meanwhile = nil
		do()
	}
	return i.Backend.Apply(ctx, batch)
}

// inBook runs a test on a new book on each backend.
func inBook(t *testing.T, test func(b *book)) {
	backends := map[string]func(*testing.T, *spec.Registry) (store.Backend, error){
		"memory": func(_ *testing.T, r *spec.Registry) (store.Backend, error) { return memory.Open(r), nil },
		"sqlite": func(t *testing.T, r *spec.Registry) (store.Backend, error) {
			return sqlite.Open(t.Context(), t.TempDir(), r, sqlite.Options{Base: base})
		},
	}
	for name, open := range backends {
		t.Run(name, func(t *testing.T) {
			r, err := spec.Load()
			if err != nil {
				t.Fatal(err)
			}
			backend, err := open(t, r)
			if err != nil {
				t.Fatal(err)
			}
			b := &book{TB: t, start: time.Now().UTC().Add(48 * time.Hour).Truncate(time.Minute)}
			b.store = store.Open(interrupted{backend, b}, r, store.Options{Base: base, Rules: rules.All(rules.Options{Base: base, Registry: r, Records: backend.Records()})})
			t.Cleanup(func() {
				if err := b.store.Close(); err != nil {
					t.Error(err)
				}
			})
			b.ehr = b.store.As(access.Everything("ehr"), store.Unobserved)
			test(b)
		})
	}
}

// times are the members start and end of the i-th slot.
func (b *book) times(i int) string {
	at := b.start.Add(time.Duration(i) * 10 * time.Minute)
	return fmt.Sprintf(`"start":%q,"end":%q`, at.Format(time.RFC3339), at.Add(10*time.Minute).Format(time.RFC3339))
}

func (b *book) slot(i int, status string) string {
	return fmt.Sprintf(`{"resourceType":"Slot","id":"s%d","schedule":{"reference":"Schedule/x"},"status":%q,%s}`, i, status, b.times(i))
}

// visit is an Appointment of a patient in the i-th slot.
func (b *book) visit(id, status, patient string, i int) string {
	return fmt.Sprintf(`{"resourceType":"Appointment","id":%q,"status":%q,%s,"slot":[{"reference":"Slot/s%d"}],"participant":[{"actor":{"reference":"Patient/%s"},"status":"accepted"}]}`,
		id, status, b.times(i), i, patient)
}

// newSlot is what the entries of a transaction call a Slot that it creates.
const newSlot = "urn:uuid:0e6c8bd5-6b43-4a35-8b4c-6c1dd9b1f0aa"

func (b *book) change(a store.Action, text string) store.Change {
	b.Helper()
	r, err := codec.Decode([]byte(text), codec.Limits{Conditional: true})
	if err != nil {
		b.Fatal(err)
	}
	c := store.Change{Action: a, Key: fhir.Key{Type: r.Type, ID: r.ID}, Resource: r}
	if a == store.Create {
		c.Key.ID = ""
		if r.Type == "Slot" {
			c.FullURL = newSlot
		}
	}
	return c
}

// put sends what an EHR keeps under ids of its own, in one transaction.
func (b *book) put(all ...string) error {
	b.Helper()
	return b.transact(store.Update, all...)
}

func (b *book) transact(a store.Action, all ...string) error {
	b.Helper()
	var cs []store.Change
	for _, text := range all {
		cs = append(cs, b.change(a, text))
	}
	_, err := b.ehr.Transact(b.Context(), cs)
	return err
}

func (b *book) sends(all ...string) {
	b.Helper()
	if err := b.put(all...); err != nil {
		b.Error(err)
	}
}

// clash fails the test unless an error is that of a slot that isn't free.
func (b *book) clash(what string, err error) {
	b.Helper()
	if fhir.KindOf(err) != fhir.Conflict || !strings.Contains(err.Error(), "no longer free") {
		b.Errorf("%s: got %v", what, err)
	}
}

// is fails the test unless slot s0, s1 … have these states and versions, written as "free/1".
func (b *book) is(want ...string) {
	b.Helper()
	for i, want := range want {
		st, err := b.ehr.Read(b.Context(), fhir.Key{Type: "Slot", ID: fmt.Sprint("s", i)})
		if err != nil {
			b.Error(err)
			continue
		}
		var s struct{ Status string }
		if err := json.Unmarshal(st.JSON, &s); err != nil || fmt.Sprintf("%s/%d", s.Status, st.Key.Version) != want {
			b.Errorf("s%d is %s/%d, want %s", i, s.Status, st.Key.Version, want)
		}
	}
}

func TestAnEHRSendsSlotsAndTheirAppointmentsTogether(t *testing.T) {
	inBook(t, func(b *book) {
		b.sends(b.slot(0, "busy"), b.visit("a", "booked", "p", 0), b.slot(1, "free"), b.visit("b", "booked", "q", 1), b.slot(2, "free"))
		b.is("busy/1", "busy/1", "free/1") // each written once, and none free that somebody has
		b.sends(b.visit("a", "booked", "p", 0), b.slot(1, "free"))
		b.is("busy/1", "busy/2", "free/1")
		b.sends(b.slot(0, "free"), b.visit("a", "cancelled", "p", 0), b.visit("b", "cancelled", "q", 1), b.slot(1, "busy-unavailable"))
		b.is("free/2", "busy-unavailable/3", "free/1") // the EHR has another use for the second
		b.clash("two for one slot", b.put(b.visit("c", "booked", "p", 2), b.visit("d", "booked", "q", 2)))
		b.is("free/2", "busy-unavailable/3", "free/1")
	})
}

func TestWhatIsCreatedTogetherIsBookedTogether(t *testing.T) {
	inBook(t, func(b *book) {
		mine := strings.Replace(b.visit("a", "booked", "p", 0), "Slot/s0", newSlot, 1)
		if err := b.transact(store.Create, mine, b.slot(0, "free")); err != nil {
			t.Fatal(err)
		}
		b.clash("two for one slot", b.transact(store.Create, mine, b.slot(0, "free"), mine))
	})
}

// B25: a booked Slot isn't deleted, whoever asks.
func TestB25_ASlotThatIsBookedIsNotDeletedAndSentAgainKeepsItsAppointment(t *testing.T) {
	inBook(t, func(b *book) {
		b.sends(b.slot(0, "free"))
		b.sends(b.visit("a", "booked", "p", 0))
		b.is("busy/2")
		gone := store.Change{Action: store.Delete, Key: fhir.Key{Type: "Slot", ID: "s0"}}
		if _, err := b.ehr.Write(b.Context(), gone); fhir.KindOf(err) != fhir.Conflict || !strings.Contains(err.Error(), "is booked") {
			t.Fatalf("a booked slot is deleted: %v", err)
		}
		if _, err := b.ehr.Transact(b.Context(), []store.Change{b.change(store.Update, b.visit("b", "booked", "q", 0)), gone}); fhir.KindOf(err) != fhir.Conflict {
			t.Fatalf("a slot is booked and deleted: %v", err)
		}
		b.sends(b.slot(0, "free"))
		b.is("busy/3")
		b.clash("another appointment in it", b.put(b.visit("b", "booked", "q", 0)))
		for i, status := range []string{"arrived", "fulfilled", "noshow"} { // it is still that visit's time
			b.sends(b.visit("a", status, "p", 0))
			b.is("busy/3")
			if i == 0 {
				b.clash("another appointment in it", b.put(b.visit("b", "booked", "q", 0)))
			}
		}
		b.sends(b.visit("a", "entered-in-error", "p", 0))
		b.is("free/4")
		b.sends(b.visit("a", "booked", "p", 0))
		if _, err := b.ehr.Transact(b.Context(), []store.Change{gone, b.change(store.Update, b.visit("a", "cancelled", "p", 0))}); err != nil {
			t.Errorf("a slot is deleted with its appointment: %v", err)
		}
	})
}

func TestASlotThatIsSentAgainAtTheInstantThatItIsTakenIsBusy(t *testing.T) {
	takes := func(b *book) { b.sends(b.visit("a", "booked", "p", 0)) }
	sends := func(b *book) { b.sends(b.slot(0, "free")) }
	cancels := func(b *book) { b.sends(b.visit("a", "cancelled", "p", 0)) }
	for what, c := range map[string]struct {
		first, second func(*book)
		held          bool
		want          string
	}{
		"it is sent while it is taken":     {takes, sends, false, "busy/4"},
		"it is taken while it is sent":     {sends, takes, false, "busy/3"},
		"it is sent while it is cancelled": {cancels, sends, true, "free/4"},
		"it is cancelled while it is sent": {sends, cancels, true, "free/3"},
	} {
		t.Run(what, func(t *testing.T) {
			inBook(t, func(b *book) {
				b.sends(b.slot(0, "free"))
				if _, err := b.ehr.Write(b.Context(), store.Change{Action: store.Delete, Key: fhir.Key{Type: "Slot", ID: "s0"}}); err != nil {
					t.Fatal(err)
				}
				if c.held {
					takes(b)
				}
				b.meanwhile = func() { c.second(b) }
				c.first(b)
				b.is(c.want)
			})
		})
	}
}

// What EHRs and people do to few slots all at once leaves a book in which each busy slot is somebody's, and nobody
// shares one.
func TestABookStaysConsistentWhoeverWritesIt(t *testing.T) {
	const slots, writers, rounds = 4, 8, 20
	inBook(t, func(b *book) {
		for i := range slots {
			b.sends(b.slot(i, "free"))
		}
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for round := range rounds {
					i := (w*7 + round*3) % slots
					var err error
					switch round % 4 {
					case 0, 1:
						err = b.put(b.visit(fmt.Sprint("v", w), "booked", "p", i))
					case 2:
						err = b.put(b.slot(i, "free"))
					default:
						err = b.put(b.visit(fmt.Sprint("v", w), "cancelled", "p", i))
					}
					if err != nil && fhir.KindOf(err) != fhir.Conflict {
						b.Error(err)
					}
				}
			})
		}
		all.Wait()
		had := map[string]int{}
		for w := range writers {
			st, err := b.ehr.Read(b.Context(), fhir.Key{Type: "Appointment", ID: fmt.Sprint("v", w)})
			if fhir.KindOf(err) == fhir.NotFound {
				continue
			}
			var a struct {
				Status string
				Slot   []struct{ Reference string }
			}
			if err := json.Unmarshal(st.JSON, &a); err != nil {
				b.Fatal(err)
			}
			if a.Status == "booked" {
				had[a.Slot[0].Reference]++
			}
		}
		for i := range slots {
			key := fhir.Key{Type: "Slot", ID: fmt.Sprint("s", i)}
			st, err := b.ehr.Read(b.Context(), key)
			if err != nil {
				b.Fatal(err)
			}
			n := had[key.String()]
			if busy := strings.Contains(string(st.JSON), `"busy"`); n > 1 || busy != (n == 1) {
				b.Errorf("%d appointments have %s", n, st.JSON)
			}
		}
	})
}
