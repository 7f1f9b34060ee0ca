package spec

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"frontdesk/fhir"
	"frontdesk/fhir/model"
)

//go:generate go run ./internal/distil -from package -to data

//go:embed data/*.tsv
var data embed.FS

// The folders of canonical URLs: R4's own search parameters, and ours, relative to our base URL.
const (
	urlR4  = "http://hl7.org/fhir/SearchParameter/"
	urlOwn = "SearchParameter/"
)

// Load is R4 and the practice's own search parameters, from the tables in data/. All callers get the same Registry. Its
// *fhir.Error names the row that is wrong.
func Load() (*Registry, error) { return loaded() }

var loaded = sync.OnceValues(load)

func load() (*Registry, error) {
	r, err := types()
	if err != nil {
		return nil, err
	}
	defs, err := definitions()
	if err != nil {
		return nil, err
	}
	if r, err = r.With(defs...); err != nil {
		return nil, err
	}
	for _, fill := range []func() error{r.compartments, r.summaries, r.access, r.online, r.check} {
		if err := fill(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// table reads a table of data/: rows of columns parted by tabs. Lines that begin with # say what the columns are.
func table(name string, columns int) ([][]string, error) {
	text, err := data.ReadFile("data/" + name)
	if err != nil {
		return nil, fhir.Fault("reading "+name, err)
	}
	var rows [][]string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSuffix(line, "\n"); line == "" || line[0] == '#' {
			continue
		}
		row := strings.Split(line, "\t")
		if len(row) != columns {
			return nil, fhir.Fault(name, fmt.Errorf("row %q has %d columns instead of %d", line, len(row), columns))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// types is a Registry of the types alone, with the two parameters that need no index.
func types() (*Registry, error) {
	rows, err := table("types.tsv", 2)
	if err != nil {
		return nil, err
	}
	dates, err := table("practice.tsv", 3)
	if err != nil {
		return nil, err
	}
	r := &Registry{types: map[string]*Type{}, defined: map[string]Kind{}}
	for _, row := range rows {
		of := model.R4().Resource(row[0])
		if of == nil {
			return nil, fhir.Fault("types.tsv", fmt.Errorf("google/fhir has no message for %s", row[0]))
		}
		t := &Type{Name: row[0], Descriptor: of.Descriptor, Required: strings.Fields(row[1]),
			Params: map[string]*Param{ID.Code: ID, LastUpdated.Code: LastUpdated}}
		r.types[t.Name] = t
	}
	for _, row := range dates {
		if t := r.types[row[0]]; t == nil {
			return nil, fhir.Fault("practice.tsv", fmt.Errorf("no type %s", row[0]))
		} else {
			t.date = row[1]
		}
	}
	r.names = slices.Sorted(maps.Keys(r.types))
	return r, nil
}

// definitions are the rows of params.tsv and own.tsv, with what practice.tsv and unsupported.tsv say of them.
func definitions() ([]Definition, error) {
	reasons, hot := map[string]string{}, map[string]bool{}
	rows, err := table("unsupported.tsv", 2)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		reasons[row[0]] = row[1]
	}
	if rows, err = table("practice.tsv", 3); err != nil {
		return nil, err
	}
	for _, row := range rows {
		for _, code := range strings.Fields(row[2]) {
			hot[row[0]+"."+code] = true
		}
	}
	var defs []Definition
	for _, file := range []struct{ name, base string }{{"params.tsv", urlR4}, {"own.tsv", urlOwn}} {
		rows, err := table(file.name, 7)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			d := Definition{Bases: row[:1], Code: row[1], Kind: kindOf(row[2]), URL: file.base + row[3], Expression: row[4],
				Targets: strings.Fields(row[5]), Hot: hot[row[0]+"."+row[1]], Unsupported: reasons[row[3]], builtin: true}
			for part := range strings.SplitSeq(row[6], "; ") {
				if id, expression, ok := strings.Cut(part, "="); ok {
					d.Components = append(d.Components, Part{file.base + id, expression})
				}
			}
			defs = append(defs, d)
		}
	}
	return defs, nil
}
