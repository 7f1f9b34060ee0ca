package store_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
)

// watcher takes down what is reported, unless it is to fail.
type watcher struct {
	told []store.Access
	fail error
}

func (w *watcher) Observe(_ context.Context, a *store.Access) error {
	w.told = append(w.told, *a)
	return w.fail
}

// uses are all methods of a Session, by name: how each is done once, and refused once. nil: it reads and writes
// nothing, and depends on the grant alone.
var uses = map[string]func(*kit, *store.Session, string) error{
	"Read": func(k *kit, s *store.Session, id string) error {
		_, err := s.Read(k.t.Context(), fhir.Key{Type: "Observation", ID: id})
		return err
	},
	"ReadUnless": func(k *kit, s *store.Session, id string) error {
		_, _, err := s.ReadUnless(k.t.Context(), fhir.Key{Type: "Observation", ID: id, Version: 1}, func(*fhir.Stored) bool { return true })
		return err
	},
	"Search": func(k *kit, s *store.Session, id string) error {
		_, err := s.Search(k.t.Context(), k.criteria(map[string]string{"oa": "Observation?_id=oa", "ob": "Group?_id=ob"}[id]))
		return err
	},
	"Explain": func(k *kit, s *store.Session, id string) error {
		_, err := s.Explain(k.t.Context(), k.criteria("Observation?_id="+id))
		return err
	},
	"History": func(k *kit, s *store.Session, id string) error {
		_, err := s.History(k.t.Context(), store.Scope{Type: "Observation", ID: id, Limit: 10})
		return err
	},
	"Write": func(k *kit, s *store.Session, id string) error {
		_, err := s.Write(k.t.Context(), k.put(resultJSON(id, "a", "hb")))
		return err
	},
	"Transact": func(k *kit, s *store.Session, id string) error {
		_, err := s.Transact(k.t.Context(), []store.Change{k.put(resultJSON(id, "a", "hb")), k.put(resultJSON("mine", "a", "k"))})
		return err
	},
	"Changeable": func(k *kit, s *store.Session, id string) error {
		_, err := s.Changeable(k.t.Context(), fhir.Key{Type: "Observation", ID: id})
		return err
	},
	"Mark": func(k *kit, s *store.Session, id string) error {
		return s.Mark(k.t.Context(), fhir.Key{Type: "Observation", ID: id}, func(f fhir.Facts) fhir.Facts { return f })
	},
	"MarkAll": func(k *kit, s *store.Session, id string) error {
		return s.MarkAll(k.t.Context(), []fhir.Key{{Type: "Observation", ID: id}}, same)
	},
	"WriteAndMark": func(k *kit, s *store.Session, id string) error {
		_, err := s.WriteAndMark(k.t.Context(), k.put(resultJSON(id, "a", "na")), []fhir.Key{{Type: "Observation", ID: id}}, same)
		return err
	},
	"Hide": func(k *kit, s *store.Session, id string) error {
		return s.Hide(k.t.Context(), fhir.Key{Type: "Observation", ID: id}, false)
	},
	"Compose": func(k *kit, s *store.Session, id string) error {
		_, err := s.Compose(k.t.Context(), fhir.Key{Type: "Patient", ID: "a"}, nil, func(steps *store.Session) (*store.Page, error) {
			st, err := steps.Read(k.t.Context(), fhir.Key{Type: "Observation", ID: id})
			if err == nil {
				st, err = steps.Read(k.t.Context(), fhir.Key{Type: "Observation", ID: id})
			}
			return &store.Page{Items: []store.Item{{Stored: st}}}, err
		})
		return err
	},
	"Operate": func(k *kit, s *store.Session, id string) error {
		return s.Operate(k.t.Context(), store.Operation{Key: fhir.Key{Type: "Patient", ID: "a"}}, func(part *store.Session) error {
			for range 2 {
				if _, err := part.Read(k.t.Context(), fhir.Key{Type: "Observation", ID: id}); err != nil {
					return err
				}
			}
			return nil
		})
	},
	"Versions": func(k *kit, s *store.Session, id string) error {
		_, err := s.Versions(k.t.Context(), fhir.Key{Type: "Group"}, []fhir.Key{{Type: "Observation", ID: id, Version: 1}})
		return err
	},
	"May": nil, "Explains": nil, "SaferView": nil, "MayWrite": nil, "Redacts": nil, "Level": nil, "By": nil,
	"Finds": nil, // of what Versions has shown
}

func same(_ fhir.Key, f fhir.Facts) fhir.Facts { return f }

// TestEachMethodOfASessionReportsOnce, whether it is done or refused, and what can't be reported isn't served. A method
// that is added must be added here.
func TestEachMethodOfASessionReportsOnce(t *testing.T) {
	of := reflect.TypeFor[*store.Session]()
	for i := range of.NumMethod() {
		if _, listed := uses[of.Method(i).Name]; !listed {
			t.Errorf("Session.%s isn't in uses: does it report what it does?", of.Method(i).Name)
		}
	}
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		own := access.Record("a", access.C|access.R|access.U|access.D|access.S)
		for name, use := range uses {
			if use == nil {
				continue
			}
			for _, c := range []struct {
				id      string
				refused bool
				grant   access.Grant
			}{{"oa", false, own}, {"ob", true, own}, {"oa", false, access.Everything("test")}} {
				w := &watcher{}
				err := use(k, k.store.As(c.grant, w), c.id)
				// Whether a plan can be told depends on the backend too, and of versions those not seen are left out.
				asked := (err != nil) == c.refused || name == "Explain" || name == "Versions"
				if !asked || len(w.told) != 1 || !errors.Is(w.told[0].Err, err) || w.told[0].When.IsZero() || w.told[0].By != c.grant.Identity() {
					t.Errorf("%s of %s by %s: %v; told %+v", name, c.id, c.grant.Who(), err, w.told)
					continue
				}
				told := w.told[0]
				shown := slices.ContainsFunc(told.Items, func(st store.Shown) bool { return st.Key.ID == c.id && slices.Contains(st.Compartments, "a") })
				for _, change := range told.Changes {
					shown = shown || change.Key.ID == c.id && len(change.Items) == 1
				}
				if shown == c.refused && name != "Explain" {
					t.Errorf("%s of %s by %s: what was shown is told as %+v", name, c.id, c.grant.Who(), told)
				}
			}
			full := &watcher{fail: fhir.Errorf(fhir.Unavailable, "", "full")}
			if err := use(k, k.store.As(access.Everything("test"), full), "oa"); fhir.KindOf(err) != fhir.Unavailable {
				t.Errorf("%s: what can't be reported is served: %v", name, err)
			}
		}
	})
}

// TestASessionHasAnObserver: to forget it is no way to read unseen.
func TestASessionHasAnObserver(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("there is a Session that nobody observes")
		}
	}()
	new(store.Store).As(access.Everything("test"), nil)
}
