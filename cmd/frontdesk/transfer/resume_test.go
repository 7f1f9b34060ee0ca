package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"frontdesk/cmd/frontdesk/transfer"
	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/store"
)

// cut imports until stop says so, and again, until a run comes to its end. It returns how often it was cut.
func (k *kit) cut(stop func(resources int) bool, args ...string) (cuts int) {
	k.t.Helper()
	for ; ; cuts++ {
		ctx, cancel := context.WithCancel(k.t.Context())
		n := 0
		k.Progress = func(_ int64, resources int) {
			if n += resources; stop(n) {
				cancel()
			}
		}
		sources, err := transfer.Sources(args, nil)
		if err != nil {
			k.t.Fatal(err)
		}
		k.faults, k.texts = nil, nil
		_, err = k.Run(ctx, sources)
		cancel()
		if err == nil {
			return cuts
		}
		if !errors.Is(err, context.Canceled) {
			k.t.Fatal(err)
		}
		if len(k.faults) > 0 && cuts > 100 {
			k.t.Fatalf("it never ends: %v", k.texts)
		}
	}
}

// TestResume: cut off again and again, nothing is missing in the end, and nothing is there twice, on either backend.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	file(t, dir, "a.ndjson", many(0, 1500, nameless)...)
	post := func(n int) string { return request("", nameless(n), "POST", "Patient") }
	file(t, dir, "b.json", bundle("transaction", many(1500, 1700, post)...))
	file(t, dir, "c.json", bundle("batch", many(1700, 2000, post)...))
	file(t, dir, "d.ndjson", many(2000, 2500, func(n int) string {
		return strings.ReplaceAll(bundle("transaction", post(n)), "\n", "")
	})...)
	for name, k := range map[string]*kit{"memory": newKit(t, store.Options{}), "sqlite": newKit(t, store.Options{}, durable(t))} {
		k.t = t
		if cuts := k.cut(func(n int) bool { return n >= 150 }, dir); cuts < 4 {
			t.Errorf("%s: cut only %d times", name, cuts)
		}
		k.reported()
		k.once(0, 2500)
		if sum := k.load(dir); sum.Resources != 0 || sum.Skipped != 2500 {
			t.Errorf("%s: once more: %+v", name, sum)
		}
	}
}

// TestResumeAmongFaults: also a piece that had to be taken apart is taken up where it was left.
func TestResumeAmongFaults(t *testing.T) {
	k := newKit(t, enforced())
	lines := many(0, 400, nameless)
	for n := 50; n < 400; n += 100 {
		lines[n] = result("", "Patient/never")
	}
	lines[399] = "{}"
	path := file(t, t.TempDir(), "x.ndjson", lines...)
	k.cut(func(n int) bool { return n >= 40 }, path)
	k.reported("x.ndjson:51", "x.ndjson:151", "x.ndjson:251", "x.ndjson:351", "x.ndjson:400")
	count := len(k.found("Patient", func(s *fhir.Stored) string { return s.Key.ID }))
	if count != 395 {
		t.Errorf("%d patients, want 395", count)
	}
	// When what was lacking is there, only that is imported, and the rest isn't there twice.
	if sum := k.loadFrom(patient("never", "Late"), "-"); sum.Resources != 1 {
		t.Fatalf("%+v: %v", sum, k.texts)
	}
	if sum := k.load(path); sum.Resources != 4 || sum.Skipped != 395 {
		t.Errorf("%+v, want the 4 that lacked their subject", sum)
	}
}

// TestRaisedLimit: a line that was too long comes in when the limit is raised, and its neighbours not again.
func TestRaisedLimit(t *testing.T) {
	k := newKit(t, store.Options{})
	lines := many(0, 120, nameless)
	lines[60] = strings.Replace(nameless(60), "{", `{"language":"`+strings.Repeat("x", 2000)+`",`, 1)
	path := file(t, t.TempDir(), "x.ndjson", lines...)
	k.Limits = codec.Limits{Bytes: 1000}
	k.load(path)
	k.reported("x.ndjson:61")
	k.Limits = codec.Limits{Bytes: 10_000}
	if sum := k.load(path); sum.Resources != 1 || sum.Skipped != 119 {
		t.Errorf("%+v: %v", sum, k.texts)
	}
	k.once(0, 120)
}

// TestContentCounts: what was imported is known by what it says, not by its file.
func TestContentCounts(t *testing.T) {
	k := newKit(t, store.Options{})
	dir := t.TempDir()
	whole := strings.Join(many(0, 300, nameless), "\n") + "\n"
	path := file(t, dir, "x.ndjson", whole[:strings.Index(whole, nameless(200))])
	k.load(path)
	k.once(0, 200)
	if err := os.WriteFile(path, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	if sum := k.load(path); sum.Resources != 100 || sum.Skipped != 200 {
		t.Errorf("a file that has grown: %+v", sum)
	}
	if sum := k.loadFrom(whole, "-"); sum.Resources != 0 || sum.Skipped != 300 {
		t.Errorf("the same on standard input: %+v", sum)
	}
	file(t, dir, "a copy.ndjson", whole)
	file(t, dir, "y.ndjson", strings.Join(many(300, 400, nameless), "\n"))
	file(t, dir, "z.ndjson", strings.Join(many(300, 400, nameless), "\n"))
	if sum := k.load(dir); sum.Resources != 100 || sum.Skipped != 700 {
		t.Errorf("copies in one folder: %+v: %v", sum, k.texts)
	}
	k.once(0, 400)
	k.Done = nil
	if sum := k.load(path); sum.Resources != 300 || sum.Skipped != 0 {
		t.Errorf("again, as asked: %+v", sum)
	}
}

// failing is a backend whose Apply fails now and then, before or after it has done its work.
type failing struct {
	store.Backend
	applies atomic.Int64
	every   int64
	after   bool
}

var errBroken = fhir.Errorf(fhir.Unavailable, "", "The disk is full.")

func (b *failing) Apply(ctx context.Context, batch store.Batch) ([]store.Result, error) {
	broken := b.applies.Add(1)%b.every == 0
	if broken && !b.after {
		return nil, errBroken
	}
	out, err := b.Backend.Apply(ctx, batch)
	if broken && err == nil {
		return nil, errBroken
	}
	return out, err
}

// TestStoreFails: the import stops and says why, once; and the checkpoint tells what was committed even if nobody heard
// of it.
func TestStoreFails(t *testing.T) {
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("after=%v", after), func(t *testing.T) {
			k := newKit(t, store.Options{}, func(b store.Backend) store.Backend { return &failing{Backend: b, every: 3, after: after} })
			path := file(t, t.TempDir(), "x.ndjson", many(0, 1000, nameless)...)
			for runs := 1; ; runs++ {
				sources, err := transfer.Sources([]string{path}, nil)
				if err != nil {
					t.Fatal(err)
				}
				_, err = k.Run(t.Context(), sources)
				k.reported()
				if err == nil && runs > 1 {
					break
				}
				if !errors.Is(err, errBroken) || runs > 200 {
					t.Fatalf("run %d: %v", runs, err)
				}
			}
			k.once(0, 1000)
		})
	}
}
