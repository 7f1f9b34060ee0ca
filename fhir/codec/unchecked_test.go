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

// TestWhatOfR4IsNotChecked holds the list of R4's constraints that aren't checked: what isn't told by rules.go is in testdata/unchecked.txt, and
// nothing else.
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
		told, untold := constraints(typ.plan, d.(protoreflect.MessageDescriptor))
		checked += len(told)
		for _, text := range untold {
			got = append(got, typ.name+": "+text)
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
