package practice

import "fmt"

// testNumbers is the first nine digits of the lowest NHS number reserved for tests: 999 000 0000 to 999 999 9999 are
// never given to a person.
const testNumbers = 999_000_000

// testNHSNumbers are the first n test NHS numbers. The step spreads neighbours on the list far apart, and being prime
// to the size of the range it meets every number once.
func testNHSNumbers(n int) []string {
	const step, size = 7919, 1_000_000
	out := make([]string, 0, n)
	for at := 0; len(out) < n; at++ {
		nine := testNumbers + at*step%size
		if check, ok := checkDigit(nine); ok {
			out = append(out, fmt.Sprintf("%d%d", nine, check))
		}
	}
	return out
}

// checkDigit is the modulus 11 check digit of an NHS number's first nine digits (NHS Data Dictionary, NHS NUMBER);
// false if they have none, and so are no NHS number's.
func checkDigit(nine int) (int, bool) {
	sum := 0
	for weight := 2; weight <= 10; weight++ {
		sum += nine % 10 * weight
		nine /= 10
	}
	check := (11 - sum%11) % 11
	return check, check != 10
}
