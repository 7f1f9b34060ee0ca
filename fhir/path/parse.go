package path

import "frontdesk/fhir/path/system"

// The bounds of an expression: R4's longest has 2,960 characters, and none nests deeper than 12.
const (
	maxLength = 16 << 10
	maxDepth  = 64
)

// Parse gives the syntax tree of an expression. The source may be hostile: its length and depth are bounded.
func Parse(src string) (*Node, error) {
	if len(src) > maxLength {
		return nil, wrong(src, maxLength, "the expression is too long: at most %d characters are allowed", maxLength)
	}
	p := &parser{lexer: lexer{src: src}}
	if err := p.next(); err != nil {
		return nil, err
	}
	n, err := p.expression(0)
	if err == nil && p.token != tokenEnd {
		err = p.unexpected("the end, or an operator")
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}

// parser is a recursive descent over FHIRPath's grammar (FHIRPath 2.0, 12).
type parser struct {
	lexer
	depth int
}

// levels are the binary operators, the loosest first (FHIRPath 2.0, 6.9).
var levels = []map[string]bool{
	{"implies": true},
	{"or": true, "xor": true},
	{"and": true},
	{"in": true, "contains": true},
	{"=": true, "~": true, "!=": true, "!~": true},
	{"<": true, ">": true, "<=": true, ">=": true},
	{"|": true},
	nil, // is, as
	{"+": true, "-": true, "&": true},
	{"*": true, "/": true, "div": true, "mod": true},
}

// typed is the level of is and as.
const typed = 7

// expression reads operands of a level and what joins them, from the left.
func (p *parser) expression(level int) (*Node, error) {
	if level == 0 {
		if p.depth++; p.depth > maxDepth {
			return nil, p.wrong(p.pos, "the expression nests too deeply: at most %d levels are allowed", maxDepth)
		}
		defer func() { p.depth-- }()
	}
	if level == len(levels) {
		return p.polarity()
	}
	left, err := p.expression(level + 1)
	for err == nil {
		switch {
		case level == typed && (p.is("is") || p.is("as")):
			left, err = p.typed(left)
		case levels[level][p.text] && p.is(p.text):
			left, err = p.binary(left, level)
		default:
			return left, nil
		}
	}
	return nil, err
}

func (p *parser) binary(left *Node, level int) (*Node, error) {
	n := &Node{Op: Binary, Text: p.text, Pos: left.Pos}
	if err := p.next(); err != nil {
		return nil, err
	}
	right, err := p.expression(level + 1)
	if err != nil {
		return nil, err
	}
	n.Args, n.End = []*Node{left, right}, right.End
	return n, nil
}

func (p *parser) typed(left *Node) (*Node, error) {
	n := &Node{Op: Is, On: left, Pos: left.Pos}
	if p.text == "as" {
		n.Op = As
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	var err error
	n.Text, n.End, err = p.typeName()
	return n, err
}

// typeName reads "Patient", "FHIR.Patient" or "System.`String`", and tells where it ends.
func (p *parser) typeName() (text string, end int, err error) {
	for {
		if p.token != tokenName && p.token != tokenQuoted {
			return "", 0, p.unexpected("the name of a type")
		}
		text, end = text+p.text, p.end
		if err = p.next(); err != nil || !p.is(".") {
			return text, end, err
		}
		text += "."
		if err = p.next(); err != nil {
			return "", 0, err
		}
	}
}

// polarity reads + and - before a path.
func (p *parser) polarity() (*Node, error) {
	if !p.is("+") && !p.is("-") {
		return p.path()
	}
	if p.depth++; p.depth > maxDepth {
		return nil, p.wrong(p.pos, "the expression nests too deeply: at most %d levels are allowed", maxDepth)
	}
	defer func() { p.depth-- }()
	n := &Node{Op: Polarity, Text: p.text, Pos: p.pos}
	if err := p.next(); err != nil {
		return nil, err
	}
	of, err := p.polarity()
	if err != nil {
		return nil, err
	}
	n.Args, n.End = []*Node{of}, of.End
	return n, nil
}

// path reads a term and what is asked of it: ".name", ".function(…)" and "[index]".
func (p *parser) path() (*Node, error) {
	n, err := p.term()
	for err == nil {
		switch {
		case p.is("."):
			if err = p.next(); err == nil {
				n, err = p.invocation(n)
			}
		case p.is("["):
			n, err = p.index(n)
		default:
			return n, nil
		}
	}
	return nil, err
}

func (p *parser) index(on *Node) (*Node, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	arg, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	n := &Node{Op: Index, On: on, Args: []*Node{arg}, Pos: on.Pos}
	n.End, err = p.closing("]")
	return n, err
}

// closing reads a closing sign and tells where it ends.
func (p *parser) closing(sign string) (int, error) {
	if !p.is(sign) {
		return 0, p.unexpected(sign)
	}
	end := p.end
	return end, p.next()
}

// moments are the kinds of those that have literals.
var moments = map[Op]system.MomentKind{Date: system.Date, DateTime: system.DateTime, Time: system.Time}
