package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo/index"
)

// Find is a page of what a query finds. All of it is read from one snapshot.
func (b *Backend) Find(ctx context.Context, q *search.Query) (page *store.Page, err error) {
	err = b.read(ctx, func(r *reader) error {
		page, err = r.find(q)
		return err
	})
	return page, err
}

func (r *reader) find(q *search.Query) (*store.Page, error) {
	if err := r.made(r.resources); err != nil {
		return nil, err
	}
	r.now = q.Now
	page := &store.Page{Total: -1}
	sources, err := r.sources(q.From)
	if err != nil {
		return nil, err
	}
	if q.Total > 0 {
		if page.Total, err = r.count(sources, q.Total); err != nil {
			return nil, err
		}
	}
	if q.Limit <= 0 {
		return page, nil
	}
	var only *spec.Type
	if len(q.From) == 1 {
		only = q.From[0].Type
	}
	order := orderOf(q, only)
	beyond, err := order.Beyond(q.After)
	if err != nil {
		return nil, err
	}
	asked := question{sources: sources, sort: order.Sort(), beyond: beyond, fields: order.Fields(), limit: q.Limit + 1}
	whole := exact(sources)
	if whole { // then nothing is read that isn't shown, but for one
		asked.fields = append(asked.fields, storedFields...)
	}
	var found []bson.Raw
	err = r.each(asked, func(m match) (bool, error) {
		found = append(found, append(bson.Raw(nil), m.raw...))
		return len(found) <= q.Limit, nil
	})
	if err != nil {
		return nil, err
	}
	found, more := store.Cut(found, q.Place, q.Limit)
	var first, last search.Position
	if len(found) > 0 {
		if first, err = order.Position(found[0]); err != nil {
			return nil, err
		}
		if last, err = order.Position(found[len(found)-1]); err != nil {
			return nil, err
		}
	}
	if !whole {
		if found, err = r.bodies(found); err != nil {
			return nil, err
		}
	}
	page.Items, err = items(found)
	page.Around(q.Place, more, first, last)
	return page, err
}

// orderOf is the order in which the page of a query is read.
func orderOf(q *search.Query, only *spec.Type) index.Order {
	order := index.OrderOf(q.Sort, only)
	if q.Back {
		return order.Reversed()
	}
	return order
}

// items are documents as a page has them.
func items(found []bson.Raw) ([]store.Item, error) {
	out := make([]store.Item, len(found))
	for i, raw := range found {
		var v version
		if err := bson.Unmarshal(raw, &v); err != nil {
			return nil, fhir.Fault("read a document", err)
		}
		out[i] = store.Item{Stored: v.stored(v.Type), Mode: "match"}
	}
	return out, nil
}

var errGone = errors.New("a document isn't in the snapshot any more")

// bodies reads the whole of documents that were found, in the order in which they were.
func (r *reader) bodies(found []bson.Raw) ([]bson.Raw, error) {
	if len(found) == 0 {
		return nil, nil
	}
	keys, at := make([]string, len(found)), map[string]int{}
	for i, raw := range found {
		keys[i], _ = raw.Lookup("_id").StringValueOK()
		at[keys[i]] = i
	}
	cursor, err := r.resources.Find(r.ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: keys}}}}, options.Find().SetProjection(projection(storedFields)))
	if err != nil {
		return nil, fault("read what was found", err)
	}
	defer shut(r.ctx, cursor)
	out := make([]bson.Raw, len(found))
	for cursor.Next(r.ctx) {
		key, _ := cursor.Current.Lookup("_id").StringValueOK()
		out[at[key]] = append(bson.Raw(nil), cursor.Current...)
	}
	for _, raw := range out {
		if raw == nil && cursor.Err() == nil {
			return nil, fhir.Fault("read what was found", errGone)
		}
	}
	return out, cursorEnd(cursor)
}

// count is the number of all matches; -1 if there are more than most.
func (r *reader) count(sources []source, most int64) (n int64, err error) {
	if len(sources) == 0 {
		return 0, nil
	}
	if exact(sources) {
		filter, err := filterOf(sources)
		if err != nil {
			return 0, err
		}
		return counted(r.ctx, r.resources, filter, most)
	}
	err = r.each(question{sources: sources}, func(match) (bool, error) {
		n++
		return n <= most, nil
	})
	if n > most {
		n = -1
	}
	return n, err
}

// counted is the number of documents that a filter finds; -1 if there are more than most.
func counted(ctx context.Context, in *mongo.Collection, filter bson.D, most int64) (int64, error) {
	o := options.Count()
	if most < search.AllMatches {
		o.SetLimit(most + 1)
	}
	n, err := in.CountDocuments(ctx, filter, o)
	if err != nil {
		return 0, fault("count", err)
	}
	if n > most {
		n = -1
	}
	return n, nil
}
