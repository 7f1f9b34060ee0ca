package path

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

// texts are the functions of strings (FHIRPath 2.0, 5.6).
func texts() map[string]function {
	text := func(least, most int, gives string, do func(r *run, n *Node, s string, args []Collection) Collection) function {
		return function{least, most, func(r *run, n *Node, f *frame, in Collection) Collection {
			s, ok := r.string(n, in)
			if !ok {
				return nil
			}
			args := make([]Collection, len(n.Args))
			for i := range args {
				args[i] = r.arg(n, i, f)
			}
			r.step(n, len(s)/16)
			out := do(r, n, s, args)
			for _, v := range out {
				if made, ok := v.system.(string); ok && len(made) > maxText {
					r.text(n, made)
				}
			}
			return out
		}, gives, "String"}
	}
	// with is a function of a string and another.
	with := func(gives string, do func(s, t string) any) function {
		return text(1, 1, gives, func(r *run, n *Node, s string, args []Collection) Collection {
			t, ok := r.string(n, args[0])
			if !ok {
				return nil
			}
			if out := do(s, t); out != nil {
				return one(out)
			}
			return nil
		})
	}
	alone := func(gives string, do func(s string) any) function {
		return text(0, 0, gives, func(_ *run, _ *Node, s string, _ []Collection) Collection { return one(do(s)) })
	}
	return map[string]function{
		"indexOf":     with("Integer", func(s, t string) any { return runes(s, strings.Index(s, t)) }),
		"lastIndexOf": with("Integer", func(s, t string) any { return runes(s, strings.LastIndex(s, t)) }),
		"startsWith":  with("Boolean", func(s, t string) any { return strings.HasPrefix(s, t) }),
		"endsWith":    with("Boolean", func(s, t string) any { return strings.HasSuffix(s, t) }),
		"contains":    with("Boolean", func(s, t string) any { return strings.Contains(s, t) }),
		"upper":       alone("String", func(s string) any { return strings.ToUpper(s) }),
		"lower":       alone("String", func(s string) any { return strings.ToLower(s) }),
		"trim":        alone("String", func(s string) any { return strings.TrimSpace(s) }),
		"length":      alone("Integer", func(s string) any { return int64(utf8.RuneCountInString(s)) }),
		"encode":      with("String", encode), "decode": with("String", decode),
		"escape": with("String", escaped), "unescape": with("String", unescaped),
		"substring":      text(1, 2, "String", substring),
		"toChars":        text(0, 0, "String", func(r *run, n *Node, s string, _ []Collection) Collection { return r.texts(n, strings.Split(s, "")) }),
		"split":          text(1, 1, "String", split),
		"replace":        text(2, 2, "String", replace),
		"matches":        text(1, 1, "Boolean", matches(`(?s)%s`)),
		"matchesFull":    text(1, 1, "Boolean", matches(`(?s)^(?:%s)$`)),
		"replaceMatches": text(2, 2, "String", replaceMatches),
		"join":           {0, 1, join, "String", ""},
	}
}

// runes is a place in bytes as one in characters.
func runes(s string, i int) int64 {
	if i < 0 {
		return -1
	}
	return int64(utf8.RuneCountInString(s[:i]))
}

func (r *run) texts(n *Node, all []string) (out Collection) {
	r.step(n, len(all))
	for _, s := range all {
		out = append(out, of(s))
	}
	return out
}

func substring(r *run, n *Node, s string, args []Collection) Collection {
	start, ok := r.integer(n, args[0])
	chars := []rune(s)
	if !ok || start < 0 || start >= int64(len(chars)) {
		return nil
	}
	chars = chars[start:]
	if len(args) > 1 {
		if length, ok := r.integer(n, args[1]); ok {
			chars = chars[:min(max(0, length), int64(len(chars)))]
		}
	}
	return one(string(chars))
}

func split(r *run, n *Node, s string, args []Collection) Collection {
	by, ok := r.string(n, args[0])
	if !ok {
		return nil
	}
	return r.texts(n, strings.Split(s, by))
}

