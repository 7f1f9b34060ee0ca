package audit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/audit"
	"frontdesk/store/rules"
)

// flaky is a Backend that commits nothing while it is down, and that says it has failed, though it has not, when it is
// muddled.
type flaky struct {
	store.Backend
	down, muddled atomic.Bool
	refused       atomic.Int64
}

var errDown = errors.New("the disk is full")

func (f *flaky) Apply(ctx context.Context, b store.Batch) ([]store.Result, error) {
	if f.down.Load() {
		f.refused.Add(1)
		return nil, fhir.Fault("commit", errDown)
	}
	results, err := f.Backend.Apply(ctx, b)
	if f.muddled.Swap(false) {
		return nil, fhir.Fault("commit", errDown)
	}
	return results, err
}

func unsteady(t testing.TB) (*flaky, *store.Store) {
	f := &flaky{}
	return f, open(t, func(r *spec.Registry) store.Backend {
		f.Backend = memory.Open(r)
		return f
	})
}

func quiet(o *audit.Options) { o.Log = slog.New(slog.NewTextHandler(io.Discard, nil)) }

// verified asserts that the chain is whole, and holds so many events.
func verified(t testing.TB, s *store.Store, events int) audit.Report {
	t.Helper()
	report, err := audit.Verify(t.Context(), s, audit.Head{}, nil)
	if err != nil || report.Events != int64(events) {
		t.Errorf("%d events, want %d: %+v, %v", report.Events, events, report, err)
	}
	return report
}

// TestNothingIsLostWhileTheStoreFails: what can't be committed waits, who records more waits too and is refused in the
// end, and when the store is back all is there once.
func TestNothingIsLostWhileTheStoreFails(t *testing.T) {
	f, s := unsteady(t)
	r := recorder(t, s, quiet, func(o *audit.Options) { o.Queue = 4 })
	f.down.Store(true)
	recorded := 0
	ctx, cancel := context.WithCancel(t.Context())
	refused := make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			if err := r.Record(ctx, audit.Event{What: "read", Request: fmt.Sprint("request-", i)}); err != nil {
				refused <- err
				return
			}
			recorded++
		}
	}()
	until(t, "the store to refuse", func() bool { return f.refused.Load() > 1 && r.Ready() != nil })
	cancel()
	if err := <-refused; fhir.KindOf(err) != fhir.Unavailable {
		t.Errorf("who can't be recorded is told %v", err)
	}
	f.down.Store(false)
	if err := r.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Ready(); err != nil {
		t.Errorf("ready again: %v", err)
	}
	if n := len(found(t, s, everyone, "")); n != recorded || recorded < 4 {
		t.Errorf("%d AuditEvents of %d", n, recorded)
	}
	verified(t, s, recorded)
}

// TestACommitThatSeemedToFailIsNotMadeTwice: the answer of the store was lost, not the commit.
func TestACommitThatSeemedToFailIsNotMadeTwice(t *testing.T) {
	f, s := unsteady(t)
	r := recorder(t, s, quiet)
	f.muddled.Store(true)
	record(t, r, some(3)...)
	if f.muddled.Load() {
		t.Fatal("the store was never muddled")
	}
	verified(t, s, 3)
}

