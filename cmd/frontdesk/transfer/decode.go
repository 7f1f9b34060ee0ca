package transfer

import (
	"errors"
	"fmt"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/codec/xml"
	"frontdesk/store"
)

// job is a piece on its way into the store.
type job struct {
	piece
	decoded chan struct{} // closed when the rest is filled in
	groups  []group
	keys    map[fhir.Key]bool // the resources it names; those that get an id only when stored are not among them
}

// group is what one commit writes.
type group struct {
	items []item
	whole bool // a transaction: if one change fails all do
}

// item is a change and where it stands.
type item struct {
	store.Change
	line  line
	entry int // of the line's Bundle; -1 if it is none
}

// place is the line of the source on which the item begins.
func (i *item) place() int {
	if i.entry < 0 {
		return i.line.number
	}
	return i.line.number + lineOf(i.line.text, i.entry) - 1
}

func (r *run) decode(j *job) {
	j.keys = map[fhir.Key]bool{}
	for _, l := range j.lines {
		json, err := l.text, error(nil)
		if j.document && isXML(json) {
			json, err = xml.ToJSON(json, r.Limits)
		}
		if err == nil && typeOf(json) == "Bundle" && r.apart(j, json) {
			r.decodeBundle(j, l, json)
			continue
		}
		var res *fhir.Resource
		if err == nil {
			res, err = codec.Decode(json, r.Limits)
		}
		if err != nil {
			r.refuse(j, l, -1, err)
			continue
		}
		j.add(item{put(res), l, -1})
	}
	for _, g := range j.groups {
		for _, i := range g.items {
			j.keys[i.mark()] = true
		}
	}
	delete(j.keys, fhir.Key{})
}

// apart says whether a Bundle asks for its entries to be stored, and not to be stored itself. A transaction or batch
// does, unless a server has stored it; a collection or searchset only if the import is told so; what tells of something
// that was done never, and a file of it is refused.
func (r *run) apart(j *job, json []byte) bool {
	switch typ, stored := bundleOf(json); typ {
	case "document", "message":
		return false
	case "transaction", "batch":
		return !stored
	case "history", "batch-response", "transaction-response":
		return (j.document || j.source.form == docForm) && !stored
	case "collection", "searchset":
		return r.Apart
	}
	return true // to be told what is wrong with it
}

// mark is what must not be written by two commits at the same time, as the later must win. What a conditional change
// will hit isn't known, so those of a type wait for one another; conditional creates don't, for there the first wins.
func (i *item) mark() fhir.Key {
	switch {
	case i.Key.ID != "":
		return i.Key
	case i.Match != nil && i.Action != store.Create:
		return fhir.Key{Type: i.Key.Type, ID: "?"}
	}
	return fhir.Key{}
}

// add puts an item that needs nothing of the others into the open group, or into a new one if that is full, a
// transaction, or writes the same resource.
func (j *job) add(i item) {
	if n := len(j.groups); n > 0 && !j.groups[n-1].whole && len(j.groups[n-1].items) < batchSize && !j.groups[n-1].writes(i.Key) {
		j.groups[n-1].items = append(j.groups[n-1].items, i)
		return
	}
	j.groups = append(j.groups, group{items: []item{i}})
}

func (g *group) writes(k fhir.Key) bool {
	for i := range g.items {
		if k.ID != "" && g.items[i].Key == k {
			return true
		}
	}
	return false
}

// decodeBundle takes a Bundle apart. A transaction is a group of its own, and so is a Bundle whose entries refer to one
// another by urn:uuid. All other entries stand alone.
func (r *run) decodeBundle(j *job, l line, json []byte) {
	limits := r.Limits
	limits.Conditional = true
	b, err := codec.DecodeBundle(json, limits)
	if err != nil {
		r.refuse(j, l, -1, err)
		return
	}
	items, err := r.items(b, l)
	switch {
	case err != nil && b.Type == "transaction":
		r.refuse(j, l, -1, err)
		return
	case err != nil:
		r.refuseEntries(j, l, err)
	}
	if len(items) > 0 && (b.Type == "transaction" || linked(b)) {
		j.groups = append(j.groups, group{items, true})
		return
	}
	for _, i := range items {
		j.add(i)
	}
}

// items are the changes that a Bundle's good entries make, with an error for the others.
func (r *run) items(b *codec.Bundle, l line) (items []item, err error) {
	var changes []store.Change
	switch b.Type {
	case "transaction", "batch":
		changes, err = r.Plan(b)
	case "history", "batch-response", "transaction-response":
		return nil, fhir.Errorf(fhir.NotSupported, "Bundle.type",
			"A Bundle of type %s tells what was done and can't be imported. Send a transaction, batch, collection or searchset.", b.Type)
	default:
		changes, err = collected(b)
	}
	for _, c := range changes {
		items = append(items, item{c, l, entryOf(c.At)})
	}
	return items, err
}

// collected stores each resource of a Bundle that asks for nothing itself. What a searchset says about the search is
// left out.
func collected(b *codec.Bundle) (changes []store.Change, err error) {
	var faults []fhir.Issue
	for i := range b.Entries {
		e := &b.Entries[i]
		if e.Faults != nil {
			faults = append(faults, e.Faults.Issues...)
		}
		if e.Resource == nil || b.Type == "searchset" && e.Resource.Type == "OperationOutcome" {
			continue
		}
		c := put(e.Resource)
		c.At = fmt.Sprintf("Bundle.entry[%d]", i)
		if strings.HasPrefix(e.FullURL, "urn:") {
			c.FullURL = e.FullURL
		}
		changes = append(changes, c)
	}
	if len(faults) > 0 {
		err = &fhir.Error{Kind: fhir.Invalid, Issues: faults}
	}
	return changes, err
}

// linked says that entries of a Bundle may refer to one another by what only this Bundle knows.
func linked(b *codec.Bundle) bool {
	for i := range b.Entries {
		if b.Type != "batch" && strings.HasPrefix(b.Entries[i].FullURL, "urn:") {
			return true
		}
	}
	return false
}

// put keeps a resource's own id; one without an id is given a new one.
func put(res *fhir.Resource) store.Change {
	c := store.Change{Action: store.Create, Key: fhir.Key{Type: res.Type, ID: res.ID}, Resource: res}
	if res.ID != "" {
		c.Action = store.Update
	}
	return c
}

// refuse reports what can't be decoded, or is no change.
func (r *run) refuse(j *job, l line, entry int, err error) {
	j.faulty = true
	if e := (*fhir.Error)(nil); entry < 0 && errors.As(err, &e) && len(e.Issues) > 0 {
		entry = entryOf(e.Issues[0].Expression)
	}
	r.unreadable(j.source, (&item{line: l, entry: entry}).place(), err)
}

// refuseEntries reports each faulty entry by itself.
func (r *run) refuseEntries(j *job, l line, err error) {
	var all *fhir.Error
	if !errors.As(err, &all) {
		r.refuse(j, l, -1, err)
		return
	}
	for rest := all.Issues; len(rest) > 0; {
		n, entry := 1, entryOf(rest[0].Expression)
		for n < len(rest) && entryOf(rest[n].Expression) == entry {
			n++
		}
		r.refuse(j, l, entry, &fhir.Error{Kind: all.Kind, Issues: rest[:n], Err: all.Err})
		rest = rest[n:]
	}
}

// entryOf is the index in "Bundle.entry[3].resource.status"; -1 if there is none.
func entryOf(expression string) int {
	n := -1
	if _, err := fmt.Sscanf(expression, "Bundle.entry[%d]", &n); err != nil {
		return -1
	}
	return n
}
