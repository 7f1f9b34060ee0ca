package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/patch"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// marked are versions as they are served to staff: with a tag for each mark that they have (P7). They are copies;
// what is stored has no such tag, and neither the version nor when it was made changes with one. To all others
// nothing is told.
func (s *Session) marked(items ...*fhir.Stored) ([]*fhir.Stored, error) {
	if s.plain || !s.grant.Marks() {
		return items, nil
	}
	now := s.store.options.Now()
	out := slices.Clone(items)
	for i, it := range items {
		if it == nil || it.JSON == nil || !s.store.markable(it.Key.Type) {
			continue
		}
		for _, m := range expr.Marks {
			if !m.On(it.Facts, now) {
				continue
			}
			text, err := withTag(out[i].JSON, spec.Coding{System: search.MarkSystem, Code: m.Code()})
			if err != nil {
				return nil, err
			}
			tagged := *out[i]
			tagged.JSON, out[i] = text, &tagged
		}
	}
	return out, nil
}

// markedOne is marked of what may not be there.
func (s *Session) markedOne(st *fhir.Stored, err error) (*fhir.Stored, error) {
	if err != nil {
		return nil, err
	}
	all, err := s.marked(st)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// markedPage is marked of a page, which isn't changed.
func (s *Session) markedPage(page *Page, err error) (*Page, error) {
	if err != nil || s.plain || !s.grant.Marks() {
		return page, err
	}
	out := *page
	out.Items = slices.Clone(page.Items)
	for i := range out.Items {
		if out.Items[i].Stored, err = s.markedOne(out.Items[i].Stored, nil); err != nil {
			return nil, err
		}
	}
	return &out, nil
}

// markedOutcomes marks what changes have made.
func (s *Session) markedOutcomes(out []Outcome, err error) error {
	for i := range out {
		if err == nil {
			out[i].Stored, err = s.markedOne(out[i].Stored, nil)
		}
	}
	return err
}

// markable says that staff are told of marks on resources of a type: on all but those that the server itself writes,
// as the audit of what is hidden.
func (s *Store) markable(typ string) bool {
	t, ok := s.Registry().Type(typ)
	return ok && (t.Access == nil || !t.Access.ReadOnly)
}

// withMarks is a query's part as it is to who is served marks as tags, with what it leads to.
func (s *Session) withMarks(f expr.From) expr.Expr {
	if !s.grant.Marks() || !s.store.markable(f.Type.Name) || !search.AsksMarks(f.Where) {
		return f.Where
	}
	return search.WithMarks(f.Where)
}

// asksMarks says that a search is for what has a mark. No patient reads of one in the audit.
func (s *Session) asksMarks(q *search.Search) bool {
	return s.grant.Marks() && slices.ContainsFunc(q.From, func(f expr.From) bool { return search.AsksMarks(f.Where) })
}

// unmarked takes the tags of marks out of what shall be stored, as of a resource that was read, changed and sent back.
func (s *Session) unmarked(p *plan) error {
	if !slices.ContainsFunc(p.doc.Entries, search.Entry.HasMark) {
		return nil
	}
	var of struct {
		Meta map[string]json.RawMessage
	}
	var tags []spec.Coding
	err := json.Unmarshal(p.after.JSON, &of)
	if err == nil {
		err = json.Unmarshal(of.Meta["tag"], &tags)
	}
	if err != nil {
		return fhir.Fault("reading the tags of what is written", err)
	}
	var ops []string
	remove := func(path string) { ops = append(ops, fmt.Sprintf(`{"op":"remove","path":%q}`, path)) }
	for i, tag := range slices.Backward(tags) {
		if tag.System == search.MarkSystem {
			remove(fmt.Sprintf("/meta/tag/%d", i))
		}
	}
	if len(ops) == len(tags) {
		if ops = nil; len(of.Meta) == 1 {
			remove("/meta")
		} else {
			remove("/meta/tag")
		}
	}
	text, err := patch.Apply([]byte("["+strings.Join(ops, ",")+"]"), p.after.JSON)
	if err != nil {
		return fhir.Fault("taking a mark's tag away", err)
	}
	if p.after, err = codec.Decode(text, codec.Unlimited()); err != nil {
		return fhir.Fault("reading what is written without its mark", err)
	}
	p.doc.Entries = s.store.index(p.t, p.after)
	return nil
}

// withTag is a resource's JSON with a tag, whether it had that or not.
func withTag(resource []byte, tag spec.Coding) ([]byte, error) {
	var of struct {
		Meta *struct{ Tag []spec.Coding }
	}
	if err := json.Unmarshal(resource, &of); err != nil {
		return nil, fhir.Fault("reading the tags of a resource", err)
	}
	var ops bytes.Buffer
	value := fmt.Sprintf(`{"system":%q,"code":%q}`, tag.System, tag.Code)
	switch {
	case of.Meta == nil:
		fmt.Fprintf(&ops, `[{"op":"add","path":"/meta","value":{"tag":[%s]}}]`, value)
	case of.Meta.Tag == nil:
		fmt.Fprintf(&ops, `[{"op":"add","path":"/meta/tag","value":[%s]}]`, value)
	case slices.Contains(of.Meta.Tag, tag):
		return resource, nil
	default:
		fmt.Fprintf(&ops, `[{"op":"add","path":"/meta/tag/-","value":%s}]`, value)
	}
	text, err := patch.Apply(ops.Bytes(), resource)
	if err != nil {
		return nil, fhir.Fault("tagging a resource", err)
	}
	return text, nil
}
