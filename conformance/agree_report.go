package conformance

import (
	"fmt"
	"frontdesk/fhir/search/expr"
	"slices"
	"strings"

	"frontdesk/fhir/search"
)

// shrink leaves out of a query what it fails without.
func (a *agreement) shrink(c *question, why string) (*question, string) {
	for again := true; again; {
		again = false
		for i := range c.params {
			smaller := c.without(i)
			if smaller == nil {
				continue
			}
			if _, still := a.ask(smaller); still != "" {
				c, why, again = smaller, still, true
				break
			}
		}
	}
	return c, why
}

// report is the query, and those resources whose finding is in dispute.
func (a *agreement) report(c *question, why string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "?%s (limit %d), asked of the %s, that is\n", strings.Join(c.params, "&"), c.query.Limit, c.door)
	for _, f := range c.query.From {
		fmt.Fprintf(&b, "  %s\n", f)
	}
	b.WriteString(why + "\n")
	shown := 0
	for _, d := range a.world.all {
		if shown == 12 {
			return b.String() + "and more\n"
		}
		if strings.Count(why, d.Key.String()+" ")+strings.Count(why, d.Key.String()+"]") == 2 && len(a.world.all) > 12 {
			continue // both find it
		}
		if slices.ContainsFunc(c.query.From, func(f search.From) bool { return f.Type.Name == d.Key.Type }) {
			shown++
			fmt.Fprintf(&b, "%s %s %v %+v\n", d.Key, d.Updated, d.Compartments, d.Facts)
			for _, e := range d.Entries {
				if strings.Contains(why+expr.Print(c.query.From[0].Where)+strings.Join(c.params, "&"), e.Param.Code) {
					fmt.Fprintf(&b, "    %s %+v\n", e.Param.Code, e.Value)
				}
			}
		}
	}
	return b.String()
}
