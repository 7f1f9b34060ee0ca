package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// check is the first precondition of a Batch that doesn't hold, nil if all do: then the transaction that failed only
// met another's.
func (b *Backend) check(ctx context.Context, batch *store.Batch) (rejected *store.Rejected, err error) {
	err = b.readFrom(ctx, b.collections, func(r *reader) error {
		current, err := r.versionsOf(batch)
		if err != nil {
			return err
		}
		if rejected, err = r.checkWrites(batch, current); rejected != nil || err != nil {
			return err
		}
		for i, key := range batch.Require {
			if v := current[key.Current()]; v == 0 || v != key.Version {
				key.Version = v
				rejected = &store.Rejected{Reason: store.RequiredChanged, Index: i, Current: key}
				return nil
			}
		}
		if rejected, err = r.checkKnown(batch); rejected != nil || err != nil {
			return err
		}
		i, err := r.checkRecords(batch.Records)
		if i >= 0 {
			rejected = &store.Rejected{Reason: store.RecordChanged, Index: i}
		}
		return err
	})
	return rejected, err
}

func (r *reader) checkWrites(batch *store.Batch, current map[fhir.Key]int64) (*store.Rejected, error) {
	for i, w := range batch.Writes {
		if v := current[w.Key.Current()]; v != w.Key.Version-1 {
			w.Key.Version = v
			return &store.Rejected{Reason: store.VersionChanged, Index: i, Current: w.Key}, nil
		}
		match, err := r.match(r.ctx, w.NoMatch)
		if err != nil {
			return nil, err
		}
		if match != nil {
			return &store.Rejected{Reason: store.MatchFound, Index: i, Current: *match}, nil
		}
	}
	return nil, nil
}

// checkKnown compares facts with those that the Batch was planned by.
func (r *reader) checkKnown(batch *store.Batch) (*store.Rejected, error) {
	for i, known := range batch.Known {
		var now struct {
			Facts facts `bson:"f"`
		}
		err := r.resources.FindOne(r.ctx, r.at(known.Key), options.FindOne().SetProjection(bson.D{{Key: "f", Value: 1}})).Decode(&now)
		if err != nil {
			return nil, fault("read the current facts", err)
		}
		if now.Facts != factsOf(known.Facts) {
			return &store.Rejected{Reason: store.FactsChanged, Index: i, Current: known.Key}, nil
		}
	}
	return nil, nil
}

// versionsOf are the current versions of all that a Batch names; those that were never there are left out.
func (r *reader) versionsOf(batch *store.Batch) (map[fhir.Key]int64, error) {
	var ids []string
	for _, w := range batch.Writes {
		ids = append(ids, w.Key.Current().String())
	}
	for _, key := range batch.Require {
		ids = append(ids, key.Current().String())
	}
	out := map[fhir.Key]int64{}
	if ids == nil {
		return out, nil
	}
	cursor, err := r.resources.Find(r.ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}, options.Find().SetProjection(bson.D{{Key: "v", Value: 1}}))
	if err != nil {
		return nil, fault("read the current versions", err)
	}
	var found []struct {
		Key     string `bson:"_id"`
		Version int64  `bson:"v"`
	}
	if err := cursor.All(r.ctx, &found); err != nil {
		return nil, fault("read the current versions", err)
	}
	for _, f := range found {
		out[keyOf(f.Key)] = f.Version
	}
	return out, nil
}

// match is a resource that meets a Write.NoMatch, nil if none does. ctx is of the session to read in.
func (b *Backend) match(ctx context.Context, q *search.Query) (*fhir.Key, error) {
	if q == nil {
		return nil, nil
	}
	r := &reader{Backend: b, collections: b.collections, ctx: ctx, most: min(b.options.MaxCost, mostInside)}
	page, err := r.find(&search.Query{From: q.From, Now: q.Now, Sort: []search.Sort{{Param: spec.ID}}, Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return nil, err
	}
	return &page.Items[0].Key, nil
}

// mostInside is how many documents the criteria of a conditional create may have to read: its transaction holds up
// others.
const mostInside = 20_000
