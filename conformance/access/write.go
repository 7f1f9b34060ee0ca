package access

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// writes tries to change what is hidden, in every way, and to refer to it: the answer must be that to what never was.
func (m matrix) writes() {
	if slices.Contains(m.h.Sees, "* cruds *") {
		m.Skip("nothing is hidden from who sees everything")
	}
	m.tries(plain, m.attempts)
	m.tries(plain, m.found)
	m.tries(resolving, m.referring)
}

// tries tells what hidden resources are answered from what absent ones are. The hidden must stay as they are.
func (m matrix) tries(at practice, of func(v *version, id string) []request) {
	world := m.place(m, m.steps(), at)
	defer world.close()
	for i, row := range m.rows {
		if !m.h.hidden(row) || (i+m.nth)%m.every != 0 {
			continue
		}
		v := row.versions[0]
		before := world.do(get(System, "/"+v.key()+"/_history")).String()
		for i, w := range of(v, v.id) {
			never := of(v, absent(v.id))[i]
			got, want := world.do(w), world.do(never)
			m.clean(w, got)
			if a, b := got.like(v.id), want.like(v.id); a != b {
				m.Errorf("%s:\n%s\nWith what never was:\n%s", w, a, b)
			}
		}
		if after := world.do(get(System, "/"+v.key()+"/_history")).String(); after != before {
			m.Errorf("%s was changed by who can't see it:\n%s", v.key(), after)
		}
	}
}

// referring are writes of what the holder may write, that refer to a resource. What it refers to already isn't asked
// about again.
func (m matrix) referring(v *version, id string) []request {
	mine := m.mine("")
	if mine == nil || strings.Contains(mine.members, `"`+v.key()+`"`) {
		return nil
	}
	return []request{m.pointing(mine, v.typ+"/"+id), bundled("transaction", m.pointing(mine, v.typ+"/"+id))}
}

// found are those that refer to what criteria find.
func (m matrix) found(v *version, id string) []request {
	mine := m.mine("")
	if mine == nil {
		return nil
	}
	return []request{bundled("transaction", m.pointing(mine, v.typ+"?_id="+id))}
}

// pointing puts a resource again, with a reference.
func (m matrix) pointing(mine *version, to string) request {
	body := strings.TrimSuffix(mine.json(mine.id, mine.marker), "}") + `,"extension":[{"url":"http://w.example/to","valueReference":{"reference":"` + to + `"}}]}`
	return request{holder: m.h.Name, method: "PUT", path: "/" + mine.key(), body: body}
}

// attempts are the ways to write to a resource: as it is, and as one that the holder may write.
func (m matrix) attempts(v *version, id string) []request {
	all := m.attemptsAs(v, id)
	if mine := m.mine(v.typ); mine != nil {
		all = append(all, m.attemptsAs(mine, id)...)
	}
	for _, name := range m.operations(v.typ) {
		path := "/" + v.typ + "/" + id
		all = append(all, operation(m.h.Name, path, name, "GET"), operation(m.h.Name, path, name, "POST"))
	}
	return all
}

// mine is something of a type, "" for any, that the holder may write; nil if there is nothing.
func (m matrix) mine(typ string) *version {
	for _, row := range m.rows {
		if v := row.last(); (v.typ == typ || typ == "" && v.typ != "Patient") && !v.deletion && m.h.sees(v, "cud") && !slices.Contains(v.who, "pat") {
			return v
		}
	}
	return nil
}

// attemptsAs write what another version says, each by itself, in a batch and in a transaction. They are told apart by
// the id alone.
func (m matrix) attemptsAs(v *version, id string) (all []request) {
	byID, own := "/"+v.typ+"/"+id, v.json(id, "attempt")
	without := strings.Replace(own, fmt.Sprintf(`"id":%q,`, id), "", 1)
	for _, r := range []request{
		{method: "PUT", path: byID, body: own},
		{method: "PUT", path: byID, body: own, headers: []string{`If-Match: W/"1"`}},
		{method: "PUT", path: byID, body: own, headers: []string{"If-None-Match: *"}},
		{method: "PATCH", path: byID, body: `[]`},
		{method: "PATCH", path: byID, body: `[{"op":"test","path":"/id","value":"x"}]`},
		{method: "PATCH", path: byID, body: `[]`, headers: []string{`If-Match: W/"1"`}},
		{method: "DELETE", path: byID},
		{method: "DELETE", path: byID, headers: []string{`If-Match: W/"1"`}},
		{method: "PUT", path: "/" + v.typ + "?_id=" + id, body: without},
		{method: "PUT", path: "/" + v.typ + "?_id=" + id, body: own},
		{method: "PATCH", path: "/" + v.typ + "?_id=" + id, body: `[]`},
		{method: "DELETE", path: "/" + v.typ + "?_id=" + id},
		{method: "POST", path: "/" + v.typ, body: without, headers: []string{"If-None-Exist: _id=" + id}},
	} {
		r.holder = m.h.Name
		all = append(all, r, bundled("batch", r), bundled("transaction", r))
	}
	return all
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// bundled is a Bundle of requests, by the holder of the first.
func bundled(typ string, rs ...request) request {
	var entries []string
	for i, r := range rs {
		req := fmt.Sprintf(`"method":%q,"url":%q`, r.method, strings.TrimPrefix(r.path, "/"))
		for _, h := range r.headers {
			name, value, _ := strings.Cut(h, ": ")
			member := map[string]string{"If-Match": "ifMatch", "If-None-Match": "ifNoneMatch", "If-None-Exist": "ifNoneExist"}[name]
			req += fmt.Sprintf(`,%q:%q`, member, value)
		}
		entry := fmt.Sprintf(`{"fullUrl":"urn:uuid:00000000-0000-4000-8000-%012d","request":{%s}`, i, req)
		switch {
		case r.method == "PATCH":
			entry += fmt.Sprintf(`,"resource":{"resourceType":"Binary","contentType":"application/json-patch+json","data":%q}`, base64Of(r.body))
		case r.body != "":
			entry += `,"resource":` + r.body
		}
		entries = append(entries, entry+"}")
	}
	return request{holder: rs[0].holder, method: "POST", path: "", headers: []string{"Prefer: return=representation"},
		body: `{"resourceType":"Bundle","type":"` + typ + `","entry":[` + strings.Join(entries, ",") + `]}`}
}

// refusals are writes that would reach beyond the holder's own, and beside each one that doesn't.
func (s *suite) refusals(t *testing.T) {
	world := s.place(t, s.steps(), plain)
	defer world.close()
	for _, c := range limits {
		r := request{holder: c.holder, method: c.method, path: c.path, body: strings.ReplaceAll(c.body, markerSign, "word")}
		for _, r := range []request{r, bundled("transaction", r)} {
			if a := world.do(r); (a.status < 300) != c.allowed {
				t.Errorf("%s: allowed %v, want %v: %s", r, a.status < 300, c.allowed, a)
			}
		}
	}
}