func join(r *run, n *Node, f *frame, in Collection) Collection {
	by := ""
	if len(n.Args) > 0 {
		by, _ = r.string(n, r.arg(n, 0, f))
	}
	var all []string
	length := 0
	for _, v := range in {
		if s, ok := r.string(n, Collection{v}); ok {
			all = append(all, s)
			if length += len(s) + len(by); length > maxText {
				return r.text(n, strings.Repeat(" ", length))
			}
		}
	}
	if len(in) == 0 {
		return nil
	}
	return r.text(n, strings.Join(all, by))
}

func replace(r *run, n *Node, s string, args []Collection) Collection {
	old, ok1 := r.string(n, args[0])
	with, ok2 := r.string(n, args[1])
	if !ok1 || !ok2 {
		return nil
	}
	if strings.Count(s, old)*len(with)+len(s) > maxText {
		r.fail(n, "the text is too long: at most %d characters are allowed", maxText)
	}
	return r.text(n, strings.ReplaceAll(s, old, with))
}

// maxPattern bounds regular expressions.
const maxPattern = 1000

// pattern compiles a regular expression: Go's, which take time in proportion to the text, whatever they are.
func (r *run) pattern(n *Node, form, p string) *regexp.Regexp {
	if len(p) > maxPattern {
		r.fail(n, "the regular expression is too long: at most %d characters are allowed", maxPattern)
	}
	r.step(n, 10*len(p))
	re, err := regexp.Compile(strings.Replace(form, "%s", p, 1))
	if err != nil {
		r.fail(n, "the regular expression can't be read: %s", err)
	}
	return re
}

func matches(form string) func(*run, *Node, string, []Collection) Collection {
	return func(r *run, n *Node, s string, args []Collection) Collection {
		p, ok := r.string(n, args[0])
		if !ok {
			return nil
		}
		return one(r.pattern(n, form, p).MatchString(s))
	}
}

// dollar is a group in what is put for a match, as other engines write it.
var dollar = regexp.MustCompile(`\$(\d+)`)

func replaceMatches(r *run, n *Node, s string, args []Collection) Collection {
	p, ok1 := r.string(n, args[0])
	with, ok2 := r.string(n, args[1])
	if !ok1 || !ok2 {
		return nil
	}
	if p == "" {
		return one(s)
	}
	if (len(s)+1)*(len(with)+1) > 16*maxText {
		r.fail(n, "the text is too long: at most %d characters are allowed", maxText)
	}
	return r.text(n, r.pattern(n, `(?s)%s`, p).ReplaceAllString(s, dollar.ReplaceAllString(with, `$${${1}}`)))
}

func encode(s, as string) any {
	switch as {
	case "hex":
		return hex.EncodeToString([]byte(s))
	case "base64":
		return base64.StdEncoding.EncodeToString([]byte(s))
	case "urlbase64":
		return base64.URLEncoding.EncodeToString([]byte(s))
	}
	return nil
}

func decode(s, from string) any {
	var b []byte
	err := error(nil)
	switch from {
	case "hex":
		b, err = hex.DecodeString(s)
	case "base64":
		b, err = base64.StdEncoding.DecodeString(s)
	case "urlbase64":
		b, err = base64.URLEncoding.DecodeString(s)
	default:
		return nil
	}
	if err != nil || !utf8.Valid(b) {
		return nil
	}
	return string(b)
}

func escaped(s, as string) any {
	switch as {
	case "html":
		return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(s)
	case "json":
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if e.Encode(s) != nil {
			return nil
		}
		return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
	}
	return nil
}

func unescaped(s, from string) any {
	switch from {
	case "html":
		return html.UnescapeString(s)
	case "json":
		var out string
		if json.Unmarshal([]byte(`"`+s+`"`), &out) == nil {
			return out
		}
		if !strings.Contains(s, `\`) {
			return s // it has quotes, and nothing to unescape
		}
	}
	return nil
}
