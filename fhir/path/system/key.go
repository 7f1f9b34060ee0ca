package system

import (
	"fmt"
	"strconv"
	"strings"
)

// The parts of a key: whether the number is negative, zero or positive; then its power of ten, in one character if it
// is near, else behind one that says on which side it lies; then the digits. Those of negative numbers are turned
// round, and end with what is greater than any digit.
const (
	keyNegative = '<'
	keyZero     = "="
	keyPositive = '>'
	keyTiny     = '!'
	keyNear     = 'P' // the power 0; nearest below and above it stand for the others
	keyHuge     = 'z'
	keyEnd      = '~'
	nearest     = 40
	farthest    = 9999
)

// Key writes a decimal so that two compare by bytes as the numbers do, and are the same text if the numbers are equal.
// The decimal is digits with an optional sign, point and exponent, as many as there are: nothing is rounded. ok is
// false for anything else, and for what has its first digit more than 9999 places from the point. The key is printable
// ASCII, and not longer than the digits by more than 7.
func Key(decimal string) (key string, ok bool) {
	text, negative := decimal, false
	if text != "" && (text[0] == '-' || text[0] == '+') {
		text, negative = text[1:], text[0] == '-'
	}
	power := 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		var err error
		if power, err = strconv.Atoi(text[i+1:]); err != nil {
			return "", false
		}
		text = text[:i]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	significant := strings.TrimLeft(digits, "0")
	if significant == "" {
		return keyZero, true
	}
	power += len(whole) - (len(digits) - len(significant)) // the number is 0.significant times ten to this
	if power > farthest || power < -farthest {
		return "", false
	}
	return keyOf(negative, power, strings.TrimRight(significant, "0")), true
}

// keyOf is the key of a number that isn't zero.
func keyOf(negative bool, power int, digits string) string {
	out := make([]byte, 0, len(digits)+7)
	if !negative {
		return string(append(appendPower(append(out, keyPositive), power), digits...))
	}
	out = appendPower(append(out, keyNegative), -power)
	for i := range len(digits) {
		out = append(out, '0'+'9'-digits[i])
	}
	return string(append(out, keyEnd))
}

func appendPower(out []byte, power int) []byte {
	switch {
	case power > nearest:
		return fmt.Appendf(append(out, keyHuge), "%04d", power)
	case power < -nearest:
		return fmt.Appendf(append(out, keyTiny), "%04d", farthest+power)
	}
	return append(out, byte(keyNear+power))
}

// Unkey is the decimal that Key made a key of, without what says nothing: 100 for 1.00e2. ok is false if it isn't one.
func Unkey(key string) (decimal string, ok bool) {
	if key == keyZero {
		return "0", true
	}
	if len(key) < 3 || key[0] != keyPositive && key[0] != keyNegative {
		return "", false
	}
	negative := key[0] == keyNegative
	power, digits, ok := cutPower(key[1:])
	if negative {
		turned := []byte(strings.TrimSuffix(digits, string(keyEnd)))
		for i, c := range turned {
			turned[i] = '0' + '9' - c
		}
		power, digits = -power, string(turned)
	}
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	text := plain(power, digits)
	if negative {
		text = "-" + text
	}
	return text, true
}

func cutPower(key string) (power int, digits string, ok bool) {
	if key[0] != keyTiny && key[0] != keyHuge {
		return int(key[0]) - keyNear, key[1:], true
	}
	if len(key) < 5 {
		return 0, "", false
	}
	power, err := strconv.Atoi(key[1:5])
	if key[0] == keyTiny {
		power -= farthest
	}
	return power, key[5:], err == nil
}

// plain writes 0.digits times ten to a power; with an exponent if zeros alone would be longer than any number that
// people write.
func plain(power int, digits string) string {
	switch n := len(digits); {
	case power > nearest || power < -nearest:
		text := digits[:1]
		if n > 1 {
			text += "." + digits[1:]
		}
		return text + "e" + strconv.Itoa(power-1)
	case power <= 0:
		return "0." + strings.Repeat("0", -power) + digits
	case power >= n:
		return digits + strings.Repeat("0", power-n)
	default:
		return digits[:power] + "." + digits[power:]
	}
}

// Key is that of the decimal: see the function.
func (d Decimal) Key() string {
	key, _ := Key(d.d.String()) // no Decimal is so long
	return key
}
