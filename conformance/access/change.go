package access

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var references = regexp.MustCompile(`"reference":"([A-Z][A-Za-z]+)/[^"]*"`)

// write is a change of any kind, to anything.
func (g generator) write() request {
	v := g.anyVersion(g.Rand)
	for rather := g.h.writes() && !g.one(4); rather && (!g.h.sees(v, "cud") || slices.Contains(v.who, "pat")); {
		v = g.anyVersion(g.Rand) // to what may be written: who works where, not even staff may
	}
	id := v.id
	if g.one(3) {
		id = g.id(v.typ)
	}
	r := request{holder: g.h.Name, body: g.referring(v.json(id, g.marker(v)))}
	byID, byCriteria := "/"+v.typ+"/"+id, "/"+v.typ+"?"+g.criteria(v, id)
	switch g.IntN(8) {
	case 0, 1:
		r.method, r.path = "PUT", byID
	case 2:
		r.method, r.path = "PUT", byCriteria
		if g.one(2) {
			r.body = strings.Replace(r.body, fmt.Sprintf(`"id":%q,`, id), "", 1)
		}
	case 3, 4:
		r.method, r.path = "POST", "/"+v.typ
		if g.one(2) {
			r.headers = append(r.headers, "If-None-Exist: "+g.criteria(v, id))
		}
	case 5:
		r.method, r.path, r.body = "DELETE", pick(g, byID, byCriteria), ""
	default:
		r.method, r.path, r.body = "PATCH", pick(g, byID, byID, byCriteria), g.patch(v)
	}
	return g.conditions(r)
}

// conditions adds headers to a write.
func (g generator) conditions(r request) request {
	switch {
	case g.one(5) && r.method != "POST":
		r.headers = append(r.headers, fmt.Sprintf(`If-Match: W/"%d"`, 1+g.IntN(3)))
	case g.one(6) && r.method == "PUT":
		r.headers = append(r.headers, "If-None-Match: *")
	}
	if g.one(3) {
		r.headers = append(r.headers, "Prefer: return="+pick(g, "minimal", "representation", "OperationOutcome"))
	}
	return r
}

// entryHeaders are those that an entry of a Bundle can have.
func entryHeaders(headers []string) (kept []string) {
	for _, h := range headers {
		if strings.HasPrefix(h, "If-") {
			kept = append(kept, h)
		}
	}
	return kept
}

// marker is a version's own, another's or a new one.
func (g generator) marker(v *version) string {
	return pick(g, v.marker, v.marker, g.anyVersion(g.Rand).marker, fmt.Sprintf("fresh%d", g.IntN(9)))
}

// criteria find a version, another one, or what a question finds.
func (g generator) criteria(v *version, id string) string {
	marker := g.marker(v)
	if g.one(4) {
		for range 50 {
			if q := g.question[g.IntN(len(g.question))]; q.typ == v.typ && strings.HasPrefix(q.path, "/"+v.typ+"?") && !strings.HasPrefix(q.path, "/"+v.typ+"?_") {
				return strings.TrimPrefix(q.path, "/"+v.typ+"?")
			}
		}
	}
	return pick(g, "_id="+id, "_tag="+marker, "_tag="+marker, "identifier="+marker, "_content="+marker, "_tag="+marker+"&_lastUpdated=gt2020")
}

// referring is a resource of which one reference may have been made to refer to something else, seen, hidden or never
// there.
func (g generator) referring(json string) string {
	found := references.FindAllStringSubmatchIndex(json, -1)
	if len(found) == 0 || !g.one(3) {
		return json
	}
	at := found[g.IntN(len(found))]
	return json[:at[0]] + fmt.Sprintf(`"reference":%q`, g.target(json[at[2]:at[3]])) + json[at[1]:]
}

// target is something to refer to, rather of a type.
func (g generator) target(typ string) string {
	if g.one(4) {
		typ = pick(g, "Patient", "Patient", g.anyVersion(g.Rand).typ)
	}
	return typ + "/" + g.id(typ)
}

// patch changes a little or nothing, or asks what is there.
func (g generator) patch(v *version) string {
	ops := []string{`[]`, `[{"op":"test","path":"/id","value":"` + v.id + `"}]`, `[{"op":"add","path":"/language","value":"en"}]`,
		`[{"op":"remove","path":"/language"}]`, `[{"op":"replace","path":"/meta/tag/0/code","value":"` + g.marker(v) + `"}]`,
		`[{"op":"test","path":"/meta/tag/0/code","value":"` + v.marker + `"}]`}
	for _, member := range []string{"subject", "patient", "for", "managingOrganization", "organization", "practitioner", "securityContext"} {
		if strings.Contains(v.members, `"`+member+`":{"reference"`) {
			ops = append(ops, fmt.Sprintf(`[{"op":"replace","path":"/%s/reference","value":%q}]`, member, g.target("Patient")))
		}
	}
	return pick(g, ops...)
}

// linked is an entry of a transaction of which a reference may be to another entry, or by what it should find.
func (g generator) linked(r request) request {
	found := references.FindAllStringSubmatchIndex(r.body, -1)
	if len(found) == 0 || !g.one(3) {
		return r
	}
	at := found[g.IntN(len(found))]
	to := fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", g.IntN(3))
	if typ := r.body[at[2]:at[3]]; g.one(2) {
		v := g.anyVersion(g.Rand)
		to = fmt.Sprintf("%s?%s", typ, pick(g, "_tag="+v.marker, "identifier="+v.marker, "_id="+g.id(typ), "_tag="+v.marker+"&_id="+v.id))
	}
	r.body = r.body[:at[0]] + fmt.Sprintf(`"reference":%q`, to) + r.body[at[1]:]
	return r
}
