package path

import (
	"strings"

	"frontdesk/fhir/path/system"
)

// binary evaluates an operator (FHIRPath 2.0, 6).
func (r *run) binary(n *Node, f *frame) Collection {
	a := r.eval(n.Args[0], f.within())
	switch n.Text {
	case "and", "or", "xor", "implies":
		return r.logic(n, f, r.truth(n.Args[0], a)).collection()
	}
	b := r.eval(n.Args[1], f.within())
	switch n.Text {
	case "=":
		return r.equality(n, a, b).collection()
	case "!=":
		return r.equality(n, a, b).not().collection()
	case "~":
		r.step(n, len(a)*len(b))
		return one(equivalent(a, b))
	case "!~":
		r.step(n, len(a)*len(b))
		return one(!equivalent(a, b))
	case "|":
		return r.distinct(n, append(append(Collection{}, a...), b...))
	case "in":
		return r.membership(n, a, b)
	case "contains":
		return r.membership(n, b, a)
	case "<", ">", "<=", ">=":
		return r.order(n, a, b)
	}
	return r.arithmetic(n, a, b)
}

func (r *run) equality(n *Node, a, b Collection) truth {
	r.step(n, min(len(a), len(b)))
	return equals(a, b)
}

// logic is three-valued. The right side isn't evaluated if the left decides (FHIRPath 2.0, 6.5).
func (r *run) logic(n *Node, f *frame, a truth) truth {
	switch {
	case n.Text == "and" && a == no:
		return no
	case n.Text == "or" && a == yes, n.Text == "implies" && a == no:
		return yes
	}
	b := r.truth(n.Args[1], r.eval(n.Args[1], f.within()))
	switch n.Text {
	case "and":
		return or(a.not(), b.not()).not()
	case "or":
		return or(a, b)
	case "implies":
		return or(a.not(), b)
	}
	if a == unknown || b == unknown {
		return unknown
	}
	return truthOf(a != b)
}

func or(a, b truth) truth {
	switch {
	case a == yes || b == yes:
		return yes
	case a == no && b == no:
		return no
	}
	return unknown
}

// membership is "in" (FHIRPath 2.0, 6.4.2).
func (r *run) membership(n *Node, a, in Collection) Collection {
	v, ok := r.single(n, a)
	if !ok {
		return nil
	}
	r.step(n, len(in))
	for _, w := range in {
		if same(v, w) == yes {
			return one(true)
		}
	}
	return one(false)
}

// order compares (FHIRPath 2.0, 6.2).
func (r *run) order(n *Node, a, b Collection) Collection {
	x, ok1 := r.single(n, a)
	y, ok2 := r.single(n, b)
	if !ok1 || !ok2 || x.System() == nil && bare(x) || y.System() == nil && bare(y) {
		return nil
	}
	order, known, ok := compare(x, y)
	if !ok {
		r.fail(n, "a %s and a %s can't be compared with %s", x.TypeName(), y.TypeName(), n.Text)
	}
	if !known {
		return nil
	}
	switch n.Text {
	case "<":
		return one(order < 0)
	case ">":
		return one(order > 0)
	case "<=":
		return one(order <= 0)
	}
	return one(order >= 0)
}

// bare says whether it is an element without a value: extensions only, or a Quantity whose value isn't there.
func bare(v Value) bool {
	return v.Element != nil && (v.Element.value == nil || v.Element.Type != nil && fhirName(v.Element.Type) == "Quantity")
}

// arithmetic is + - * / div mod and & (FHIRPath 2.0, 6.6).
func (r *run) arithmetic(n *Node, a, b Collection) Collection {
	x, ok1 := r.single(n, a)
	y, ok2 := r.single(n, b)
	if n.Text == "&" {
		return r.concatenate(n, a, b)
	}
	if !ok1 || !ok2 {
		return nil
	}
	p, q := x.System(), y.System()
	if p == nil && bare(x) || q == nil && bare(y) {
		return nil
	}
	if s, ok := p.(string); ok && n.Text == "+" {
		if t, ok := q.(string); ok {
			return r.text(n, s+t)
		}
	}
	if m, ok := p.(system.Moment); ok {
		return r.shift(n, m, q)
	}
	if i, ok := p.(int64); ok && n.Text != "/" {
		if j, ok := q.(int64); ok {
			return r.whole(n, i, j)
		}
	}
	p, q = alike(p, q)
	switch p := p.(type) {
	case system.Decimal:
		if q, ok := q.(system.Decimal); ok {
			return r.decimals(n, p, q)
		}
	case system.Quantity:
		if q, ok := q.(system.Quantity); ok {
			return r.quantities(n, p, q)
		}
	}
	r.fail(n, "%s isn't for a %s and a %s", n.Text, x.TypeName(), y.TypeName())
	return nil
}

