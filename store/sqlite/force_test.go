package sqlite

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// TestEveryPath: the numbers only decide how long an answer takes. Whichever path a query is answered by, walked or
// sorted, from the start or from a position, the answer is the same.
func TestEveryPath(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	b := openTest(t)
	r := random{rand.New(rand.NewPCG(seed, 1)), b.dict().registry}
	w, versions := world{}, map[fhir.Key]int64{}
	for range 120 {
		w.change(t, r, b, versions, r.IntN(8) == 0)
	}
	tried := map[string]int{}
	for range 800 {
		q := r.query()
		q.From = q.From[:1]
		if date := q.From[0].Type.Date; date != nil && r.IntN(2) == 0 {
			q.Sort = []search.Sort{{Param: date, Desc: r.IntN(4) > 0}}
		}
		var want []int64
		for _, d := range search.Run(q, w) {
			want = append(want, d.Updated.UnixMicro())
		}
		for best := -1; ; best++ {
			more := false
			for _, walked := range []bool{false, true} {
				for _, q.Back = range []bool{false, true} {
					got, how, ok := b.forced(t, q, best, walked, want)
					more = more || ok
					if how == "" {
						continue
					}
					tried[how]++
					if !slices.Equal(got, want) {
						t.Fatalf("seed %d: %s sorted by %s, path %d, %s, back %v\n got %v\nwant %v", seed, q.From,
							sorts(q.Sort), best, how, q.Back, got, want)
					}
				}
			}
			if !more {
				break
			}
		}
	}
	t.Logf("seed %d: %v", seed, tried)
	for _, how := range []string{"walk sorted", "walk walked", "token sorted", "token walked", "compartment and token walked", "union walked"} {
		if tried[how] == 0 {
			t.Errorf("no query was answered by %s", how)
		}
	}
}

// forced answers a query, or going Back one from its end, by one of its paths: a part from the start, the rest from
// where that ended. ok is false when there are no more paths, how is "" when it can't be read in this way.
func (b *Backend) forced(t *testing.T, q *search.Query, best int, walked bool, want []int64) (got []int64, how string, ok bool) {
	err := b.read(t.Context(), func(c *conn) error {
		finder := &finder{c: c, d: b.dict(), now: q.Now}
		by := finder.compiler()
		p, err := by.ways(q.From[0], q.Sort)
		if err != nil || best >= len(p.ways) {
			return err
		}
		ok = true
		how = "walk"
		can := p.order.shape != computed
		var way *path
		if best >= 0 {
			if way = p.ways[best]; way == nil {
				how = ""
				return nil
			}
			how, can = kindOf(way), p.order.along(way, p.order.dated(p.typ, b.dict()))
		}
		if walked && !can {
			how = ""
			return nil
		}
		p.take(way, walked)
		p.order.back = q.Back
		if err := by.settle(p, best); err != nil {
			return err
		}
		how += map[bool]string{false: " sorted", true: " walked"}[walked]
		half := len(want) / 2
		hits, err := finder.filled(by, p, nil, half, false)
		if err != nil {
			return err
		}
		var after *hit
		if len(hits) > 0 {
			h, err := decode(position(hits[len(hits)-1]), p.order.kinds())
			if err != nil {
				return err
			}
			after = &h
		}
		rest, err := finder.filled(by, p, after, 1000, false)
		for _, h := range append(hits, rest...) {
			got = append(got, h.seq)
		}
		if q.Back {
			slices.Reverse(got)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, how, ok
}

// kindOf is a path without what it is of.
func kindOf(p *path) string {
	if len(p.arms) > 0 {
		return "union"
	}
	for _, kind := range []string{"compartment and token", "token", "reference", "string", "chain", "reverse", "date", "number", "uri"} {
		if len(p.name) >= len(kind) && p.name[:len(kind)] == kind {
			return kind
		}
	}
	return p.name
}
