package settings

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir/access"
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
		{Name: "name", Min: 1, Max: "1", Type: "code", Documentation: "The section: " + strings.Join(sections(), ", ") + "."},
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
				section, level, err := p.level()
				if err != nil {
					return err
				}
				changed[section] = level
			}
			*m = changed
			return nil
		})
}

// sections are those that can be opened and closed.
func sections() []string { return slices.Sorted(maps.Keys(online.Defaults().Sections)) }

// level reads a section with its level.
func (p parameter) level() (section string, l access.Level, err error) {
	named, _ := p.part("name")
	if section, err = named.text("Code", "String"); err != nil {
		return "", 0, err
	}
	if !slices.Contains(sections(), section) {
		return "", 0, p.wrong("The sections are " + strings.Join(sections(), ", ") + ".")
	}
	given, _ := p.part("level")
	text, err := given.text("Code", "String")
	if err == nil && l.UnmarshalText([]byte(text)) != nil {
		err = given.wrong("The levels are none, view and manage.")
	}
	return section, l, err
}