func (r *run) concatenate(n *Node, a, b Collection) Collection {
	s, _ := r.string(n, a)
	t, _ := r.string(n, b)
	return r.text(n, s+t)
}

// text is a string that was made, unless it is too long.
func (r *run) text(n *Node, s string) Collection {
	if len(s) > maxText {
		r.fail(n, "the text is too long: at most %d characters are allowed", maxText)
	}
	r.step(n, len(s)/64)
	return one(s)
}

// whole is arithmetic of integers; what leaves their range is empty.
func (r *run) whole(n *Node, i, j int64) Collection {
	var out int64
	switch n.Text {
	case "+":
		out = i + j
	case "-":
		out = i - j
	case "*":
		out = i * j
	default:
		if j == 0 {
			return nil
		}
		if out = i / j; n.Text == "mod" {
			out = i % j
		}
	}
	return integer(system.Int(out))
}

// integer is the number as an Integer; empty if it is none.
func integer(d system.Decimal) Collection {
	i, ok := d.Int64()
	if !ok {
		return nil
	}
	return one(i)
}

func (r *run) decimals(n *Node, d, e system.Decimal) Collection {
	switch n.Text {
	case "+":
		return one(d.Add(e))
	case "-":
		return one(d.Sub(e))
	case "*":
		return one(r.product(n, d, e))
	case "/":
		if q, ok := d.Div(e); ok {
			return one(q)
		}
	case "div":
		if q, _, ok := d.Divide(e); ok {
			return integer(q)
		}
	case "mod":
		if _, rest, ok := d.Divide(e); ok {
			return one(rest)
		}
	}
	return nil
}

func (r *run) product(n *Node, d, e system.Decimal) system.Decimal {
	p, err := d.Mul(e)
	if err != nil {
		r.fail(n, "%s", err)
	}
	return p
}

func (r *run) quantities(n *Node, q, p system.Quantity) Collection {
	switch n.Text {
	case "+", "-":
		p, ok := p.To(q)
		if !ok {
			return nil
		}
		if n.Text == "-" {
			p.Value = p.Value.Neg()
		}
		return one(q.With(q.Value.Add(p.Value)))
	case "*":
		out, ok := q.Times(p)
		if !ok {
			r.fail(n, "%s", system.ErrTooLong)
		}
		return one(out)
	case "/":
		if out, ok := q.Per(p); ok {
			return one(out)
		}
		return nil
	}
	r.fail(n, "%s isn't for quantities", n.Text)
	return nil
}

// shift adds a duration to a date or time (FHIRPath 2.0, 6.6.7).
func (r *run) shift(n *Node, m system.Moment, by any) Collection {
	q, ok := by.(system.Quantity)
	if !ok || n.Text != "+" && n.Text != "-" {
		r.fail(n, "a date or time takes + and - with a duration, as 3 days")
	}
	times := 1
	if n.Text == "-" {
		times = -1
	}
	out, ok := m.Add(q, times)
	if !ok {
		r.fail(n, "%s can't be added to %s", strings.TrimSpace(q.String()), m.Literal())
	}
	return one(out)
}

// negative is an integer literal with its minus: the least has no positive counterpart.
func (n *Node) negative() (Collection, bool) {
	of := n.Args[0]
	if n.Text != "-" || of.Op != Number || strings.Contains(of.Text, ".") {
		return nil, false
	}
	d, _ := system.ParseDecimal("-" + of.Text)
	whole := integer(d)
	return whole, whole != nil
}

// polarity is + and - before a value.
func (r *run) polarity(n *Node, f *frame) Collection {
	if whole, ok := n.negative(); ok {
		return whole
	}
	v, ok := r.single(n, r.eval(n.Args[0], f))
	if !ok {
		return nil
	}
	s := v.System()
	switch s := s.(type) {
	case int64:
		if n.Text == "-" {
			return integer(system.Int(-s))
		}
	case system.Decimal:
		if n.Text == "-" {
			return one(s.Neg())
		}
	case system.Quantity:
		if n.Text == "-" {
			return one(s.With(s.Value.Neg()))
		}
	default:
		r.fail(n, "%s isn't for a %s", n.Text, v.TypeName())
	}
	return one(s)
}
