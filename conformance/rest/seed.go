package rest

import (
	"encoding/json"
	"strings"
	"testing"

	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
)

// tagSystem marks what the suite stores.
const tagSystem = "urn:frontdesk:conformance"

// seed stores the examples under ids of this run.
func (s *suite) seed(t *testing.T) {
	type example struct {
		name string
		json map[string]any
	}
	var all []example
	renamed := map[string]string{}
	for name, raw := range s.Examples {
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.UseNumber() // 1.10 is not 1.1
		e := example{name: name}
		if err := d.Decode(&e.json); err != nil {
			t.Fatalf("example %s: %v", name, err)
		}
		typ, _ := e.json["resourceType"].(string)
		if id, _ := e.json["id"].(string); id != "" {
			renamed[typ+"/"+id] = typ + "/" + s.own(id)
		}
		all = append(all, e)
	}
	refused := 0
	for _, e := range all {
		if !s.store(t, e.name, e.json, renamed) {
			refused++
		}
	}
	if refused*10 > len(all) {
		t.Errorf("%d of %d examples were refused", refused, len(all))
	}
}

// own is an id of this run.
func (s *suite) own(id string) string {
	own := s.run + "-" + id
	return own[:min(len(own), 64)]
}

// store PUTs one example. It says whether the server took it.
func (s *suite) store(t *testing.T, name string, r map[string]any, renamed map[string]string) bool {
	typ, _ := r["resourceType"].(string)
	id, _ := r["id"].(string)
	if id == "" {
		id = strings.NewReplacer(".json", "", "_", "-").Replace(name)
	}
	r["id"] = s.own(id)
	refer(r, renamed)
	meta, _ := r["meta"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
		r["meta"] = meta
	}
	tags, _ := meta["tag"].([]any)
	meta["tag"] = append(tags, map[string]any{"system": tagSystem, "code": s.run})
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatalf("example %s: %v", name, err)
	}
	a := s.do(t, "PUT", "/"+typ+"/"+s.own(id), string(body))
	if a.status != 200 && a.status != 201 {
		t.Logf("example %s was refused: %d %.300s", name, a.status, a.body)
		return false
	}
	a = s.do(t, "GET", "/"+typ+"/"+s.own(id), "").is(200)
	known, ok := s.registry.Type(typ)
	decoded, err := codec.Decode([]byte(a.body), codec.Limits{})
	if err != nil || !ok {
		t.Errorf("example %s comes back as what can't be read: %v", name, err)
		return false
	}
	s.byType[typ] = append(s.byType[typ], &seed{typ, s.own(id), search.Index(known, decoded.Message, s.Base)})
	return true
}

// refer rewrites references between the examples.
func refer(v any, renamed map[string]string) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			refer(item, renamed)
		}
	case map[string]any:
		for name, member := range v {
			if to, ok := renamed[text(member)]; ok && name == "reference" {
				v[name] = to
			}
			refer(member, renamed)
		}
	}
}

func text(v any) string {
	s, _ := v.(string)
	return s
}
