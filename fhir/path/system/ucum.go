package system

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// unit is what a UCUM code means: a factor to the base units, and the powers of these.
type unit struct {
	factor  *big.Rat
	dims    [8]int8 // m, s, g, rad, K, C, cd, mol
	special string  // of a unit that is only comparable with itself
}

var one = big.NewRat(1, 1)

func mul(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

func (u unit) name() string { return fmt.Sprint(u.dims, u.special) }

// prefixes are UCUM's, as powers of ten (UCUM 4.6).
var prefixes = map[string]int{"Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1, "d": -1, "c": -2,
	"m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24}

// ucumText are the units: code, whether it takes prefixes (*), how many of which other unit it is. Those of general
// practice and of HL7's examples are here; what isn't is comparable with itself only.
const ucumText = `
m * 1 m|s * 1 s|g * 1 g|rad * 1 rad|K * 1 K|C * 1 C|cd * 1 cd|mol * 6.0221367e23 1
10* - 10 1|10^ - 10 1|% - 0.01 1|[ppth] - 0.001 1|[ppm] - 0.000001 1|[ppb] - 0.000000001 1|[pi] - 3.1415926535897932384626433832795028841971693993751058209749445923 1
min - 60 s|h - 3600 s|d - 86400 s|wk - 604800 s|mo - 2629800 s|mo_j - 2629800 s|a - 31557600 s|a_j - 31557600 s|mo_s - 2551442.976 s|a_g - 31556952 s
l * 0.001 m3|L * 0.001 m3|t * 1000000 g|ar * 100 m2|u * 1.6605402e-24 g|eV * 1.60217733e-19 J
Hz * 1 s-1|N * 1000 g.m/s2|Pa * 1 N/m2|J * 1 N.m|W * 1 J/s|A * 1 C/s|V * 1 J/C|F * 1 C/V|Ohm * 1 V/A|S * 1 A/V|Wb * 1 V.s|T * 1 Wb/m2|H * 1 Wb/A
lm * 1 cd.sr|lx * 1 lm/m2|Bq * 1 s-1|Gy * 1 J/kg|Sv * 1 J/kg|sr * 1 rad2|bar * 100000 Pa|atm - 101325 Pa|kat * 1 mol/s|U * 0.000001 mol/min
deg - 0.017453292519943295769236907684886 rad|gon - 0.9 deg|' - 1 deg/60|'' - 1 deg/3600
cal * 4.184 J|cal_th * 4.184 J|cal_IT * 4.1868 J|[Cal] - 1 kcal_th|m[H2O] * 9806.65 Pa|m[Hg] * 133322 Pa|erg * 0.0000001 J|dyn * 0.00001 N|P * 0.1 Pa.s|Ci * 37000000000 Bq|R * 0.000258 C/kg
[in_i] - 0.0254 m|[ft_i] - 12 [in_i]|[yd_i] - 3 [ft_i]|[mi_i] - 5280 [ft_i]|[nmi_i] - 1852 m|[in_us] - 0.0254000508001016 m|[sin_i] - 1 [in_i]2|[sft_i] - 1 [ft_i]2|[cin_i] - 1 [in_i]3
[lb_av] - 453.59237 g|[oz_av] - 28.349523125 g|[gr] - 0.06479891 g|[stone_av] - 14 [lb_av]|[ston_av] - 2000 [lb_av]|[lb_tr] - 373.2417216 g|[oz_tr] - 31.1034768 g|[dr_av] - 1.7718451953125 g|[lbf_av] - 4.4482216152605 N|[psi] - 6894.757293168361 Pa
[gal_us] - 231 [in_i]3|[qt_us] - 57.75 [in_i]3|[pt_us] - 28.875 [in_i]3|[foz_us] - 1.8046875 [in_i]3|[cup_us] - 16 [tbs_us]|[tbs_us] - 0.5 [foz_us]|[tsp_us] - 0.3008 [foz_us]|[gal_br] - 0.00454609 m3|[pt_br] - 0.00056826125 m3|[foz_br] - 0.0000284130625 m3|[drp] - 0.05 ml
eq * 1 mol|osm * 1 mol|[car_Au] - 1 1|[HPF] - 1 1|[LPF] - 100 1|{tot} - 1 1|[in_i'H2O] - 249.08891 Pa|[in_i'Hg] - 3386.3788 Pa|[degRe] - 1.25 K|[degR] - 0.5555555555555556 K`

// ucum are the units by their code.
var ucum = func() map[string]unit {
	all := map[string]unit{}
	lines := strings.FieldsFunc(ucumText, func(r rune) bool { return r == '|' || r == '\n' })
	for _, line := range lines {
		f := strings.Fields(line)
		all[f[0]] = unit{} // so that it is known as a unit
		metric[f[0]] = f[1] == "*"
		definitions[f[0]] = [2]string{f[2], f[3]}
	}
	for i, base := range []string{"m", "s", "g", "rad", "K", "C", "cd"} {
		u := unit{factor: one}
		u.dims[i] = 1
		all[base] = u
		delete(definitions, base)
	}
	for code := range definitions {
		all[code] = resolve(all, code, 0)
	}
	return all
}()

var (
	metric      = map[string]bool{}
	definitions = map[string][2]string{}
)

// resolve is the unit of a code, by its definition.
func resolve(all map[string]unit, code string, depth int) unit {
	u, def := all[code], definitions[code]
	if u.factor != nil || depth > 10 {
		return u
	}
	p := unitParser{text: def[1], all: func(c string) (unit, bool) {
		if _, known := all[c]; !known {
			return unit{}, false
		}
		return resolve(all, c, depth+1), true
	}}
	of, ok := p.whole()
	n, ok2 := new(big.Rat).SetString(def[0])
	if !ok || !ok2 {
		panic("system: the unit " + code + " has no meaning") // a slip in ucumText, found by any test
	}
	of.factor = mul(of.factor, n)
	all[code] = of
	return of
}

// parseUnit reads a UCUM code (UCUM 2: terms, factors, exponents, prefixes, annotations).
func parseUnit(code string) (unit, bool) {
	if len(code) > 100 {
		return unit{}, false
	}
	p := unitParser{text: code, all: func(c string) (unit, bool) { u, ok := ucum[c]; return u, ok }}
	return p.whole()
}

type unitParser struct {
	text  string
	all   func(string) (unit, bool)
	depth int
}

func (p *unitParser) whole() (unit, bool) {
	u, ok := p.term()
	return u, ok && p.text == ""
}

// term is factors with . and / between them; it may begin with /.
func (p *unitParser) term() (unit, bool) {
	out := unit{factor: one}
	if p.depth++; p.depth > 10 {
		return out, false
	}
	defer func() { p.depth-- }()
	power := 1
	if strings.HasPrefix(p.text, "/") {
		power, p.text = -1, p.text[1:]
	}
	for {
		u, ok := p.factor()
		if !ok || !out.times(u, power) {
			return out, false
		}
		switch {
		case strings.HasPrefix(p.text, "."):
			power = 1
		case strings.HasPrefix(p.text, "/"):
			power = -1
		default:
			return out, true
		}
		p.text = p.text[1:]
	}
}

// factor is a number, a unit with an exponent, an annotation, or a term in parentheses.
func (p *unitParser) factor() (unit, bool) {
	if strings.HasPrefix(p.text, "(") {
		p.text = p.text[1:]
		u, ok := p.term()
		if !ok || !strings.HasPrefix(p.text, ")") {
			return u, false
		}
		p.text = p.text[1:]
		return u, true
	}
	end := p.end()
	code := p.text[:end]
	p.text = p.text[end:]
	if i := strings.IndexByte(code, '{'); i >= 0 && strings.HasSuffix(code, "}") {
		if code = code[:i]; code == "" {
			return unit{factor: one}, true
		}
	}
	if n, err := strconv.ParseUint(code, 10, 32); err == nil {
		return unit{factor: new(big.Rat).SetUint64(n)}, n > 0
	}
	if u, ok := p.simple(code); ok {
		return u, true
	}
	i := strings.LastIndexAny(code, "+-")
	if i < 0 {
		i = len(strings.TrimRight(code, "0123456789"))
	}
	if i == 0 || i == len(code) {
		return unit{}, false
	}
	exponent, err := strconv.Atoi(code[i:])
	u, ok := p.simple(code[:i])
	out := unit{factor: one}
	return out, ok && err == nil && out.times(u, exponent)
}

// end is where the factor ends that the text begins with.
func (p *unitParser) end() int {
	brackets := 0
	for i := range len(p.text) {
		switch p.text[i] {
		case '[', '{':
			brackets++
		case ']', '}':
			brackets--
		case '.', '/', '(', ')':
			if brackets <= 0 {
				return i
			}
		}
	}
	return len(p.text)
}

// simple is a unit, with a prefix if it takes one.
func (p *unitParser) simple(code string) (unit, bool) {
	if code == "1" {
		return unit{factor: one}, true
	}
	if u, ok := p.all(code); ok {
		return u, true
	}
	for _, n := range []int{1, 2} {
		if len(code) <= n {
			break
		}
		power, ok := prefixes[code[:n]]
		if !ok || !metric[code[n:]] {
			continue
		}
		if u, ok := p.all(code[n:]); ok {
			ten := unit{factor: big.NewRat(10, 1)}
			return u, u.times(ten, power)
		}
	}
	return unit{}, false
}

// times multiplies with a power of another unit.
func (u *unit) times(v unit, power int) bool {
	if v.factor == nil || v.special != "" || power > 30 || power < -30 {
		return false
	}
	factor := v.factor
	if power < 0 {
		factor = new(big.Rat).Inv(factor)
	}
	for range max(power, -power) {
		u.factor = mul(u.factor, factor)
	}
	for i, d := range v.dims {
		u.dims[i] += d * int8(power)
	}
	return true
}
