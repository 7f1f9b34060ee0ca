package codec

// truth is a boolean that may be empty (FHIRPath 2.0, 6.5). What can't be told breaks no rule.
type truth uint8

const (
	no truth = iota
	yes
	unknown
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// condition is an invariant of R4, or a part of one: a closure over a frame.
type condition func(*frame) truth

// operator joins two conditions. If short isn't unknown, a left that is short alone decides, as decides says.
type operator struct {
	tokens         []string
	short, decides truth
	join           func(a, b truth) truth
}

// operators are FHIRPath's, the loosest first (FHIRPath 2.0, 6.7). Those of one line bind alike.
var operators = [][]operator{
	{{[]string{"implies"}, no, yes, func(a, b truth) truth { return or(not(a), b) }}},
	{{[]string{"or"}, yes, yes, or}, {[]string{"xor"}, unknown, unknown, func(a, b truth) truth { return not(same(a, b)) }}},
	{{[]string{"and"}, no, no, func(a, b truth) truth { return not(or(not(a), not(b))) }}},
	{{[]string{"="}, unknown, unknown, same}, {[]string{"!="}, unknown, unknown, func(a, b truth) truth { return not(same(a, b)) }}},
}

func not(t truth) truth {
	switch t {
	case no:
		return yes
	case yes:
		return no
	}
	return unknown
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

func same(a, b truth) truth {
	if a == unknown || b == unknown {
		return unknown
	}
	return truthOf(a == b)
}
