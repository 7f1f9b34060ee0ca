package prose

import (
	"strings"
	"testing"

	"frontdesk/fhir/codec"
)

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"": "", " -- ": "", "Pain": "pain", "O'Neil's": "oneils", "O’Neil": "oneil", "half-life": "half life", "5.4 mg": "5 4 mg", "Zoë Müller": "zoe muller",
		"a  b\nc": "a b c", "Straße": "strasse", "Łukasz Øre": "lukasz ore", "¶": "", "a¶b": "a b", "(BP)": "bp", "x_y": "x y", "日本": "日本", "ﬁt": "fit", "a\u00adb": "ab",
		strings.Repeat("q", 500): strings.Repeat("q", longest),
	} {
		if got := Words(in); got != want {
			t.Errorf("%q has the words %q, want %q", in, got, want)
		}
	}
}

func TestQuery(t *testing.T) {
	const text = "pain in the left knee ¶ no metastases of bone"
	for _, c := range []struct {
		query, want string
		found       bool
	}{
		{"PAIN", `"pain"`, true},
		{"pai", `"pai"`, false},
		{"pai*", `"pai"*`, true},
		{"left knee", `("left" and "knee")`, true},
		{`"left knee"`, `"left knee"`, true},
		{`"left kne"*`, `"left kne"*`, true},
		{`"knee left"`, `"knee left"`, false},
		{"left-knee", `"left knee"`, true},
		{`"knee no"`, `"knee no"`, false}, // not across what doesn't belong together
		{"(bone OR liver) and metastases", `(("bone" or "liver") and "metastases")`, true},
		{"liver or spleen", `("liver" or "spleen")`, false},
		{"liver or bone pain", `("liver" or ("bone" and "pain"))`, true},
		{"- pain !", `"pain"`, true},
		{`"and"`, `"and"`, false},
		{"e", `"e"`, false},
	} {
		q, err := ParseQuery(c.query)
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		if q.String() != c.want || q.Matches(text) != c.found {
			t.Errorf("%s is %s and matches: %v; want %s and %v", c.query, q, q.Matches(text), c.want, c.found)
		}
		if again, err := ParseQuery(q.String()); err != nil || again.String() != q.String() {
			t.Errorf("%s is read again as %s, %v", q, again, err)
		}
	}
	for query, want := range map[string]string{
		"": "missing", "()": "missing", "a or": "missing", "and a": "missing", "a and or b": "missing", "(a": "not closed", "a)": "too many", `"a`: "not closed",
		"ab*": "at least 3", strings.Repeat("(", 20) + "a": "deep", strings.Repeat("a ", 2000): "more than",
	} {
		if _, err := ParseQuery(query); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want an error with %q", query, err, want)
		}
	}
}

func TestUnmarked(t *testing.T) {
	for in, want := range map[string]string{
		`<div xmlns="http://www.w3.org/1999/xhtml"><p>H<sub>2</sub>O</p><p>and salt</p></div>`: "h2o and salt",
		`<div>a<br/>b<!-- c > d -->e &amp; f&#x67;</div>`:                                      "a be fg",
		`<div title="a > b">c</div>`:                                                           "c",
		`a < b`:                                                                                "a",
		`<div`:                                                                                 "",
	} {
		if got := Words(unmarked(in)); got != want {
			t.Errorf("%s has the words %q, want %q", in, got, want)
		}
	}
}

func TestContent(t *testing.T) {
	res, err := codec.Decode([]byte(`{"resourceType":"Condition","id":"notthis","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Sore throat</div>"},
		"contained":[{"resourceType":"Practitioner","id":"p","name":[{"family":"House"}]}],"asserter":{"reference":"#p","display":"Dr House"},
		"extension":[{"url":"http://notthis","valueString":"extended"}],"identifier":[{"system":"http://notthis","value":"X-1"}],
		"code":{"coding":[{"system":"http://snomed.info/sct","code":"notthis","display":"Pharyngitis"}],"text":"Throat, sore"},"subject":{"reference":"Patient/notthis"},
		"note":[{"text":"See *again*"}]}`), codec.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "sore throat ¶ house ¶ extended ¶ x 1 ¶ pharyngitis ¶ throat sore ¶ dr house ¶ see again"
	if got := Content(res.Message); got != want {
		t.Errorf("the content is\n     %s\nwant %s", got, want)
	}
}

// FuzzQuery: nothing makes it panic, a question is read again as the same, and the words of words are the same.
func FuzzQuery(f *testing.F) {
	f.Add(`(bone OR "liver pain") and meta*`, "Zoë's half-life")
	f.Add("", "\xf0ѐ") // behind a broken byte a letter stayed whole the first time
	f.Fuzz(func(t *testing.T, query, text string) {
		words := Words(text)
		if again := Words(words); again != words {
			t.Errorf("%q has the words %q, and those %q", text, words, again)
		}
		q, err := ParseQuery(query)
		if err != nil {
			return
		}
		again, err := ParseQuery(q.String())
		if err != nil || again.String() != q.String() || again.Matches(words) != q.Matches(words) {
			t.Errorf("%q is %s, and that is %s, %v", query, q, again, err)
		}
	})
}
