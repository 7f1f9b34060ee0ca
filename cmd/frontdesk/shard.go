package main

import (
	"context"
	"errors"
	"fmt"

	"frontdesk/store/mongo/cluster"
)

// mongoCommand is about a store on MongoDB.
type mongoCommand struct {
	Shard shardCommand `cmd:"" help:"Spread the store over the shards of a cluster: a patient's record lies together."`
}

// shardCommand shards the collections.
type shardCommand struct {
	Apply bool `help:"Send the commands to the cluster. Without it they are only printed, for mongosh."`
}

// Run prints the commands, or sends them and says of each that it is done.
func (sh *shardCommand) Run(ctx context.Context, s *Settings, c console) error {
	at, err := s.place()
	if err != nil {
		return err
	}
	if at.uri == "" {
		return errors.New("--store: only a MongoDB can be sharded, as mongodb://router1,router2/frontdesk")
	}
	if sh.Apply {
		return cluster.Shard(ctx, at.uri, func(step cluster.Step) { fmt.Fprintf(c.Out, "done: %s\n", step.Shell) })
	}
	database, err := cluster.Database(at.uri)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.Out, "// For mongosh, connected to a router (mongos) of the cluster. Frontdesk must have been started once on the database.")
	for _, step := range cluster.Sharding(database) {
		fmt.Fprintln(c.Out, step.Shell)
	}
	return nil
}
