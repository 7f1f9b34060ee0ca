package index

import (
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
)

// Lock is what conditional creates collide on: those by criteria that the same resource could meet. Criteria nearly
// always name a token, mostly an identifier, and then it is that; others collide with all others of the type. Two that
// name different tokens, or of which only one names any, don't: if both run at the same moment and would make a
// resource that the other's criteria meet too, both are made.
func Lock(f expr.From) string {
	if key := required(f.Where); key != "" {
		return key
	}
	return f.Type.Name
}

// required is the key of a token without which a condition is true of nothing, "" if there is none. Its system doesn't
// count: other criteria may leave it out.
func required(e expr.Expr) string {
	for part := range expr.Necessary(e) {
		test, _ := part.(expr.Test)
		if is, ok := test.Is.(search.TokenIs); ok && !is.AnyCode && test.Param.Indexed() {
			return Name(test.Param) + keyCode + whole(is.Code)
		}
	}
	return ""
}
