package mongo

import (
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
)

// question is what is to be found of some sources.
type question struct {
	sources []source
	sort    bson.D   // nil: in any order
	beyond  bson.D   // only what meets this too; nil for all
	fields  []string // what is read of each match
	entries bool     // the index entries of params are read of each match
	limit   int      // how many are asked for at the most; 0 for all
}

// match is what was found: the fields asked for, and if entries were, or were needed to decide, the resource as
// search.Match sees it.
type match struct {
	raw bson.Raw
	doc *search.Doc
}

// Documents of one batch, when candidates are decided one by one: at first, and at the most.
const (
	firstBatch = 100
	mostBatch  = 1000
)

// each calls yield with the matches, in order, until it says false.
func (r *reader) each(q question, yield func(match) (bool, error)) error {
	if len(q.sources) == 0 {
		return nil
	}
	filter, err := filterOf(q.sources)
	if err != nil {
		return err
	}
	decided := exact(q.sources)
	o := options.Find()
	if q.sort != nil {
		o.SetSort(q.sort).SetAllowDiskUse(false) // rather refuse a search than sort gigabytes for it
	}
	fields := projection(q.fields)
	if !decided || q.entries {
		fields = projection(q.fields, decidingFields)
	}
	o.SetProjection(fields)
	size := firstBatch
	switch {
	case decided && q.limit > 0:
		o.SetLimit(int64(q.limit)).SetBatchSize(int32(q.limit))
	case decided:
		size = mostBatch
		fallthrough
	default:
		o.SetBatchSize(int32(size))
	}
	cursor, err := r.resources.Find(r.ctx, both(filter, q.beyond), o)
	if err != nil {
		return fault("search", err)
	}
	defer shut(r.ctx, cursor)
	if decided {
		return r.whole(cursor, &q, yield)
	}
	return r.chosen(cursor, &q, size, yield)
}

// whole yields all that a cursor gives.
func (r *reader) whole(cursor *mongo.Cursor, q *question, yield func(match) (bool, error)) error {
	for cursor.Next(r.ctx) {
		if err := r.spend(q); err != nil {
			return err
		}
		m := match{raw: cursor.Current}
		if q.entries {
			var err error
			if m, err = q.decode(cursor.Current); err != nil {
				return err
			}
		}
		if more, err := yield(m); err != nil || !more {
			return err
		}
	}
	return cursorEnd(cursor)
}

// chosen yields what search.Match finds among what a cursor gives: batch by batch, so that a batch's chains are
// followed together.
func (r *reader) chosen(cursor *mongo.Cursor, q *question, size int, yield func(match) (bool, error)) error {
	for {
		var batch []match
		for len(batch) < size && cursor.Next(r.ctx) {
			if err := r.spend(q); err != nil {
				return err
			}
			m, err := q.decode(append(bson.Raw(nil), cursor.Current...))
			if err != nil {
				return err
			}
			batch = append(batch, m)
		}
		if err := cursorEnd(cursor); err != nil || len(batch) == 0 {
			return err
		}
		chosen, err := r.choose(q, batch)
		if err != nil {
			return err
		}
		for _, m := range chosen {
			if more, err := yield(m); err != nil || !more {
				return err
			}
		}
		size = min(2*size, mostBatch)
		cursor.SetBatchSize(int32(size))
	}
}

func cursorEnd(cursor *mongo.Cursor) error {
	if err := cursor.Err(); err != nil {
		return fault("search", err)
	}
	return nil
}

// source is that of a type.
func (q *question) source(typ string) *source {
	for i := range q.sources {
		if q.sources[i].typ.Name == typ {
			return &q.sources[i]
		}
	}
	return nil
}

func (q *question) decode(raw bson.Raw) (match, error) {
	var d resource
	if err := bson.Unmarshal(raw, &d); err != nil {
		return match{}, fhir.Fault("read a document", err)
	}
	s := q.source(d.Version.Type)
	if s == nil {
		return match{raw: raw, doc: &search.Doc{Key: d.Version.key()}}, nil
	}
	return match{raw: raw, doc: d.doc(s.params)}, nil
}

// choose leaves those that are what their type's part of the question asks.
func (r *reader) choose(q *question, batch []match) ([]match, error) {
	wheres := map[string]expr.Expr{}
	for _, s := range q.sources {
		var docs []*search.Doc
		for _, m := range batch {
			if m.doc.Key.Type == s.typ.Name {
				docs = append(docs, m.doc)
			}
		}
		if len(docs) == 0 {
			continue
		}
		where, err := r.follow(s.where, s.typ, docs)
		if err != nil {
			return nil, err
		}
		wheres[s.typ.Name] = where
	}
	var out []match
	for _, m := range batch {
		if where, ok := wheres[m.doc.Key.Type]; ok && search.Match(where, m.doc, r.now, nil) {
			out = append(out, m)
		}
	}
	return out, nil
}

// spend counts a document that is read.
func (r *reader) spend(q *question) error {
	if r.spent++; r.spent > r.most {
		return costly(q.sources, r.most)
	}
	return nil
}
