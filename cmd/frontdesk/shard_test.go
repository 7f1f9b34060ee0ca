package main

import (
	"strings"
	"testing"
)

const shardLines = `db.getSiblingDB("practice").resources.createIndex({p: "hashed", _id: 1}, {name: "home"})
sh.shardCollection("practice.resources", {p: "hashed", _id: 1})
db.getSiblingDB("practice").history.createIndex({r: "hashed"}, {name: "resource"})
sh.shardCollection("practice.history", {r: "hashed"})
db.getSiblingDB("practice").records.createIndex({_id: "hashed"}, {name: "id"})
sh.shardCollection("practice.records", {_id: "hashed"})
db.getSiblingDB("practice").locks.createIndex({_id: "hashed"}, {name: "id"})
sh.shardCollection("practice.locks", {_id: "hashed"})
`

func TestShardPrintsWhatMongoshTakes(t *testing.T) {
	status, out, log := frontdesk(t, "", "mongo", "shard", "--store", "mongodb://router.invalid/practice")
	if head, rest, _ := strings.Cut(out, "\n"); status != 0 || !strings.HasPrefix(head, "// ") || rest != shardLines {
		t.Errorf("status %d, %s%s", status, out, log)
	}
}

func TestShardRefusesWhatHasNoShards(t *testing.T) {
	for store, want := range map[string]string{mongoStore(t): "no sharded cluster", "sqlite:x": "only a MongoDB"} {
		if status, out, log := frontdesk(t, "", "mongo", "shard", "--apply", "--store", store); status != 1 || !strings.Contains(log, want) {
			t.Errorf("%s: status %d, %s%s; want %q", store, status, out, log, want)
		}
	}
}
