package mongo

import (
	"context"
	"errors"
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
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

// Cached is nothing: other instances write too, and there is nothing by which to know.
func (b *Backend) Cached(fhir.Key) *fhir.Stored { return nil }

// GetUncached is Get.
func (b *Backend) GetUncached(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	return b.Get(ctx, key)
}

// Near says that many Gets don't cost less than a Find: each is a round trip.
func (b *Backend) Near() bool { return false }

// Watch is never sure, because other instances write too.
func (b *Backend) Watch(...string) store.Watch { return store.Unsure }

// pastOrder is newest first, two versions of one commit by their keys; or the other way.
func pastOrder(back bool) bson.D {
	if back {
		return bson.D{{Key: "u", Value: 1}, {Key: "_id", Value: -1}}
	}
	return bson.D{{Key: "u", Value: -1}, {Key: "_id", Value: 1}}
}

// pastPlace is where a version stands in a history.
type pastPlace struct {
	Updated int64  `bson:"u"`
	Key     string `bson:"i"`
}

// History is a page of versions, newest first.
func (b *Backend) History(ctx context.Context, scope store.Scope) (*store.Page, error) {
	if err := b.made(b.history); err != nil {
		return nil, err
	}
	all := pastFilter(&scope)
	behind, err := beyondPlace(&scope)
	if err != nil {
		return nil, err
	}
	var page *store.Page
	err = b.read(ctx, func(r *reader) error {
		limit := scope.Limit + 1
		o := options.Find().SetSort(pastOrder(scope.Back)).SetLimit(int64(limit)).SetBatchSize(int32(limit)).
			SetProjection(projection(storedFields))
		cursor, err := r.history.Find(r.ctx, both(all, behind), o)
		if err != nil {
			return fault("read the history", err)
		}
		var found []past
		if err := cursor.All(r.ctx, &found); err != nil {
			return fault("read the history", err)
		}
		items := make([]store.Item, len(found))
		for i := range found {
			items[i].Stored = found[i].Version.stored(found[i].Version.Type)
			if items[i].At, err = bson.Marshal(pastPlace{found[i].Version.Updated, found[i].Key}); err != nil {
				return fault("write a page's position", err)
			}
		}
		page = store.Versions(items, &scope)
		if scope.Total > 0 {
			if len(all) == 0 { // of all: an index is counted rather than the documents
				all = bson.D{{Key: "u", Value: bson.D{{Key: "$gt", Value: int64(math.MinInt64)}}}}
			}
			page.Total, err = counted(r.ctx, r.history, all, scope.Total)
		}
		return err
	})
	return page, err
}

// pastFilter finds the versions of a Scope.
func pastFilter(s *store.Scope) bson.D {
	out := bson.D{}
	add := func(field string, v any) { out = append(out, bson.E{Key: field, Value: v}) }
	switch {
	case s.ID != "":
		add("r", s.Type+"/"+s.ID)
	case s.Type != "":
		add("t", s.Type)
	case s.Types != nil:
		add("t", bson.D{{Key: "$in", Value: s.Types}})
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
	return out
}

// ceil is the first whole microsecond that isn't before a time: of what is whole microseconds, just the same is before
// both.
func ceil(t time.Time) int64 {
	us := t.UnixMicro()
	if t.Nanosecond()%1000 != 0 {
		us++
	}
	return us
}

// beyondPlace finds what comes behind a place in the order that a Scope is read in.
func beyondPlace(s *store.Scope) (bson.D, error) {
	if s.After == nil {
		return bson.D{}, nil
	}
	var p pastPlace
	if err := bson.Unmarshal(s.After, &p); err != nil || p.Key == "" {
		return nil, index.BadCursor()
	}
	to, from := "$lt", "$gt"
	if s.Back {
		to, from = from, to
	}
	return bson.D{{Key: "u", Value: bson.D{{Key: to + "e", Value: p.Updated}}}, {Key: "$or", Value: bson.A{
		bson.D{{Key: "u", Value: bson.D{{Key: to, Value: p.Updated}}}},
		bson.D{{Key: "_id", Value: bson.D{{Key: from, Value: p.Key}}}}}}}, nil
}
