package path_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir/path"
)

// FuzzExpression: whatever is sent as an expression is read or refused, and what is read is evaluated within its
// bounds. An error is always an *path.Error.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{
		"name.where(use = 'official').given.first() & ' ' & %ucum", "descendants().descendants().count()",
		"(1|2|3).aggregate($total & 'aaaaaaaaaaaaaaaa', 'x')", "repeat($this | 'x')", "@2026-05-06T10:00:00.000+01:00 + 7.5 days",
		"1.5 'mg' / 3 'm2' ~ 2 years", "name.sort(-family, given.first())", "'a'.replaceMatches('(a+)+$', '$1')", "iif(true, {}, $this)",
		"defineVariable('a', 1).select(%a)", "2.power(100).power(100)", "`name`.$this", "1e9", "{}[0].is(System.Any)", "/* a */ // b\n -1",
		"%`vs-x` contains {} implies true xor (1 !~ 2)", "'\\u0041'.toQuantity('d').lowBoundary(3)", "repeat(children())",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		e := patient(t)
		var bad *path.Error
		x, err := path.Compile(expression, nil)
		if err != nil {
			if !errors.As(err, &bad) || bad.Text == "" {
				t.Fatalf("%q: %v is no *path.Error with a text", expression, err)
			}
			return
		}
		if _, err := path.Compile(expression, e.Type); err != nil && !errors.As(err, &bad) {
			t.Fatalf("%q: %v is no *path.Error", expression, err)
		}
		if _, err := x.Evaluate(path.Env{Steps: 100_000, Now: time.Unix(1_800_000_000, 0)}, e); err != nil && !errors.As(err, &bad) {
			t.Fatalf("%q: %v is no *path.Error", expression, err)
		}
	})
}

// TestHostileExpressionsEnd holds that nothing that is asked takes more than its bounds of time and memory.
func TestHostileExpressionsEnd(t *testing.T) {
	e := patient(t)
	for name, expression := range map[string]string{
		"deep parentheses": strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000),
		"deep minus":       strings.Repeat("-", 5000) + "1",
		"long":             strings.Repeat("name.", 5000) + "given",
		"growing text":     "(1|2|3|4|5|6|7|8|9).repeatAll(1|2).aggregate($total & $total, 'x')",
		"endless repeat":   "1.repeatAll($this)",
		"counting repeat":  "1.repeat($this + 1)",
		"growing number":   "descendants().aggregate($total * $total, 99.9)",
		"growing list":     "descendants().aggregate($total.combine($total), 1)",
		"growing code":     "'x'" + strings.Repeat(".encode('hex')", 60),
		"nested walks":     "descendants().select(%context.descendants().select(%context.descendants().select(%context.descendants().select(%context.descendants()))))",
	} {
		x, err := path.Compile(expression, nil)
		if err == nil {
			_, err = x.Evaluate(path.Env{Steps: 200_000}, e)
		}
		if err == nil {
			t.Errorf("%s: it ends without an error", name)
		}
	}
	x, err := path.Compile("1"+strings.Repeat("+1", 3000), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Evaluate(path.Env{}, e); err == nil {
		t.Error("3,000 operators in a row are evaluated")
	}
	x, _ = path.Compile("1"+strings.Repeat("+1", 500), nil)
	if c, err := x.Evaluate(path.Env{}, e); err != nil || c[0].Text() != "501" {
		t.Errorf("500 operators in a row: %v", err)
	}
}

// TestABudgetIsSharedByEvaluations holds that many evaluations together end as one does.
func TestABudgetIsSharedByEvaluations(t *testing.T) {
	x, err := path.Compile("descendants().count() > 10", nil)
	if err != nil {
		t.Fatal(err)
	}
	e, left, done := patient(t), 2_000, 0
	for ; err == nil && done < 1_000; done++ {
		_, err = x.Evaluate(path.Env{Budget: &left}, e)
	}
	if err == nil || done < 3 || left != 0 {
		t.Errorf("after %d evaluations %d steps are left: %v", done, left, err)
	}
}
