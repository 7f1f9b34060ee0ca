package search

import (
	"errors"
	"fmt"
	"strings"
)

// split parts a value at a separator that has no backslash before it (R4 search 3.1.1.4.19). Escapes stay as they are.
func split(s string, sep byte) []string {
	var parts []string
	from := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case sep:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

// unescape turns \, \$ \| and \\ into the characters themselves.
func unescape(s string) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			if i++; i == len(s) || !strings.ContainsRune(`,$|\`, rune(s[i])) {
				return "", errors.New(`a backslash stands only before a comma, $, | or another backslash`)
			}
		}
		b.WriteByte(s[i])
	}
	return b.String(), nil
}

// fields are the unescaped parts of a value between separators, from least to most of them.
func fields(s string, sep byte, least, most int) ([]string, error) {
	parts := split(s, sep)
	if len(parts) < least || len(parts) > most {
		return nil, fmt.Errorf("there are %d %q in it", len(parts)-1, string(sep))
	}
	for i, p := range parts {
		var err error
		if parts[i], err = unescape(p); err != nil {
			return nil, err
		}
	}
	return parts, nil
}
