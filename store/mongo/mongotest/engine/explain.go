package engine

import (
	"go.mongodb.org/mongo-driver/v2/bson"
)

// Explain is the winningPlan by which a query was answered, in the form that explain has it.
func (f *Found) Explain() bson.D {
	if f.plan == nil {
		return bson.D{{Key: "stage", Value: "EOF"}}
	}
	out := f.plan.explain()
	if !f.plan.sorted && len(f.query.Sort) > 0 {
		pattern := bson.D{}
		for _, part := range f.query.Sort {
			pattern = append(pattern, bson.E{Key: part.Path, Value: direction(part.Desc)})
		}
		out = bson.D{{Key: "stage", Value: "SORT"}, {Key: "sortPattern", Value: pattern}, {Key: "inputStage", Value: out}}
	}
	if f.query.Limit > 0 {
		out = bson.D{{Key: "stage", Value: "LIMIT"}, {Key: "limitAmount", Value: int32(f.query.Limit)}, {Key: "inputStage", Value: out}}
	}
	return out
}

func direction(backward bool) int32 {
	if backward {
		return -1
	}
	return 1
}

func (p *plan) explain() bson.D {
	switch {
	case p.branches != nil:
		var kids bson.A
		for _, branch := range p.branches {
			kids = append(kids, branch.explain())
		}
		return bson.D{{Key: "stage", Value: "OR"}, {Key: "inputStages", Value: kids}}
	case p.index == nil:
		return bson.D{{Key: "stage", Value: "COLLSCAN"}, {Key: "direction", Value: "forward"}}
	}
	way := "forward"
	if p.backward {
		way = "backward"
	}
	multikey := false
	for _, steps := range p.index.arrays {
		multikey = multikey || steps != 0
	}
	scan := bson.D{{Key: "stage", Value: "IXSCAN"}, {Key: "keyPattern", Value: bson.Raw(p.index.Key)},
		{Key: "indexName", Value: p.index.Name}, {Key: "isMultiKey", Value: multikey}, {Key: "isUnique", Value: p.index.Unique},
		{Key: "isSparse", Value: p.index.Sparse}, {Key: "isPartial", Value: p.index.Partial != nil}, {Key: "direction", Value: way}}
	if p.merged {
		scan = bson.D{{Key: "stage", Value: "SORT_MERGE"}, {Key: "inputStages", Value: bson.A{scan}}}
	}
	return bson.D{{Key: "stage", Value: "FETCH"}, {Key: "inputStage", Value: scan}}
}
