package path_test

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/path"
	"frontdesk/fhir/path/system"
)

// suite is HL7's test suite of FHIRPath for R4 (FHIR/fhir-test-cases).
type suite struct {
	Groups []struct {
		Name  string      `xml:"name,attr"`
		Tests []suiteTest `xml:"test"`
	} `xml:"group"`
}

type suiteTest struct {
	Name       string `xml:"name,attr"`
	Input      string `xml:"inputfile,attr"`
	Predicate  bool   `xml:"predicate,attr"`
	Ordered    string `xml:"ordered,attr"`
	CheckOrder bool   `xml:"checkOrderedFunctions,attr"`
	Expression struct {
		Invalid string `xml:"invalid,attr"`
		Text    string `xml:",chardata"`
	} `xml:"expression"`
	Outputs []struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	} `xml:"output"`
}

// corpusFolder holds the suite beside the repository, which doesn't carry it.
const corpusFolder = "../../../shared/corpus/fhirpath"

// TestHL7 runs the suite. Those that don't pass, and why, are listed in testdata/suite.txt, which says no more and no
// less.
func TestHL7(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(corpusFolder, "tests-fhir-r4.xml"))
	if err != nil {
		t.Skipf("%s is not here; it is HL7's test suite, which the repository doesn't carry", corpusFolder)
	}
	var s suite
	if err := xml.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	excused := excuses(t)
	inputs := map[string]*path.Element{}
	passed, failed := 0, 0
	for _, g := range s.Groups {
		for _, c := range g.Tests {
			complaint := c.run(input(t, inputs, c.Input))
			if c.Outputs = append(c.Outputs, c.Outputs...); complaint == "" && len(c.Outputs) > 0 && c.Expression.Invalid == "" &&
				c.run(input(t, inputs, c.Input)) == "" {
				t.Errorf("%s/%s: this test would pass whatever is asked for", g.Name, c.Name)
			}
			name := g.Name + "/" + c.Name
			_, excuse := excused[name]
			switch {
			case complaint == "" && excuse:
				t.Errorf("%s passes, and testdata/suite.txt lists it", name)
			case complaint == "":
				passed++
			case excuse:
				failed++
			default:
				failed++
				t.Errorf("%s: %s\n%s", name, strings.TrimSpace(c.Expression.Text), complaint)
			}
		}
	}
	t.Logf("%d tests pass, %d don't", passed, failed)
}

// excuses are the tests that don't pass, by name, with the reason.
func excuses(t *testing.T) map[string]string {
	text, err := os.ReadFile("testdata/suite.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, why, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(line, "#") {
			all[name] = why
		}
	}
	return all
}

func input(t *testing.T, all map[string]*path.Element, name string) *path.Element {
	if name == "" {
		name = "patient-example.xml"
	}
	if e := all[name]; e != nil {
		return e
	}
	text, err := os.ReadFile(filepath.Join(corpusFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".xml") {
		text = fromXML(t, text)
	}
	e, err := path.NewResource(text)
	if err != nil {
		t.Fatal(err)
	}
	all[name] = e
	return e
}

// run says what is wrong; "" if nothing is.
func (c suiteTest) run(on *path.Element) string {
	var checks []path.Check
	if c.CheckOrder {
		checks = append(checks, path.Ordered)
	}
	x, err := path.Compile(c.Expression.Text, on.Type, checks...)
	var got path.Collection
	if err == nil {
		got, err = x.Evaluate(path.Env{}, on)
	}
	switch {
	case c.Expression.Invalid != "" && err == nil:
		return fmt.Sprintf("gives %s, and is %s", show(got), c.Expression.Invalid)
	case c.Expression.Invalid != "":
		return ""
	case err != nil:
		return err.Error()
	}
	if c.Predicate {
		got = predicate(got)
	}
	var want, have []string
	for _, o := range c.Outputs {
		want = append(want, o.Type+" "+o.Text)
	}
	for i, v := range got {
		typ := ""
		if i < len(c.Outputs) && c.Outputs[i].Type != "" {
			typ = lower(v.TypeName())
			if c.Outputs[i].Type == "Quantity" {
				typ = v.TypeName()
			}
		}
		have = append(have, typ+" "+literal(v))
	}
	if c.Ordered == "false" {
		slices.Sort(want)
		slices.Sort(have)
	}
	if !slices.Equal(want, have) {
		return fmt.Sprintf("gives %q, want %q", have, want)
	}
	return ""
}

func predicate(c path.Collection) path.Collection {
	x, err := path.Compile("true", nil)
	if err != nil || len(c) == 0 {
		return c
	}
	out, _ := x.Evaluate(path.Env{}, nil)
	return out
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// literal is a value as the suite writes it.
func literal(v path.Value) string {
	if m, ok := v.System().(system.Moment); ok {
		return m.Literal()
	}
	return v.Text()
}

func show(c path.Collection) string {
	var all []string
	for _, v := range c {
		all = append(all, v.TypeName()+" "+literal(v))
	}
	return strings.Join(all, ", ")
}
