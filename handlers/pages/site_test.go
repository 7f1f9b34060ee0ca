package pages_test

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/markup"
	"frontdesk/handlers/pages/pagestest"
	"frontdesk/handlers/pages/sitetest"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
)

//go:embed testdata/templates
var files embed.FS

// trial is a part with a form that books, in the way that doc.go tells, and one that only counts.
func trial(t *testing.T, counted *int) []pages.Part {
	t.Helper()
	note := func(v *pages.Visit) (*pages.Answer, error) {
		if v.Value("text") == "" {
			return v.Again("form", "Form", formPage(v), pages.Fault{Field: "text", Text: "Write something"}), nil
		}
		res, err := codec.Decode([]byte(fmt.Sprintf(
			`{"resourceType":"Communication","status":"in-progress","subject":{"reference":"Patient/%[1]s"},
				"sender":{"reference":"Patient/%[1]s"},"payload":[{"contentString":%[2]q}]}`,
			v.Role.Patient, v.Value("text"))), codec.Limits{})
		if err != nil {
			return nil, err
		}
		_, err = v.Session.Transact(v.Context(), []store.Change{{Action: store.Create, Key: fhir.Key{Type: res.Type},
			Resource: res}}, v.Once("/record/form?done=trial"))
		return v.Goto("/record/form?done=trial"), err
	}
	count := func(v *pages.Visit) (*pages.Answer, error) {
		*counted++
		return v.Goto("/record/form"), nil
	}
	show := func(v *pages.Visit) (*pages.Answer, error) { return v.Show("form", "Form", formPage(v)), nil }
	return []pages.Part{{Set: pages.MustParse(below(t)), For: pages.Record,
		Nav: []pages.Link{{Href: "/record", Text: "record.nav.home"}}, Routes: []pages.Route{
			{Path: "/record/form", For: pages.Record, Get: show, Post: note},
			{Path: "/record/count", For: pages.Record, Post: count},
			{Path: "/desk/form", For: pages.Desk, Get: show},
			{Path: "/who", For: pages.SignedIn, Get: show, Post: func(v *pages.Visit) (*pages.Answer, error) {
				_, err := v.Act(v.Value("role"))
				return v.Goto("/record/form"), err
			}},
			{Path: "/record/fault/{id}", For: pages.Record, Get: func(v *pages.Visit) (*pages.Answer, error) {
				_, err := v.Session.Read(v.Context(), fhir.Key{Type: "Patient", ID: v.Path("id")})
				return v.Show("form", "Form", formPage(v)), err
			}},
		}}}
}

// below is the files as a package's own folder has them.
func below(t *testing.T) fs.FS {
	t.Helper()
	own, err := fs.Sub(files, "testdata")
	must(t, err)
	return own
}

func formPage(v *pages.Visit) pages.Field {
	return pages.Field{ID: "text", Label: "What to say", Hint: "Of " + v.Role.Name, Value: v.Value("text"), Most: 100}
}

func open(t *testing.T) (*sitetest.Practice, *int) {
	counted := 0
	return sitetest.Open(t, trial(t, &counted)), &counted
}

func TestASessionThatEndedIsToldAndThePersonReturnsToWhereHeWas(t *testing.T) {
	p, _ := open(t)
	p.Get("/record/form?a=b").Leads("/auth/sign-in") // nobody was signed in: there is nothing to tell
	p.Follow(p.Get("/record/form?a=b")).Hides("Your session ended")
	p.SignInAtPage("ann").Leads("/record/form?a=b")
}

func TestTheHomeIsWhereAPersonBelongs(t *testing.T) {
	p, _ := open(t)
	p.SignInAtPage("ann").Leads("/home")
	p.Get("/record/form").Is(http.StatusOK).Says("Of Ann Hill", "Signed in as Ann Hill")
	p.Get("/desk/form").Is(http.StatusForbidden).Says("This page is for others", "Home")
	staff := p.Another()
	staff.SignIn("drlee")
	staff.Get("/desk/form").Is(http.StatusOK)
	staff.Get("/record/form").Is(http.StatusForbidden)
}

