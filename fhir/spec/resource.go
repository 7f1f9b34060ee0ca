package spec

import (
	"encoding/json"
	"strings"

	"frontdesk/fhir"
)

// parameter is what a SearchParameter resource says that matters here (R4 SearchParameter).
type parameter struct {
	ResourceType string      `json:"resourceType"`
	ID           string      `json:"id,omitempty"`
	URL          string      `json:"url"`
	Name         string      `json:"name"`
	Status       string      `json:"status"`
	Description  string      `json:"description"`
	Code         string      `json:"code"`
	Base         []string    `json:"base"`
	Type         string      `json:"type"`
	Expression   string      `json:"expression,omitempty"`
	Target       []string    `json:"target,omitempty"`
	Component    []component `json:"component,omitempty"`
}

type component struct {
	Definition string `json:"definition"`
	Expression string `json:"expression"`
}

// ReadDefinition takes the Definition out of a SearchParameter resource, valid R4. active says whether it shall be
// searched by: a draft or retired one is only kept, and nothing of it is looked at. fhir.Unprocessable if an active one
// lacks what it needs here.
func ReadDefinition(resource []byte) (d Definition, active bool, err error) {
	var p parameter
	if err := json.Unmarshal(resource, &p); err != nil {
		return d, false, fhir.Fault("reading a SearchParameter", err)
	}
	d = Definition{URL: p.URL, Code: p.Code, Kind: kindOf(p.Type), Bases: p.Base, Expression: p.Expression, Targets: p.Target}
	for _, c := range p.Component {
		d.Components = append(d.Components, Part(c))
	}
	if p.Status != "active" {
		return d, false, nil
	}
	switch {
	case p.Expression == "":
		return d, false, fhir.Errorf(fhir.Unprocessable, "SearchParameter.expression",
			"An active search parameter needs an expression here, as in Patient.maritalStatus. Add it, or send it as draft.")
	case strings.HasPrefix(p.Code, "_"): // _count, _sort and the like could never be searched by, and what FHIR adds would change its meaning
		return d, false, fhir.Errorf(fhir.Unprocessable, "SearchParameter.code",
			"Codes that begin with _ are FHIR's own (_count, _sort). Choose another, as in date-of-visit.")
	case strings.HasPrefix(p.URL, urlOwn):
		return d, false, fhir.Errorf(fhir.Unprocessable, "SearchParameter.url",
			"The canonical URL must be absolute, as in http://practice.example/fhir/SearchParameter/marital.")
	}
	return d, true, nil
}

// OwnDefinitions are the SearchParameter resources of the parameters that Frontdesk adds to R4's, by the last part of
// their URLs; base is our FHIR base URL.
func (r *Registry) OwnDefinitions(base string) (map[string][]byte, error) {
	all := map[string]*parameter{}
	for _, name := range r.names {
		for _, code := range r.types[name].Codes {
			p := r.types[name].Params[code]
			id, own := strings.CutPrefix(p.URL, urlOwn)
			if !own || p.Unsupported != "" {
				continue
			}
			if all[id] == nil {
				all[id] = &parameter{ResourceType: "SearchParameter", ID: id, URL: base + "/" + p.URL, Name: fhir.Computable(id), Status: "active",
					Code: p.Code, Type: p.Kind.String(), Expression: p.Expression, Target: p.Targets,
					Description: "Part of Frontdesk, for R4 has no such search parameter."}
			}
			all[id].Base = append(all[id].Base, name)
		}
	}
	out := map[string][]byte{}
	for id, p := range all {
		json, err := json.Marshal(p)
		if err != nil {
			return nil, fhir.Fault("writing SearchParameter/"+id, err)
		}
		out[id] = json
	}
	return out, nil
}

// MarshalText is the kind's code.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the kind's code. What isn't one becomes 0, which no parameter can be made of.
func (k *Kind) UnmarshalText(text []byte) error {
	*k = kindOf(string(text))
	return nil
}
