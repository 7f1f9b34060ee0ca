package codec

import "math"

// Limits bound what Decode accepts. A zero field takes its default.
type Limits struct {
	Bytes  int // length of the JSON; default 16 MiB
	Depth  int // objects and arrays within one another; default 64. HL7's own examples need 22
	Faults int // faults reported, per resource or per entry of a bundle; default 50
	Values int // objects, arrays and primitives in all; default 1,000,000. Bounds memory: a value of 3 bytes costs some 150
	// Conditional accepts references of the form "Patient?identifier=…", which R4 allows within a transaction only
	// (R4 http 3.1.0.11.2).
	Conditional bool
	// Kept says that this was accepted before. R4's constraints aren't asked of it: a version that checks more of them
	// reads what others kept.
	Kept bool
	// Lacking accepts a resource that lacks what R4 requires or breaks its constraints, and says so in its Lacks: it
	// may be what was made of one of which something isn't served (Without), so that only what was stored tells whether
	// anything is missing (PutBack).
	Lacking bool
}

// Unlimited are the limits for what was accepted before: none, so that a setting that was lowered, or a constraint that
// is checked now, makes nothing unreadable.
func Unlimited() Limits {
	return Limits{Bytes: math.MaxInt, Depth: math.MaxInt, Values: math.MaxInt, Kept: true}
}

// WithDefaults fills in the zero fields.
func (l Limits) WithDefaults() Limits {
	for _, d := range []struct {
		field *int
		value int
	}{{&l.Bytes, 16 << 20}, {&l.Depth, 64}, {&l.Faults, 50}, {&l.Values, 1_000_000}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	return l
}
