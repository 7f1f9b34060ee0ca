package handlers

import (
	"context"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/store"
)

// transaction makes all changes or none, and then reads, in the order of the spec (R4 http 3.1.0.11.2): the changes
// happen at once, so only that reads come last can be told. The answers are in the order of the entries.
func (s *Server) transaction(ctx context.Context, r *Request, b *codec.Bundle) (*Response, error) {
	changes, err := s.changes(r, b)
	if err := fhir.Join(err...); err != nil {
		return nil, err
	}
	outcomes, err2 := r.Session.Transact(ctx, changes)
	if err2 != nil {
		return nil, err2
	}
	answers := make([]*Response, len(b.Entries))
	for i := range changes {
		if changes[i].Action == store.Read {
			continue
		}
		answers[i] = s.written(changes[i].Action, r.Prefer.Return, &outcomes[i])
	}
	for i := range changes {
		if answers[i] == nil {
			answers[i] = s.answer(ctx, r, b, i)
		}
	}
	return s.answered("transaction-response", r, b, answers), nil
}

// changes are what the entries of a Bundle want: one for each, of Action Read for what only reads. Each error names all
// that is wrong with the entry at its index by itself, and is nil if nothing is.
func (s *Server) changes(r *Request, b *codec.Bundle) (changes []store.Change, errs []error) {
	changes, errs = make([]store.Change, len(b.Entries)), make([]error, len(b.Entries))
	for i := range b.Entries {
		e, err := s.entry(r, b, i)
		if e != nil {
			var bad error
			if changes[i], bad = s.asks(e); bad != nil {
				err = fhir.Join(err, fhir.AsError(bad).InEntry(entryAt(i)))
			}
		}
		errs[i] = err
	}
	return changes, errs
}

// asks is what an entry of a transaction wants of the store.
func (s *Server) asks(r *Request) (store.Change, error) {
	if err := s.prepare(r); err != nil {
		return store.Change{}, err
	}
	if r.Route.Change != nil {
		return s.wanted(r)
	}
	return s.needs(r)
}

// needs is what must be there for a read to be answered: all of a transaction is refused if it isn't (R4 http
// 3.1.0.11.2). A search finds nothing where nothing is, and is answered.
func (s *Server) needs(r *Request) (store.Change, error) {
	c := store.Change{Action: store.Read, At: r.Entry.At}
	if err := s.legible(r); err != nil {
		return c, err
	}
	if r.Route.Level != Instance || s.defined[r.Key()] != nil {
		return c, nil
	}
	c.Key, c.History = r.Key(), r.Route.Interaction == "history-instance"
	return c, nil
}

// legible says what is wrong with what a read asks for, without asking it.
func (s *Server) legible(r *Request) (err error) {
	switch {
	case r.Route.Criteria:
		_, _, err = s.query(r)
	case strings.HasPrefix(r.Route.Interaction, "history"):
		_, _, err = s.scope(r)
	case len(r.Params) > 0 && r.Type != nil:
		_, err = s.look(r)
	}
	return err
}

// Changes is how an import reads a batch or transaction: as the API does (R4 http 3.1.0.11), but that nothing is read.
// The function gives the changes of the entries that are good, and an error that names what is wrong with the others,
// each as "Bundle.entry[3]".
func Changes(st *store.Store, limits Limits) func(*codec.Bundle) ([]store.Change, error) {
	o := st.SearchOptions()
	s := &Server{store: st, base: o.Base, zone: o.Zone, now: st.Now, limits: limits.withDefaults(), router: router{Routes(st.Registry()), st.Registry()}}
	return func(b *codec.Bundle) (good []store.Change, err error) {
		if b.Type != "batch" && b.Type != "transaction" {
			return nil, noRequest(b)
		}
		changes, errs := s.changes(&Request{}, b)
		for i, c := range changes {
			if errs[i] == nil && c.Action != store.Read {
				c.At = entryAt(i)
				good = append(good, c)
			}
		}
		return good, fhir.Join(errs...)
	}
}
