package mongo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/mongo/index"
)

// kept is how long an expired record stays: its revision can't come again that soon. unlocked is how long a lock stays
// unused.
const (
	kept     = int32(time.Hour / time.Second)
	unlocked = int32(24 * time.Hour / time.Second)
)

// wanted is an index that there must be.
type wanted struct {
	in   *mongo.Collection
	name string
	keys bson.D
	ttl  int32  // seconds after which the server removes a document; 0: never
	only bson.D // partialFilterExpression: what is in it; nil: everything
}

func (w wanted) model() mongo.IndexModel {
	o := options.Index().SetName(w.name)
	if w.ttl > 0 {
		o.SetExpireAfterSeconds(w.ttl)
	}
	if w.only != nil {
		o.SetPartialFilterExpression(w.only)
	}
	return mongo.IndexModel{Keys: w.keys, Options: o}
}

func up(field string) bson.E   { return bson.E{Key: field, Value: 1} }
func down(field string) bson.E { return bson.E{Key: field, Value: -1} }

// wanted are all of them. Each serves one shape of search; behind what is looked for stands the order in which most
// searches want it, newest first. None is unique, and so all suit a sharded cluster.
func (b *Backend) wanted() []wanted {
	r, h := b.resources, b.history
	return []wanted{
		{in: r, name: "own", keys: bson.D{up("ck"), down("w"), down("u"), up("id")}},
		{in: r, name: "key", keys: bson.D{up("k"), down("w"), down("u"), up("id")}},
		{in: r, name: "compartment", keys: bson.D{up("c"), up("t"), down("w"), down("u"), up("id")}},
		{in: r, name: "when", keys: bson.D{up("t"), down("w"), down("u"), up("id")}},
		{in: r, name: "updated", keys: bson.D{up("t"), down("u"), up("id")}},
		{in: r, name: "system", keys: bson.D{down("u"), up("t"), up("id")}},
		{in: r, name: "range", keys: bson.D{up("r.p"), up("r.lo"), up("r.hi")}},
		{in: r, name: "word", keys: bson.D{up("x")}},
		{in: r, name: "hidden", keys: bson.D{up("f.h"), up("t"), down("w"), down("u"), up("id")}, only: index.Hidden},
		{in: r, name: "suspended", keys: bson.D{up("f.x"), up("t"), down("w"), down("u"), up("id")}, only: index.Suspended},
		{in: r, name: "held", keys: bson.D{up("t"), up("f.l")}, only: index.Held},
		{in: r, name: "goal", keys: bson.D{up("g"), up("t")}},
		{in: h, name: "system", keys: bson.D{down("u"), up("_id")}},
		{in: h, name: "type", keys: bson.D{up("t"), down("u"), up("_id")}},
		{in: h, name: "version", keys: bson.D{up("r"), down("u"), up("_id")}},
		{in: h, name: "compartment", keys: bson.D{up("c"), down("u"), up("_id")}},
		{in: b.records, name: "expires", keys: bson.D{up("ttl")}, ttl: kept},
		{in: b.pending, name: "order", keys: pendingOrder},
		{in: b.feed, name: "order", keys: bson.D{up("to")}},
		{in: b.locks, name: "unused", keys: bson.D{up("at")}, ttl: unlocked},
	}
}

// making are the indexes that aren't there yet.
type making struct {
	mu    sync.Mutex
	left  []wanted
	now   int // so many of them, from the first on, are being made
	begun time.Time
	done  int64 // documents that are in them
	total int64 // documents of its collection
}

// prepare makes the indexes of collections that are empty, which takes no time, and notes what the others lack.
func (b *Backend) prepare(ctx context.Context) error {
	all := b.wanted()
	for _, in := range []*mongo.Collection{b.resources, b.history, b.records, b.pending, b.feed, b.locks} {
		missing, err := b.missing(ctx, in, slices.DeleteFunc(slices.Clone(all), func(w wanted) bool { return w.in != in }))
		if err != nil {
			return err
		}
		if len(missing) == 0 {
			continue
		}
		err = in.FindOne(ctx, bson.D{}, options.FindOne().SetProjection(bson.D{up("_id")})).Err()
		switch {
		case errors.Is(err, mongo.ErrNoDocuments):
			if err := createIndexes(ctx, in, missing); err != nil {
				return b.refused("create indexes", err)
			}
		case err != nil:
			return b.refused("read", err)
		default:
			b.making.left = append(b.making.left, missing...)
		}
	}
	return nil
}

// missing are those of some indexes that a collection lacks.
func (b *Backend) missing(ctx context.Context, in *mongo.Collection, of []wanted) ([]wanted, error) {
	have, err := in.Indexes().ListSpecifications(ctx)
	if err != nil {
		return nil, b.refused("list indexes", err)
	}
	return slices.DeleteFunc(of, func(w wanted) bool {
		return slices.ContainsFunc(have, func(s mongo.IndexSpecification) bool { return s.Name == w.name })
	}), nil
}

