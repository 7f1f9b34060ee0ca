package access

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// turn is one request of a sequence. The holder's are sent to both worlds, and the answers must be equal; the system's
// to one or both, where they change what the holder doesn't see.
type turn struct {
	request
	in [2]bool
}

// nextPage as a path stands for the last link to a next page, moment for the last time of writing, that a world's
// answers had.
const (
	nextPage = "{next}"
	moment   = "{then}"
)

// inWorlds is how many sequences follow one another in the same two worlds: to make those costs more than to ask.
const inWorlds = 5

// run is sequences in the same two worlds.
type run struct {
	h        *Holder
	worlds   pair
	turns    []turn
	practice practice
}

// TestInterference runs random sequences of requests, n of them from a seed: of those who see a little and of those who
// see much. It tells how many requests that were.
func TestInterference(t *testing.T, open Open, seed uint64, n int) (asked int) {
	s := newSuite(t, open)
	said := map[int]int{}
	for i := range (n + inWorlds - 1) / inWorlds {
		seq := s.sequences(&Holders[1+i%(len(Holders)-1)], rand.New(rand.NewPCG(seed, uint64(i))))
		at, different := s.play(t, seq, said)
		if different != "" {
			seq.turns = seq.turns[:at+1]
			seq = s.shrunk(t, seq)
			_, different = s.play(t, seq, nil)
			t.Fatalf("worlds %d from seed %d\n%s\n%s", i, seed, seq, different)
		}
		asked += len(seq.turns)
	}
	t.Logf("%d sequences (%d requests) from seed %d; answers by status: %v", n, asked, seed, said)
	return asked
}

// play runs sequences in both worlds. It gives the turn at which the answers differ, and both of them; "" if none do.
// The answers are counted in said by their status.
func (s *suite) play(t *testing.T, seq run, said map[int]int) (at int, different string) {
	var worlds [2]*place
	for i := range worlds {
		worlds[i] = s.place(t, seq.worlds.steps(i), seq.practice)
		defer worlds[i].close()
	}
	var next, then [2]string
	for n, turn := range seq.turns {
		var texts [2]string
		for i, w := range worlds {
			r, ok := turn.request.resolved(next[i], then[i])
			if !ok || !turn.in[i] {
				continue
			}
			a := w.do(r)
			if turn.holder == System {
				continue
			}
			if texts[i] = a.String(); said != nil && i == 0 {
				said[a.status]++
			}
			if link := a.bundle().next(); link != "" {
				next[i] = link
			}
			if found := instants.FindString(a.body); found != "" {
				then[i] = found
			}
		}
		if texts[0] != texts[1] || strings.HasPrefix(texts[0], "500") {
			return n, fmt.Sprintf("one world answers\n%s\nand the other\n%s", texts[0], texts[1])
		}
	}
	return 0, ""
}

// resolved is a request in which nextPage and moment are what they stand for; ok is false if they stand for nothing.
func (r request) resolved(next, then string) (_ request, ok bool) {
	if r.path == nextPage {
		r.path = next
		return r, next != ""
	}
	if then == "" {
		then = "2020-01-01T00:00:00.000000Z"
	}
	r.path = strings.ReplaceAll(r.path, moment, then)
	return r, true
}

// shrunk is a run that differs still, with as few turns and differences as can be found by leaving out one after the
// other.
func (s *suite) shrunk(t *testing.T, seq run) run {
	for i := len(seq.turns) - 2; i >= 0; i-- {
		less := seq
		less.turns = slices.Delete(slices.Clone(seq.turns), i, i+1)
		if _, different := s.play(t, less, nil); different != "" {
			seq = less
		}
	}
	for i, one := range seq.worlds {
		if !one.differ() {
			continue
		}
		less := seq
		less.worlds = slices.Clone(seq.worlds)
		less.worlds[i] = one.same()
		if _, different := s.play(t, less, nil); different != "" {
			seq = less
		}
	}
	return seq
}

// String shows a run to people.
func (seq run) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "as %s, %s. The worlds differ in:\n", seq.h.Name, seq.practice)
	for _, one := range seq.worlds {
		if one.differ() {
			fmt.Fprintf(&out, "  %s: %v late %v\n     or %v late %v\n", one.key, one.in[0], one.late[0], one.in[1], one.late[1])
		}
	}
	for _, turn := range seq.turns {
		fmt.Fprintf(&out, "%v %s\n", turn.in, turn.request)
	}
	return out.String()
}
