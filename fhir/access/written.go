package access

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// Written is what somebody online makes of a resource.
type Written struct {
	Type   *spec.Type
	Before []byte // as the caller is served it; nil if there is none
	After  []byte // as the caller sends it
	Base   string // our own FHIR base URL
}

// Judge is the row of online.tsv by which the caller may write a resource so. fhir.Forbidden if nobody online writes
// such a thing, fhir.Conflict if it can't be changed any more, fhir.Unprocessable with the elements that can't be
// written so. What it tells depends on what the caller is served and sends alone (I2).
func (g Grant) Judge(w Written) (*spec.OnlineWrite, error) {
	j := judgement{Written: w, me: g.identity.Person}
	var err error
	if j.after, err = tree(w.After); err != nil {
		return nil, err
	}
	if w.Before != nil {
		if j.before, err = tree(w.Before); err != nil {
			return nil, err
		}
	}
	var refusal *fhir.Error
	fewest := 0
	for i := range w.Type.Online {
		row := &w.Type.Online[i]
		if row.Creates != (w.Before == nil) {
			continue
		}
		e := j.by(row)
		if e == nil {
			return row, nil
		}
		far := 100*j.misses(row) + len(e.Issues)
		if refusal == nil || far < fewest { // the row that was meant
			refusal, fewest = e, far
		}
	}
	if refusal == nil {
		if w.Before == nil {
			return nil, NotOnline(C, w.Type)
		}
		return nil, NotOnline(U, w.Type)
	}
	return nil, refusal
}

// NotOnline refuses what nobody does online to a type.
func NotOnline(i Interaction, t *spec.Type) *fhir.Error {
	done := map[Interaction]string{C: "created", U: "changed", D: "deleted"}[i]
	text := fmt.Sprintf("No %s can be %s online.", t.Name, done)
	for _, row := range t.Online {
		if !strings.Contains(text, row.Can) {
			text += " " + row.Can
		}
	}
	return &fhir.Error{Kind: fhir.Forbidden, Issues: []fhir.Issue{{Coding: "ACCESS_DENIED", Expression: t.Name, Text: text + " Ask the practice for anything else."}}}
}

// judgement is a resource that is judged by rows.
type judgement struct {
	Written
	me            string
	before, after any
}

// by is what is wrong by one row; nil for nothing.
func (j *judgement) by(row *spec.OnlineWrite) *fhir.Error {
	for _, e := range row.While {
		if !j.all(j.before, e) {
			return &fhir.Error{Kind: fhir.Conflict, Issues: []fhir.Issue{{Code: "business-rule", Expression: j.Type.Name + "." + e.Path,
				Text: fmt.Sprintf("This %s can't be changed online any more. %s", j.Type.Name, row.Can)}}}
		}
	}
	bad := &fhir.Error{Kind: fhir.Unprocessable}
	fault := func(path, format string, args ...any) {
		path = j.Type.Name + "." + path
		if !slices.ContainsFunc(bad.Issues, func(i fhir.Issue) bool { return i.Expression == path }) {
			bad.Issues = append(bad.Issues, fhir.Issue{Coding: "INVALID_RESOURCE", Expression: path, Text: fmt.Sprintf(format, args...) + " " + row.Can})
		}
	}
	for _, path := range changed(j.before, j.after) {
		switch e := covering(row.Elements, path); {
		case e == nil && j.before == nil:
			fault(path, "%s.%s can't be given online. Leave it out.", j.Type.Name, path)
		case e == nil:
			fault(path, "%s.%s can't be changed online. Ask the practice to change it.", j.Type.Name, path)
		case len(e.Values) > 0 && !j.all(j.after, *e):
			fault(e.Path, "%s.%s can only be %s here.", j.Type.Name, e.Path, j.words(e.Values))
		}
	}
	for _, e := range row.Elements {
		switch {
		case !e.Required:
		case len(valuesAt(j.after, e.Path)) == 0:
			fault(e.Path, "Give %s.%s.", j.Type.Name, e.Path)
		case len(e.Values) > 0 && !j.all(j.after, e):
			fault(e.Path, "%s.%s can only be %s here.", j.Type.Name, e.Path, j.words(e.Values))
		}
	}
	if bad.Issues == nil {
		return nil
	}
	return bad
}

// misses are how many of a row's required elements have a value that it doesn't know: the more, the less it was meant.
func (j *judgement) misses(row *spec.OnlineWrite) (n int) {
	for _, e := range row.Elements {
		if e.Required && len(e.Values) > 0 && !j.all(j.after, e) {
			n++
		}
	}
	return n
}

