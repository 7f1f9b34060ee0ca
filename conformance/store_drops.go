package conformance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/conformance/checks"
	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// dropsVariable says how many operations TestDrops cuts off; drops is how many without it.
const (
	dropsVariable = "FRONTDESK_DROPS"
	drops         = 400
)

// TestDrops cuts off reads, searches, histories, scans, writes and batches at random moments, as clients that go away
// and requests that run out of time do, and holds the backend to what those who stay are promised: what they wrote is
// what they read, by whatever way and however often; a batch that was cut off is there as a whole or not at all; and
// the backend says that it is well.
func TestDrops(t *testing.T, open Opener) {
	n := drops
	if v := os.Getenv(dropsVariable); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			t.Fatalf("%s: %v", dropsVariable, err)
		}
	}
	k := newKit(t, open)
	d := &dropper{kit: k}
	d.left.Store(int64(n))
	d.fill()
	each(dropWorkers, func(i int) { d.work(i) })
	if err := k.b.Health(t.Context()); err != nil {
		t.Errorf("after %d drops it isn't well: %v", n, err)
	}
	if d.cut.Load() == 0 || d.done.Load() == 0 {
		t.Errorf("%d were cut off and %d came to their end: the moments aren't random", d.cut.Load(), d.done.Load())
	}
	t.Logf("%d operations: %d cut off, %d that came to their end before", n, d.cut.Load(), d.done.Load())
	checks.Count(t, "drops", checks.Backend(k.b), n)
}

const (
	dropWorkers  = 6
	dropResults  = 1200 // so many that a page of all takes long enough to be cut off within
	dropsBetween = 10   // drops between two looks at what was written
	dropLooks    = 6    // reads of each kind in one look: as many as meet every connection
)

// dropper drops. Each worker has a patient, a result of it and a record of its own, which always change together.
type dropper struct {
	*kit
	left, cut, done atomic.Int64
	queries         []*search.Query
	none            *search.Query // finds nothing, after a while
}

func (d *dropper) fill() {
	for from := 0; from < dropResults; from += 200 {
		ws := []store.Write{d.patient(fmt.Sprintf("full-%d", from), 1, "Full")}
		for i := from; i < from+200; i++ {
			ws = append(ws, d.result(fmt.Sprintf("r%d", i), 1, fmt.Sprintf("full-%d", from), "hb", fmt.Sprintf("2024-01-%02d", 1+i%28)))
		}
		d.apply(ws...)
	}
	d.none = d.query("Observation?code=hb&subject.name=nobody,full&value-quantity=7")
	for _, url := range []string{"Observation?_sort=-date&_count=1000", "Observation?_sort=_id&_count=1000&_total=accurate", "Observation?code=hb&_count=1000",
		"Observation?subject.name=full&_count=1000", "Patient?name=full"} {
		q := *d.query(url)
		q.Limit = 1000
		d.queries = append(d.queries, &q)
	}
}

// work drops until enough were, looking now and then at what is there.
func (d *dropper) work(worker int) {
	own := &droppedState{d: d, id: fmt.Sprintf("w%d", worker), rnd: rand.New(rand.NewPCG(uint64(worker), 1))}
	if !own.commit() {
		return
	}
	for i := 0; d.left.Add(-1) >= 0 && !d.t.Failed(); i++ {
		own.drop()
		if i%dropsBetween == dropsBetween-1 && !(own.settle() && own.commit() && own.look()) {
			return
		}
	}
	_ = own.settle() && own.commit() && own.look()
}

// droppedState is what one worker knows of its own: the version that everything has, or, after a write that was cut
// off, the one after it.
type droppedState struct {
	d       *dropper
	id      string
	version int64
	unsure  bool
	rnd     *rand.Rand
}

func (s *droppedState) key() fhir.Key { return fhir.Key{Type: "Patient", ID: s.id} }

// batch makes the next version of all.
func (s *droppedState) batch() (store.Batch, error) {
	next := s.version + 1
	patient, err := s.d.tryWrite(s.id, next, fmt.Sprintf(`{"resourceType":"Patient","name":[{"family":"Count%dx","given":[%q]}]}`, next, s.id))
	if err != nil {
		return store.Batch{}, err
	}
	result, err := s.d.tryWrite(s.id+"-result", next, fmt.Sprintf(`{"resourceType":"Observation","status":"final","code":{"text":"x"},
		"subject":{"reference":"Patient/%s"},"identifier":[{"system":"urn:own","value":"%s-%d"}]}`, s.id, s.id, next))
	if s.rnd.IntN(2) == 0 {
		result.NoMatch = s.d.none
	}
	return store.Batch{Writes: []store.Write{patient, result},
		Records: []store.RecordWrite{{Namespace: "drops", Key: s.id, Value: []byte(strconv.FormatInt(next, 10)), Revision: -1}}}, err
}

