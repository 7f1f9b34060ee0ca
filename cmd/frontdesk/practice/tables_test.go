package practice

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"frontdesk/testdata/demo"
)

// TestCodesHaveTheirCheckDigit catches a mistyped code: SNOMED CT ends in a Verhoeff digit, LOINC in a Luhn digit.
func TestCodesHaveTheirCheckDigit(t *testing.T) {
	names, err := fs.Glob(demo.Files, "*.json")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, name := range names {
		data, err := demo.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var table any
		if err := json.Unmarshal(data, &table); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		walk(map[string]any{"": table}, func(member string, v any) {
			code, _ := v.(string)
			switch {
			case code == "" || strings.Trim(code, "0123456789-") != "":
			case member == "loinc" && !luhn(strings.Replace(code, "-", "", 1)):
				t.Errorf("%s: LOINC %s has the wrong check digit", name, code)
			case (member == "code" || member == "vmp" || member == "type" || member == "avoid") && !verhoeff(code):
				t.Errorf("%s: SNOMED CT %s has the wrong check digit", name, code)
			default:
				checked++
			}
		})
	}
	if checked < 150 {
		t.Errorf("only %d codes found", checked)
	}
}

func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0
}

// verhoeff works in the dihedral group of order ten, where the algorithm is a product of permuted digits.
func verhoeff(digits string) bool {
	permuted := [10]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	step := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	product := 0
	for i := range len(digits) {
		product = dihedral(product, permuted[digits[len(digits)-1-i]-'0'])
		var next [10]int
		for d := range next {
			next[d] = step[permuted[d]]
		}
		permuted = next
	}
	return product == 0
}

// dihedral multiplies symmetries of a pentagon: 0 to 4 are rotations, 5 to 9 reflections.
func dihedral(a, b int) int {
	turn := b % 5
	if a >= 5 {
		turn = 5 - turn
	}
	flip := a/5 ^ b/5
	return (a%5+turn)%5 + 5*flip
}
