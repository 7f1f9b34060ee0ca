package codec

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// TestWhatOfR4IsNotChecked holds the list of R4's constraints that these rules don't check: testdata/unchecked.txt. (txt-1 and txt-2 are package
// narrative's; a SimpleQuantity has no comparator to begin with; rules.go has its own.)
func TestWhatOfR4IsNotChecked(t *testing.T) {
	var got []string
	checked := 0
	for name, typ := range r4().types {
		if typ.plan == nil || rulesByName[typ.name] != nil {
			continue
		}
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range constraintsOf(typ.plan, d.(protoreflect.MessageDescriptor)) {
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
