package mongo

import (
	"context"
	"fmt"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
	"frontdesk/store/mongo/index"
)

// costly refuses a search that has read more than is allowed.
func costly(sources []source, most int64) *fhir.Error {
	s := sources[0]
	return fhir.Errorf(fhir.TooCostly, "", "This search would have to look through more than the %d resources of type %s that are allowed. %s",
		most, s.typ.Name, advice(s.typ, s.where))
}

// advice names what would make a search cheaper: what the type has, and the search hasn't yet.
func advice(t *spec.Type, where expr.Expr) string {
	asked := expr.Print(where)
	var add []string
	for _, by := range []struct{ code, example string }{
		{"patient", "patient=[id]"}, {"subject", "subject=Patient/[id]"}, {"identifier", "identifier=[system]|[value]"}} {
		if t.Params[by.code] != nil && !strings.Contains(asked, "."+by.code+" = ") && !strings.Contains(asked, "in Patient/") {
			add = append(add, by.example)
			break
		}
	}
	if t.Date != nil && !strings.Contains(asked, t.Date.Name()+" = ") {
		add = append(add, t.Date.Code+"=ge[day]")
	}
	if len(add) == 0 {
		add = append(add, "_id=[id]")
	}
	return "Add " + strings.Join(add, " or ") + ", or another parameter that few of them meet."
}

// Explain tells how Find would go about a query. The far ends of chains are looked up for it.
func (b *Backend) Explain(ctx context.Context, q *search.Query) (out []string, err error) {
	err = b.read(ctx, func(r *reader) error {
		r.now = q.Now
		sources, err := r.sources(q.From)
		if err != nil {
			return err
		}
		for _, s := range sources {
			out = append(out, s.explain())
		}
		return nil
	})
	if out == nil && err == nil {
		out = []string{"Nothing can be found by it, so nothing is read."}
	}
	return out, err
}

func (s *source) explain() string {
	how := "by one find, and whatever that finds is shown"
	switch {
	case !s.filter.Exact && index.Chained(s.where):
		how = "by a find of candidates; where chains lead from them is looked up for many of them at a time"
	case !s.filter.Exact:
		how = "by a find of candidates, of which each is looked at again"
	}
	return fmt.Sprintf("%s: %s. Asked: %s.", s.typ.Name, how, expr.Print(s.where))
}