func TestAnIdleSessionAndALongOneEnd(t *testing.T) {
	for _, wait := range []time.Duration{31 * time.Minute, 13 * time.Hour} {
		p, _ := open(t)
		p.SignIn("ann")
		for step := time.Duration(0); step < wait && wait > time.Hour; step += 20 * time.Minute {
			p.Now = p.Now.Add(20 * time.Minute)
			p.Get("/record/form")
		}
		if wait < time.Hour {
			p.Now = p.Now.Add(wait)
		}
		p.Get("/record/form").Leads("/auth/sign-in?ended=yes")
		p.Get("/auth/sign-in?ended=yes").Says("Your session ended")
		p.SignInAtPage("ann").Leads("/record/form")
	}
}

func TestAFormThatIsSentTwiceCountsOnce(t *testing.T) {
	p, counted := open(t)
	p.SignIn("ann")
	page := p.Get("/record/form")
	values := markup.Fields(page.Form("/record/form"))
	values.Set("text", "once")
	var all sync.WaitGroup
	answers := make([]*pagestest.Answer, 8)
	for i := range answers {
		all.Go(func() { answers[i] = p.Do(http.MethodPost, "/record/form", values) })
	}
	all.Wait()
	for _, a := range answers {
		a.Leads("/record/form?done=trial")
	}
	if n := p.Count(`Communication?patient=ann`); n != 1 {
		t.Errorf("%d were made", n)
	}
	values.Set("token", "another")
	p.Do(http.MethodPost, "/record/form", values)
	if n := p.Count(`Communication?patient=ann`); n != 2 {
		t.Errorf("%d were made by two forms", n)
	}
	for range 2 { // what isn't written in one commit is known afterwards
		p.Do(http.MethodPost, "/record/count", values)
	}
	if values.Set("token", "third"); *counted != 0 {
		t.Error("a form's token is one for all pages: it was sent before")
	}
	for range 2 {
		p.Do(http.MethodPost, "/record/count", values).Leads("/record/form")
	}
	if *counted != 1 {
		t.Errorf("counted %d", *counted)
	}
}

func TestAFormWithAFaultIsShownAgainWithIt(t *testing.T) {
	p, _ := open(t)
	p.SignIn("ann")
	page := p.Submit(p.Get("/record/form"), "/record/form", nil).Is(http.StatusUnprocessableEntity).Says(
		"There is a problem", "Write something")
	page.Sound(t.Errorf)
	p.Submit(page, "/record/form", url.Values{"text": {"now"}}).Leads("/record/form?done=trial")
}

func TestCSRFIsRefused(t *testing.T) {
	p, counted := open(t)
	p.SignIn("ann")
	good := markup.Fields(p.Get("/record/form").Form("/record/form"))
	for _, c := range []struct {
		what, name, value, site string
		status                  int
	}{
		{"no token", "csrf", "", "", http.StatusForbidden},
		{"another's token", "csrf", "x", "", http.StatusForbidden},
		{"from another site", "", "", "cross-site", http.StatusForbidden},
		{"from a sister site", "", "", "same-site", http.StatusForbidden},
		{"of a form without a token of its own", "token", "", "", http.StatusBadRequest},
		{"for another record", "as", "Patient/mary mary", "", http.StatusConflict},
		{"all good", "", "", "same-origin", http.StatusSeeOther},
	} {
		values := url.Values{}
		for name, value := range good {
			values[name] = value
		}
		if c.name != "" {
			values.Set(c.name, c.value)
		}
		var headers []string
		if c.site != "" {
			headers = []string{"Sec-Fetch-Site", c.site}
		}
		if a := p.Do(http.MethodPost, "/record/count", values, headers...); a.StatusCode != c.status {
			t.Errorf("%s: %d %s", c.what, a.StatusCode, a.Text())
		}
	}
	if *counted != 1 {
		t.Errorf("done %d times", *counted)
	}
}