// words are the values that an element may have, for people.
func (j *judgement) words(values []string) string {
	named := make([]string, len(values))
	for i, v := range values {
		_, code, coded := strings.Cut(v, "|")
		switch named[i] = v; {
		case v == "me":
			named[i] = j.me
		case v == "patient":
			named[i] = "the Patient"
		case coded && len(values) > 1:
			named[i] = code
		}
	}
	return strings.Join(named, " or ")
}

// all says that whatever is at an element has one of its values.
func (j *judgement) all(tree any, e spec.OnlineElement) bool {
	return !slices.ContainsFunc(valuesAt(tree, e.Path), func(v any) bool { return !j.is(v, e.Values) })
}

// is says whether a code, Coding, CodeableConcept or Reference is one of some values. Of a CodeableConcept each Coding
// is.
func (j *judgement) is(v any, values []string) bool {
	switch v := v.(type) {
	case string:
		return slices.Contains(values, v)
	case map[string]any:
		if codings, ok := v["coding"].([]any); ok {
			return !slices.ContainsFunc(codings, func(c any) bool { return !j.is(c, values) })
		}
		if code, ok := v["code"].(string); ok {
			system, _ := v["system"].(string)
			return slices.Contains(values, system+"|"+code)
		}
		reference, _ := v["reference"].(string)
		key, local := search.Local(reference, j.Base)
		return local && slices.ContainsFunc(values, func(value string) bool {
			return value == key.Type || value == "patient" && key.Type == "Patient" || value == "me" && key.String() == j.me
		})
	}
	return false
}

// covering is the element of a row in which a path is, the nearest; nil for none. Where a reference may only be to
// some, only that it is one is covered, and no name or identifier of anybody else beside it. What changes the meaning
// of other elements never is.
func covering(all []spec.OnlineElement, path string) (in *spec.OnlineElement) {
	for i, e := range all {
		rest, ok := strings.CutPrefix(path+".", e.Path+".")
		refers := ok && slices.ContainsFunc(e.Values, func(v string) bool { return v == "me" || v == "patient" || isType(v) })
		switch {
		case !ok || strings.Contains("."+rest, ".modifierExtension."),
			len(e.Values) > 0 && strings.Contains("."+rest, ".extension."),
			refers && rest != "" && rest != "reference." && rest != "type.":
		case in == nil || len(e.Path) > len(in.Path):
			in = &all[i]
		}
	}
	return in
}

// isType says that a value of online.tsv is the name of a type.
func isType(value string) bool {
	return value[0] >= 'A' && value[0] <= 'Z' && !strings.Contains(value, "|")
}

// tree is a resource without what the server writes. Numbers keep their digits.
func tree(resource []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(resource))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return nil, fhir.Fault("reading what is written online", err)
	}
	delete(m, "resourceType")
	delete(m, "id")
	if meta, ok := m["meta"].(map[string]any); ok {
		delete(meta, "versionId")
		delete(meta, "lastUpdated")
	}
	return m, nil
}

// changed are the paths of what differs, down to single values, without the places in lists, sorted.
func changed(before, after any) []string {
	var paths []string
	differ("", before, after, &paths)
	slices.Sort(paths)
	return slices.Compact(paths)
}

func differ(path string, a, b any, paths *[]string) {
	if reflect.DeepEqual(a, b) {
		return
	}
	am, aIs := a.(map[string]any)
	bm, bIs := b.(map[string]any)
	al, aList := a.([]any)
	bl, bList := b.([]any)
	switch {
	case (aIs || a == nil) && (bIs || b == nil):
		for name := range am {
			differ(below(path, name), am[name], bm[name], paths)
		}
		for name := range bm {
			if _, had := am[name]; !had {
				differ(below(path, name), nil, bm[name], paths)
			}
		}
	case (aList || a == nil) && (bList || b == nil):
		for i := range max(len(al), len(bl)) {
			differ(path, item(al, i), item(bl, i), paths)
		}
	default:
		*paths = append(*paths, path)
	}
}

func item(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// below is the path of a member. A primitive's id and extensions are beside it, in a member with an underscore (R4 json
// 2.6.2.3), and are below it to people.
func below(path, name string) string {
	if beside, ok := strings.CutPrefix(name, "_"); ok {
		name = beside + ".extension"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// valuesAt are the values at a path, in whichever lists they are.
func valuesAt(tree any, path string) []any {
	found := []any{tree}
	for name := range strings.SplitSeq(path, ".") {
		var next []any
		for _, v := range found {
			m, _ := v.(map[string]any)
			switch v := m[name].(type) {
			case nil:
			case []any:
				next = append(next, v...)
			default:
				next = append(next, v)
			}
		}
		found = next
	}
	return found
}
