package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store/mongo/index"
)

// Winning is the plan by which the server answers the find of a query.
func (b *Backend) Winning(ctx context.Context, q *search.Query) (plan bson.D, err error) {
	err = b.read(ctx, func(r *reader) error {
		sources, err := r.sources(q.From)
		if err != nil {
			return err
		}
		filter, err := filterOf(sources)
		if err != nil {
			return err
		}
		var only *spec.Type
		if len(q.From) == 1 {
			only = q.From[0].Type
		}
		find := bson.D{{Key: "find", Value: b.resources.Name()}, {Key: "filter", Value: filter}, {Key: "sort", Value: index.OrderOf(q.Sort, only).Sort()},
			{Key: "limit", Value: q.Limit + 1}}
		var out struct {
			Planner struct {
				Winning bson.D `bson:"winningPlan"`
			} `bson:"queryPlanner"`
		}
		err = b.resources.Database().RunCommand(ctx, bson.D{{Key: "explain", Value: find}, {Key: "verbosity", Value: "queryPlanner"}}).Decode(&out)
		plan = out.Planner.Winning
		return err
	})
	return plan, err
}
