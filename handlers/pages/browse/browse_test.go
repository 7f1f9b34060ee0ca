package browse_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers"
	"frontdesk/handlers/pages/browse"
	"frontdesk/handlers/pages/markup"
	"frontdesk/handlers/pages/pagestest"
	"frontdesk/handlers/pages/sitetest"
)

// browser is what Firefox and Chromium send.
const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(1)>`

// open is a practice whose API takes no token but the one "all", and shows itself to browsers.
func open(t *testing.T) *sitetest.Practice {
	t.Helper()
	var api *handlers.Server
	statement := func() ([]byte, error) { return api.Statement() }
	var viewer *browse.Viewer
	p := sitetest.Open(t, nil, func(p *sitetest.Practice) {
		p.Built = func(p *sitetest.Practice, base string) {
			viewer = browse.New(base)
			p.Parts = append(p.Parts, viewer.Part(p.Store.Registry, statement))
		}
	})
	viewer.Within(p.Site)
	var err error
	api, err = handlers.New(handlers.Options{Store: p.Store, Base: p.Base.String() + "/fhir", Browser: viewer,
		Observer: p,
		Grant: func(r *http.Request) (access.Grant, error) {
			if r.Header.Get("Authorization") == "Bearer all" {
				return access.Everything("test"), nil
			}
			return access.Grant{}, fhir.Errorf(fhir.Unauthenticated, "", "This needs an access token.")
		}})
	if err != nil {
		t.Fatal(err)
	}
	p.API = api
	return p
}

func look(p *sitetest.Practice, path string, headers ...string) *pagestest.Answer {
	p.T.Helper()
	return p.Do(http.MethodGet, path, nil, append([]string{"Accept", browser}, headers...)...)
}

func TestABrowserSeesAPageAndEverybodyElseFHIR(t *testing.T) {
	p := open(t)
	for accept, media := range map[string]string{
		browser: "text/html", "text/html": "text/html", "*/*": "application/fhir+json", "": "application/fhir+json",
		"application/fhir+json": "application/fhir+json", "application/fhir+xml": "application/fhir+xml",
		"application/json, text/html;q=0.5": "application/json",
		"application/json, text/html":       "application/json",
	} {
		a := p.Do(http.MethodGet, "/fhir/Patient/mary", nil, "Accept", accept, "Authorization",
			"Bearer all").Is(http.StatusOK)
		if got := a.Header.Get("Content-Type"); !strings.HasPrefix(got, media) {
			t.Errorf("Accept: %s: %s, not %s", accept, got, media)
		}
	}
	for query, media := range map[string]string{"html": "text/html", "text/html": "text/html",
		"json": "application/fhir+json"} {
		a := look(p, "/fhir/Patient/mary?_format="+query, "Authorization", "Bearer all").Is(http.StatusOK)
		if got := a.Header.Get("Content-Type"); !strings.HasPrefix(got, media) {
			t.Errorf("_format=%s: %s, not %s", query, got, media)
		}
	}
}

// A session counts where something is looked at in a window, and nowhere else.
func TestASessionOpensPagesAndNoRequestOfAnApp(t *testing.T) {
	p := open(t)
	p.SignIn("ann")
	look(p, "/fhir/Patient/ann").Is(http.StatusOK).Says("Ann Hill", "Birth date", "Signed in as Ann Hill")
	look(p, "/fhir/Patient/ann", "Sec-Fetch-Dest", "document").Is(http.StatusOK)
	for what, headers := range map[string][]string{
		"an app":   {"Accept", "application/fhir+json"},
		"anybody":  {"Accept", "*/*"},
		"a script": {"Accept", browser, "Sec-Fetch-Dest", "empty"},
		"a frame":  {"Accept", browser, "Sec-Fetch-Dest", "iframe"},
	} {
		if a := p.Do(http.MethodGet, "/fhir/Patient/ann", nil, headers...); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d", what, a.StatusCode)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch} {
		if a := p.Do(method, "/fhir/Patient/ann", nil, "Accept", browser); a.StatusCode < 400 {
			t.Errorf("%s: %d", method, a.StatusCode)
		}
	}
	if n := p.Count("Patient?_id=ann"); n != 1 {
		t.Error("the patient is gone")
	}
	if by := p.Seen[0].By; by.Person != "Patient/ann" || by.Client != "Frontdesk pages" {
		t.Errorf("the audit was told of %+v", by)
	}
}

func TestWhoIsNotSignedInIsLedToSignInAndBack(t *testing.T) {
	p := open(t)
	look(p, "/fhir/Patient/ann").Is(http.StatusUnauthorized).Says("You need to sign in",
		"Sign in to see it").Sound(t.Errorf)
	p.SignInAtPage("ann").Leads("/fhir/Patient/ann")
}

// I2: what a person may not see is like what never was.
func TestWhatIsHiddenIsLikeWhatNeverWas(t *testing.T) {
	p := open(t)
	p.SignIn("ann")
	hidden, absent := look(p, "/fhir/Patient/mary").Is(http.StatusNotFound),
		look(p, "/fhir/Patient/none").Is(http.StatusNotFound)
	if a, b := bare(hidden, "mary"), bare(absent, "none"); a != b {
		t.Errorf("%s\n%s", a, b)
	}
	look(p, "/fhir/Patient").Is(http.StatusOK).Says("Patient/ann").Hides("Patient/mary", "Patient/tom")
}

// bare is what a page says without an id, references and times.
func bare(a *pagestest.Answer, id string) string {
	said := strings.ReplaceAll(a.Text(), id, "ID")
	return regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`).ReplaceAllString(said, "REFERENCE")
}

