package path

// function is one of FHIRPath's: how many arguments it takes, and what it does with its input.
type function struct {
	least, most int
	call        func(r *run, n *Node, f *frame, in Collection) Collection
	gives       string // the type of what it gives, for the checker: System's, "same" as its input, or "" if it doesn't know
	takes       string // "String" if its input must be one
}

// functions are FHIRPath's by name, but for is, as and ofType. It is filled by init, because they evaluate expressions.
var functions = map[string]function{}

func init() {
	for _, table := range []map[string]function{filters(), sets(), texts(), conversions(), numbers(), trees(), boundaries()} {
		for name, f := range table {
			functions[name] = f
		}
	}
}
