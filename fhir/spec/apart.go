package spec

import "frontdesk/fhir"

// Apart compiles a date parameter of one type for the program's own reading of resources. It stands in no Registry: it
// can't be searched by, and no SearchParameter that a client posts can take its place, whatever its code.
func (r *Registry) Apart(typ, expression string) (*Param, error) {
	t, ok := r.types[typ]
	if !ok {
		return nil, fhir.Errorf(fhir.Internal, "", "R4 has no resource type %q", typ)
	}
	alone := *t
	alone.Params = nil
	return r.param(&alone, Definition{URL: urlOwn + "apart", Code: "apart", Kind: Date, Expression: expression})
}
