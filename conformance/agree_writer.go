package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// others are how many resources the other writer makes, changes and deletes; turns how many commits it makes for one
// query.
const (
	others = 20
	turns  = 30
)

// disturb has another writer create, change and delete resources of the types that queries are about, each time a page
// is asked for, until stop is called. They refer to nothing, so that they decide about no other resource.
func (a *agreement) disturb(g *generator) (stop func()) {
	ctx, cancel := context.WithCancel(a.ctx)
	done := make(chan error, 1)
	a.turn = make(chan struct{}, 1)
	go func() {
		versions := make([]int64, others)
		alive := make([]bool, others)
		for {
			select {
			case <-ctx.Done():
				done <- nil
				return
			case <-a.turn:
			}
			i := g.IntN(others)
			versions[i]++
			t := g.types[i%len(g.types)]
			d := &search.Doc{Key: fhir.Key{Type: t.Name, ID: fmt.Sprintf("%s%d", strange, i), Version: versions[i]}}
			g.describe(t, d)
			d.Entries = slices.DeleteFunc(d.Entries, func(e search.Entry) bool { return refers(e.Value) })
			d.Compartments = search.Compartments(t, d.Key.ID, d.Entries)
			w := writeOf(d)
			if alive[i] && g.chance(2) {
				w.Method, w.Body, w.Index = fhir.Delete, fhir.Body{}, nil
			}
			alive[i] = w.Method != fhir.Delete
			if _, err := a.b.Apply(ctx, store.Batch{Writes: []store.Write{w}}); err != nil && ctx.Err() == nil {
				done <- err
				return
			}
		}
	}()
	return func() {
		cancel()
		if err := <-done; err != nil {
			a.Error("the other writer:", err)
		}
	}
}

// strange is how the ids of what the other writer writes begin, and no other's.
const strange = "other-"

func refers(v search.Value) bool {
	switch v := v.(type) {
	case search.Ref:
		return true
	case search.Tuple:
		return slices.ContainsFunc(v, refers)
	}
	return false
}

// again lets the other writer write once more, while the next page is read.
func (a *agreement) again(pages int) {
	if pages < turns {
		select {
		case a.turn <- struct{}{}:
		default:
		}
	}
}

// own leaves out what the other writer wrote: it may be found or not, and more than once when it is changed between
// pages.
func own(keys []fhir.Key) []fhir.Key {
	return slices.DeleteFunc(keys, func(k fhir.Key) bool { return strings.HasPrefix(k.ID, strange) })
}
