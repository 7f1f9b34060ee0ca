package rest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/search"
)

// marks are what a server tells staff by tags of its own, if it claims to: how each comes about, and is over.
var marks = []struct{ code, resource, operation, on, off string }{
	{"hidden", `{"resourceType":"Condition","code":{"text":"x"},"subject":{"display":"nobody"}}`, "$hide", `{"name":"reason","valueString":"x"}`, ""},
	{"held-back", `{"resourceType":"Observation","status":"final","code":{"text":"x"}}`, "$release", `{"name":"at","valueDateTime":"2999-01-01"}`, `{"name":"at","valueDateTime":"2026-01-01"}`},
	{"suspended", `{"resourceType":"Patient"}`, "$online-access", `{"name":"suspended","valueBoolean":true}`, `{"name":"suspended","valueBoolean":false}`},
}

// marked proves the tags that staff are served and find by: made when served, never stored, and no new version.
func (s *suite) marked(t *testing.T) {
	claimed := strings.Contains(s.claims.Rest[0].Documentation, search.MarkSystem)
	hides := slices.ContainsFunc(s.claimed("Condition").Operation, func(o operationClaim) bool { return o.Name == "hide" })
	if !claimed || !hides {
		if claimed != hides {
			t.Error("$hide and the tag of what is hidden aren't claimed together")
		}
		return
	}
	for _, m := range marks {
		t.Run(m.code, func(t *testing.T) {
			made := s.do(t, "POST", "/"+strings.Split(m.resource, `"`)[3], m.resource).is(201)
			key := made.resource().ResourceType + "/" + made.resource().ID
			send := func(operation, parameter string) {
				t.Helper()
				body := `{"resourceType":"Parameters"}`
				if parameter != "" {
					body = fmt.Sprintf(`{"resourceType":"Parameters","parameter":[%s]}`, parameter)
				}
				s.do(t, "POST", "/"+key+"/"+operation, body).is(200)
			}
			is := func(want bool) {
				t.Helper()
				has := func(r resource) bool {
					return slices.ContainsFunc(r.Meta.Tag, func(tag struct{ System, Code string }) bool {
						return tag.System == search.MarkSystem && tag.Code == m.code
					})
				}
				read := s.do(t, "GET", "/"+key, "").is(200)
				if has(read.resource()) != want || read.header.Get("ETag") != made.header.Get("ETag") {
					t.Errorf("%s: %s, want the mark: %v", read.header.Get("ETag"), read.body, want)
				}
				typ, id, _ := strings.Cut(key, "/")
				for _, path := range []string{"/" + typ + "?", "/?_type=" + typ + "&"} {
					query := path + "_id=" + id + "&_total=accurate&_tag=" + url.QueryEscape(search.MarkSystem+"|"+m.code)
					found := s.do(t, "GET", query, "").is(200).bundle("searchset")
					if slices.Contains(found.ids("match"), key) != want || (found.Total != nil && *found.Total == 1) != want {
						t.Errorf("%sfinds %v, want it: %v", path, found.ids("match"), want)
					}
				}
			}
			is(false)
			send(m.operation, m.on)
			is(true)
			s.do(t, "PUT", "/"+key, s.do(t, "GET", "/"+key, "").body).is(200)
			is(true)
			if m.off == "" {
				send("$unhide", "")
			} else {
				send(m.operation, m.off)
			}
			is(false)
		})
	}
}
