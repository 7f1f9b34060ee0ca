package path

import (
	"math"

	"frontdesk/fhir/path/system"
)

// numbers are the functions of numbers (FHIRPath 2.0, 5.7).
func numbers() map[string]function {
	return map[string]function{
		"abs":      {0, 0, magnitude(system.Decimal.Abs), "same", ""},
		"ceiling":  {0, 0, rounding(system.Decimal.Ceiling), "Integer", ""},
		"floor":    {0, 0, rounding(system.Decimal.Floor), "Integer", ""},
		"truncate": {0, 0, rounding(func(d system.Decimal) system.Decimal { return d.Truncate(0) }), "Integer", ""},
		"round":    {0, 1, round, "Decimal", ""},
		"exp":      {0, 0, floating(math.Exp), "Decimal", ""},
		"ln":       {0, 0, floating(math.Log), "Decimal", ""},
		"sqrt":     {0, 0, floating(math.Sqrt), "Decimal", ""},
		"log":      {1, 1, logarithm, "Decimal", ""},
		"power":    {1, 1, power, "", ""},
		"sum":      {0, 0, sum, "", ""}, "min": {0, 0, extreme(-1), "same", ""}, "max": {0, 0, extreme(1), "same", ""}, "avg": {0, 0, average, "", ""},
	}
}

// magnitude keeps the type: integers, decimals and quantities.
func magnitude(do func(system.Decimal) system.Decimal) func(*run, *Node, *frame, Collection) Collection {
	return func(r *run, n *Node, _ *frame, in Collection) Collection {
		v, ok := r.single(n, in)
		if !ok {
			return nil
		}
		switch s := v.System().(type) {
		case int64:
			return integer(do(system.Int(s)))
		case system.Quantity:
			return one(s.With(do(s.Value)))
		}
		d, _ := r.decimal(n, in)
		return one(do(d))
	}
}

// rounding gives whole numbers; of a quantity, a quantity.
func rounding(do func(system.Decimal) system.Decimal) func(*run, *Node, *frame, Collection) Collection {
	return func(r *run, n *Node, _ *frame, in Collection) Collection {
		if v, ok := r.single(n, in); ok {
			if q, ok := v.System().(system.Quantity); ok {
				return one(q.With(do(q.Value)))
			}
		}
		d, ok := r.decimal(n, in)
		if !ok {
			return nil
		}
		d = do(d)
		if whole := integer(d); whole != nil {
			return whole
		}
		return one(d)
	}
}

func round(r *run, n *Node, f *frame, in Collection) Collection {
	digits := int64(0)
	if len(n.Args) > 0 {
		digits, _ = r.integer(n, r.arg(n, 0, f))
	}
	if digits < 0 || digits > 100 {
		r.fail(n, "round() takes a number of digits from 0 to 100")
	}
	return magnitude(func(d system.Decimal) system.Decimal { return d.Round(int(digits)) })(r, n, f, in)
}

// floating computes with a float; what is no number, as the root of -1, is empty.
func floating(do func(float64) float64) func(*run, *Node, *frame, Collection) Collection {
	return func(r *run, n *Node, _ *frame, in Collection) Collection {
		d, ok := r.decimal(n, in)
		if !ok {
			return nil
		}
		return float(do(d.Float()))
	}
}

func float(f float64) Collection {
	d, ok := system.Float(f)
	if !ok {
		return nil
	}
	return one(d)
}

func logarithm(r *run, n *Node, f *frame, in Collection) Collection {
	d, ok1 := r.decimal(n, in)
	base, ok2 := r.decimal(n, r.arg(n, 0, f))
	if !ok1 || !ok2 {
		return nil
	}
	return float(math.Log(d.Float()) / math.Log(base.Float()))
}

// power is exact where the exponent is a small whole number.
func power(r *run, n *Node, f *frame, in Collection) Collection {
	d, ok1 := r.decimal(n, in)
	e, ok2 := r.decimal(n, r.arg(n, 0, f))
	if !ok1 || !ok2 {
		return nil
	}
	times, whole := e.Int64()
	if !whole || times < 0 || times > 100 {
		return float(math.Pow(d.Float(), e.Float()))
	}
	out := system.Int(1)
	for range times {
		out = r.product(n, out, d)
	}
	_, isInt := in[0].System().(int64)
	if i, ok := out.Int64(); ok && isInt {
		return one(i)
	}
	return one(out)
}

// sum adds all with +; it is 0 of nothing.
func sum(r *run, n *Node, _ *frame, in Collection) Collection {
	if len(in) == 0 {
		return one(int64(0))
	}
	plus := &Node{Op: Binary, Text: "+", Pos: n.Pos}
	total := in[:1]
	for _, v := range in[1:] {
		total = r.arithmetic(plus, total, Collection{v})
	}
	return total
}

func average(r *run, n *Node, f *frame, in Collection) Collection {
	if len(in) == 0 {
		return nil
	}
	return r.arithmetic(&Node{Op: Binary, Text: "/", Pos: n.Pos}, sum(r, n, f, in), one(int64(len(in))))
}

// extreme is the least or the greatest.
func extreme(sign int) func(*run, *Node, *frame, Collection) Collection {
	return func(r *run, n *Node, _ *frame, in Collection) Collection {
		if len(in) == 0 {
			return nil
		}
		best := in[:1]
		for i := range in {
			if r.orderOf(n, in[i:i+1], best)*sign > 0 {
				best = in[i : i+1]
			}
		}
		return best
	}
}
