package pages

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"frontdesk/handlers/smart/pages/markup"
	"frontdesk/handlers/smart/state"
)

// everyPage is every page there is, in each of its states.
func everyPage(t *testing.T) map[string]*answer {
	t.Helper()
	w := newWorld()
	w.approvals = []state.Approval{{ID: "1", Client: "a", Account: "mary", Person: "Patient/mary"}, {ID: "2", Client: "b", Account: "mary"}}
	w.seen = []Seen{{w.now, "Test results: 12 entries"}}
	visitor, mary, staff := w.browse(t, func(o *Options) { o.Upstream = &Upstream{Name: "NHS login", URL: "/auth/upstream"} }), w.browse(t), w.browse(t)
	mary.signIn("mary")
	staff.signIn("drlee")
	consent, patient := mary.Get("/auth/consent?request=r1&as=RelatedPerson/3"), staff.Get("/auth/patient?request=r1")
	pages := map[string]*answer{
		"sign in":         visitor.Get("/auth/sign-in?request=r1"),
		"sign in refused": visitor.Submit(visitor.Get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {"mary"}, "password": {"x"}}),
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
		if got := markup.Attr(page.All("html")[0], "lang"); got != "en-GB" { // WCAG 3.1.1
			wrong("lang is %q", got)
		}
		title := page.All("title")[0].FirstChild.Data // WCAG 2.4.2
		titles[title] = true
		if !strings.HasSuffix(title, " – Your GP online") {
			wrong("title is %q", title)
		}
		if n := len(page.All("h1")); n != 1 {
			wrong("%d h1", n)
		}
		level := 0
		for _, h := range page.All("h1", "h2", "h3") {
			if next := int(h.Data[1] - '0'); byClass(page.Root, "faults") == nil && next > level+1 {
				wrong("the heading %s follows one of level %d", h.Data, level)
			} else {
				level = next
			}
		}
		if n := len(page.All("main")); n != 1 || page.ByID("main") == nil { // WCAG 2.4.1: the skip link leads there
			wrong("%d main", n)
		}
		if !strings.Contains(markup.Attr(page.All("meta")[1], "content"), "width=device-width") {
			wrong("no viewport: it would not reflow (WCAG 1.4.10)")
		}
	})
	if len(titles) < 12 {
		t.Errorf("pages share titles: %v", titles)
	}
}

func TestEveryFieldHasALabelAndEveryReferenceLeadsSomewhere(t *testing.T) {
	onEveryPage(t, func(page *answer, wrong func(string, ...any)) {
		ids, labels := map[string]bool{}, map[string]bool{}
		for n := range page.Root.Descendants() {
			if id := markup.Attr(n, "id"); id != "" && ids[id] {
				wrong("two elements have the id %s", id)
			} else {
				ids[id] = true
			}
			if n.Data == "label" {
				labels[markup.Attr(n, "for")] = true
			}
		}
		for n := range page.Root.Descendants() {
			if n.Data == "input" && markup.Attr(n, "type") != "hidden" && !labels[markup.Attr(n, "id")] { // WCAG 1.3.1, 3.3.2
				wrong("the field %s has no label", markup.Attr(n, "name"))
			}
			if n.Data == "fieldset" && len(markup.Within(n, "legend")) != 1 {
				wrong("a group of fields has no legend")
			}
			for _, name := range []string{"aria-describedby", "aria-labelledby", "for"} {
				for _, id := range strings.Fields(markup.Attr(n, name)) {
					if !ids[id] {
						wrong("%s of %s leads to no %s", name, n.Data, id)
					}
				}
			}
			if link := markup.Attr(n, "href"); n.Data == "a" && strings.HasPrefix(link, "#") && !ids[link[1:]] {
				wrong("a link leads to no %s", link)
			}
		}
	})
}

