package store_test

import (
	"context"
	"slices"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/sqlite"
)

// counting is a Backend that takes down how often the database is asked, and for what. What comes from memory is no
// work.
type counting struct {
	*sqlite.Backend
	work []string
}

func (c *counting) Get(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	if c.Backend.Cached(key) == nil {
		c.work = append(c.work, "get")
	}
	return c.Backend.Get(ctx, key)
}

func (c *counting) GetUncached(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	c.work = append(c.work, "get")
	return c.Backend.GetUncached(ctx, key)
}

func (c *counting) History(ctx context.Context, s store.Scope) (*store.Page, error) {
	c.work = append(c.work, "history")
	return c.Backend.History(ctx, s)
}

// TestE6_HiddenAndAbsentTakeTheSameWork by whichever way they are asked for by id, whether others have read what is
// hidden lately or nobody has.
func TestE6_HiddenAndAbsentTakeTheSameWork(t *testing.T) {
	for lately, bytes := range map[string]int{"staff have just read it": 1 << 20, "nobody has read it": 1} {
		t.Run(lately, func(t *testing.T) { sameWork(t, bytes) })
	}
}

// sameWork asks by a cache of so many bytes.
func sameWork(t *testing.T, cache int) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b, err := sqlite.Open(t.Context(), t.TempDir(), r, sqlite.Options{Base: base, RecentBytes: cache})
	if err != nil {
		t.Fatal(err)
	}
	c := &counting{Backend: b}
	s := store.Open(c, r, store.Options{Base: base})
	defer s.Close()
	k := &kit{Session: s.As(access.Everything("test"), store.Unobserved), t: t, r: r, store: s}
	surgery(k)
	k.do(k.put(resultJSON("hidden", "a", "k")))
	k.do(k.put(resultJSON("hidden", "a", "na")))
	if err := k.Hide(t.Context(), fhir.Key{Type: "Observation", ID: "hidden"}, true); err != nil {
		t.Fatal(err)
	}
	views := map[string]access.View{"a": {Levels: map[string]access.Level{"results": access.Manage, "measurements": access.Manage}}}
	online := access.Caller{Identity: access.Identity{Person: "Patient/a", Patient: "a"}, Registry: r, Scopes: granted(t, r, "patient/*.cruds"), Patients: []string{"a"}, Views: views}.Grant()
	if _, err := k.store.As(online, store.Unobserved).Read(t.Context(), fhir.Key{Type: "Observation", ID: "oa"}); err != nil {
		t.Fatal(err)
	}
	ways := map[string]func(s *store.Session, id string) error{
		"read": func(s *store.Session, id string) error {
			_, err := s.Read(t.Context(), fhir.Key{Type: "Observation", ID: id})
			return err
		},
		"vread": func(s *store.Session, id string) error {
			_, err := s.Read(t.Context(), fhir.Key{Type: "Observation", ID: id, Version: 1})
			return err
		},
		"history": func(s *store.Session, id string) error {
			_, err := s.History(t.Context(), store.Scope{Type: "Observation", ID: id, Limit: 10})
			return err
		},
		"update": func(s *store.Session, id string) error {
			_, err := s.Write(t.Context(), k.put(resultJSON(id, "a", "k")))
			return err
		},
		"patch": func(s *store.Session, id string) error {
			_, err := s.Write(t.Context(), store.Change{Action: store.Patch, Key: fhir.Key{Type: "Observation", ID: id}, Patch: []byte(`[]`)})
			return err
		},
		"delete": func(s *store.Session, id string) error {
			_, err := s.Write(t.Context(), del("Observation", id))
			return err
		},
	}
	for grant, g := range map[string]access.Grant{"online": online, "one patient's": access.Record("a", access.C|access.R|access.U|access.D|access.S)} {
		for way, ask := range ways {
			did := map[string][]string{}
			for _, id := range []string{"never-was", "hidden", "ob", "gone"} {
				if id == "hidden" && grant != "online" {
					continue
				}
				_, _ = k.Read(t.Context(), fhir.Key{Type: "Observation", ID: id}) // by staff
				c.work = nil
				err := ask(s.As(g, store.Unobserved), id)
				did[id] = slices.Clone(c.work)
				if kind := fhir.KindOf(err); way != "delete" && kind != fhir.NotFound && kind != fhir.Forbidden {
					t.Errorf("%s of %s: %v", way, id, err)
				}
			}
			for id, work := range did {
				if !slices.Equal(work, did["never-was"]) {
					t.Errorf("%s of %s, %s: the database is asked for %v, and of what never was for %v", way, id, grant, work, did["never-was"])
				}
			}
		}
	}
}