func TestEveryAnswerIsASoundPage(t *testing.T) {
	p := open(t)
	for path, says := range map[string]string{
		"/fhir/metadata": "What this server can do", "/fhir/Patient/mary": "Mary Jones",
		"/fhir/Patient": "Patient/mary", "/fhir/Patient?name=x": "Nothing fits",
		"/fhir/Patient/none": "We can’t find that", "/fhir/Nowhere": "There is no such resource type",
		"/fhir/Patient/mary/_history": "version 1",
		"/fhir/Patient?colour=red":    "colour", "/fhir": "Search", "/capabilities/Patient": "birthdate",
		"/capabilities/Bundle":            "is not indexed",
		"/fhir/metadata?mode=terminology": "terminology services",
	} {
		a := look(p, path, "Authorization", "Bearer all").Says(says)
		a.Sound(func(format string, args ...any) { t.Errorf(path+": "+format, args...) })
		if policy := a.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") ||
			strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
		if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %v", path, a.Header)
		}
	}
	look(p, "/capabilities/Nothing").Is(http.StatusNotFound)
}

func TestHostileTextsAreTexts(t *testing.T) {
	p := open(t)
	p.Put(`{"resourceType":"Observation","id":"x","status":"final","code":{"text":` + quoted(hostile) +
		`},"note":[{"text":` + quoted(hostile) + `}],
		"subject":{"reference":"Patient/mary","display":` + quoted(hostile) + `},"valueString":` + quoted(hostile) + `,
		"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><h2>Kept</h2>` +
		`<a href=\"https://elsewhere.example/\">link</a>` +
		`<img src=\"https://elsewhere.example/x.png\" alt=\"\"/><p style=\"position:fixed\" ` +
		`class=\"button\">words</p></div>"}}`)
	for _, path := range []string{"/fhir/Observation/x", "/fhir/Observation?patient=mary", "/fhir/Observation/" +
		"%3Cscript%3E", "/fhir/Observation?code=%3Cscript%3E"} {
		a := look(p, path, "Authorization", "Bearer all")
		a.Sound(func(format string, args ...any) { t.Errorf(path+": "+format, args...) })
		for n := range a.Root.Descendants() {
			if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "img" &&
				!strings.HasPrefix(markup.Attr(n, "src"), "/assets/")) {
				t.Errorf("%s has a %s", path, n.Data)
			}
			if to := markup.Attr(n, "href"); strings.Contains(to, "elsewhere") {
				t.Errorf("%s leads to %s", path, to)
			}
		}
	}
	look(p, "/fhir/Observation/x", "Authorization", "Bearer all").Says("Kept", "words", "alert(1)")
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

func TestWhatProvesAClaimIsThere(t *testing.T) {
	p := open(t)
	said := look(p, "/fhir/metadata").Text()
	suites := regexp.MustCompile(`go test (\./\S+)`).FindAllStringSubmatch(said, -1)
	for _, suite := range suites {
		if _, err := os.Stat("../../../" + suite[1]); err != nil {
			t.Error(err)
		}
	}
	if len(suites) < 4 {
		t.Errorf("%d suites in %s", len(suites), said)
	}
}
