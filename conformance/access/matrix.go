package access

import (
	"net/http"
	"strings"
	"testing"
)

// TestMatrix asks everything that is claimed as each holder. With every over 1 a holder is asked one of so many
// questions only, and tries to write to one of so many resources, each holder others; besides there are the questions
// for all of a type. With much more, as on a store that is slow to fill, not all holders are asked. It tells how many
// requests were made of the one that has everything.
func TestMatrix(t *testing.T, open Open, every int) (asked int) {
	s := newSuite(t, open)
	whole := s.place(t, s.steps(), plain)
	defer whole.close()
	for i := 0; i < len(Holders); i += every/16 + 1 {
		h := &Holders[i]
		t.Run(h.Name, func(t *testing.T) {
			m := matrix{suite: s, T: t, h: h, whole: whole, every: every, nth: i, shown: map[string]bool{}}
			t.Run("search", m.sub(matrix.searches))
			t.Run("read", m.sub(matrix.reads))
			t.Run("history", m.sub(matrix.histories))
			t.Run("write", m.sub(matrix.writes))
		})
	}
	t.Run("refused", s.refusals)
	return whole.asked
}

// matrix is what is asked as one holder.
type matrix struct {
	*suite
	*testing.T
	h          *Holder
	whole      *place
	every, nth int             // which questions are asked
	shown      map[string]bool // what was found, as "Type/id"
}

func (m matrix) sub(f func(matrix)) func(*testing.T) {
	return func(t *testing.T) {
		m.T = t
		f(m)
	}
}

// clean checks that an answer has no marker in it of what the holder may not see, but for those that the request had.
func (m matrix) clean(r request, a answer) {
	m.Helper()
	text := a.String()
	if a.status >= http.StatusInternalServerError {
		m.Errorf("%s: %s", r, text)
	}
	if !strings.Contains(text, "zq") {
		return
	}
	asked := r.path + r.body + strings.Join(r.headers, "")
	for _, row := range m.rows {
		for _, v := range row.versions {
			if !m.h.sees(v, "rs") && strings.Contains(text, v.marker) && !strings.Contains(asked, v.marker) {
				m.Errorf("%s: tells of %s, version %d:\n%s", r, v.key(), v.n, text)
			}
		}
	}
}

// searches asks all questions, and every page of the answers. A holder must be answered just as the system is in a
// world with nothing else.
func (m matrix) searches() {
	alone := m.place(m, m.visible(m.h), plain)
	defer alone.close()
	asked := 0
	for i, q := range m.question {
		if !q.all && (i+m.nth)%m.every != 0 {
			continue
		}
		asked++
		path, other := q.path, q.path
		for page := 1; path != ""; page++ {
			r := get(m.h.Name, path)
			got := m.whole.do(r)
			m.clean(r, got)
			b := got.bundle()
			m.visibleOnly(r, b)
			path = b.next()
			if m.h.Uneven {
				continue
			}
			want := alone.do(get(System, other))
			if got.status == http.StatusForbidden && m.unreached(q.typ) {
				break
			}
			if got.String() != want.String() {
				m.Errorf("%s, page %d:\n%s\nIn a world with nothing else it is:\n%s", r, page, got, want)
			}
			other = want.bundle().next()
		}
	}
	m.Logf("%d of %d questions", asked, len(m.question))
	for _, row := range m.rows {
		if v := row.last(); m.h.sees(v, "s") && !v.deletion && !m.shown[v.key()] {
			m.Errorf("%s may be searched, and isn't found", v.key())
		}
	}
}

// unreached says that a holder can search nothing of a type.
func (m matrix) unreached(typ string) bool {
	for _, row := range m.rows {
		if v := row.last(); (typ == "" || v.typ == typ) && m.h.sees(v, "s") && !v.deletion {
			return false
		}
	}
	return true
}

// visibleOnly checks of each resource on a page that it may be there.
func (m matrix) visibleOnly(r request, b bundle) {
	m.Helper()
	for _, e := range b.Entry {
		key := e.Resource.ResourceType + "/" + e.Resource.ID
		letters := map[string]string{"match": "s", "include": "r"}[e.Search.Mode]
		if letters == "" && e.Resource.ResourceType == "OperationOutcome" {
			continue
		}
		if v := m.current(key); v == nil || !m.h.sees(v, letters) || e.FullURL != base+"/"+key {
			m.Errorf("%s: has %s as %s", r, key, e.Search.Mode)
		}
		m.shown[key] = true
	}
}

// current is what is there under "Type/id"; nil if nothing is.
func (s *suite) current(key string) *version {
	for _, row := range s.rows {
		if v := row.last(); v.key() == key && !v.deletion {
			return v
		}
	}
	return nil
}

// like is an answer about one resource as if it were about one that never was, and whatever has a new id the same new
// id.
func (a answer) like(id string) string {
	text := a.String()
	for _, before := range []string{"/", "=", `"`} {
		text = strings.ReplaceAll(text, before+id, before+absent(id))
	}
	return newIDs.ReplaceAllString(text, "new")
}
