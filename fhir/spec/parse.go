package spec

import (
	"strings"

	"frontdesk/fhir"
)

// The bounds of an expression: R4's longest has 2,960 characters, and none nests deeper than 4.
const (
	maxExpression = 4 << 10
	maxDepth      = 32
)

// op is what a node does.
type op uint8

const (
	opName   op = iota // an element or a type; of on, if there is one
	opCall             // a function of on
	opAs               // on, where it has the type text
	opIs               // whether on has the type text
	opUnion            // args[0] | args[1]
	opEqual            // args[0] = args[1]
	opDiffer           // args[0] != args[1]
	opAnd              // args[0] and args[1]
	opString           // 'text'
	opBool             // true or false
	opThis             // $this
)

// node is an expression's syntax tree; pos and end say where in the source it stands.
type node struct {
	op       op
	text     string
	on       *node
	args     []*node
	pos, end int
}

// wrong is the error of an expression: what is wrong at which character, counted from 1.
func wrong(src string, pos int, format string, args ...any) *fhir.Error {
	near := src[min(pos, len(src)):]
	if len(near) > 30 {
		near = near[:30] + "…"
	}
	args = append(args, pos+1, strings.ToValidUTF8(near, "?"))
	return fhir.Errorf(fhir.Invalid, "SearchParameter.expression", format+" (at character %d, before %q)", args...)
}

// parser reads the subset of FHIRPath that search parameters use (FHIRPath 2.0, 12: grammar). Its input may be hostile.
type parser struct {
	lexer
	depth int
}

// parse gives the syntax tree of an expression.
func parse(src string) (*node, error) {
	if len(src) > maxExpression {
		return nil, wrong(src, maxExpression, "The expression is too long: at most %d characters are allowed", maxExpression)
	}
	p := &parser{lexer: lexer{src: src}}
	if err := p.next(); err != nil {
		return nil, err
	}
	n, err := p.conjunction()
	if err == nil && p.token != tokenEnd {
		err = p.unexpected("the end, or one of . | and = !=")
	}
	return n, err
}

// binary reads operands of one precedence, from the left.
func (p *parser) binary(operand func() (*node, error), ops map[string]op) (*node, error) {
	left, err := operand()
	for err == nil {
		o, ok := ops[p.text]
		if !ok || p.token == tokenString {
			break
		}
		if err = p.next(); err != nil {
			break
		}
		var right *node
		if right, err = operand(); err == nil {
			left = &node{op: o, args: []*node{left, right}, pos: left.pos, end: right.end}
		}
	}
	return left, err
}

func (p *parser) conjunction() (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, wrong(p.src, p.pos, "The expression nests too deeply: at most %d levels are allowed", maxDepth)
	}
	defer func() { p.depth-- }()
	return p.binary(p.equality, map[string]op{"and": opAnd})
}

func (p *parser) equality() (*node, error) {
	return p.binary(p.union, map[string]op{"=": opEqual, "!=": opDiffer})
}

func (p *parser) union() (*node, error) {
	return p.binary(p.typed, map[string]op{"|": opUnion})
}

// typed reads "x as T" and "x is T".
func (p *parser) typed() (*node, error) {
	n, err := p.path()
	for err == nil && p.token == tokenName && (p.text == "as" || p.text == "is") {
		o := map[string]op{"as": opAs, "is": opIs}[p.text]
		if err = p.next(); err != nil {
			break
		}
		n = &node{op: o, on: n, pos: n.pos}
		n.text, n.end, err = p.typeName()
	}
	return n, err
}

// typeName reads "Patient" or "FHIR.Patient", of which it gives the last part.
func (p *parser) typeName() (text string, at int, err error) {
	for {
		if p.token != tokenName {
			return "", 0, p.unexpected("the name of a type")
		}
		text, at = p.text, p.end
		if err = p.next(); err != nil || p.text != "." || p.token != tokenSign {
			return text, at, err
		}
		if err = p.next(); err != nil {
			return "", 0, err
		}
	}
}
