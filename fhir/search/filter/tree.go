package filter

import (
	"strconv"
	"strings"
)

// Node is a part of a filter: *Group, *Not or *Test. String writes it so that Parse reads the same again.
type Node interface{ String() string }

// Group is true when all of its two or more parts are, or if Any, when one is.
type Group struct {
	Any bool
	Of  []Node
}

// Not is true when the other isn't.
type Not struct{ Of Node }

// Test compares what a path leads to: "subject.name co \"smith\"".
type Test struct {
	Path  []Step // at least one
	Op    string // one of Operators
	Value string // without quotation marks and escapes, if it was a string
}

// Step is one name of a path. Where, if not nil, chooses among what it leads to: "subject[active eq true].name".
type Step struct {
	Name  string
	Where Node
}

// Operators are the comparisons of R4's table, and R4B's ni.
var Operators = []string{"eq", "ne", "co", "sw", "ew", "gt", "lt", "ge", "le", "ap", "sa", "eb", "pr", "po", "ss", "sb", "in", "ni", "re"}

func (g *Group) String() string {
	with := " and "
	if g.Any {
		with = " or "
	}
	parts := make([]string, len(g.Of))
	for i, n := range g.Of {
		parts[i] = n.String()
		if _, nested := n.(*Group); nested {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, with)
}

func (n *Not) String() string { return "not (" + n.Of.String() + ")" }

func (t *Test) String() string {
	steps := make([]string, len(t.Path))
	for i, s := range t.Path {
		steps[i] = s.Name
		if s.Where != nil {
			steps[i] += "[" + s.Where.String() + "]"
		}
	}
	return strings.Join(steps, ".") + " " + t.Op + " " + quote(t.Value)
}

// quote writes a value as a JSON string: only what must be is escaped.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20:
			b.WriteString(`\u` + strconv.FormatInt(0x10000+int64(r), 16)[1:])
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}
