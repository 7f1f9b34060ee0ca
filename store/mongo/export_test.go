package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// Asked is the filter and the order of the find by which a query is answered; nil if nothing can be found.
func (b *Backend) Asked(ctx context.Context, q *search.Query) (filter, sort bson.D, err error) {
	var only *spec.Type
	if len(q.From) == 1 {
		only = q.From[0].Type
	}
	order := orderOf(q, only)
	beyond, err := order.Beyond(q.After)
	if err != nil {
		return nil, nil, err
	}
	err = b.read(ctx, func(r *reader) error {
		r.now = q.Now
		sources, err := r.sources(q.From)
		if err != nil || len(sources) == 0 {
			return err
		}
		filter, err = filterOf(sources)
		filter = both(filter, beyond)
		return err
	})
	return filter, order.Sort(), err
}

// Winning is the plan by which the server answers the find of a query.
func (b *Backend) Winning(ctx context.Context, q *search.Query) (plan bson.D, err error) {
	filter, sort, err := b.Asked(ctx, q)
	if err != nil {
		return nil, err
	}
	find := bson.D{{Key: "find", Value: b.resources.Name()}, {Key: "filter", Value: filter}, {Key: "sort", Value: sort}, {Key: "limit", Value: q.Limit + 1}}
	var out struct {
		Planner struct {
			Winning bson.D `bson:"winningPlan"`
		} `bson:"queryPlanner"`
	}
	err = b.resources.Database().RunCommand(ctx, bson.D{{Key: "explain", Value: find}, {Key: "verbosity", Value: "queryPlanner"}}).Decode(&out)
	return out.Planner.Winning, err
}

// Settle is what is said of the write of a record of which no answer came, and which was refused when it was sent
// again.
func (b *Backend) Settle(ctx context.Context, w store.RecordWrite) error {
	t := &transaction{Backend: b, id: bson.NewObjectID().Hex()}
	return t.settle(ctx, &w, &store.Rejected{})
}
