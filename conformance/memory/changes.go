package memory

import (
	"context"
	"sort"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
)

// Changes are part of the feed.
func (b *Backend) Changes(ctx context.Context, after store.Position, limit int,
	wait time.Duration) (out []store.Committed, err error) {
	from, err := after.Number()
	if err != nil {
		return nil, err
	}
	err = b.news.Await(ctx, wait, func() (bool, error) {
		if err := alive(ctx); err != nil {
			return false, err
		}
		b.mu.RLock()
		defer b.mu.RUnlock()
		i := b.behind(from)
		out = append(out, b.feed[i:min(len(b.feed), i+limit)]...)
		return len(out) > 0, nil
	})
	return out, err
}

// Moment is a place in the feed.
func (b *Backend) Moment(ctx context.Context, at time.Time) (store.Moment, error) {
	if err := alive(ctx); err != nil {
		return store.Moment{}, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	i := len(b.feed)
	if !at.IsZero() {
		i = b.behind(at.UnixMicro())
	}
	if i == 0 {
		return store.Moment{At: time.UnixMicro(0).UTC()}, nil
	}
	return store.Moment{Position: b.feed[i-1].Position, At: time.UnixMicro(number(&b.feed[i-1])).UTC()}, nil
}

// behind is the index of the first change behind a number.
func (b *Backend) behind(n int64) int {
	return sort.Search(len(b.feed), func(i int) bool { return number(&b.feed[i]) > n })
}

func number(c *store.Committed) int64 {
	n, _ := c.Position.Number() // it is our own
	return n
}

// tell adds a change to the feed.
func (b *Backend) tell(c store.Committed) {
	n := b.clock.UnixMicro()
	if len(b.feed) > 0 {
		n = max(n, number(&b.feed[len(b.feed)-1])+1)
	}
	c.Position = store.PositionAt(n)
	b.feed = append(b.feed, c)
}

// changeOf is a version as a change.
func changeOf(st *fhir.Stored) store.Committed {
	return store.Committed{Key: st.Key, Method: st.Method, At: st.Updated, Facts: st.Facts,
		Compartments: st.Compartments}
}