func TestWhatMustBePutRightIsSaidFirstAndAtTheField(t *testing.T) {
	faulty := 0
	onEveryPage(t, func(page *answer, wrong func(string, ...any)) {
		summary := byClass(page.Root, "faults")
		if summary == nil {
			return
		}
		faulty++
		if markup.Attr(summary, "role") != "alert" || !markup.Has(summary, "autofocus") || markup.Attr(summary, "tabindex") != "-1" {
			wrong("the summary isn't told and focused")
		}
		if !strings.HasPrefix(page.All("title")[0].FirstChild.Data, "Error: ") {
			wrong("the title doesn't say that there is an error")
		}
		for _, link := range markup.Within(summary, "a") {
			field := page.ByID(strings.TrimPrefix(markup.Attr(link, "href"), "#"))
			if text := link.FirstChild.Data; field == nil || strings.Count(page.Text(), text) < 2 && markup.Attr(link, "href") != "#answer" {
				wrong("%q isn't said at its field too", text)
			}
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
				wrong("a form to %s by %s has the token %q", markup.Attr(form, "action"), markup.Attr(form, "method"), token)
			}
		}
		names := map[string]bool{}
		for _, button := range page.All("button") {
			name := strings.Join(strings.Fields(markup.Text(button)), " ")
			if name == "" || names[name] {
				wrong("two buttons are called %q", name) // WCAG 2.4.6: what each stops or chooses
			}
			names[name] = true
		}
	})
}

func TestPagesHaveNothingFromElsewhere(t *testing.T) {
	b := newWorld().browse(t)
	onEveryPage(t, func(page *answer, wrong func(string, ...any)) {
		for n := range page.Root.Descendants() {
			switch n.Data {
			case "script": // only ours, and only from a file
				if n.Type == html.ElementNode && (markup.Attr(n, "src") == "" || n.FirstChild != nil) {
					wrong("there is a script in the page")
				}
			case "style", "iframe", "object", "base":
				if n.Type == html.ElementNode {
					wrong("there is a %s", n.Data)
				}
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					wrong("%s has %s", n.Data, a.Key)
				}
				if (a.Key == "href" || a.Key == "src" || a.Key == "action") && !strings.HasPrefix(a.Val, "/auth/") && !strings.HasPrefix(a.Val, "#") {
					wrong("%s leads to %s", n.Data, a.Val)
				}
				if n.Data == "link" && a.Key == "href" || a.Key == "src" && !strings.HasSuffix(a.Val, "/key.png") {
					kept := b.Get(a.Val).Is(200)
					if cache := kept.Header.Get("Cache-Control"); !strings.Contains(cache, "immutable") || kept.Header.Get("Content-Type") == "" {
						wrong("%s is served with %v", a.Val, kept.Header)
					}
				}
			}
		}
	})
}

func byClass(root *html.Node, class string) *html.Node {
	for n := range root.Descendants() {
		if markup.Attr(n, "class") == class {
			return n
		}
	}
	return nil
}

// pairs are texts or lines on their grounds, with the contrast they must have (WCAG 2.2, 1.4.3 and 1.4.11).
var pairs = []struct {
	front, ground string
	least         float64
}{
	{"text", "ground", 4.5}, {"text", "soft", 4.5}, {"quiet", "ground", 4.5}, {"quiet", "soft", 4.5}, {"link", "ground", 4.5}, {"link", "soft", 4.5},
	{"wrong", "ground", 4.5}, {"on-brand", "brand", 4.5}, {"brand", "ground", 4.5}, {"on-focus", "focus", 4.5}, {"line", "ground", 3}, {"done", "ground", 3},
	{"text", "page", 4.5}, {"quiet", "page", 4.5}, {"link", "page", 4.5}, {"wrong", "page", 4.5}, {"brand", "page", 4.5}, {"line", "page", 3}, {"done", "page", 3},
}

func TestContrastIsEnoughByDayAndNight(t *testing.T) {
	css, err := files.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	schemes := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllStringSubmatch(string(css), -1)
	if len(schemes) != 2 {
		t.Fatalf("%d schemes", len(schemes))
	}
	colours := map[string]float64{}
	for _, scheme := range schemes { // the second changes only some of the first
		for _, c := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]+);`).FindAllStringSubmatch(scheme[1], -1) {
			colours[c[1]] = luminance(t, c[2])
		}
		for _, p := range pairs {
			front, frontKnown := colours[p.front]
			ground, groundKnown := colours[p.ground]
			contrast := (math.Max(front, ground) + .05) / (math.Min(front, ground) + .05)
			if !frontKnown || !groundKnown || contrast < p.least {
				t.Errorf("%s on %s has a contrast of %.1f, not %.1f", p.front, p.ground, contrast, p.least)
			}
		}
	}
}

// luminance is the relative luminance of a colour (WCAG 2.2, glossary).
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	rgb, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	part := func(shift int) float64 {
		c := float64(rgb>>shift&0xff) / 255
		if c <= .04045 {
			return c / 12.92
		}
		return math.Pow((c+.055)/1.055, 2.4)
	}
	return .2126*part(16) + .7152*part(8) + .0722*part(0)
}
