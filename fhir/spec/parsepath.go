package spec

// path reads a term and what is asked of it: ".name" and ".function(…)".
func (p *parser) path() (*node, error) {
	n, err := p.term()
	for err == nil && p.token == tokenSign && p.text == "." {
		if err = p.next(); err != nil {
			break
		}
		n, err = p.step(n)
	}
	return n, err
}

// term reads what a path can begin with.
func (p *parser) term() (*node, error) {
	n := &node{text: p.text, pos: p.pos, end: p.end}
	switch {
	case p.token == tokenName && (p.text == "true" || p.text == "false"):
		n.op = opBool
	case p.token == tokenString:
		n.op = opString
	case p.token == tokenName:
		return p.step(nil)
	case p.text == "$this":
		n.op = opThis
	case p.text == "(":
		if err := p.next(); err != nil {
			return nil, err
		}
		inner, err := p.conjunction()
		if err != nil {
			return nil, err
		}
		end, err := p.closing()
		n = &node{op: inner.op, text: inner.text, on: inner.on, args: inner.args, pos: n.pos, end: end}
		return n, err
	default:
		return nil, p.unexpected("a name, a value or (")
	}
	return n, p.next()
}

// step reads a name, or a function with its arguments. as, is and ofType become the operators they stand for
// (FHIRPath 2.0, 6.3).
func (p *parser) step(on *node) (*node, error) {
	if p.token != tokenName {
		return nil, p.unexpected("a name")
	}
	n := &node{op: opName, text: p.text, on: on, pos: p.pos, end: p.end}
	if on != nil {
		n.pos = on.pos
	}
	if err := p.next(); err != nil || p.text != "(" || p.token != tokenSign {
		return n, err
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	n.op = opCall
	var err error
	o, operator := map[string]op{"as": opAs, "ofType": opAs, "is": opIs}[n.text]
	switch {
	case operator:
		n.op = o
		n.text, _, err = p.typeName()
	case p.text != ")" || p.token == tokenString:
		var arg *node
		arg, err = p.conjunction()
		n.args = []*node{arg}
	}
	if err == nil {
		n.end, err = p.closing()
	}
	return n, err
}

// closing reads ")" and tells where it ends.
func (p *parser) closing() (int, error) {
	if p.token != tokenSign || p.text != ")" {
		return 0, p.unexpected(")")
	}
	end := p.end
	return end, p.next()
}
