package spec

import "strings"

// token is a kind of word in an expression.
type token uint8

const (
	tokenEnd    token = iota
	tokenName         // an element, a type, a function, and, as, is, true, false
	tokenString       // 'quoted'
	tokenSign         // punctuation, and $this
)

// lexer splits an expression into words; next puts the one it finds into its fields.
type lexer struct {
	src      string
	token    token
	text     string // a quoted string without its quotes
	pos, end int    // where it stands in src
}

func (l *lexer) next() error {
	i := l.end
	for i < len(l.src) && strings.IndexByte(" \t\r\n", l.src[i]) >= 0 {
		i++
	}
	l.pos = i
	if i == len(l.src) {
		l.token, l.text, l.end = tokenEnd, "", i
		return nil
	}
	switch c := l.src[i]; {
	case c == '\'':
		return l.quote()
	case letter(c), c == '$' && i+1 < len(l.src) && letter(l.src[i+1]):
		for i++; i < len(l.src) && (letter(l.src[i]) || l.src[i] >= '0' && l.src[i] <= '9'); i++ {
		}
		l.token = tokenName
		if c == '$' {
			l.token = tokenSign
		}
	case strings.HasPrefix(l.src[i:], "!="):
		l.token, i = tokenSign, i+2
	case strings.IndexByte(".()|=", c) >= 0:
		l.token, i = tokenSign, i+1
	default:
		return wrong(l.src, i, "The expression has a character that isn't supported in search parameters")
	}
	l.text, l.end = l.src[l.pos:i], i
	return nil
}

// quote reads a 'string'. Of the escapes only \' and \\ are taken.
func (l *lexer) quote() error {
	var b strings.Builder
	for i := l.pos + 1; i < len(l.src); i++ {
		switch l.src[i] {
		case '\'':
			l.token, l.text, l.end = tokenString, b.String(), i+1
			return nil
		case '\\':
			if i++; i == len(l.src) || l.src[i] != '\'' && l.src[i] != '\\' {
				return wrong(l.src, i, `The expression has an escape other than \' and \\`)
			}
		}
		b.WriteByte(l.src[i])
	}
	return wrong(l.src, l.pos, "The expression has a string without its closing quote")
}

// unexpected is the error for a word that can't stand where it does.
func (l *lexer) unexpected(want string) error {
	return wrong(l.src, l.pos, "The expression can't be read: expected %s", want)
}

func letter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }
