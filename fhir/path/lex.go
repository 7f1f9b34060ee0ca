package path

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// token is a kind of word in an expression.
type token uint8

const (
	tokenEnd    token = iota
	tokenName         // an identifier, or a keyword
	tokenQuoted       // `an identifier`
	tokenString       // 'text'
	tokenNumber       // 4, 4.0
	tokenMoment       // @2026, @2026T, @T14
	tokenSign         // punctuation, $this, $index, $total
)

// lexer splits an expression into words (FHIRPath 2.0, 12); next puts the one it finds into its fields.
type lexer struct {
	src      string
	token    token
	text     string // what it means: without quotes and escapes
	op       Op     // of a moment: Date, DateTime or Time
	pos, end int    // where it stands in src
}

// is says whether the word is a sign or keyword.
func (l *lexer) is(text string) bool {
	return (l.token == tokenSign || l.token == tokenName) && l.text == text
}

func (l *lexer) wrong(pos int, format string, args ...any) error {
	return wrong(l.src, pos, format, args...)
}

// unexpected is the error for a word that can't stand where it does.
func (l *lexer) unexpected(want string) error {
	return l.wrong(l.pos, "the expression can't be read: expected %s", want)
}

func (l *lexer) next() error {
	i, err := l.space(l.end)
	if err != nil {
		return err
	}
	l.pos = i
	if i == len(l.src) {
		l.token, l.text, l.end = tokenEnd, "", i
		return nil
	}
	switch c := l.src[i]; {
	case c == '\'':
		l.token = tokenString
		return l.quoted('\'')
	case c == '`':
		l.token = tokenQuoted
		return l.quoted('`')
	case letter(c):
		l.token, i = tokenName, l.word(i)
	case c == '$' && i+1 < len(l.src) && letter(l.src[i+1]):
		l.token, i = tokenSign, l.word(i+1)
	case digit(c):
		l.token = tokenNumber
		if i = l.digits(i); i+1 < len(l.src) && l.src[i] == '.' && digit(l.src[i+1]) {
			i = l.digits(i + 1)
		}
	case c == '@':
		return l.moment()
	default:
		l.token = tokenSign
		n := l.sign(l.src[i:])
		if n == 0 {
			return l.wrong(i, "the expression has a character that FHIRPath doesn't know")
		}
		i += n
	}
	l.text, l.end = l.src[l.pos:i], i
	return nil
}

// sign is the length of the punctuation that s begins with.
func (l *lexer) sign(s string) int {
	for _, two := range [...]string{"!=", "!~", "<=", ">="} {
		if strings.HasPrefix(s, two) {
			return 2
		}
	}
	if strings.IndexByte(".,()[]{}|&=~<>+-*/%", s[0]) >= 0 {
		return 1
	}
	return 0
}

// space is where the next word begins: behind white space and comments.
func (l *lexer) space(i int) (int, error) {
	for i < len(l.src) {
		switch rest := l.src[i:]; {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			i++
		case strings.HasPrefix(rest, "//"):
			if n := strings.IndexByte(rest, '\n'); n >= 0 {
				i += n
			} else {
				i = len(l.src)
			}
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return i, l.wrong(i, "the expression has a comment without its end, */")
			}
			i += n + 4
		default:
			return i, nil
		}
	}
	return i, nil
}

func (l *lexer) word(i int) int {
	for i < len(l.src) && (letter(l.src[i]) || digit(l.src[i])) {
		i++
	}
	return i
}

func (l *lexer) digits(i int) int {
	for i < len(l.src) && digit(l.src[i]) {
		i++
	}
	return i
}

// quoted reads what stands in quotes, with its escapes.
func (l *lexer) quoted(quote byte) error {
	var b strings.Builder
	for i := l.pos + 1; i < len(l.src); {
		switch c := l.src[i]; c {
		case quote:
			if l.text, l.end = b.String(), i+1; l.text == "" && quote == '`' {
				return l.wrong(l.pos, "the expression has a name that is empty")
			}
			return nil
		case '\\':
			r, n := escape(l.src[i:])
			if n == 0 {
				return l.wrong(i, `the expression has an escape that FHIRPath doesn't know; a \ is written \\`)
			}
			b.WriteRune(r)
			i += n
		default:
			b.WriteByte(c)
			i++
		}
	}
	return l.wrong(l.pos, "the expression has a string or name without its closing quote")
}

// escape reads the escape that s begins with; its length is 0 if it is none.
func escape(s string) (r rune, length int) {
	if len(s) < 2 {
		return 0, 0
	}
	if i := strings.IndexByte("fnrt'\"`\\/", s[1]); i >= 0 {
		return rune("\f\n\r\t'\"`\\/"[i]), 2
	}
	if s[1] != 'u' || len(s) < 6 {
		return 0, 0
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil || !utf8.ValidRune(rune(n)) {
		return 0, 0
	}
	return rune(n), 6
}

// moment reads @ and a date, a dateTime or a time. What it means is checked by the parser.
func (l *lexer) moment() error {
	l.token, l.op = tokenMoment, Date
	i := l.pos + 1
	if i < len(l.src) && l.src[i] != 'T' {
		i = l.digits(i)
		for range 2 {
			if i+1 < len(l.src) && l.src[i] == '-' && digit(l.src[i+1]) {
				i = l.digits(i + 1)
			}
		}
	}
	if i < len(l.src) && l.src[i] == 'T' {
		l.op = DateTime
		if i == l.pos+1 {
			l.op = Time
		}
		i = l.clock(i + 1)
	}
	l.text, l.end = strings.TrimPrefix(l.src[l.pos+1:i], "T"), i
	return nil
}

// clock is where a time of day and its offset end, which only a dateTime has.
func (l *lexer) clock(i int) int {
	from := i
	i = l.digits(i)
	for range 2 {
		if i+1 < len(l.src) && l.src[i] == ':' && digit(l.src[i+1]) {
			i = l.digits(i + 1)
		}
	}
	if i == from+8 && i+1 < len(l.src) && l.src[i] == '.' && digit(l.src[i+1]) {
		i = l.digits(i + 1)
	}
	switch {
	case l.op != DateTime || i == from || i == len(l.src):
	case l.src[i] == 'Z':
		i++
	case (l.src[i] == '+' || l.src[i] == '-') && i+5 < len(l.src) && l.src[i+3] == ':' && digit(l.src[i+1]) && digit(l.src[i+2]) &&
		digit(l.src[i+4]) && digit(l.src[i+5]):
		i += 6
	}
	return i
}

func letter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }

func digit(c byte) bool { return c >= '0' && c <= '9' }
