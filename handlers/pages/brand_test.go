package pages_test

import (
	"net/http"
	"testing"

	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/markup"
	"frontdesk/handlers/pages/sitetest"
)

// TestEveryPageSaysWhoseItIs: of the site, of signing in, and of errors.
func TestEveryPageSaysWhoseItIs(t *testing.T) {
	counted := 0
	p := sitetest.Open(t, trial(t, &counted), func(p *sitetest.Practice) {
		p.Brand = func(o *pages.Options) {
			o.Brand = pages.Brand{Name: `Mill <b>Lane`, Phone: "01234 567890", Hours: "8am to 6pm",
				Privacy: "https://mill.example/privacy",
				Logo:    []byte("<svg></svg>"), LogoType: ".svg", Accent: []byte(":root { --brand: #005eb8; }")}
		}
	})
	p.SignIn("ann")
	for _, path := range []string{"/record/form", "/auth/manage", "/record/nothing", "/auth/nothing"} {
		a := p.Get(path).Says("Mill <b>Lane", "01234 567890", "8am to 6pm", "Privacy")
		a.Sound(func(format string, args ...any) { t.Errorf(path+": "+format, args...) })
		if got := markup.Attr(a.All("img")[0],
			"src"); p.Get(got).Is(http.StatusOK).Header.Get("Content-Type") != "image/svg+xml" {
			t.Errorf("%s: the logo is %s", path, got)
		}
		sheets := a.All("link")
		accent := markup.Attr(sheets[1], "href")
		if p.Get(accent).Is(http.StatusOK).Header.Get("Content-Type") != "text/css; charset=utf-8" {
			t.Errorf("%s: the accent is %s", path, accent)
		}
	}
}
