package rest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/codec"
)

// operationClaim is what the statement says of an operation.
type operationClaim struct{ Name, Definition string }

// proofs are what this suite knows to ask of the operations of R4, by the URL of their definition there.
var proofs = map[string]func(*suite, *testing.T){
	"http://hl7.org/fhir/OperationDefinition/Patient-everything": (*suite).everything,
	"http://hl7.org/fhir/OperationDefinition/Observation-lastn":  (*suite).lastN,

	"http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export":         (*suite).exportAll,
	"http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export": (*suite).exportPatients,
	"http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export":   (*suite).exportGroup,
}

// operationDefinition is what this suite reads of one.
type operationDefinition struct {
	ResourceType, URL, Code, Status, Base string
	System, Type, Instance, AffectsState  bool
	Resource                              []string
	Parameter                             []struct{ Name, Use, Max string }
}

// operations holds every claim of an operation to its definition, and proves it.
func (s *suite) operations(t *testing.T) {
	proven := map[string]bool{}
	for _, c := range s.claims.Rest[0].Resource {
		s.do(t, "GET", "/"+c.Type+"/$"+nowhere, "").is(404).says("$" + nowhere)
		for _, o := range c.Operation {
			d := s.definition(t, o)
			if !slices.Contains(d.Resource, c.Type) && !slices.Contains(d.Resource, "Resource") || !d.Type && !d.Instance {
				t.Errorf("$%s is claimed of %s, and its definition is of %v", o.Name, c.Type, d.Resource)
			}
			s.callable(t, c.Type, d)
			if proof := proofs[d.Base]; proof == nil && d.Base != "" {
				t.Errorf("$%s of %s is claimed, and nothing proves it", o.Name, c.Type)
			} else if proof != nil && !proven[d.Base] {
				proven[d.Base] = true
				t.Run(c.Type+"-"+o.Name, func(t *testing.T) { proof(s, t) })
			}
		}
	}
	for _, o := range s.claims.Rest[0].Operation {
		d := s.definition(t, o)
		if !d.System {
			t.Errorf("$%s is claimed of the whole server, and its definition isn't", o.Name)
		}
		if proof := proofs[d.Base]; proof != nil {
			t.Run(o.Name, func(t *testing.T) { proof(s, t) })
		} else if d.Base != "" {
			t.Errorf("$%s is claimed of the whole server, and nothing proves it", o.Name)
		}
	}
}

// definition is the OperationDefinition of a claim, which must be here and fit it.
func (s *suite) definition(t *testing.T, o operationClaim) (d operationDefinition) {
	t.Helper()
	a := s.do(t, "GET", o.Definition, "").is(200)
	if _, err := codec.Decode([]byte(a.body), codec.Limits{}); err != nil {
		t.Errorf("%s is not valid: %v", o.Definition, err)
	}
	if err := json.Unmarshal([]byte(a.body), &d); err != nil || d.ResourceType != "OperationDefinition" || d.URL != o.Definition || d.Code != o.Name || d.Status != "active" {
		t.Errorf("%s defines something else than $%s: %v, %+v", o.Definition, o.Name, err, d)
	}
	return d
}

// callable checks at which levels and by which methods an operation is there.
func (s *suite) callable(t *testing.T, typ string, d operationDefinition) {
	t.Helper()
	for path, is := range map[string]bool{"/" + typ + "/$" + d.Code: d.Type, "/" + typ + "/" + nowhere + "/$" + d.Code: d.Instance} {
		allow := s.do(t, "OPTIONS", path, "").header.Get("Allow")
		// What affects state may have a GET that only reads; what doesn't must have one (R4 operations 3.2.0.2).
		if get := strings.Contains(allow, "GET"); strings.Contains(allow, "POST") != is || get && !is || !get && is && !d.AffectsState {
			t.Errorf("%s allows %q; it is callable: %v, and affects state: %v", path, allow, is, d.AffectsState)
		}
	}
	if d.Type && !d.AffectsState {
		s.do(t, "GET", "/"+typ+"/$"+d.Code+"?"+nowhere+"=1", "").is(400).says(nowhere)
	}
}

// everything is R4 Patient/$everything: whatever pages it comes in, what is in the compartment comes once, and by POST
// too.
func (s *suite) everything(t *testing.T) {
	mine := s.do(t, "POST", "/Patient", s.patient("everything", "")).is(201).resource().ID
	other := s.do(t, "POST", "/Patient", s.patient("everything-other", "")).is(201).resource().ID
	want := []string{"Patient/" + mine}
	for i := range 4 {
		want = append(want, "Observation/"+s.observation(t, mine, "e", fmt.Sprint("2024-0", i+1, "-01")))
	}
	s.observation(t, other, "e", "2024-01-01")
	slices.Sort(want)
	for _, count := range []string{"1", "2", "5", "50"} {
		var got []string
		for path, n := "/Patient/"+mine+"/$everything?_count="+count, 0; path != "" && n < 20; n++ {
			b := s.do(t, "GET", path, "").is(200).bundle("searchset")
			got = append(got, b.ids("match")...)
			path = b.link("next")
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("by %s: %v, want %v", count, got, want)
		}
	}
	late := s.do(t, "POST", "/Patient/"+mine+"/$everything", `{"resourceType":"Parameters","parameter":[{"name":"start","valueDate":"2024-04-01"},{"name":"_type","valueCode":"Observation"}]}`)
	if b := late.is(200).bundle("searchset"); len(b.ids("match")) != 1 {
		t.Errorf("from the last date on there are %v", b.ids("match"))
	}
	s.do(t, "GET", "/Patient/"+mine+"/$everything?start="+nowhere, "").is(400).says("start")
	s.do(t, "GET", "/Patient/"+nowhere+"/$everything", "").is(404)
}

// lastN is R4 Observation/$lastn: the newest of each code, as many as max says.
func (s *suite) lastN(t *testing.T) {
	patient := s.do(t, "POST", "/Patient", s.patient("lastn", "")).is(201).resource().ID
	var of [2][]string
	for i, code := range []string{"one", "two"} {
		for month := range 3 {
			of[i] = append(of[i], "Observation/"+s.observation(t, patient, code, fmt.Sprintf("2024-0%d-1%d", month+1, i)))
		}
	}
	for query, want := range map[string][]string{
		"code=one,two":          {of[1][2], of[0][2]},
		"code=one,two&max=2":    {of[1][2], of[1][1], of[0][2], of[0][1]},
		"code=one&max=5":        {of[0][2], of[0][1], of[0][0]},
		"code=" + nowhere:       nil,
		"category:missing=true": {of[1][2], of[0][2]},
	} {
		if b := s.do(t, "GET", "/Observation/$lastn?patient="+patient+"&"+query, "").is(200).bundle("searchset"); !slices.Equal(b.ids("match"), want) {
			t.Errorf("%s: %v, want %v", query, b.ids("match"), want)
		}
	}
	s.do(t, "GET", "/Observation/$lastn?code=one", "").is(400)
	s.do(t, "GET", "/Observation/$lastn?patient="+patient, "").is(400)
	s.do(t, "GET", "/Observation/$lastn?code=one&patient="+patient+"&max=0", "").is(400).says("max")
}

// observation stores one and gives its id.
func (s *suite) observation(t *testing.T, patient, code, date string) string {
	t.Helper()
	return s.do(t, "POST", "/Observation", `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"`+tagSystem+`","code":"`+code+
		`"}]},"subject":{"reference":"Patient/`+patient+`"},"effectiveDateTime":"`+date+`"}`).is(201).resource().ID
}
