package filter

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits on a filter. They keep the cost of reading one small; what it costs to answer is bounded by package search.
const (
	maxDepth = 16  // parentheses, brackets and nots within one another
	maxTests = 200 // comparisons
)

// Parse reads a filter. Its error says at which character it is wrong, and why. And and or have no precedence: they are
// read from left to right, as R4 has it.
func Parse(s string) (Node, error) {
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("it is not UTF-8")
	}
	p := &parser{in: s}
	n, err := p.filter(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(s) {
		return nil, p.wrong("and, or, or the end should be here")
	}
	return n, nil
}

// parser reads from left to right.
type parser struct {
	in    string
	at    int
	tests int
}

func (p *parser) wrong(format string, args ...any) error {
	return fmt.Errorf("at character %d: %s", utf8.RuneCountInString(p.in[:p.at])+1, fmt.Sprintf(format, args...))
}

// space passes over white space, and says whether there was some.
func (p *parser) space() bool {
	from := p.at
	p.at = len(p.in) - len(strings.TrimLeftFunc(p.in[p.at:], unicode.IsSpace))
	return p.at > from
}

// next says whether the next character is c, and passes over it if so.
func (p *parser) next(c byte) bool {
	if p.at < len(p.in) && p.in[p.at] == c {
		p.at++
		return true
	}
	return false
}

// word is the next run of characters that names have.
func (p *parser) word() string {
	from := p.at
	for p.at < len(p.in) && nameChar(p.in[p.at]) {
		p.at++
	}
	return p.in[from:p.at]
}

// nameChar has the colon besides R4's, for "subject:Patient.name".
func nameChar(c byte) bool {
	return c == '_' || c == '-' || c == ':' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// filter reads parts with and or or between them.
func (p *parser) filter(depth int) (Node, error) {
	left, err := p.part(depth)
	for err == nil {
		before := p.at
		p.space()
		with := p.word()
		if with != "and" && with != "or" {
			p.at = before
			return left, nil
		}
		var right Node
		if right, err = p.part(depth); err == nil {
			left = joined(left, right, with == "or")
		}
	}
	return nil, err
}

// joined puts another part behind the ones before it.
func joined(left, right Node, any bool) Node {
	if g, ok := left.(*Group); ok && g.Any == any {
		g.Of = append(g.Of, right)
		return g
	}
	return &Group{Any: any, Of: []Node{left, right}}
}

// part reads "(filter)", "not (filter)" or a comparison.
func (p *parser) part(depth int) (Node, error) {
	if depth > maxDepth {
		return nil, p.wrong("it is nested more than %d deep", maxDepth)
	}
	p.space()
	if p.next('(') {
		return p.rest(')', depth)
	}
	from := p.at
	if p.word() == "not" {
		if p.space(); p.next('(') {
			n, err := p.rest(')', depth)
			return &Not{n}, err
		}
	}
	p.at = from
	return p.test(depth)
}

// rest reads a filter up to what closes it.
func (p *parser) rest(closing byte, depth int) (Node, error) {
	n, err := p.filter(depth + 1)
	if err != nil {
		return nil, err
	}
	if p.space(); !p.next(closing) {
		return nil, p.wrong("%q should be here", string(closing))
	}
	return n, nil
}

// test reads "path operator value".
func (p *parser) test(depth int) (Node, error) {
	if p.tests++; p.tests > maxTests {
		return nil, p.wrong("there are more than %d comparisons", maxTests)
	}
	t := &Test{}
	for {
		s := Step{Name: p.word()}
		if s.Name == "" {
			return nil, p.wrong("the name of a search parameter should be here")
		}
		if p.next('[') {
			var err error
			if s.Where, err = p.rest(']', depth); err != nil {
				return nil, err
			}
		}
		if t.Path = append(t.Path, s); !p.next('.') {
			break
		}
	}
	if last := t.Path[len(t.Path)-1]; last.Where != nil {
		return nil, p.wrong("a dot and another name should be here, behind the bracket")
	}
	p.space()
	from := p.at
	if t.Op = p.word(); !slices.Contains(Operators, t.Op) {
		p.at = from
		return nil, p.wrong("an operator should be here: one of %s", strings.Join(Operators, ", "))
	}
	if !p.space() {
		return nil, p.wrong("a space and a value should be here")
	}
	var err error
	t.Value, err = p.value()
	return t, err
}

// value reads a JSON string, or all up to a space, a parenthesis or a bracket.
func (p *parser) value() (string, error) {
	from := p.at
	if p.next('"') {
		for p.at < len(p.in) && p.in[p.at] != '"' {
			if p.at++; p.in[p.at-1] == '\\' {
				p.at++
			}
		}
		var s string
		if p.at >= len(p.in) {
			p.at = from
			return "", p.wrong("a quotation mark is not closed")
		}
		p.at++
		if err := json.Unmarshal([]byte(p.in[from:p.at]), &s); err != nil {
			p.at = from
			return "", p.wrong("this is not a string as JSON has it")
		}
		return s, nil
	}
	p.at += len(p.in[p.at:])
	if i := strings.IndexFunc(p.in[from:], func(r rune) bool { return unicode.IsSpace(r) || r == ')' || r == ']' }); i >= 0 {
		p.at = from + i
	}
	if p.at == from {
		return "", p.wrong("a value should be here")
	}
	return p.in[from:p.at], nil
}
