package mongo

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// TestNoIndexIsUnique: a cluster keeps only those unique over all shards that begin with the shard key. Ours have _id
// alone, which lies by its own value or by one that follows from it.
func TestNoIndexIsUnique(t *testing.T) {
	for _, w := range (&Backend{}).wanted() {
		var o options.IndexOptions
		for _, set := range w.model().Options.List() {
			if err := set(&o); err != nil {
				t.Fatal(err)
			}
		}
		if o.Unique != nil && *o.Unique {
			t.Errorf("index %s is unique", w.name)
		}
	}
}
