package cluster

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestShardingStopsWhereTheClusterRefuses: what was done is reported, what wasn't isn't.
func TestShardingStopsWhereTheClusterRefuses(t *testing.T) {
	steps := Sharding("practice")
	var sent, reported []string
	err := shard(steps, func(s Step) error {
		sent = append(sent, s.Shell)
		if len(sent) == 3 {
			return errors.New("not authorized")
		}
		return nil
	}, func(s Step) { reported = append(reported, s.Shell) })
	if err == nil || !strings.Contains(err.Error(), steps[2].Shell) || !strings.Contains(err.Error(), "clusterManager") {
		t.Errorf("got %v, want a word of what was refused and why", err)
	}
	if len(sent) != 3 || !slices.Equal(reported, sent[:2]) {
		t.Errorf("sent %q, reported %q", sent, reported)
	}
}
