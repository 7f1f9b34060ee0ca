package path

// Op is what a Node does.
type Op uint8

// What nodes do.
const (
	Name     Op = iota // the element Text of On, or of the focus; at a path's beginning it may name a type
	Call               // the function Text of On, or of the focus
	Index              // On[Args[0]]
	Is                 // whether On has the type Text
	As                 // On, where it has the type Text
	Binary             // Args[0] Text Args[1]
	Polarity           // Text Args[0], which is + or -
	Empty              // {}
	Bool               // true or false
	String             // 'Text'
	Number             // 4, 4.0
	Date               // @2026-05
	DateTime           // @2026-05-06T
	Time               // @T14:05
	Quantity           // 4 'mg', 4 days
	This               // $this
	Position           // $index
	Total              // $total
	Variable           // %Text
)

// Node is the syntax tree of an expression. Pos and End say where in the source it stands.
type Node struct {
	Op   Op
	Text string // a name without its quotes, a value as it means
	// Unit is that of a Quantity: UCUM's, or if Calendar is set the calendar's name of a duration.
	Unit     string
	Calendar bool
	// Of is the type that the functions is, as and ofType name; a node of these has no Args.
	Of       string
	On       *Node
	Args     []*Node
	Pos, End int
}

// Walk visits the node and all within it, the outer ones first.
func (n *Node) Walk(visit func(*Node)) {
	if n == nil {
		return
	}
	visit(n)
	n.On.Walk(visit)
	for _, a := range n.Args {
		a.Walk(visit)
	}
}

// Calls says whether it is a call of a function with so many arguments.
func (n *Node) Calls(function string, args int) bool {
	return n != nil && n.Op == Call && n.Text == function && len(n.Args) == args
}
