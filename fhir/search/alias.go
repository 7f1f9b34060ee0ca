package search

import "frontdesk/fhir/search/expr"

// The conditions have their home in package expr.
type (
	Expr        = expr.Expr
	From        = expr.From
	And         = expr.And
	Or          = expr.Or
	Not         = expr.Not
	Test        = expr.Test
	Missing     = expr.Missing
	Chain       = expr.Chain
	Only        = expr.Only
	Reverse     = expr.Reverse
	IDs         = expr.IDs
	Compartment = expr.Compartment
	Confined    = expr.Confined
	Visible     = expr.Visible
)