// drop begins something and cuts it off at a random moment of the time that it takes, or after it.
func (s *droppedState) drop() {
	ctx, cancel := context.WithCancel(s.d.t.Context())
	if s.rnd.IntN(2) == 0 {
		ctx, cancel = context.WithTimeout(s.d.t.Context(), s.moment())
	} else {
		time.AfterFunc(s.moment(), cancel)
	}
	defer cancel()
	err := s.operation(ctx)
	switch {
	case err == nil:
		s.d.done.Add(1)
	case fhir.KindOf(err) == fhir.TimedOut, fhir.KindOf(err) == fhir.Unavailable: // the latter while it waited for others
		s.d.cut.Add(1)
	default:
		s.d.t.Errorf("an operation that was cut off, or not: %v", err)
	}
}

// moment is up to some milliseconds, mostly less than one.
func (s *droppedState) moment() time.Duration {
	return time.Duration(s.rnd.Int64N(int64(50*time.Microsecond) << s.rnd.IntN(9)))
}

// operation is any of them.
func (s *droppedState) operation(ctx context.Context) (err error) {
	b := s.d.b
	switch s.rnd.IntN(8) {
	case 0:
		_, err = b.Get(ctx, fhir.Key{Type: "Observation", ID: fmt.Sprintf("r%d", s.rnd.IntN(dropResults)), Version: 1})
	case 1:
		_, err = b.History(ctx, store.Scope{Limit: 1000})
	case 2:
		err = b.Records().Scan(ctx, "drops", "", func(store.Record) bool { return true })
	case 3, 4:
		if s.unsure && !s.settle() {
			return nil
		}
		var batch store.Batch
		if batch, err = s.batch(); err == nil {
			_, err = b.Apply(ctx, batch)
		}
		if s.unsure = err != nil; err == nil {
			s.version++
		}
	default:
		_, err = b.Find(ctx, s.d.queries[s.rnd.IntN(len(s.d.queries))])
	}
	return err
}

// settle finds out what became of a write that was cut off.
func (s *droppedState) settle() bool {
	if !s.unsure {
		return true
	}
	s.unsure = false
	st, err := s.d.b.Get(s.d.t.Context(), s.key())
	if err != nil || st.Key.Version != s.version && st.Key.Version != s.version+1 {
		s.d.t.Errorf("%s had version %d and a write was cut off; what is read is %v, %v", s.id, s.version, st, err)
		return false
	}
	s.version = st.Key.Version
	return true
}

// commit makes the next version, which nothing is in the way of.
func (s *droppedState) commit() bool {
	batch, err := s.batch()
	if err == nil {
		_, err = s.d.b.Apply(s.d.t.Context(), batch)
	}
	if err != nil {
		s.d.t.Errorf("%s: a write that nobody cut off, as version %d: %v", s.id, s.version+1, err)
		return false
	}
	s.version++
	return true
}

// look reads what is its own by every way, more often than there are connections.
func (s *droppedState) look() bool {
	ways := map[string]func(context.Context) (int64, error){"Get": s.got, "Find": s.found, "History": s.past, "the result's Find": s.foundResult, "Records": s.recorded}
	for range dropLooks {
		for name, way := range ways {
			if v, err := way(s.d.t.Context()); err != nil || v != s.version {
				s.d.t.Errorf("%s has version %d, and %s reads %d, %v", s.id, s.version, name, v, err)
				return false
			}
		}
	}
	return true
}

func (s *droppedState) got(ctx context.Context) (int64, error) {
	st, err := s.d.b.Get(ctx, s.key())
	if err != nil {
		return 0, err
	}
	return st.Key.Version, nil
}

func (s *droppedState) found(ctx context.Context) (int64, error) {
	return s.only(s.d.b.Find(ctx, s.d.query(fmt.Sprintf("Patient?given=%s&family=Count%dx", s.id, s.version))))
}

func (s *droppedState) foundResult(ctx context.Context) (int64, error) {
	return s.only(s.d.b.Find(ctx, s.d.query(fmt.Sprintf("Observation?identifier=urn:own|%s-%d&subject=Patient/%s", s.id, s.version, s.id))))
}

func (s *droppedState) past(ctx context.Context) (int64, error) {
	return s.only(s.d.b.History(ctx, store.Scope{Type: "Patient", ID: s.id, Limit: 1}))
}

func (s *droppedState) only(page *store.Page, err error) (int64, error) {
	switch {
	case err != nil:
		return 0, err
	case len(page.Items) != 1:
		return 0, fmt.Errorf("%d are there", len(page.Items))
	}
	return page.Items[0].Key.Version, nil
}

func (s *droppedState) recorded(ctx context.Context) (int64, error) {
	r, err := s.d.b.Records().Get(ctx, "drops", s.id)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(r.Value), 10, 64)
}
