package codec

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/model"
)

// TestWhatOfR4IsNotChecked holds the list of R4's constraints that these rules don't check: testdata/unchecked.txt. (txt-1 and txt-2 are package
// narrative's; a SimpleQuantity has no comparator to begin with; rules.go has its own.)
func TestWhatOfR4IsNotChecked(t *testing.T) {
	var got []string
	checked := 0
	for of := range model.R4().Types {
		typ := r4().types[of.Descriptor.FullName()]
		if typ.plan == nil || rulesByName[typ.name] != nil {
			continue
		}
		for _, c := range constraintsOf(typ.plan, of) {
			if c.holds != nil {
				checked++
			} else {
				got = append(got, c.path+": "+c.says())
			}
		}
	}
	slices.Sort(got)
	t.Logf("%d constraints are checked, %d aren't", checked, len(got))
	want, err := os.ReadFile("testdata/unchecked.txt")
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(slices.Compact(got), "\n") + "\n"; text != string(want) {
		fmt.Print(text)
		t.Error("testdata/unchecked.txt must be that")
	}
}
