package access

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// generator makes up turns.
type generator struct {
	*suite
	*rand.Rand
	h *Holder
}

// sequences makes up a run.
func (s *suite) sequences(h *Holder, r *rand.Rand) run {
	g := generator{s, r, h}
	seq := run{h: h, worlds: s.worlds(h, r), practice: pick(g, plain, resolving, working)}
	for range inWorlds {
		for range 5 + g.IntN(10) {
			if g.IntN(8) == 0 {
				seq.turns = append(seq.turns, g.behind(seq.practice))
				continue
			}
			seq.turns = append(seq.turns, turn{g.any(), [2]bool{true, true}})
		}
	}
	return seq
}

// reached says, three times of four, whether the holder sees anything of a type: of others there isn't much to ask.
func (g generator) reached(typ string) bool {
	return typ == "" || g.one(4) || slices.ContainsFunc(g.rows, func(r *row) bool { return r.last().typ == typ && !g.h.hidden(r) })
}

// any is a request of the holder's.
func (g generator) any() request {
	switch n := g.IntN(20); {
	case n < 8, n < 17 && !g.h.writes() && !g.one(4):
		return g.search()
	case n < 10:
		return get(g.h.Name, nextPage)
	case n < 13:
		return g.read()
	case n < 17:
		return g.write()
	}
	rs := make([]request, 1+g.IntN(4))
	for i := range rs {
		switch g.IntN(5) {
		case 0:
			rs[i] = g.read()
		case 1:
			rs[i] = g.search()
		default:
			rs[i] = g.linked(g.write())
		}
		rs[i].headers = entryHeaders(rs[i].headers)
		if rs[i].path == nextPage || strings.Contains(rs[i].path, "_search") {
			rs[i] = get(g.h.Name, "/Patient")
		}
	}
	return bundled(pick(g, "batch", "transaction", "transaction"), rs...)
}

func pick[T any](g generator, of ...T) T { return of[g.IntN(len(of))] }

// one in n times it's true.
func (g generator) one(n int) bool { return g.IntN(n) == 0 }

// behind is a write of the system's to what the holder doesn't see, in one of the worlds or in both. Where visits are
// booked by rules, a hidden one shows in its Slot, which is for all to see.
func (g generator) behind(at practice) turn {
	for {
		row := g.rows[g.IntN(len(g.rows))]
		v := row.last()
		if row.base || g.h.sees(v, "cruds") || v.deletion || at == working && v.typ == "Appointment" {
			continue
		}
		id := v.id
		if g.h.hidden(row) && g.one(3) {
			id = v.second()
		}
		st := v.step(id, g.markerFor(g.h, v, g.Rand))
		if g.h.hidden(row) && g.one(3) {
			st.json = ""
		}
		return turn{st.request(), pick(g, [2]bool{true, false}, [2]bool{false, true}, [2]bool{true, true})}
	}
}

// id is one that a type has, has not, or may have got.
func (g generator) id(typ string) string {
	var ids []string
	for _, row := range g.rows {
		if v := row.last(); v.typ == typ {
			ids = append(ids, v.id, v.id, v.second())
		}
	}
	return pick(g, append(ids, "never", fmt.Sprintf("new-%06d", 1+g.IntN(5)))...)
}

// read is a read, vread or history.
func (g generator) read() request {
	typ := g.anyVersion(g.Rand).typ
	for range 20 {
		if g.reached(typ) {
			break
		}
		typ = g.anyVersion(g.Rand).typ
	}
	path := "/" + typ
	if !g.one(4) {
		path += "/" + g.id(typ)
	} else {
		return get(g.h.Name, path+pick(g, "/_history?_count=2", "/_history", "/_history?_since="+moment, "/_history?_at="+moment))
	}
	r := get(g.h.Name, path+pick(g, "", "", "?_summary=true", "/_history", "/_history?_count=1", "/_history?_since="+moment,
		fmt.Sprintf("/_history/%d", 1+g.IntN(4))))
	if ops := g.operations(typ); len(ops) > 0 && g.one(8) {
		return operation(g.h.Name, "/"+typ+"/"+g.id(typ), pick(g, ops...), pick(g, "GET", "POST"))
	}
	if g.one(12) {
		r.path = pick(g, "/_history?_count=3", "/_history", "/_history?_since="+moment)
	}
	if g.one(6) {
		r.headers = []string{fmt.Sprintf(`If-None-Match: W/"%d"`, 1+g.IntN(3))}
	}
	if g.one(10) {
		r.method = "HEAD"
	}
	return r
}

// search is a question, with others of the same type added to it, in one of its forms.
func (g generator) search() request {
	q := g.question[g.IntN(len(g.question))]
	for range 20 {
		if g.reached(q.typ) {
			break
		}
		q = g.question[g.IntN(len(g.question))]
	}
	path := q.path
	for g.one(3) {
		if other := g.question[g.IntN(len(g.question))]; other.typ == q.typ {
			_, query, _ := strings.Cut(other.path, "?")
			path = joined(path, query)
		}
		path = joined(path, pick(g, "_count=1", "_total=accurate", "_sort=-_lastUpdated", "_summary=count", "_include=*", "_lastUpdated=ge"+moment,
			"_tag="+g.anyVersion(g.Rand).marker, "_id="+g.anyVersion(g.Rand).id, "_explain=true"))
	}
	r := get(g.h.Name, path)
	if at, query, _ := strings.Cut(path, "?"); g.one(8) && !strings.Contains(at, "$") {
		r = request{holder: g.h.Name, method: "POST", path: strings.TrimSuffix(at, "/") + "/_search", body: query}
	}
	if g.one(10) {
		r.headers = []string{"Prefer: handling=lenient"}
	}
	return r
}

func joined(path, query string) string {
	if strings.Contains(path, "?") {
		return path + "&" + query
	}
	return path + "?" + query
}
