package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// plan is a Change on its way to a Write: what it acts on, what was there, what shall be.
type plan struct {
	*Change
	t        *spec.Type
	key      fhir.Key       // of the resource; Version is what the new one will have
	before   *fhir.Stored   // what is current, tombstones included; nil if there is nothing the caller may know of
	seen     *fhir.Stored   // before as the caller is served it
	sent     *fhir.Resource // what the caller makes of that; nil for a Delete
	after    *fhir.Resource // sent with what the caller wasn't served put back
	doc      search.Doc     // after as Match sees it
	unread   bool           // after isn't to be shown
	blind    bool           // before isn\'t either, nor may any error tell of it
	found    *fhir.Stored   // what a conditional create found: there is nothing to write
	same     bool           // what shall be is there already: nothing is written, and no version made
	recorded int            // the place in Batch.Writes of what is written about it; 0: nothing is
	pinned   bool           // another entry refers to the version that it makes
	noMatch  *search.Query  // criteria that found nothing, and must find nothing still when it is committed
}

// interaction is which one the grant must allow.
func (c *Change) interaction() access.Interaction {
	switch c.Action {
	case Create:
		return access.C
	case Delete:
		return access.D
	}
	return access.U
}

// writes says whether there is anything to commit: not for a conditional create that found one, nor for a Delete of
// nothing.
func (p *plan) writes() bool {
	return p.found == nil && !p.same && p.Action != Read && (p.Action != Delete || p.present())
}

// unchanged says that what shall be stored is what is stored, byte for byte. Who can't read it would learn by that what
// is there. If another entry of the transaction refers to the version that this one makes, it makes one.
func (p *plan) unchanged() bool {
	if p.after == nil || !p.present() || p.pinned || p.blind {
		return false
	}
	body := p.after.Body(p.key.ID)
	return body.Len() >= len(p.before.JSON) && bytes.Equal(body.Stamp(p.before.Key.Version, p.before.Updated), p.before.JSON)
}

// present says whether there is a current resource that the caller may know of.
func (p *plan) present() bool { return p.before != nil && !p.before.Deleted() }

// creates says whether there will be a resource where there is none.
func (p *plan) creates() bool { return p.found == nil && p.Action != Delete && !p.present() }