// TestSeveralInstancesMakeOneChain records by two recorders on the same store at once.
func TestSeveralInstancesMakeOneChain(t *testing.T) {
	s := open(t, nil)
	var all sync.WaitGroup
	const each, times = 40, 5
	for range 2 {
		r := recorder(t, s)
		all.Go(func() {
			for range times {
				for _, e := range some(each) {
					if err := r.Record(t.Context(), e); err != nil {
						t.Error(err)
					}
				}
				if err := r.Flush(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := len(found(t, s, everyone, "")); n != 2*each*times {
		t.Errorf("%d AuditEvents", n)
	}
	if r := verified(t, s, 2*each*times); r.Links < 2*times || r.Waiting != 0 {
		t.Errorf("%+v", r)
	}
}

// TestWhatACrashLeftIsFiledByTheNext: what is in the chain becomes AuditEvents, though who recorded it is gone.
func TestWhatACrashLeftIsFiledByTheNext(t *testing.T) {
	s := open(t, nil)
	first := recorder(t, s, elsewhere)
	record(t, first, some(3)...)
	if n := len(found(t, s, everyone, "")); n != 0 {
		t.Fatalf("%d AuditEvents are filed by who is not to", n)
	}
	if r := verified(t, s, 3); r.Waiting != 3 {
		t.Errorf("%+v", r)
	}
	record(t, recorder(t, s))
	if r := verified(t, s, 3); r.Waiting != 0 || len(found(t, s, everyone, "")) != 3 {
		t.Errorf("%+v", r)
	}
}

func TestCloseCommitsWhatIsQueued(t *testing.T) {
	s := open(t, nil)
	r := audit.New(audit.Options{Store: s, Base: base})
	for _, e := range some(300) {
		if err := r.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	verified(t, s, 300)
	if err := r.Record(t.Context(), audit.Event{What: "read"}); fhir.KindOf(err) != fhir.Unavailable {
		t.Errorf("recorded after the end: %v", err)
	}
	if err := r.Close(t.Context()); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

// TestCloseGivesUp: a store that never comes back doesn't keep the program, which then says so.
func TestCloseGivesUp(t *testing.T) {
	f, s := unsteady(t)
	r := recorder(t, s, quiet, func(o *audit.Options) { o.Queue = 1 })
	f.down.Store(true)
	recorded := make(chan error)
	go func() { // until there's no room, and longer
		for {
			if err := r.Record(t.Context(), some(1)[0]); err != nil {
				recorded <- err
				return
			}
		}
	}()
	until(t, "the store to refuse", func() bool { return f.refused.Load() > 0 && r.Ready() != nil })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Close(ctx); !errors.Is(err, errDown) {
		t.Errorf("closed: %v", err)
	}
	if err := <-recorded; fhir.KindOf(err) != fhir.Unavailable {
		t.Errorf("who went on recording is told %v", err)
	}
}

// TestNobodyElseWritesTheTrail: the rule holds for whoever may write everything.
func TestNobodyElseWritesTheTrail(t *testing.T) {
	s := open(t, nil)
	record(t, recorder(t, s), some(1)...)
	e := found(t, s, everyone, "")[0]
	other := strings.Replace(e.text, `"outcome":"0"`, `"outcome":"8"`, 1)
	if other == e.text {
		t.Fatalf("it isn't another: %s", e.text)
	}
	if err := put(t, s, everyone, other); fhir.KindOf(err) != fhir.NotAllowed {
		t.Errorf("changed: %v", err)
	}
	if _, err := s.As(everyone, store.Unobserved).Write(t.Context(), store.Change{Action: store.Delete, Key: fhir.Key{Type: "AuditEvent", ID: e.ID}}); fhir.KindOf(err) != fhir.NotAllowed {
		t.Errorf("deleted: %v", err)
	}
	const of = `{"resourceType":"AuditEvent","id":%q,"type":{"code":"rest"},"recorded":"2026-01-01T00:00:00Z","agent":[{"requestor":true}],"source":{"observer":{"identifier":{"value":%q}}}}`
	if err := put(t, s, everyone, fmt.Sprintf(of, "forged", rules.AuditSource)); fhir.KindOf(err) != fhir.Unprocessable {
		t.Errorf("forged: %v", err)
	}
	if err := put(t, s, everyone, fmt.Sprintf(of, "other", "another system")); err != nil {
		t.Errorf("of another system: %v", err)
	}
	verified(t, s, 1)
}

func elsewhere(o *audit.Options) { o.Elsewhere = true }

// TestALinkHasNoMoreThanIsFiledTogether: events that make many AuditEvents each come into links of their own.
func TestALinkHasNoMoreThanIsFiledTogether(t *testing.T) {
	var parts []string
	for i := range 100 {
		parts = append(parts, fmt.Sprintf("p%d/Patient", i))
	}
	s := open(t, nil)
	many := audit.Event{What: "search-type", By: staff, Query: "GET Patient", Shown: shown(parts...)}
	record(t, recorder(t, s), many, many)
	if r := verified(t, s, 202); r.Links != 2 { // one for each patient, and the search itself
		t.Errorf("%+v", r)
	}
}