func TestOneWhoActsForAnotherSeesItAndNoFormOfTheOtherCounts(t *testing.T) {
	p, counted := open(t)
	p.SignIn("mary")
	own := p.Get("/record/form").Says("Of Mary Jones", "You are here for yourself", "Choose somebody else")
	values := markup.Fields(own.Form("/record/form"))
	choice := url.Values{"csrf": values["csrf"], "token": {"t"}, "as": values["as"], "role": {"RelatedPerson/3 tom"}}
	p.Do(http.MethodPost, "/who", choice).Leads("/record/form")
	p.Get("/record/form").Says("Of Tom Jones", "You are acting for Tom Jones")
	p.Do(http.MethodPost, "/record/count", values).Is(http.StatusConflict).Says("Your pages show Tom Jones now",
		"Nothing was changed")
	if *counted != 0 {
		t.Error("the form for one record counted in another's")
	}
	choice.Set("role", "Patient/ann ann")
	choice.Set("token", "u")
	choice.Set("as", "RelatedPerson/3 tom")
	p.Do(http.MethodPost, "/who", choice).Is(http.StatusForbidden)
}

// P8: who is suspended, or offered nothing, is answered alike.
func TestP8_WhoIsSuspendedIsOfferedNothing(t *testing.T) {
	p, _ := open(t)
	p.SignIn("ann")
	p.Suspend("ann")
	suspended := p.Get("/record/form").Is(http.StatusForbidden).Says("You can’t use these pages")
	never := p.Another()
	never.AddAccount(state.Account{Name: "eve", Person: "Patient/nobody"})
	never.SignIn("eve")
	got := never.Get("/record/form").Is(suspended.StatusCode)
	if a, b := told(suspended, "Ann Hill"), told(got, "eve"); a != b {
		t.Errorf("%q and %q", a, b)
	}
}

// told is what a page says without the name of who reads it, and the reference.
func told(a *pagestest.Answer, name string) string {
	said, _, _ := strings.Cut(a.Text(), "reference:")
	return strings.ReplaceAll(said, name, "")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatAPersonMayNotSeeIsNotThere(t *testing.T) {
	p, _ := open(t)
	p.SignIn("ann")
	p.Get("/record/fault/ann").Is(http.StatusOK)
	hidden, absent := p.Get("/record/fault/mary").Is(http.StatusNotFound), p.Get("/record/fault/nobody").Is(
		http.StatusNotFound)
	if a, b := told(hidden, "mary"), told(absent, "nobody"); a != b {
		t.Errorf("%q and %q", a, b)
	}
	if last := p.Seen[len(p.Seen)-1]; last.By.Client != "Frontdesk pages" || last.By.Person != "Patient/ann" ||
		last.Err == nil {
		t.Errorf("the audit was told %+v", last)
	}
}

func TestReturningLeadsNowhereElse(t *testing.T) {
	p, _ := open(t)
	for _, to := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)",
		"/\tevil", "evil", "http:/evil"} {
		p := p.Another()
		p.Client.Jar.SetCookies(p.Base, []*http.Cookie{{Name: "frontdesk-return", Value: url.QueryEscape(to),
			Path: "/"}})
		p.SignInAtPage("ann").Leads("/home")
	}
}

func TestAPageThatIsNotThereAndAMethodThatIsNot(t *testing.T) {
	p, _ := open(t)
	p.Get("/record/nothing").Is(http.StatusNotFound).Says("There is nothing at this address")
	posted := p.Do(http.MethodGet, "/record/count", nil).Is(http.StatusMethodNotAllowed)
	if got := posted.Header.Get("Allow"); got != "POST" {
		t.Errorf("Allow: %s", got)
	}
	p.SignIn("ann")
	p.Do(http.MethodPost, "/record/form", url.Values{"text": {strings.Repeat("x", 70_000)}}).Is(
		http.StatusRequestEntityTooLarge).Says("larger than 64 KB")
}
