package path

import "frontdesk/fhir/path/system"

// term reads what a path can begin with.
func (p *parser) term() (*Node, error) {
	n := &Node{Text: p.text, Pos: p.pos, End: p.end}
	switch p.token {
	case tokenString:
		n.Op = String
	case tokenNumber:
		return p.number(n)
	case tokenMoment:
		n.Op = p.op
		if _, ok := system.ParseMoment(moments[n.Op], n.Text); !ok {
			return nil, p.wrong(p.pos, "the expression has a date or time that doesn't exist")
		}
	case tokenName, tokenQuoted:
		if p.is("true") || p.is("false") {
			n.Op = Bool
			break
		}
		return p.invocation(nil)
	default:
		return p.signTerm(n)
	}
	return n, p.next()
}

// signTerm reads a term that begins with punctuation.
func (p *parser) signTerm(n *Node) (*Node, error) {
	switch p.text {
	case "$this":
		n.Op = This
	case "$index":
		n.Op = Position
	case "$total":
		n.Op = Total
	case "%":
		return p.variable(n)
	case "{":
		n.Op = Empty
		err := p.next()
		if err == nil {
			n.End, err = p.closing("}")
		}
		return n, err
	case "(":
		if err := p.next(); err != nil {
			return nil, err
		}
		inner, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		whole := *inner
		whole.Pos = n.Pos
		whole.End, err = p.closing(")")
		return &whole, err
	default:
		return nil, p.unexpected("a name, a value or (")
	}
	return n, p.next()
}

// number reads a number, with the unit that makes it a quantity.
func (p *parser) number(n *Node) (*Node, error) {
	n.Op = Number
	if _, ok := system.ParseDecimal(n.Text); !ok {
		return nil, p.wrong(p.pos, "the expression has a number with too many digits")
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.token != tokenString && (p.token != tokenName || !system.IsDuration(p.text)) {
		return n, nil
	}
	n.Op, n.Unit, n.Calendar, n.End = Quantity, p.text, p.token == tokenName, p.end
	return n, p.next()
}

// variable reads what follows a %: a name, or one in quotes of either kind.
func (p *parser) variable(n *Node) (*Node, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.token != tokenName && p.token != tokenQuoted && p.token != tokenString {
		return nil, p.unexpected("the name of a variable")
	}
	n.Op, n.Text, n.End = Variable, p.text, p.end
	return n, p.next()
}

// invocation reads a name, or a function with its arguments.
func (p *parser) invocation(on *Node) (*Node, error) {
	n := &Node{Op: Name, Text: p.text, On: on, Pos: p.pos, End: p.end}
	if on != nil {
		n.Pos = on.Pos
	}
	switch {
	case p.token == tokenName, p.token == tokenQuoted:
	case on != nil && p.is("$this"), on != nil && p.is("$index"), on != nil && p.is("$total"):
		return nil, p.unexpected("a name; $this, $index and $total begin a path")
	default:
		return nil, p.unexpected("a name")
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if !p.is("(") {
		return n, nil
	}
	n.Op = Call
	return n, p.arguments(n)
}

// arguments reads those of a function, from its parenthesis.
func (p *parser) arguments(n *Node) error {
	err := p.next()
	switch {
	case err != nil:
		return err
	case n.Text == "is" || n.Text == "as" || n.Text == "ofType":
		n.Of, _, err = p.typeName()
	case !p.is(")"):
		for more := true; more && err == nil; {
			var arg *Node
			if arg, err = p.expression(0); err != nil {
				break
			}
			n.Args = append(n.Args, arg)
			if more = p.is(","); more {
				err = p.next()
			}
		}
	}
	if err == nil {
		n.End, err = p.closing(")")
	}
	return err
}
