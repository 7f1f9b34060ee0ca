package filter

import (
	"strings"
	"testing"
)

// parses are filters, and how they are understood.
var parses = []struct{ in, want string }{
	{`name co "pet"`, `name co "pet"`},
	{`given eq "peter" and birthdate ge 2014-10-10`, `given eq "peter" and birthdate ge "2014-10-10"`},
	{`code eq http://loinc.org|1234-5`, `code eq "http://loinc.org|1234-5"`},
	{`a eq 1 and b eq 2 or c eq 3`, `(a eq "1" and b eq "2") or c eq "3"`},
	{`a eq 1 or b eq 2 and c eq 3`, `(a eq "1" or b eq "2") and c eq "3"`},
	{`a eq 1 and b eq 2 and c eq 3`, `a eq "1" and b eq "2" and c eq "3"`},
	{`a eq 1 and (b eq 2 or c eq 3)`, `a eq "1" and (b eq "2" or c eq "3")`},
	{`not (a eq 1)and b pr false`, `not (a eq "1") and b pr "false"`},
	{`not(not(a eq 1))`, `not (not (a eq "1"))`},
	{`  not eq 1 `, `not eq "1"`},
	{`subject.name co "x"`, `subject.name co "x"`},
	{`subject:Patient.organization.name sw x`, `subject:Patient.organization.name sw "x"`},
	{`related[type eq has-component].target re Observation/4`, `related[type eq "has-component"].target re "Observation/4"`},
	{`related[type eq "has-component"].target pr false`, `related[type eq "has-component"].target pr "false"`},
	{`a eq "q\"u\\o\u0041"`, `a eq "q\"u\\oA"`},
	{`a eq ")]("`, `a eq ")]("`},
}

func TestParse(t *testing.T) {
	for _, c := range parses {
		n, err := Parse(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
		} else if n.String() != c.want {
			t.Errorf("%s\n is %s\nnot %s", c.in, n, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "at character 1: the name"},
		{"name", "at character 5: an operator"},
		{"name is x", "at character 6: an operator"},
		{"name eq", "at character 8: a space"},
		{"name eq ", "at character 9: a value"},
		{"name eq x y", "at character 11: and, or"},
		{"é eq x", "at character 1: the name"},
		{`a eq "é" b`, "at character 10: and, or"},
		{`a eq "x`, "quotation mark"},
		{`a eq "x\`, "quotation mark"},
		{`a eq "\q"`, "JSON"},
		{"(a eq 1", `")" should`},
		{"a eq 1)", "and, or"},
		{"a[b eq 1] eq 2", "behind the bracket"},
		{"a[b eq 1.c eq 2", `"]" should`},
		{"a. eq 2", "the name"},
		{"a eq 1 and", "the name"},
		{strings.Repeat("(", 1000) + "a eq 1", "nested"},
		{strings.Repeat("not (", 1000) + "a eq 1", "nested"},
		{strings.Repeat("a[", 1000) + "a eq 1", "nested"},
		{strings.Repeat("a eq 1 or ", 300) + "a eq 1", "more than 200"},
	} {
		if n, err := Parse(c.in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40q: %v %v, want an error with %q", c.in, n, err, c.want)
		}
	}
}

// FuzzParse: no filter makes it panic, and what it understood is understood the same way again.
func FuzzParse(f *testing.F) {
	for _, c := range parses {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		n, err := Parse(in)
		if err != nil {
			return
		}
		text := n.String()
		again, err := Parse(text)
		if err != nil || again.String() != text {
			t.Fatalf("%q is %q, and that is %v, %v", in, text, again, err)
		}
	})
}
