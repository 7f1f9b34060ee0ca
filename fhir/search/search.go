package search

import (
	"fmt"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
)

// Search is a request as Parse understood it: the Query, what to bring along with its matches, and how to show them.
type Search struct {
	Query
	Include    []Include // _include, in the order given
	RevInclude []Include // _revinclude
	Summary    Summary
	Elements   []string // _elements: top-level element names; nil for all
	Total      Total
	// Self is the query string that was understood, in canonical order and without the cursor: the truthful self link
	// (R4 search 3.1.1.6). Adding _cursor=… gives another page of it.
	Self    string
	binding []byte // what its cursors begin with
	// Ignored is what handling=lenient let pass; each becomes a warning in the Bundle's OperationOutcome entry.
	Ignored []fhir.Issue
}

// Include is one _include or _revinclude.
type Include struct {
	Source  *spec.Type
	Param   *spec.Param // nil: every reference parameter of Source ("*")
	Target  string      // only resources of this type; "" for all
	Iterate bool        // :iterate: also from what was included
}

// Total is the value of _total (R4 search 3.1.1.5.2). Frontdesk's estimate is the accurate number.
type Total uint8

// The totals.
const (
	TotalDefault Total = iota // not asked: none is computed
	TotalNone
	TotalEstimate
	TotalAccurate
)

// Summary is the value of _summary (R4 search 3.1.1.5.8).
type Summary uint8

// The summaries.
const (
	SummaryFalse Summary = iota
	SummaryTrue
	SummaryText
	SummaryData
	SummaryCount
)

// Options are what Parse needs to know besides the query.
type Options struct {
	Base       string         // our own FHIR base URL: absolute references below it are local
	Address    string         // what is searched, as a type or a compartment: the cursors of a search at another address aren't taken
	Lenient    bool           // Prefer: handling=lenient: unknown parameters are ignored and told
	Zone       *time.Location // dates without a zone are read in it; nil is Europe/London
	Now        time.Time      // for the prefix ap
	PageSize   int            // _count if none is given; 0 is 50
	PageMax    int            // a larger _count is taken for this; 0 is 1000
	MaxClauses int            // parameters, values and chain links together; 0 is 200
	// Ready says whether a parameter's index is complete; nil takes all for ready.
	Ready func(*spec.Param) bool
	// Progress tells of one that isn't how many resources are indexed, and of how many; nil tells nothing.
	Progress func(*spec.Param) (done, total int64)
}

// building says how far an index is.
func (c *parser) building(p *spec.Param) string {
	if c.o.Progress != nil {
		if done, total := c.o.Progress(p); total > 0 {
			return fmt.Sprintf("its index is being built, %d of %d resources; try again later", done, total)
		}
	}
	return "its index is being built; try again later"
}
