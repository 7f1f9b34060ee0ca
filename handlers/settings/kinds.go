package settings

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/capability"
	"frontdesk/store/online"
)

// flag is a row that is true or false.
func flag[T any](name, doc string, at func(*T) *bool) row[T] {
	return field(capability.Parameter{Name: name, Max: "1", Type: "boolean", Documentation: doc}, at,
		func(b bool) []parameter { return []parameter{of(name, "Boolean", b)} },
		func(b *bool, ps []parameter) error {
			if ps[0].kind != "Boolean" || json.Unmarshal(ps[0].value, b) != nil {
				return ps[0].wrong("Give it as valueBoolean.")
			}
			return nil
		})
}

// number is a row that is a whole number, at the most a million.
func number[T any](name, doc string, at func(*T) *int) row[T] {
	return field(capability.Parameter{Name: name, Max: "1", Type: "unsignedInt", Documentation: doc}, at,
		func(n int) []parameter { return []parameter{of(name, "UnsignedInt", n)} },
		func(n *int, ps []parameter) error {
			var given int
			kind := strings.HasSuffix(ps[0].kind, "Int") || ps[0].kind == "Integer"
			if !kind || json.Unmarshal(ps[0].value, &given) != nil || given < 0 || given > 1_000_000 {
				return ps[0].wrong("Give a whole number from 0 to 1,000,000 as valueUnsignedInt.")
			}
			*n = given
			return nil
		})
}

// instant is a row that is a time, zero if it isn't decided.
func instant[T any](name, doc string, at func(*T) *time.Time) row[T] {
	return field(capability.Parameter{Name: name, Max: "1", Type: "dateTime", Documentation: doc}, at,
		func(t time.Time) []parameter {
			if t.IsZero() {
				return nil
			}
			return []parameter{of(name, "DateTime", t.Format(time.RFC3339))}
		},
		func(t *time.Time, ps []parameter) error {
			text, err := ps[0].text("DateTime", "Instant", "Date")
			if err != nil {
				return err
			}
			for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
				if given, err := time.Parse(layout, text); err == nil {
					*t = given
					return nil
				}
			}
			return ps[0].wrong("Give a day or a time with its zone, as 2026-03-01 or 2026-03-01T09:00:00Z.")
		})
}

// told is a row that nobody sets.
func told[T any](r row[T]) row[T] {
	r.set = nil
	return r
}

// day is an instant that, given as a day, is the end of it where practices are.
func day[T any](name, doc string, at func(*T) *time.Time) row[T] {
	r := instant(name, doc, at)
	set := r.set
	r.set = func(t *T, ps []parameter) error {
		if err := set(t, ps); err != nil || ps[0].kind != "Date" && len(ps[0].value) != len(`"2026-03-01"`) {
			return err
		}
		day := *at(t)
		*at(t) = time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, search.London())
		return nil
	}
	return r
}

// units are those of UCUM in which a duration can be given, the longest first.
var units = []struct {
	code string
	long time.Duration
}{{"wk", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}}

const ucum = "http://unitsofmeasure.org"

// quantity is R4's Duration.
type quantity struct {
	Value  float64 `json:"value"`
	Unit   string  `json:"unit,omitempty"`
	System string  `json:"system,omitempty"`
	Code   string  `json:"code,omitempty"`
}

