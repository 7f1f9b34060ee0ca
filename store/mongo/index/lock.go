package index

import (
	"frontdesk/fhir/search"
)

// Lock is what conditional creates collide on: those by criteria that the same resource could meet. Criteria nearly always name a
// token, mostly an identifier, and then it is that; others collide with all others of the type. Two that name different tokens, or of
// which only one names any, don't: if both run at the same moment and would make a resource that the other's criteria meet too, both
// are made.
func Lock(f search.From) string {
	if key := required(f.Where); key != "" {
		return key
	}
	return f.Type.Name
}

// required is the key of a token without which a condition is true of nothing, "" if there is none. Its system doesn't count: other
// criteria may leave it out.
func required(e search.Expr) string {
	switch e := e.(type) {
	case search.And:
		for _, part := range e {
			if key := required(part); key != "" {
				return key
			}
		}
	case search.Or:
		if len(e) == 1 {
			return required(e[0])
		}
	case search.Test:
		if is, ok := e.Is.(search.TokenIs); ok && !is.AnyCode && e.Param.Indexed() {
			return Name(e.Param) + keyCode + whole(is.Code)
		}
	}
	return ""
}
