package practice

import (
	"fmt"
	"strings"
	"testing"
)

func TestNHSNumbers(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range smallPractice(t) {
		if r.kind() != "Patient" {
			continue
		}
		number := r.text("identifier", "value")
		if r.text("identifier", "system") != nhsNumber || len(number) != 10 || !strings.HasPrefix(number, "999") {
			t.Errorf("%s: NHS number %q is not a test number", r.url, number)
		}
		sum := 0
		for i, digit := range number {
			sum += int(digit-'0') * (10 - i)
		}
		if sum%11 != 0 { // with the check digit at weight 1 the sum is a multiple of 11
			t.Errorf("%s: NHS number %s fails modulus 11", r.url, number)
		}
		if seen[number] {
			t.Errorf("NHS number %s given twice", number)
		}
		seen[number] = true
	}
	for nine, want := range map[int]string{900_000_000: "9", 123_456_789: "none"} {
		got := "none"
		if check, ok := checkDigit(nine); ok {
			got = fmt.Sprint(check)
		}
		if got != want {
			t.Errorf("check digit of %d is %s, want %s", nine, got, want)
		}
	}
}