// span is a row that is a length of time; a negative one says never, and isn't shown.
func span[T any](name, doc string, at func(*T) *online.Duration) row[T] {
	return field(capability.Parameter{Name: name, Max: "1", Type: "Duration", Documentation: doc}, at,
		func(d online.Duration) []parameter {
			if d < 0 {
				return nil
			}
			unit := units[len(units)-1]
			for _, u := range units[1:] { // in days, hours or minutes
				if time.Duration(d)%u.long == 0 {
					unit = u
					break
				}
			}
			return []parameter{of(name, "Duration", quantity{float64(d) / float64(unit.long), unit.code, ucum, unit.code})}
		},
		func(d *online.Duration, ps []parameter) error {
			var q quantity
			if ps[0].kind == "Duration" && json.Unmarshal(ps[0].value, &q) == nil && (q.System == ucum || q.System == "") {
				for _, u := range units {
					if length := q.Value * float64(u.long); q.Code == u.code && length >= 0 && length <= float64(10*365*24*time.Hour) {
						*d = online.Duration(math.Round(length))
						return nil
					}
				}
			}
			return ps[0].wrong(`Give it as valueDuration with a code of UCUM: wk, d, h or min, as {"value":48,"code":"h","system":"http://unitsofmeasure.org"}, ten years at the most.`)
		})
}

// levels is a row of sections with their levels. Sections that aren't named keep theirs.
func levels[T any](name, doc string, at func(*T) *map[string]access.Level) row[T] {
	p := capability.Parameter{Name: name, Max: "*", Documentation: doc, Part: []capability.Parameter{
		{Name: "name", Min: 1, Max: "1", Type: "code", Documentation: "The section: " + strings.Join(sections(), ", ") + "; or record, for all parts of it at once."},
		{Name: "level", Min: 1, Max: "1", Type: "code", Documentation: "How far it is open: none, view or manage."},
	}}
	return field(p, at,
		func(m map[string]access.Level) (ps []parameter) {
			for _, section := range slices.Sorted(maps.Keys(m)) {
				ps = append(ps, parameter{name: name, parts: []parameter{of("name", "Code", section), of("level", "Code", m[section].String())}})
			}
			return ps
		},
		func(m *map[string]access.Level, ps []parameter) error {
			changed := maps.Clone(*m)
			if changed == nil {
				changed = map[string]access.Level{}
			}
			for _, p := range ps {
				names, level, err := p.level()
				if err != nil {
					return err
				}
				for _, section := range names {
					changed[section] = level
				}
			}
			*m = changed
			return nil
		})
}

// sections are those that can be opened and closed.
func sections() []string { return slices.Sorted(maps.Keys(online.Defaults().Sections)) }

// preset is a row by which several sections, and from when entries show, are set by one name. It isn't told: what it
// set is.
func preset[T any](set func(*T, []parameter) error) row[T] {
	var names []string
	for _, p := range spec.Presets() {
		names = append(names, p.Name+" ("+p.Title+")")
	}
	return row[T]{Parameter: capability.Parameter{Name: "preset", Max: "1", Type: "code", Documentation: "Levels of access to the record by one name, as GP Connect knows them: " +
		strings.Join(names, ", ") + ". It sets the parts of the record and results to view or none, and visible-from; what else is named is set after it."},
		get: func(*T) []parameter { return nil }, set: set, clear: func(*T, *T) {}}
}

// presets sets what a preset says of some levels and of the time from when entries show.
func presets(ps []parameter, levels *map[string]access.Level, from *time.Time) error {
	name, err := ps[0].text("Code", "String")
	if err != nil {
		return err
	}
	set, now, ok := online.Preset(name, *levels)
	if !ok {
		return ps[0].wrong("See the definition of the operation for the names there are.")
	}
	*levels, *from = set, time.Time{}
	if now {
		*from = time.Now().UTC()
	}
	return nil
}

// level reads a section, or those that a name stands for, with its level.
func (p parameter) level() (names []string, l access.Level, err error) {
	named, _ := p.part("name")
	section, err := named.text("Code", "String")
	if err != nil {
		return nil, 0, err
	}
	if names = online.Parts(section); names == nil {
		return nil, 0, p.wrong("The sections are " + strings.Join(sections(), ", ") + "; record is all parts of it.")
	}
	given, _ := p.part("level")
	text, err := given.text("Code", "String")
	if err == nil && l.UnmarshalText([]byte(text)) != nil {
		err = given.wrong("The levels are none, view and manage.")
	}
	return names, l, err
}
