package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/store/mongo/index"
)

// at finds a resource, whichever version is current.
func (b *Backend) at(key fhir.Key) bson.D {
	if t, ok := b.Registry().Type(key.Type); ok {
		return index.At(t, key.ID)
	}
	return bson.D{{Key: "_id", Value: key.Current().String()}}
}

// versionAt finds a version in history, whose shard key is the resource. So no two shards can have the same version,
// and as every version of resources is written with that of history, no two can have the same resource.
func versionAt(key fhir.Key) bson.D {
	return bson.D{{Key: "_id", Value: key.String()}, {Key: "r", Value: key.Current().String()}}
}

// homes are those of the current versions of what the Batch writes anew. Nothing is asked unless the writes failed as
// if one of them had moved: a cluster doesn't let an update move a document between shards together with others, so it
// is removed and put there anew.
func (t *transaction) homes(ctx context.Context) (map[string]string, error) {
	if !t.moves {
		return nil, nil
	}
	var ids []string
	for _, w := range t.batch.Writes {
		if w.Key.Version > 1 {
			ids = append(ids, w.Key.Current().String())
		}
	}
	if ids == nil {
		return nil, nil
	}
	cursor, err := t.resources.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}},
		options.Find().SetProjection(bson.D{{Key: index.HomeField, Value: 1}}))
	if err != nil {
		return nil, err
	}
	var found []struct {
		Key  string `bson:"_id"`
		Home string `bson:"p"`
	}
	if err := cursor.All(ctx, &found); err != nil {
		return nil, err
	}
	homes := make(map[string]string, len(found))
	for _, f := range found {
		homes[f.Key] = f.Home
	}
	return homes, nil
}

// replaced adds what makes a version the current one instead of another: in its place, or where it belongs now.
func (t *transaction) replaced(before fhir.Key, current *resource, homes map[string]string, gone, now *changes) {
	filter := t.planned(before)
	if home, known := homes[current.Key]; known && home != current.Home {
		gone.meets++
		gone.models = append(gone.models, mongo.NewDeleteOneModel().SetFilter(append(filter, bson.E{Key: index.HomeField, Value: home})))
		now.models = append(now.models, mongo.NewInsertOneModel().SetDocument(current))
		return
	}
	now.meets++
	now.models = append(now.models, mongo.NewReplaceOneModel().SetFilter(append(filter, bson.E{Key: index.HomeField, Value: current.Home})).SetReplacement(current))
}
