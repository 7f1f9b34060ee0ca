package narrative

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// div is a narrative with some content.
func div(content string) string {
	return `<div xmlns="http://www.w3.org/1999/xhtml">` + content + `</div>`
}

func TestAccepted(t *testing.T) {
	for _, v := range []string{
		div("Seen today."),
		div(`<p class="lead">Peak flow &lt; 300 <b>l/min</b><br/></p>`),
		div(`<img src="#chart" alt="Peak flow"/>`),
		div(`<a href="https://example.org/leaflet">leaflet</a> <a href="Patient/1">record</a>`),
		div(`<!-- made by the EHR --><table><tr><td style="text-align: left">1</td></tr></table>`),
	} {
		if got := Check(v); got != "" {
			t.Errorf("%s: %s", v, got)
		}
	}
}

func TestRefused(t *testing.T) {
	for v, want := range map[string]string{
		"Seen today.":                  "must be one <div",
		"<div>Seen today.</div>":       "must have xmlns",
		div(" \n"):                     "txt-2",
		div("a") + "b":                 "nothing may follow",
		div("<p>a"):                    "closes nothing",
		div("a & b"):                   "&amp;",
		div("<script>a</script>"):      "<script>",
		div(`<p onclick="go()">a</p>`): `"onclick"`,
		div(`<a href="java&#9;script:go()">a</a>`):      "must not be led to",
		div(`<img src="data:text/html,a"/>`):            "must not be led to",
		div(`<p style="width: expression(go())">a</p>`): "script",
		div(`<p id=a>a</p>`):                            "not in quotes",
		div(`<p id="a" id="b">a</p>`):                   "twice",
		div("<!--> <p>a</p> -->"):                       "comment",
		div(strings.Repeat("<p>", 300)):                 "too deep",
	} {
		if got := Check(v); !strings.Contains(got, want) {
			t.Errorf("%.80s: %q says nothing of %q", v, got, want)
		}
	}
}

// TestClipped: a long name of a client's is cut between characters, so that the message is text.
func TestClipped(t *testing.T) {
	if got := Check(div("<p" + strings.Repeat("é", 200) + ">a")); !utf8.ValidString(got) || len(got) > 200 {
		t.Errorf("%q", got)
	}
}
