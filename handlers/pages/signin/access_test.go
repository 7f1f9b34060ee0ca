package signin

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"frontdesk/handlers/pages/markup"
	"frontdesk/handlers/smart/state"
)

// everyPage is every page there is, in each of its states.
func everyPage(t *testing.T) map[string]*answer {
	t.Helper()
	w := newWorld()
	w.approvals = []state.Approval{{ID: "1", Client: "a", Account: "mary", Person: "Patient/mary"},
		{ID: "2", Client: "b", Account: "mary"}}
	w.seen = []Seen{{w.now, "Test results: 12 entries"}}
	visitor := w.browse(t, func(o *Options) { o.Upstream = &Upstream{Name: "NHS login", URL: "/auth/upstream"} })
	mary, staff := w.browse(t), w.browse(t)
	mary.signIn("mary")
	staff.signIn("drlee")
	consent, patient := mary.Get("/auth/consent?request=r1&as=RelatedPerson/3"), staff.Get("/auth/patient?request=r1")
	pages := map[string]*answer{
		"sign in": visitor.Get("/auth/sign-in?request=r1"),
		"sign in refused": visitor.Submit(visitor.Get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {"mary"},
			"password": {"x"}}),
		"sign in blank":   visitor.Submit(visitor.Get("/auth/sign-in"), "/auth/sign-in", nil),
		"sign out":        mary.Get("/auth/sign-out"),
		"choose":          mary.Get("/auth/choose?request=r1"),
		"consent":         consent,
		"consent unclear": mary.Submit(consent, "/auth/consent", url.Values{"section": nil, "for": nil}),
		"patient":         patient,
		"patient wrong":   staff.Submit(patient, "/auth/patient", url.Values{"name": {"Jones"}}),
		"patient number":  staff.Submit(patient, "/auth/patient", url.Values{"number": {"1"}}),
		"patient found":   staff.Submit(patient, "/auth/patient", url.Values{"number": {"9000000009"}}),
		"patient none":    staff.Submit(patient, "/auth/patient", url.Values{"number": {"9434765919"}}),
		"manage":          mary.Get("/auth/manage?stopped=yes"),
		"manage empty":    staff.Get("/auth/manage"),
		"error":           mary.Get("/auth/nothing"),
		"security":        mary.Get("/auth/security"),
		"set up":          mary.Get("/auth/set-up"),
		"set up wrong":    mary.Submit(mary.Get("/auth/set-up"), "/auth/set-up", url.Values{"code": {"000000"}}),
		"codes":           mary.Submit(mary.Get("/auth/set-up"), "/auth/set-up", url.Values{"code": {"123456"}}),
	}
	w.asked["r1"].Sections = nil
	pages["consent to identity"] = mary.Get("/auth/consent?request=r1&as=Patient/mary")
	return pages
}

// onEveryPage runs a check on each of everyPage, which reports what is wrong by its last argument.
func onEveryPage(t *testing.T, check func(page *answer, wrong func(string, ...any))) {
	for name, page := range everyPage(t) {
		check(page, func(format string, args ...any) { t.Errorf("%s: %s", name, fmt.Sprintf(format, args...)) })
	}
}

func TestEveryPageHasALanguageATitleAndOneHeadingOfItsOwn(t *testing.T) {
	titles := map[string]bool{}
	onEveryPage(t, func(page *answer, wrong func(string, ...any)) {
		page.Headed(wrong)
		title := page.All("title")[0].FirstChild.Data
		titles[title] = true
		if !strings.HasSuffix(title, " – Your GP online") {
			wrong("title is %q", title)
		}
	})
	if len(titles) < 12 {
		t.Errorf("pages share titles: %v", titles)
	}
}

func TestEveryFieldHasALabelAndEveryReferenceLeadsSomewhere(t *testing.T) {
	onEveryPage(t, func(page *answer, wrong func(string, ...any)) { page.Labelled(wrong) })
}

func TestWhatMustBePutRightIsSaidFirstAndAtTheField(t *testing.T) {
	faulty := 0
	onEveryPage(t, func(page *answer, wrong func(string, ...any)) {
		if page.ToldFaults(wrong) {
			faulty++
		}
	})
	if faulty != 6 {
		t.Errorf("%d pages with faults", faulty)
	}
}

func TestEveryFormCarriesItsTokenAndEveryButtonAName(t *testing.T) {
	onEveryPage(t, func(page *answer, wrong func(string, ...any)) {
		for _, form := range page.All("form") {
			if token := markup.Fields(form).Get("csrf"); (token == "") != (markup.Attr(form, "method") == "get") {
				wrong("a form to %s by %s has the token %q", markup.Attr(form, "action"), markup.Attr(form, "method"),
					token)
			}
		}
		page.Named(wrong)
	})
}

func TestPagesHaveNothingFromElsewhere(t *testing.T) {
	b := newWorld().browse(t)
	onEveryPage(t, func(page *answer, wrong func(string, ...any)) {
		page.SelfContained(wrong)
		for n := range page.Root.Descendants() {
			for _, a := range n.Attr {
				if n.Data == "a" && a.Key == "href" && a.Val != "/" && !strings.HasPrefix(a.Val, "/auth/") &&
					!strings.HasPrefix(a.Val, "#") {
					wrong("%s leads to %s", n.Data, a.Val)
				}
				if n.Data == "link" && a.Key == "href" || a.Key == "src" && !strings.HasSuffix(a.Val, "/key.png") {
					kept := b.Get(a.Val).Is(200)
					if cache := kept.Header.Get("Cache-Control"); !strings.Contains(cache, "immutable") ||
						kept.Header.Get("Content-Type") == "" {
						wrong("%s is served with %v", a.Val, kept.Header)
					}
				}
			}
		}
	})
}
