package transfer_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/opentest"
	"frontdesk/store/sqlite"
	"frontdesk/store/transfer"
)

// kit is a store with exports of one caller, who sees everything.
type kit struct {
	testing.TB
	store   *store.Store
	session *store.Session
	exports *transfer.Exports
}

var caller = access.Identity{Client: "test"}

// everyBackend runs a test on an empty store of each kind.
func everyBackend(t *testing.T, test func(kit)) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	for name, open := range map[string]func(*testing.T) (store.Backend, error){
		"memory": func(*testing.T) (store.Backend, error) { return memory.Open(r), nil },
		"sqlite": func(t *testing.T) (store.Backend, error) {
			return sqlite.Open(t.Context(), t.TempDir(), r, sqlite.Options{Logger: quiet})
		},
		"mongodb": func(t *testing.T) (store.Backend, error) { return opentest.Open(t, r, mongo.Options{}), nil },
	} {
		t.Run(name, func(t *testing.T) {
			b, err := open(t)
			if err != nil {
				t.Fatal(err)
			}
			st := store.Open(b, r, store.Options{})
			k := kit{t, st, st.As(access.Everything("test"), store.Unobserved),
				transfer.New(st, transfer.Options{Logger: quiet})}
			t.Cleanup(func() {
				k.exports.Close()
				if err := st.Close(); err != nil {
					t.Error(err)
				}
			})
			test(k)
		})
	}
}

// write puts a patient or deletes it.
func (k kit) write(id, name string) error {
	c := store.Change{Action: store.Delete, Key: fhir.Key{Type: "Patient", ID: id}}
	if name != "" {
		res, err := codec.Decode([]byte(`{"resourceType":"Patient","id":"`+id+`","name":[{"family":"`+name+`"}]}`),
			codec.Limits{})
		if err != nil {
			return err
		}
		c.Action, c.Resource = store.Update, res
	}
	_, err := k.session.Write(context.Background(), c)
	if kind := fhir.KindOf(err); err != nil && (kind == fhir.NotFound || kind == fhir.Gone || kind == fhir.Conflict) {
		return nil // there was nothing to delete, or another was faster each time
	}
	return err
}

// made is an export that is done.
func (k kit) made(o transfer.Order) *transfer.Export {
	k.Helper()
	id, err := k.exports.Start(k.Context(), caller, k.session, o)
	for tick := time.Tick(time.Millisecond); err == nil; <-tick {
		var e *transfer.Export
		e, err = k.exports.Status(k.Context(), caller, id, k.session)
		if err == nil && e.Failed != "" {
			k.Fatal(e.Failed)
		}
		if err == nil && !e.Done.IsZero() {
			return e
		}
	}
	k.Fatal(err)
	return nil
}

// apply does to a copy, of bodies by key, what an export says.
func (k kit) apply(e *transfer.Export, copied map[fhir.Key]string) {
	k.Helper()
	for n, f := range e.Files {
		_, keys, err := k.exports.File(k.Context(), caller, e.ID, n)
		if err != nil || len(keys) != f.Lines {
			k.Fatalf("%v: file %d has %d of %d lines", err, n, len(keys), f.Lines)
		}
		page, err := k.session.Versions(k.Context(), fhir.Key{}, keys)
		if err != nil || len(page.Items) != len(keys) {
			k.Fatalf("%v: of %d versions there are %d", err, len(keys), len(page.Items))
		}
		for _, it := range page.Items {
			if it.Deleted() != f.Deleted {
				k.Errorf("%s is in a file of deletions: %v", it.Key, f.Deleted)
			}
			if _, had := copied[it.Key.Current()]; f.Deleted {
				delete(copied, it.Key.Current())
			} else if e.Order.Since.IsZero() && had {
				k.Errorf("%s is exported twice", it.Key)
			} else {
				copied[it.Key.Current()] = string(it.JSON)
			}
		}
	}
}

// truth is what was there at a moment, by the feed from its start; and how many changes came after it.
func (k kit) truth(at store.Moment) (bodies map[fhir.Key]string, later int) {
	k.Helper()
	versions := map[fhir.Key]int64{}
	end, err := at.Position.Number()
	if err != nil {
		k.Fatal(err)
	}
	for from := store.Position(""); ; {
		changes, err := k.store.Changes(k.Context(), from, 1000, 0)
		if err != nil {
			k.Fatal(err)
		}
		for _, c := range changes {
			from = c.Position
			switch n, err := c.Position.Number(); {
			case err != nil:
				k.Fatal(err)
			case n > end:
				later++
			case c.Method == fhir.Delete:
				delete(versions, c.Key.Current())
			default:
				versions[c.Key.Current()] = c.Key.Version
			}
		}
		if len(changes) == 0 {
			break
		}
	}
	bodies = map[fhir.Key]string{}
	for key, version := range versions {
		st, err := k.session.Read(k.Context(), fhir.Key{Type: key.Type, ID: key.ID, Version: version})
		if err != nil {
			k.Fatal(err)
		}
		bodies[key] = string(st.JSON)
	}
	return bodies, later
}

// TestExportsAreExact while eight write: each is the state at its moment, and those that follow it by _since make of a
// copy what is there then, bodies and deletions.
func TestExportsAreExact(t *testing.T) {
	everyBackend(t, func(k kit) {
		for n := range 120 {
			if err := k.write(fmt.Sprintf("p%03d", n), "Early"); err != nil {
				k.Fatal(err)
			}
		}
		ctx, stop := context.WithCancel(context.Background())
		var writing sync.WaitGroup
		defer writing.Wait()
		defer stop()
		for w := range 8 {
			writing.Go(func() {
				for n := 0; ctx.Err() == nil && n < 100; n++ {
					name := fmt.Sprintf("W%d-%d", w, n)
					if rand.IntN(4) == 0 {
						name = ""
					}
					if err := k.write(fmt.Sprintf("p%03d", rand.IntN(180)), name); err != nil {
						k.Error(err)
						return
					}
				}
			})
		}
		copied, disturbed := map[fhir.Key]string{}, 0
		order := transfer.Order{Types: []string{"Observation", "Patient"}}
		for round := range 3 {
			e := k.made(order)
			k.apply(e, copied)
			want, later := k.truth(e.Moment)
			if disturbed += later; !maps.Equal(copied, want) || len(want) < 50 {
				k.Fatalf("in round %d the copy has %d patients, of %d, or others", round, len(copied), len(want))
			}
			whole := map[fhir.Key]string{}
			e = k.made(transfer.Order{Types: order.Types})
			k.apply(e, whole)
			if want, _ := k.truth(e.Moment); !maps.Equal(whole, want) {
				k.Fatalf("a whole export has %d patients, of %d, or others", len(whole), len(want))
			}
			order.Since = e.Moment.At
			copied = whole
		}
		if disturbed == 0 {
			k.Error("nobody wrote meanwhile")
		}
	})
}
