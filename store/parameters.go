package store

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
)

// MaxParameters is how many search parameters may be active besides those the server comes with: each is index rows,
// and so a cost of every write of its types.
const MaxParameters = 100

// The record of all active search parameters. It is written in the same commit as the SearchParameter resources, and
// only there, so its revision tells one set of parameters from another to every instance.
const (
	registryNamespace = "registry"
	parametersKey     = "search-parameters"
)

// parameters are the definitions of the active SearchParameter resources, by their ids.
type parameters map[string]spec.Definition

// Lookup is Records.Get, for a Backend that is just being opened.
type Lookup func(ctx context.Context, namespace, key string) (Record, error)

func loadParameters(ctx context.Context, get Lookup) (parameters, int64, error) {
	set := parameters{}
	rec, err := get(ctx, registryNamespace, parametersKey)
	switch {
	case fhir.KindOf(err) == fhir.NotFound && err != nil:
		return set, 0, nil
	case err != nil:
		return nil, 0, err
	}
	if err := json.Unmarshal(rec.Value, &set); err != nil {
		return nil, 0, fhir.Fault("reading the active search parameters", err)
	}
	return set, rec.Revision, nil
}

// definitions are those of some ids, or of all but those; composites last, for they are made of others.
func (ps parameters) definitions(ids []string, but bool) []spec.Definition {
	var simple, composite []spec.Definition
	for _, id := range slices.Sorted(maps.Keys(ps)) {
		switch d := ps[id]; {
		case slices.Contains(ids, id) == but:
		case d.Kind == spec.Composite:
			composite = append(composite, d)
		default:
			simple = append(simple, d)
		}
	}
	return append(simple, composite...)
}

// registry is base with all of them, as the successor of old. One that this version of the program can't use, or has
// itself by now, is left out and logged: it mustn't keep the practice from its records.
func (ps parameters) registry(base, old *spec.Registry, log *slog.Logger) (*spec.Registry, error) {
	all := ps.definitions(nil, true)
	if next, err := base.Next(old, all...); err == nil {
		return next, nil
	}
	var usable []spec.Definition
	for _, d := range all {
		if _, err := base.With(append(usable, d)...); err != nil {
			log.Error("a stored search parameter can't be used", "code", d.Code, "url", d.URL, "error", err)
			continue
		}
		usable = append(usable, d)
	}
	return base.Next(old, usable...)
}

// Extended is base with the search parameters that are active by what is stored. A Backend opens with it, so that what
// was indexed by them needn't be again.
func Extended(ctx context.Context, get Lookup, base *spec.Registry, log *slog.Logger) (*spec.Registry, error) {
	set, _, err := loadParameters(ctx, get)
	if err != nil {
		return nil, err
	}
	return set.registry(base, base, log)
}

// Refresh brings the Registry to what is stored, as after another instance has changed it. It costs one look at a
// record if nothing has changed.
func (s *Store) Refresh(ctx context.Context) error {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	set, revision, err := loadParameters(ctx, s.backend.Records().Get)
	if err != nil || revision == s.revision {
		return err
	}
	now := s.Registry()
	next, err := set.registry(s.base, now, s.options.Logger)
	if err != nil {
		return err
	}
	if next != now {
		if err := s.backend.SetRegistry(ctx, next); err != nil {
			return err
		}
	}
	s.revision = revision
	return nil
}

// Follow calls Refresh every so often until ctx ends, so that this instance knows what others have changed: a second is
// a good time. The next try makes good what failed.
func (s *Store) Follow(ctx context.Context, every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := s.Refresh(ctx); err != nil && ctx.Err() == nil {
				s.options.Logger.Warn("the search parameters could not be looked up; trying again", "error", err)
			}
		}
	}
}

// define adds to a commit what its SearchParameter resources mean, and refuses those that can't be used. defined says
// that there are such.
func (s *Store) define(ctx context.Context, c *Commit) (defined bool, err error) {
	if !slices.ContainsFunc(c.Batch.Writes, func(w Write) bool { return w.Key.Type == "SearchParameter" }) {
		return false, nil
	}
	set, revision, err := loadParameters(ctx, s.backend.Records().Get)
	if err != nil {
		return false, err
	}
	before := maps.Clone(set)
	var changed []string
	for i := range c.Pending {
		key, p := c.Batch.Writes[i].Key, &c.Pending[i]
		if key.Type != "SearchParameter" {
			continue
		}
		delete(set, key.ID)
		changed = append(changed, key.ID)
		if p.After == nil {
			continue
		}
		d, active, err := spec.ReadDefinition(p.After.JSON)
		if err != nil {
			return false, p.refuse(err)
		}
		if active {
			set[key.ID] = d
		}
	}
	if maps.EqualFunc(before, set, equalDefinitions) {
		return false, nil
	}
	if len(set) > MaxParameters {
		return false, fhir.Errorf(fhir.Unprocessable, "",
			"There may be %d active search parameters besides those the server comes with. Retire one first.", MaxParameters)
	}
	if err := s.compile(c, set, changed); err != nil {
		return false, err
	}
	value, err := json.Marshal(set)
	if err != nil {
		return false, fhir.Fault("writing the active search parameters", err)
	}
	c.Batch.Records = append(c.Batch.Records[:len(c.Batch.Records):len(c.Batch.Records)],
		RecordWrite{Namespace: registryNamespace, Key: parametersKey, Value: value, Revision: revision})
	return true, nil
}

func equalDefinitions(a, b spec.Definition) bool {
	return a.URL == b.URL && a.Code == b.Code && a.Kind == b.Kind && a.Expression == b.Expression && slices.Equal(a.Bases, b.Bases) &&
		slices.Equal(a.Targets, b.Targets) && slices.Equal(a.Components, b.Components)
}

// compile sees whether all of a set can be used together, and if not, tells it of the one that is to blame.
func (s *Store) compile(c *Commit, set parameters, changed []string) error {
	defs := set.definitions(changed, true)
	if _, err := s.base.With(defs...); err != nil {
		return fhir.Errorf(fhir.Conflict, "", "A search parameter is built on the one you change: retire or delete that first. (%w)", err)
	}
	at := func(d spec.Definition) *Pending {
		i := slices.IndexFunc(c.Batch.Writes, func(w Write) bool {
			there, ok := set[w.Key.ID]
			return ok && w.Key.Type == "SearchParameter" && there.URL == d.URL && there.Code == d.Code
		})
		return &c.Pending[i]
	}
	for _, d := range set.definitions(changed, false) {
		taken := slices.ContainsFunc(defs, func(o spec.Definition) bool { return o.URL == d.URL })
		if taken || s.base.Defines(d.URL) {
			return at(d).refuse(fhir.Errorf(fhir.Conflict, "SearchParameter.url",
				"There is an active search parameter with this canonical URL already: %s. Choose another URL and code.", d.URL))
		}
		defs = append(defs, d)
		if _, err := s.base.With(defs...); err != nil {
			return at(d).refuse(err)
		}
	}
	return nil
}

// refuse places an error about a SearchParameter in the request. What is wrong with a definition is wrong with the
// resource, not with the request: 422 (R4 http 3.1.0.8).
func (p *Pending) refuse(err error) error {
	var e *fhir.Error
	if !errors.As(err, &e) {
		return err
	}
	out := *e
	if out.Kind == fhir.Invalid || out.Kind == fhir.NotSupported {
		out.Kind = fhir.Unprocessable
	}
	return placed(strings.TrimSuffix(p.At, ".resource"), &out)
}
