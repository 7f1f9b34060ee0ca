package store

import (
	"context"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// exclusive refuses a transaction in which what one entry would create meets the criteria by which another was to be
// created only if there is none: which came first would decide (R4 http 3.1.0.11.2: identities may not overlap).
func (s *Session) exclusive(ctx context.Context, plans []*plan) error {
	var others conflicting
	for _, p := range plans {
		if p.noMatch == nil || len(plans) == 1 {
			continue
		}
		if others == nil {
			others = conflictingOf(plans)
		}
		for _, f := range s.guarded(p.noMatch).From {
			for _, other := range others.of(f) {
				if other == p {
					continue
				}
				w := &world{ctx: ctx, store: s.store}
				hit := search.Match(f.Where, &other.doc, s.store.options.Now(), w)
				if w.err != nil {
					return w.err
				}
				if hit {
					return clash(p, other, "would both be what the criteria of the first ask for. Leave one of them out and refer to the other")
				}
			}
		}
	}
	return nil
}

// conflicting are plans by what they could be found by. Criteria nearly always name a token, mostly an identifier, and
// a Bundle of thousands of conditional creates must not take millions of matches.
type conflicting map[conflictKey][]*plan

// conflictKey is a token that a plan's resource has, or with a nil param its type.
type conflictKey struct {
	t     *spec.Type
	param *spec.Param
	code  string
}

func conflictingOf(plans []*plan) conflicting {
	r := conflicting{}
	for _, p := range plans {
		if p.after == nil {
			continue
		}
		all := conflictKey{t: p.t}
		r[all] = append(r[all], p)
		for _, e := range p.doc.Entries {
			if token, ok := e.Value.(search.Token); ok {
				k := conflictKey{p.t, e.Param, token.Code}
				r[k] = append(r[k], p)
			}
		}
	}
	return r
}

// of are the plans that a From could find: all that it does find are among them.
func (r conflicting) of(f expr.From) []*plan {
	if k, ok := conflictToken(f.Type, f.Where); ok {
		return r[k]
	}
	return r[conflictKey{t: f.Type}]
}

// conflictToken is a token without which a condition is true of nothing.
func conflictToken(t *spec.Type, e expr.Expr) (conflictKey, bool) {
	for part := range expr.Necessary(e) {
		test, _ := part.(expr.Test)
		if is, ok := test.Is.(search.TokenIs); ok && !is.AnyCode && test.Param.Kind == spec.Token {
			return conflictKey{t, test.Param, is.Code}, true
		}
	}
	return conflictKey{}, false
}
