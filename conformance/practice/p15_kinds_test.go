package practice_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
	"frontdesk/store/online"
)

// account is one kind of account of who is online, about Ann's record.
type account struct {
	*client
	kind, me string
	patient  bool                    // Ann herself
	open     map[string]access.Level // the sections; nil for an account that is suspended
}

// accounts are one of each kind. Everything is on manage to the first two.
func (p *practice) accounts() []account {
	p.Helper()
	all, few := levels(access.Manage, nil), levels(access.None, map[string]access.Level{"prescriptions": access.Manage, "record": access.CanView})
	p.load(`{"resourceType":"RelatedPerson","id":"mum","active":true,"patient":{"reference":"Patient/ann"}}`,
		`{"resourceType":"RelatedPerson","id":"gone","active":true,"patient":{"reference":"Patient/ann"}}`)
	for _, a := range []state.Account{{Name: "mum", Person: "RelatedPerson/mum"}, {Name: "gone", Person: "RelatedPerson/gone"}} {
		p.must(p.state.AddAccount(p.Context(), a, ""))
	}
	safer := map[string]access.Level{"appointments": access.Manage, "results": access.CanView}
	p.set("Patient", "ann", online.Person{Sections: all, Safer: safer})
	p.set("RelatedPerson", "dad", online.Person{Sections: all})
	p.set("RelatedPerson", "mum", online.Person{Sections: few})
	p.set("RelatedPerson", "gone", online.Person{Sections: all, Suspended: true})
	ann, err := p.state.Account(p.Context(), "ann")
	p.must(err)
	reduced := p.approved(state.Approval{Client: "app", Account: "ann", Subject: ann.Subject, Person: "Patient/ann", Patient: "ann", Scopes: "patient/*.cruds", Safer: true})
	return []account{
		{p.patient("ann"), "the patient", "Patient/ann", true, all},
		{p.proxy(), "a proxy for everything", "RelatedPerson/dad", false, all},
		{p.person("mum", "ann", "patient/*.cruds"), "a proxy for prescriptions", "RelatedPerson/mum", false, few},
		{reduced, "the safer view", "Patient/ann", true, safer},
		{p.person("gone", "ann", "patient/*.cruds"), "a suspended proxy", "RelatedPerson/gone", false, nil},
	}
}

// versions are how many versions there are of each resource, but for the trail, and the digest of each.
func (p *practice) versions() map[string]int {
	p.Helper()
	all, system := map[string]int{}, p.store.As(access.Everything("suite"), store.Unobserved)
	for scope := (store.Scope{Limit: 1000}); ; {
		page, err := system.History(p.Context(), scope)
		p.must(err)
		for _, it := range page.Items {
			if it.Key.Type != "AuditEvent" {
				all[it.Key.Current().String()]++
			}
		}
		if page.Next == nil {
			return all
		}
		scope.After = page.Next
	}
}

// written are the resources that have more versions than before.
func written(before, after map[string]int) []string {
	var keys []string
	for key, n := range after {
		if n != before[key] {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// way is how a write can be sent.
type way struct {
	name, do string // do: create, update or delete
	send     func(c *client, typ, id, body string) answer
}

// patching is a JSON Patch that makes of one resource another, as far as its members go.
func patching(body string) string {
	var members map[string]any
	if json.Unmarshal([]byte(body), &members) != nil {
		return `[]`
	}
	var ops []map[string]any
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if name != "resourceType" && name != "id" && name != "meta" {
			ops = append(ops, map[string]any{"op": "add", "path": "/" + name, "value": members[name]})
		}
	}
	if meta, ok := members["meta"].(map[string]any); ok && meta["security"] != nil {
		ops = append(ops, map[string]any{"op": "add", "path": "/meta/security", "value": meta["security"]})
	}
	text, _ := json.Marshal(ops)
	return string(text)
}

// ways are all there are, alone and in Bundles.
func ways() []way {
	single := []struct{ name, do, method, url, header string }{
		{"POST", "create", "POST", "TYPE", ""},
		{"conditional POST", "create", "POST", "TYPE", "If-None-Exist: _id=never-there"},
		{"PUT", "update", "PUT", "TYPE/ID", ""},
		{"conditional PUT", "update", "PUT", "TYPE?_id=ID", ""},
		{"PATCH", "update", "PATCH", "TYPE/ID", ""},
		{"conditional PATCH", "update", "PATCH", "TYPE?_id=ID", ""},
		{"DELETE", "delete", "DELETE", "TYPE/ID", ""},
		{"conditional DELETE", "delete", "DELETE", "TYPE?_id=ID", ""},
	}
	var all []way
	for _, s := range single {
		shaped := func(typ, id, body string) (url, sent string) {
			url = strings.NewReplacer("TYPE", typ, "ID", id).Replace(s.url)
			switch s.method {
			case "PATCH":
				return url, patching(body)
			case "DELETE":
				return url, ""
			}
			return url, body
		}
		headers := slices.DeleteFunc([]string{s.header}, func(h string) bool { return h == "" })
		all = append(all, way{s.name, s.do, func(c *client, typ, id, body string) answer {
			url, sent := shaped(typ, id, body)
			return c.do(s.method, "/"+url, sent, headers...)
		}})
		for _, kind := range []string{"batch", "transaction"} {
			all = append(all, way{s.name + " in a " + kind, s.do, func(c *client, typ, id, body string) answer {
				url, sent := shaped(typ, id, body)
				entry := fmt.Sprintf(`{"request":{"method":%q,"url":%q}}`, s.method, url)
				switch {
				case s.header != "":
					entry = fmt.Sprintf(`{"request":{"method":%q,"url":%q,"ifNoneExist":"_id=never-there"},"resource":%s}`, s.method, url, sent)
				case s.method == "PATCH":
					entry = fmt.Sprintf(`{"request":{"method":%q,"url":%q},"resource":{"resourceType":"Binary","contentType":"application/json-patch+json","data":%q}}`,
						s.method, url, base64.StdEncoding.EncodeToString([]byte(sent)))
				case sent != "":
					entry = fmt.Sprintf(`{"request":{"method":%q,"url":%q},"resource":%s}`, s.method, url, sent)
				}
				return c.post("", `{"resourceType":"Bundle","type":"`+kind+`","entry":[`+entry+`]}`)
			}})
		}
	}
	return all
}

// refusedAs says that an answer refuses: alone, or as the entry of a batch.
func (a answer) refusedAs() bool {
	return a.status >= 400 && a.status < 500 || a.status == http.StatusOK && strings.Contains(a.body, `"batch-response"`) && strings.Contains(a.body, `"status":"4`)
}

// target is what the suite has stored of a type.
func target(typ string) fhir.Key { return fhir.Key{Type: typ, ID: "target"} }

// soon is a day on which nothing is closed, and within the booking window.
const soon = 48 * time.Hour
