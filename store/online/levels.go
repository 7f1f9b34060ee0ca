package online

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
)

// defaultLevels are those of sections.tsv.
func defaultLevels() map[string]access.Level {
	all := map[string]access.Level{}
	for _, s := range spec.Decided() {
		var level access.Level
		if err := level.UnmarshalText([]byte(s.Default)); err != nil {
			panic(fmt.Errorf("sections.tsv, %s: %w", s.Name, err)) // it is embedded, and tests read it
		}
		all[s.Name] = level
	}
	return all
}

// Parts are the sections that a name in settings stands for: of "record" all its parts, of a section itself; none of
// another name.
func Parts(name string) (names []string) {
	for _, s := range spec.Decided() {
		if s.Name == name || s.Of == name {
			names = append(names, s.Name)
		}
	}
	return names
}

// parts are levels by section, where some stand for several: what was decided on the record before it had parts is
// decided on each.
func parts(levels map[string]access.Level) map[string]access.Level {
	all := map[string]access.Level{}
	for _, s := range spec.Decided() {
		if level, named := levels[s.Of]; named && s.Of != "" {
			all[s.Name] = level
		}
	}
	for name, level := range levels {
		if slices.Contains(Parts(name), name) {
			all[name] = level
		}
	}
	return all
}

// UnmarshalJSON reads settings over those that are there. Sections that aren't named are closed, if any are.
func (p *Practice) UnmarshalJSON(text []byte) error {
	type plain Practice
	var named map[string]json.RawMessage
	if err := json.Unmarshal(text, &named); err != nil {
		return err
	}
	if _, decides := named["sections"]; decides {
		p.Sections = map[string]access.Level{}
	}
	return json.Unmarshal(text, (*plain)(p))
}

// Preset sets what a preset of presets.tsv says of the parts of the record, and results; since is from when on entries
// show that are to be seen from now on. ok is false if there is none of this name.
func Preset(name string, levels map[string]access.Level) (set map[string]access.Level, now, ok bool) {
	i := slices.IndexFunc(spec.Presets(), func(p spec.Preset) bool { return p.Name == name })
	if i < 0 {
		return nil, false, false
	}
	set = maps.Clone(levels)
	if set == nil {
		set = map[string]access.Level{}
	}
	delete(set, "record")
	for _, s := range spec.Decided() {
		if s.Of == "" && s.Name != "results" {
			continue
		}
		if set[s.Name] = access.None; slices.Contains(spec.Presets()[i].Sections, s.Name) {
			set[s.Name] = access.CanView
		}
	}
	return set, spec.Presets()[i].Now, true
}