// makeIndexes makes what is left, while the instance serves what needs none of it: all indexes of a collection in one
// scan of it. Two instances that make the same ones both wait for them.
func (b *Backend) makeIndexes(ctx context.Context) error {
	for {
		missing := b.making.next()
		if len(missing) == 0 {
			return nil
		}
		in, names := missing[0].in, make([]string, len(missing))
		for i, w := range missing {
			names[i] = w.name
		}
		n, err := in.EstimatedDocumentCount(ctx)
		if err != nil {
			return fault("count documents", err)
		}
		b.making.begin(len(missing), n)
		b.options.Logger.Info("making indexes", "collection", in.Name(), "indexes", names, "documents", n)
		ended, told := context.WithCancel(ctx)
		go b.follow(ended, in)
		err = createIndexes(ctx, in, missing)
		told()
		if err != nil {
			return b.refused("create indexes", err)
		}
		b.options.Logger.Info("the indexes are made", "collection", in.Name(), "indexes", names, "took", b.making.end().Round(time.Millisecond))
	}
}

// createIndexes makes indexes of one collection. It waits for a majority of the nodes: by default it would wait for
// each that votes, and so for one that is down, for ever.
func createIndexes(ctx context.Context, in *mongo.Collection, of []wanted) error {
	models := make([]mongo.IndexModel, len(of))
	for i := range of {
		models[i] = of[i].model()
	}
	_, err := in.Indexes().CreateMany(ctx, models, options.CreateIndexes().SetCommitQuorumString("majority"))
	return err
}

// followed is how often the server is asked how far an index is.
const followed = 5 * time.Second

// follow logs how far the indexes of a collection are. A server that doesn't let this user see it says nothing.
func (b *Backend) follow(ctx context.Context, in *mongo.Collection) {
	tick := time.NewTicker(followed)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		done, total, err := b.progress(ctx, in)
		if err != nil || total == 0 {
			continue
		}
		b.making.at(done, total)
		b.options.Logger.Info("making indexes", "collection", in.Name(), "done", done, "of", total)
	}
}

// progress asks the server how far it is: currentOp tells of one's own operations without any right.
func (b *Backend) progress(ctx context.Context, in *mongo.Collection) (done, total int64, err error) {
	cursor, err := in.Database().Client().Database("admin").Aggregate(ctx, bson.A{
		bson.D{{Key: "$currentOp", Value: bson.D{{Key: "allUsers", Value: false}}}},
		bson.D{{Key: "$match", Value: bson.D{{Key: "command.createIndexes", Value: in.Name()}, {Key: "progress.total", Value: bson.D{{Key: "$gt", Value: 0}}}}}}})
	if err != nil {
		return 0, 0, err
	}
	var ops []struct {
		Progress struct {
			Done  int64 `bson:"done"`
			Total int64 `bson:"total"`
		} `bson:"progress"`
	}
	if err := cursor.All(ctx, &ops); err != nil || len(ops) == 0 {
		return 0, 0, err
	}
	return ops[0].Progress.Done, ops[0].Progress.Total, nil
}

// next are those of what is left that are of one collection: they stand first.
func (m *making) next() []wanted {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for n < len(m.left) && m.left[n].in.Name() == m.left[0].in.Name() {
		n++
	}
	return slices.Clone(m.left[:n])
}

func (m *making) begin(n int, total int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now, m.begun, m.done, m.total = n, time.Now(), 0, total
}

func (m *making) at(done, total int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done, m.total = done, total
}

func (m *making) end() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left, m.now = m.left[m.now:], 0
	return time.Since(m.begun)
}

// lines say what is left.
func (m *making) lines() (out []store.Building) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, w := range m.left {
		x := store.Building{What: fmt.Sprintf("index %s of %s", w.name, w.in.Name()), Blocks: true}
		if i < m.now {
			x.Done, x.Total = m.done, m.total
		}
		out = append(out, x)
	}
	return out
}

// Building are the indexes of the database that are being made. The server needs them all before it is ready.
func (b *Backend) Building() []store.Building { return b.making.lines() }

// made refuses what would scan a collection that lacks an index: rather come back than hold up all others.
func (b *Backend) made(in *mongo.Collection) error {
	b.making.mu.Lock()
	defer b.making.mu.Unlock()
	i := slices.IndexFunc(b.making.left, func(w wanted) bool { return w.in.Name() == in.Name() })
	if i < 0 {
		return nil
	}
	return &fhir.Error{Kind: fhir.Unavailable, RetryAfter: 10 * followed, Issues: []fhir.Issue{{
		Text: fmt.Sprintf("The database is being prepared for this release of Frontdesk: %d indexes are still to be made. Send the request again in a minute.", len(b.making.left))}}}
}
