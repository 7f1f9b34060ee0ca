package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
	"frontdesk/store/mongo/index"
)

// reader answers one question. All that it reads is of one snapshot, that of the session in its context.
type reader struct {
	*Backend
	collections // where to read from
	ctx         context.Context
	most        int64     // documents that it may read
	spent       int64     // how many it has
	now         time.Time // of the query
}

// read makes a page: it runs do on a snapshot of where pages may be read.
func (b *Backend) read(ctx context.Context, do func(*reader) error) error {
	return b.readFrom(ctx, b.pages, do)
}

// snapshots is how often a snapshot is taken anew.
const snapshots = 5

// readFrom runs do on a snapshot. One that the server has no more, as when the question took minutes or the majority
// has just moved on, is taken anew after a pause.
func (b *Backend) readFrom(ctx context.Context, from collections, do func(*reader) error) error {
	if err := b.stillKnown(); err != nil {
		return err
	}
	for try := 0; ; try++ {
		session, err := b.client.StartSession(options.Session().SetSnapshot(true))
		if err != nil {
			return fault("begin to read", err)
		}
		err = within(ctx, session, func(ctx context.Context) error {
			return do(&reader{Backend: b, collections: from, ctx: ctx, most: b.options.MaxCost})
		})
		var e mongo.ServerError
		gone := errors.As(err, &e) && (e.HasErrorCode(codeSnapshotTooOld) || e.HasErrorCode(codeSnapshotGone))
		if gone && try < snapshots && pause(ctx, try) == nil {
			continue
		}
		return err
	}
}

// within runs do in a session, and ends the session whatever becomes of it and of ctx.
func within(ctx context.Context, session *mongo.Session, do func(context.Context) error) error {
	defer func() {
		over, cancel := apart(ctx)
		defer cancel()
		session.EndSession(over)
	}()
	return do(mongo.NewSessionContext(ctx, session))
}

// shut ends a cursor on the server too, also when the question that opened it was dropped: it would stay there for
// minutes.
func shut(ctx context.Context, cursor *mongo.Cursor) {
	over, cancel := apart(ctx)
	defer cancel()
	_ = cursor.Close(over) // it ends by itself if this doesn't arrive
}

// source is one type's part of a question.
type source struct {
	typ    *spec.Type
	where  expr.Expr // chains whose far end is small have been followed
	filter index.Filter
	params map[string]*spec.Param // those that decide
}

// sources compiles a union. Types of which nothing can be found are left out.
func (r *reader) sources(from []expr.From) ([]source, error) {
	var out []source
	for _, f := range from {
		if _, err := r.typeOf(f.Type.Name); err != nil {
			return nil, err
		}
		where, err := r.follow(f.Where, f.Type, nil)
		if err != nil {
			return nil, err
		}
		s := source{typ: f.Type, where: where, filter: index.Compile(f.Type, where, r.now), params: map[string]*spec.Param{}}
		index.Params(where, s.params)
		if !s.filter.None {
			out = append(out, s)
		}
	}
	return out, nil
}

// exact says that the filters of all find nothing but what is asked for.
func exact(sources []source) bool {
	for _, s := range sources {
		if !s.filter.Exact {
			return false
		}
	}
	return true
}

// filterOf is the filter of a union, in which types that are asked the same stand together.
func filterOf(sources []source) (bson.D, error) {
	var any bson.A
	where := map[string]int{}
	var names [][]string
	for _, s := range sources {
		key, err := bson.Marshal(s.filter.D)
		if err != nil {
			return nil, fault("write a filter", err)
		}
		i, ok := where[string(key)]
		if !ok {
			i = len(names)
			where[string(key)], names, any = i, append(names, nil), append(any, s.filter.D)
		}
		names[i] = append(names[i], s.typ.Name)
	}
	for i, types := range names {
		of := bson.D{{Key: "t", Value: types[0]}}
		if len(types) > 1 {
			of[0].Value = bson.D{{Key: "$in", Value: types}}
		}
		any[i] = both(of, any[i].(bson.D))
	}
	if len(any) == 1 {
		return any[0].(bson.D), nil
	}
	return bson.D{{Key: "$or", Value: any}}, nil
}

// both is the conjunction of two filters; an empty one asks nothing.
func both(a, b bson.D) bson.D {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	return bson.D{{Key: "$and", Value: bson.A{a, b}}}
}

// projection are fields to be read.
func projection(fields ...[]string) bson.D {
	var out bson.D
	seen := map[string]bool{}
	for _, some := range fields {
		for _, f := range some {
			if !seen[f] {
				seen[f] = true
				out = append(out, bson.E{Key: f, Value: 1})
			}
		}
	}
	return out
}
