package prose

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Query is a question of words: a phrase, or several questions that must All be met, or of which Any must. Just one of
// the three is set.
type Query struct {
	Phrase string // words with one space between them, that must stand just so
	Prefix bool   // the Phrase's last word may go on
	All    []Query
	Any    []Query
}

// Limits on a Query: far above what people ask.
const (
	maxPhrases = 64
	maxNested  = 8
	// minPrefix is how many letters must stand before a *: a shorter one would find most words there are.
	minPrefix = 3
)

// Matches says whether words, as Words makes them, are as asked.
func (q Query) Matches(words string) bool {
	for _, each := range q.All {
		if !each.Matches(words) {
			return false
		}
	}
	for _, one := range q.Any {
		if one.Matches(words) {
			return true
		}
	}
	return q.Any == nil && (q.Phrase == "" || q.holds(words))
}

// holds looks for the phrase between spaces or ends.
func (q Query) holds(words string) bool {
	for from := 0; ; {
		i := strings.Index(words[from:], q.Phrase)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(q.Phrase)
		if (start == 0 || words[start-1] == ' ') && (q.Prefix || end == len(words) || words[end] == ' ') {
			return true
		}
		from = start + 1
	}
}

// String is the compact form, which ParseQuery reads again.
func (q Query) String() string {
	switch {
	case q.Phrase != "" && q.Prefix:
		return `"` + q.Phrase + `"*`
	case q.Phrase != "":
		return `"` + q.Phrase + `"`
	case q.All != nil:
		return among(q.All, " and ")
	}
	return among(q.Any, " or ")
}

func among(qs []Query, with string) string {
	parts := make([]string, len(qs))
	for i, q := range qs {
		parts[i] = q.String()
	}
	return "(" + strings.Join(parts, with) + ")"
}

// ParseQuery reads "(bone or liver) and metastases", R4's own example: words with and, or and parentheses between them;
// words beside each other must all be there; "in quotes" they must stand so; a word may end in *. And binds before or,
// both in any case.
func ParseQuery(s string) (Query, error) {
	p := queryParser{}
	if err := p.lex(s); err != nil {
		return Query{}, err
	}
	q, err := p.any(0)
	if err == nil && p.at < len(p.tokens) {
		err = errors.New("there is a closing parenthesis too many")
	}
	return q, err
}

// token is "(", ")", "and", "or", or a phrase if kind is 0.
type token struct {
	kind   byte // one of ( ) & |, or 0
	phrase Query
}

type queryParser struct {
	tokens []token
	at     int
}

// lex takes the text apart. What has no letter or digit in it asks for nothing.
func (p *queryParser) lex(s string) error {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimLeftFunc(s, unicode.IsSpace) {
		var raw string
		quoted := s[0] == '"'
		switch {
		case s[0] == '(' || s[0] == ')':
			p.tokens = append(p.tokens, token{kind: s[0]})
			s = s[1:]
			continue
		case quoted:
			end := strings.IndexByte(s[1:], '"')
			if end < 0 {
				return errors.New("a quotation mark is not closed")
			}
			raw, s = s[1:1+end], s[2+end:]
		default:
			end := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`()"`, r) })
			if end < 0 {
				end = len(s)
			}
			raw, s = s[:end], s[end:]
		}
		if err := p.term(raw, quoted, &s); err != nil {
			return err
		}
	}
	return nil
}

// term adds a word, a phrase or an operator. A * may stand at a word's end, or behind a phrase's quotation mark.
func (p *queryParser) term(raw string, quoted bool, rest *string) error {
	if kind := map[string]byte{"and": '&', "or": '|'}[strings.ToLower(raw)]; kind != 0 && !quoted {
		p.tokens = append(p.tokens, token{kind: kind})
		return nil
	}
	q := Query{}
	if quoted {
		*rest, q.Prefix = strings.CutPrefix(*rest, "*")
	} else {
		raw, q.Prefix = strings.CutSuffix(raw, "*")
	}
	if q.Phrase = Words(raw); q.Phrase == "" {
		return nil
	}
	last := q.Phrase[strings.LastIndexByte(q.Phrase, ' ')+1:]
	if q.Prefix && len(last) < minPrefix {
		return fmt.Errorf("at least %d letters must stand before a *", minPrefix)
	}
	if p.tokens = append(p.tokens, token{phrase: q}); len(p.tokens) > 4*maxPhrases {
		return fmt.Errorf("there are more than %d words in it", maxPhrases)
	}
	return nil
}

// next is the kind of the next token; ok is false at the end.
func (p *queryParser) next() (kind byte, ok bool) {
	if p.at == len(p.tokens) {
		return 0, false
	}
	return p.tokens[p.at].kind, true
}

// any reads alternatives.
func (p *queryParser) any(depth int) (Query, error) {
	var of []Query
	for {
		q, err := p.all(depth)
		if err != nil {
			return Query{}, err
		}
		of = append(of, q)
		if kind, _ := p.next(); kind != '|' {
			break
		}
		p.at++
	}
	if len(of) == 1 {
		return of[0], nil
	}
	return Query{Any: of}, nil
}

// all reads what must be met together, with or without an and between.
func (p *queryParser) all(depth int) (Query, error) {
	var of []Query
	for wanted := true; ; {
		kind, ok := p.next()
		switch {
		case ok && (kind == 0 || kind == '('):
			q, err := p.one(depth)
			if err != nil {
				return Query{}, err
			}
			of, wanted = append(of, q), false
			continue
		case wanted:
			return Query{}, errors.New("a word is missing: there must be one on both sides of and and or, and within parentheses")
		case kind == '&':
			p.at++
			wanted = true
			continue
		case len(of) == 1:
			return of[0], nil
		}
		return Query{All: of}, nil
	}
}

// one reads a phrase or what is in parentheses.
func (p *queryParser) one(depth int) (Query, error) {
	t := p.tokens[p.at]
	p.at++
	if t.kind == 0 {
		return t.phrase, nil
	}
	if depth == maxNested {
		return Query{}, fmt.Errorf("there are parentheses in parentheses more than %d deep", maxNested)
	}
	q, err := p.any(depth + 1)
	if err != nil {
		return Query{}, err
	}
	if kind, _ := p.next(); kind != ')' {
		return Query{}, errors.New("a parenthesis is not closed")
	}
	p.at++
	return q, nil
}
