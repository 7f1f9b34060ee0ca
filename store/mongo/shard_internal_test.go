package mongo

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// TestShardingStopsWhereTheClusterRefuses: what was done is reported, what wasn't isn't.
func TestShardingStopsWhereTheClusterRefuses(t *testing.T) {
	steps := Sharding("practice")
	var sent, reported []string
	err := shard(steps, func(s ShardStep) error {
		sent = append(sent, s.Shell)
		if len(sent) == 3 {
			return errors.New("not authorized")
		}
		return nil
	}, func(s ShardStep) { reported = append(reported, s.Shell) })
	if err == nil || !strings.Contains(err.Error(), steps[2].Shell) || !strings.Contains(err.Error(), "clusterManager") {
		t.Errorf("got %v, want a word of what was refused and why", err)
	}
	if len(sent) != 3 || !slices.Equal(reported, sent[:2]) {
		t.Errorf("sent %q, reported %q", sent, reported)
	}
}

// TestNoIndexIsUnique: a cluster keeps only those unique over all shards that begin with the shard key. Ours have _id alone, which lies by its
// own value or by one that follows from it.
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
