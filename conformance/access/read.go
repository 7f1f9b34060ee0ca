package access

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// absent is an id that nothing has, as long as another.
func absent(id string) string { return strings.Repeat("z", len(id)) }

// reads asks for each version of each resource in each way. What is hidden must be answered as what never was.
func (m matrix) reads() {
	for _, row := range m.rows {
		for _, v := range append([]*version{nil}, row.versions...) {
			path, is := "/"+row.last().key(), row.last()
			never := "/" + is.typ + "/" + absent(is.id)
			if v != nil {
				tail := fmt.Sprintf("/_history/%d", v.n)
				path, never, is = path+tail, never+tail, v
			}
			for _, how := range []request{{method: "GET"}, {method: "HEAD"}, {method: "GET", path: "?_summary=true"}, {method: "GET", path: "?_elements=id"},
				{method: "GET", headers: []string{`If-None-Match: W/"1"`}}, {method: "GET", headers: []string{"If-Modified-Since: Sat, 01 Jan 2039 00:00:00 GMT"}}} {
				r, other := how, how
				r.holder, r.path, other.holder, other.path = m.h.Name, path+how.path, m.h.Name, never+how.path
				m.read(r, other, is)
			}
		}
	}
}

// read asks for a version, and for what never was.
func (m matrix) read(r, other request, v *version) {
	m.Helper()
	got := m.whole.do(r)
	m.clean(r, got)
	switch shown := got.status == http.StatusOK || got.status == http.StatusNotModified; {
	case !m.h.sees(v, "r"):
		if never := m.whole.do(other); got.like(v.id) != never.String() {
			m.Errorf("%s:\n%s\nOf what never was:\n%s", r, got, never)
		}
	case v.deletion && got.status != http.StatusGone, !v.deletion && !shown:
		m.Errorf("%s: status %d of what may be read", r, got.status)
	}
}

// histories asks for the history of each resource and type, and of all, in pages of several sizes.
func (m matrix) histories() {
	all := m.commits()
	for _, size := range []int{1, 3, 500} {
		m.history("/_history", size, all, func(v *version) bool { return m.h.sees(v, "s") })
		for _, typ := range []string{"Observation", "Patient", "Binary", "Device", "Organization", "Group"} {
			m.history("/"+typ+"/_history", size, all, func(v *version) bool { return v.typ == typ && m.h.sees(v, "s") })
		}
		for _, row := range m.rows {
			m.history("/"+row.last().key()+"/_history", size, all, func(v *version) bool { return v.key() == row.last().key() && m.h.sees(v, "r") })
		}
	}
}

// commits are all versions, the newest first.
func (s *suite) commits() (all []*version) {
	for _, row := range s.rows {
		all = append(all, row.versions...)
	}
	slices.Reverse(all)
	return all
}

// history walks through the pages of a history, which must be the versions for which in is true, in their order.
func (m matrix) history(path string, size int, all []*version, in func(*version) bool) {
	m.Helper()
	var want, got []string
	for _, v := range all {
		if in(v) {
			want = append(want, fmt.Sprintf("%s/%s W/\"%d\"", base, v.key(), v.n))
		}
	}
	status := 0
	for next := fmt.Sprintf("%s?_count=%d", path, size); next != ""; {
		r := get(m.h.Name, next)
		a := m.whole.do(r)
		m.clean(r, a)
		b := a.bundle()
		for _, e := range b.Entry {
			got = append(got, e.FullURL+" "+e.Response.Etag)
		}
		if status == 0 {
			status = a.status
		}
		next = b.next()
		if next != "" && len(b.Entry) != size || len(got) > 0 && len(b.Entry) == 0 {
			m.Errorf("%s: a page of %d, want %d", r, len(b.Entry), size)
		}
	}
	if !slices.Equal(got, want) || len(want) > 0 && status != http.StatusOK {
		m.Errorf("%s: %s?_count=%d: %d, got %v, want %v", m.h.Name, path, size, status, got, want)
	}
}
