package sqlite

import (
	"context"
	"fmt"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
)

// DefaultMaxCost is how many rows a search may have to look at. In a store of 1,000,000 resources a row took 2 to 8
// microseconds, whether it was sorted, had its entries read or stood at the end of a chain or _has, and what is guessed
// can be a third of what there is: so what is just allowed ends within 20 seconds on two cores, and most of it in 5
// (searches that find nothing or sort all; no page asked for by an index comes near). A server's limit is 30 seconds.
const DefaultMaxCost = 1_000_000

// writerCost is how many rows the criteria of a conditional create may have to read: everybody who writes waits for
// them.
const writerCost = 20_000

// affordable refuses a plan that would read more than is allowed, before anything is read by it.
func (f *finder) affordable(p *plan) error {
	if p.guess <= f.most {
		return nil
	}
	return fhir.Errorf(fhir.TooCostly, "", "This search would have to look through about %d resources of type %s, and at most %d are allowed. %s",
		p.guess, p.typ.Name, f.most, p.advice())
}

// advice names what would make a query cheaper: what the type has, and the query hasn't yet.
func (p *plan) advice() string {
	asked := expr.Print(expr.And(p.conds))
	var add []string
	for _, code := range []string{"patient", "subject", "identifier"} {
		if param := p.typ.Params[code]; param != nil && !p.who.bound && !strings.Contains(asked, "."+code+" = ") {
			add = append(add, map[string]string{"patient": "patient=[id]", "subject": "subject=Patient/[id]", "identifier": "identifier=[system]|[value]"}[code])
			break
		}
	}
	if p.typ.Date != nil && p.bounds.sql == "" {
		add = append(add, p.typ.Date.Code+"=ge[day]")
	}
	if len(add) == 0 {
		add = append(add, "_id=[id]")
	}
	text := "Add " + strings.Join(add, " or ") + ", or another parameter that few of them meet."
	if !p.walked && p.order.shape == computed && len(p.order.keys) > 0 {
		text += " Or leave out _sort."
	}
	return text
}

// Explain tells how Find would go about a query.
func (b *Backend) Explain(ctx context.Context, q *search.Query) (out []string, err error) {
	err = b.read(ctx, func(c *conn) error {
		return c.snapshot(func() error {
			out, err = (&finder{c: c, d: b.dict(), most: b.options.MaxCost}).explain(q)
			return err
		})
	})
	return out, err
}

func (f *finder) explain(q *search.Query) (out []string, err error) {
	f.now = q.Now
	froms, err := f.inhabited(q.From)
	if err != nil {
		return nil, err
	}
	for _, from := range froms {
		p, err := f.compiler().plan(from, q.Sort, q.Limit)
		if err != nil {
			return nil, err
		}
		text := f.verdict(p)
		if q.Total == search.AllMatches && len(p.conds) > 0 {
			if p, err = f.compiler().counting(from); err != nil {
				return nil, err
			}
			text += " To count them: " + f.verdict(p)
		}
		out = append(out, text+" Compiled: "+expr.Print(from.Where)+".")
	}
	if out == nil {
		out = []string{"There are no resources of any of the types searched."}
	}
	return out, nil
}

// verdict is a plan, and whether it would be carried out.
func (f *finder) verdict(p *plan) string {
	if f.affordable(p) != nil {
		return fmt.Sprintf("%s That is more than the %d allowed, so it is refused.", p, f.most)
	}
	return p.String()
}
