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

// operators are FHIRPath's of booleans (FHIRPath 2.0, 6.5).
var operators = map[string]func(a, b truth) truth{
	"implies": func(a, b truth) truth { return or(not(a), b) },
	"or":      or,
	"xor":     differ,
	"and":     func(a, b truth) truth { return not(or(not(a), not(b))) },
	"=":       func(a, b truth) truth { return not(differ(a, b)) },
	"!=":      differ,
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

func differ(a, b truth) truth {
	if a == unknown || b == unknown {
		return unknown
	}
	return truthOf(a != b)
}
