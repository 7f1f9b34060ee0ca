package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
	"frontdesk/store/mongo/index"
)

// Get is one version of a resource.
func (b *Backend) Get(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	if err := b.stillKnown(); err != nil {
		return nil, err
	}
	from, at := b.resources, b.at(key)
	if key.Version != 0 {
		from, at = b.history, versionAt(key)
	}
	var v version
	err := from.FindOne(ctx, at, options.FindOne().SetProjection(projection(storedFields))).Decode(&v)
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return nil, fhir.Errorf(fhir.NotFound, "", "There is no %s.", key).About(key)
	case err != nil:
		return nil, fault("read a resource", err)
	}
	return v.stored(key.Type), nil
}

// pastOrder is newest first; two versions of one commit by their keys.
var pastOrder = bson.D{{Key: "u", Value: -1}, {Key: "_id", Value: 1}}

// pastPlace is where a page of history ended.
type pastPlace struct {
	Updated int64  `bson:"u"`
	Key     string `bson:"i"`
}

// History is a page of versions, newest first.
func (b *Backend) History(ctx context.Context, scope store.Scope) (*store.Page, error) {
	if err := b.made(b.history); err != nil {
		return nil, err
	}
	filter, err := pastFilter(&scope)
	if err != nil {
		return nil, err
	}
	page := &store.Page{Total: -1}
	err = b.read(ctx, func(r *reader) error {
		limit := scope.Limit + 1
		o := options.Find().SetSort(pastOrder).SetLimit(int64(limit)).SetBatchSize(int32(limit)).SetProjection(projection(storedFields))
		cursor, err := r.history.Find(r.ctx, filter, o)
		if err != nil {
			return fault("read the history", err)
		}
		var found []past
		if err := cursor.All(r.ctx, &found); err != nil {
			return fault("read the history", err)
		}
		if len(found) > scope.Limit {
			found = found[:scope.Limit]
			last := found[scope.Limit-1]
			if page.Next, err = bson.Marshal(pastPlace{last.Version.Updated, last.Key}); err != nil {
				return fault("write a page's position", err)
			}
		}
		for i := range found {
			page.Items = append(page.Items, store.Item{Stored: found[i].Version.stored(found[i].Version.Type)})
		}
		return nil
	})
	return page, err
}

// pastFilter finds the versions of a Scope.
func pastFilter(s *store.Scope) (bson.D, error) {
	out := bson.D{}
	add := func(field string, v any) { out = append(out, bson.E{Key: field, Value: v}) }
	switch {
	case s.ID != "":
		add("r", s.Type+"/"+s.ID)
	case s.Type != "":
		add("t", s.Type)
	}
	if s.Compartment != "" {
		add("c", s.Compartment)
	}
	times := bson.D{}
	for _, limit := range []struct {
		op string
		at time.Time
	}{{"$gte", s.Since}, {"$lt", s.AtEnd}} {
		if !limit.at.IsZero() {
			times = append(times, bson.E{Key: limit.op, Value: ceil(limit.at)})
		}
	}
	if len(times) > 0 {
		add("u", times)
	}
	if !s.At.IsZero() { // current until later than that, or still
		add("$or", bson.A{bson.D{{Key: "until", Value: bson.D{{Key: "$gt", Value: s.At.UnixMicro()}}}},
			bson.D{{Key: "until", Value: bson.D{{Key: "$exists", Value: false}}}}})
	}
	if s.After == nil {
		return out, nil
	}
	beyond, err := beyondPlace(s.After)
	return both(out, beyond), err
}

// ceil is the first whole microsecond that isn't before a time: of what is whole microseconds, just the same is before both.
func ceil(t time.Time) int64 {
	us := t.UnixMicro()
	if t.Nanosecond()%1000 != 0 {
		us++
	}
	return us
}

func beyondPlace(at search.Position) (bson.D, error) {
	var p pastPlace
	if err := bson.Unmarshal(at, &p); err != nil || p.Key == "" {
		return nil, index.BadCursor()
	}
	return bson.D{{Key: "u", Value: bson.D{{Key: "$lte", Value: p.Updated}}}, {Key: "$or", Value: bson.A{
		bson.D{{Key: "u", Value: bson.D{{Key: "$lt", Value: p.Updated}}}},
		bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: p.Key}}}}}}}, nil
}