// plan resolves a change against the state as it is. Nothing is written.
func (s *Session) plan(ctx context.Context, c *Change) (*plan, error) {
	t, ok := s.store.Registry().Type(c.Key.Type)
	if !ok && c.Action == Read && c.Key.Type == "" {
		return &plan{Change: c}, nil
	}
	if !ok {
		return nil, fhir.Errorf(fhir.UnknownType, "", "There is no resource type %q in FHIR R4. Check its spelling; case matters.", c.Key.Type)
	}
	p := &plan{Change: c, t: t, key: c.Key.Current()}
	if c.Action == Read {
		return p, nil
	}
	if s.grant.Identity().Online() && !access.WritesOnline(c.interaction(), t) {
		return nil, access.NotOnline(c.interaction(), t).About(p.key)
	}
	if !s.May(c.interaction(), t) {
		return nil, s.forbidden(p.key)
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	var err error
	switch {
	case c.Match != nil:
		err = s.condition(ctx, p)
	case c.Action == Create:
		p.key.ID = s.store.options.NewID() // a client's own id is not kept (R4 http 3.1.0.8)
	default:
		p.before, err = s.target(ctx, p)
	}
	if err != nil || p.found != nil {
		return p, err
	}
	if err := p.preconditions(); err != nil {
		return nil, err
	}
	p.key.Version = 1
	if p.before != nil {
		p.key.Version = p.before.Key.Version + 1
	}
	return p, nil
}

// target is what a change by id acts on. To what the caller can't see it is the same as to what never was, and that is
// why one whose view is limited can't create by an update: the answer would tell hidden from absent (I2).
func (s *Session) target(ctx context.Context, p *plan) (*fhir.Stored, error) {
	before, err := s.current(ctx, p)
	if err != nil {
		return nil, err
	}
	switch {
	case p.Action == Delete, p.Action == Update && (before != nil || s.seesAll(access.U, p.t)):
		return before, nil
	case before == nil:
		return nil, notFound(p.key)
	case before.Deleted():
		return nil, gone(p.key)
	}
	return before, nil
}

// current is what is there, nil if the caller may not know of it. What may be read, but not changed, is forbidden.
func (s *Session) current(ctx context.Context, p *plan) (*fhir.Stored, error) {
	st, err := s.visible(ctx, p.interaction(), p.key)
	if st != nil || err != nil {
		return st, err
	}
	readable, err := s.visible(ctx, access.R, p.key)
	if err != nil || readable == nil {
		return nil, err
	}
	if st, err = s.visible(ctx, p.interaction(), p.key); st == nil && err == nil { // it may have been made between the two looks
		err = s.forbidden(p.key)
	}
	return st, err
}

// seesAll says that no resource of a type is out of reach for the interaction.
func (s *Session) seesAll(i access.Interaction, t *spec.Type) bool {
	return s.grant.Unrestricted(i) || expr.IsTrue(s.grant.Predicate(i, t))
}

// preconditions are If-Match and If-None-Match (R4 http 3.1.0.5).
func (p *plan) preconditions() error {
	switch {
	case p.IfNone && p.present():
		return fhir.Errorf(fhir.StaleVersion, "",
			"%s is already there, and If-None-Match: * asks that it isn't. Read it, then update it.", p.key).About(p.key)
	case len(p.IfMatch) == 0:
		return nil
	case !p.present() && p.Match != nil:
		return fhir.Errorf(fhir.StaleVersion, "",
			"If-Match asks that a %s is there, but none matches the criteria. Leave If-Match out to create it.", p.t.Name)
	case !p.present():
		return fhir.Errorf(fhir.StaleVersion, "",
			"If-Match asks that %s is there, but there is none. Leave If-Match out to create it.", p.key).About(p.key)
	case !p.named() && !slices.Contains(p.IfMatch, 0):
		return fhir.Errorf(fhir.StaleVersion, "",
			"If-Match names version %s of %s, but version %d is current. Read it, make the change again, and send it with the new version.",
			strings.Trim(fmt.Sprint(p.IfMatch), "[]"), p.key.Current(), p.before.Key.Version).About(p.key)
	}
	return nil
}

// named says that the client named the version it changes, and that it is current.
func (p *plan) named() bool {
	return p.before != nil && slices.Contains(p.IfMatch, p.before.Key.Version)
}

// forbidden refuses a change of what may be seen, or of what can't be made so.
func (s *Session) forbidden(key fhir.Key) error {
	if s.grant.Identity().Online() {
		return &fhir.Error{Kind: fhir.Forbidden, Key: key, Issues: []fhir.Issue{{Coding: "ACCESS_DENIED", Expression: key.Type, Text: fmt.Sprintf(
			"This change to %s can't be made online, or not by this app. If the app lacks a scope, have it ask for that; else ask the practice.", key.Type)}}}
	}
	return fhir.Errorf(fhir.Forbidden, "", "Your access does not allow this change to %s. Ask for the scope it needs.", key.Type).About(key)
}

// May says whether the grant allows an interaction with any resource of a type at all. It depends on the grant alone,
// so telling it tells nothing of what is stored.
func (s *Session) May(i access.Interaction, t *spec.Type) bool {
	return !expr.IsFalse(s.grant.Predicate(i, t))
}

// Level is how far a section is open online of the record that the caller is here for (access.Grant.Level). It depends
// on the grant alone.
func (s *Session) Level(section string) access.Level { return s.grant.Level(section) }

// MayWrite refuses a write of any resource of a type that the grant allows in none of some ways, as the write itself
// would be.
func (s *Session) MayWrite(t *spec.Type, ways ...access.Interaction) error {
	if slices.ContainsFunc(ways, func(i access.Interaction) bool { return s.May(i, t) }) {
		return nil
	}
	return s.forbidden(fhir.Key{Type: t.Name})
}

// may refuses an interaction that the grant doesn't allow with any resource of a type. (RFC 6750 3.1,
// insufficient_scope: an app that gets an empty answer instead can't know what to ask for.)
func (s *Session) may(i access.Interaction, t *spec.Type) error {
	if s.May(i, t) {
		return nil
	}
	return fhir.Errorf(fhir.Forbidden, "", "Your access does not reach any %s in this way. Ask for the scope it needs, as patient/%[1]s.%s.", t.Name, i)
}
