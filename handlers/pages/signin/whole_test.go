package signin_test

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/pages/pagestest"
	"frontdesk/handlers/smart"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
	"frontdesk/store/online"
)

// practice is the pages with all that is behind them: the authorization server, its state, and a record.
type practice struct {
	*pagestest.Browser
	state *state.Store
	base  string
	late  time.Duration // what the server's clock is behind
}

const password = "correct horse battery"

func open(t *testing.T, change ...func(*smart.Options)) *practice {
	t.Helper()
	r, err := spec.Load()
	must(t, err)
	var server *smart.Server
	browser := pagestest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { server.ServeHTTP(w, r) }))
	base := browser.Base.String() + "/fhir"
	st := store.Open(memory.Open(r), r, store.Options{Base: base})
	t.Cleanup(func() { st.Close() })
	var changes []store.Change
	for _, text := range []string{
		`{"resourceType":"Organization","id":"here","name":"Here"}`,
		`{"resourceType":"Practitioner","id":"lee"}`,
		`{"resourceType":"PractitionerRole","id":"lee","practitioner":{"reference":"Practitioner/lee"},"organization":{"reference":"Organization/here"}}`,
		`{"resourceType":"Patient","id":"mary","name":[{"family":"Jones","given":["Mary"]}],"birthDate":"1980-05-01","managingOrganization":{"reference":"Organization/here"}}`,
		`{"resourceType":"Patient","id":"tom","name":[{"family":"Jones","given":["Tom"]}],"birthDate":"2019-11-02"}`,
		`{"resourceType":"RelatedPerson","id":"3","active":true,"patient":{"reference":"Patient/tom"}}`,
	} {
		res, err := codec.Decode([]byte(text), codec.Limits{})
		must(t, err)
		changes = append(changes, store.Change{Action: store.Update, Key: fhir.Key{Type: res.Type, ID: res.ID}, Resource: res})
	}
	_, err = st.As(access.Everything("test"), store.Unobserved).Transact(t.Context(), changes)
	must(t, err)
	must(t, online.Set(t.Context(), st, fhir.Key{Type: "RelatedPerson", ID: "3"}, online.Person{Sections: online.Defaults().Sections}))
	p := &practice{Browser: browser, base: base}
	p.state = state.New(st, func() time.Time { return time.Now().Add(-p.late) })
	must(t, p.state.AddAccount(t.Context(), state.Account{Name: "mary", Person: "Patient/mary", Related: []string{"RelatedPerson/3"}}, password))
	must(t, p.state.AddAccount(t.Context(), state.Account{Name: "drlee", Person: "Practitioner/lee"}, password))
	must(t, p.state.AddClient(t.Context(), state.Client{ID: "diary", Name: "Health Diary", Kind: state.Public, Redirects: []string{"https://app.example/after"},
		Scopes: "openid fhirUser launch/patient offline_access patient/Observation.rs patient/MedicationRequest.rs patient/Task.cruds"}))
	o := smart.Options{Store: st, State: p.state, Base: base, Grant: func(*http.Request) (access.Grant, error) { return access.Grant{}, nil }}
	for _, c := range change {
		c(&o)
	}
	server, err = smart.New(o)
	must(t, err)
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// authorize begins as an app does, and signs somebody in: the page that comes then.
func (p *practice) authorize(name string) *pagestest.Answer {
	p.T.Helper()
	return p.signIn(name, p.ask(nil))
}

// signIn fills in the sign-in page.
func (p *practice) signIn(name string, page *pagestest.Answer) *pagestest.Answer {
	p.T.Helper()
	return p.Follow(p.Submit(page, "/auth/sign-in", url.Values{"name": {name}, "password": {password}}))
}

// ask begins as an app does, with more parameters: the page to sign in on.
func (p *practice) ask(more url.Values) *pagestest.Answer {
	p.T.Helper()
	challenge := sha256.Sum256([]byte(strings.Repeat("v", 43)))
	asks := url.Values{"response_type": {"code"}, "client_id": {"diary"}, "redirect_uri": {"https://app.example/after"}, "state": {"st&te"}, "aud": {p.base},
		"scope":          {"openid fhirUser offline_access launch/patient patient/Observation.rs patient/MedicationRequest.rs patient/Task.cruds"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"}}
	maps.Copy(asks, more)
	return p.Follow(p.Follow(p.Get("/auth/authorize?" + asks.Encode()))).Says("Health Diary sent you here")
}

// TestE8_AClockThatIsSetBackMakesNoSignInLoop: who signs in because the app wants a new sign-in has done so, whatever
// the clock says since.
func TestE8_AClockThatIsSetBackMakesNoSignInLoop(t *testing.T) {
	for _, fresh := range []url.Values{{"prompt": {"login"}}, {"max_age": {"0"}}, {"max_age": {"60"}}} {
		for _, staffSecond := range []bool{false, true} {
			p := open(t, func(o *smart.Options) { o.Pages.StaffSecond = staffSecond })
			page := p.ask(fresh)
			p.late = 5 * time.Minute // less than a sign-in may take: the store has a clock of its own
			if !staffSecond {
				p.Follow(p.signIn("mary", page)).Says("Whose record is this for?")
			} else {
				setUp := p.Follow(p.signIn("drlee", page))
				code, err := totp.GenerateCode(keyOf(t, setUp), p.state.Now())
				must(t, err)
				codes := p.Submit(setUp, "/auth/set-up", url.Values{"code": {code}})
				p.Follow(p.Get(link(t, codes))).Says("Find a patient")
			}
			p.ask(url.Values{"prompt": {"login"}}) // for another request it's another sign-in
		}
	}
}

// answered is where the browser is sent in the end.
func answered(t *testing.T, a *pagestest.Answer) url.Values {
	t.Helper()
	to, err := a.Location()
	must(t, err)
	if to.Host != "app.example" || to.Query().Get("state") != "st&te" {
		t.Fatalf("%d to %s", a.StatusCode, to)
	}
	return to.Query()
}

func (p *practice) approvals(name string) (all []state.Approval) {
	p.T.Helper()
	must(p.T, p.state.ApprovalsOf(p.T.Context(), name, func(a state.Approval) bool { all = append(all, a); return true }))
	return all
}

func TestAProxyAllowsAnAppPartOfARecordAndStopsItAgain(t *testing.T) {
	p := open(t)
	choose := p.Follow(p.authorize("mary")).Says("Whose record is this for?", "Mary Jones", "Tom Jones")
	consent := p.Submit(choose, "/auth/consent", url.Values{"as": {"RelatedPerson/3"}}).Says("Can Health Diary use Tom Jones’s record?", "Test results: view", "Prescriptions: view and change")
	query := answered(t, p.Submit(consent, "/auth/consent", url.Values{"answer": {"allow"}, "section": {"prescriptions"}, "for": {"1-month"}}))
	all := p.approvals("mary")
	if query.Get("code") == "" || len(all) != 1 {
		t.Fatalf("answered %v, approvals %v", query, all)
	}
	a := all[0]
	if a.Person != "RelatedPerson/3" || a.Patient != "tom" || strings.Contains(a.Scopes, "Observation") || !strings.Contains(a.Scopes, "MedicationRequest") || !a.Offline {
		t.Errorf("allowed %+v", a)
	}
	if month := time.Now().AddDate(0, 1, 0); a.Until.After(month) || a.Until.Before(month.Add(-time.Hour)) {
		t.Errorf("until %s", a.Until)
	}
	manage := p.Get("/auth/manage").Says("Health Diary", "Tom Jones’s record", "Prescriptions: view and change").Hides("Test results")
	p.Submit(manage, "/auth/manage/revoke", nil).Leads("/auth/manage?stopped=yes")
	if left := p.approvals("mary"); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestA6_DenialIsToldToTheAppAndLeavesNothing(t *testing.T) {
	p := open(t)
	consent := p.Submit(p.Follow(p.authorize("mary")), "/auth/consent", nil)
	if got := answered(t, p.Submit(consent, "/auth/consent", url.Values{"answer": {"deny"}})).Get("error"); got != "access_denied" {
		t.Errorf("error %q", got)
	}
	if left := p.approvals("mary"); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	p.Submit(consent, "/auth/consent", url.Values{"answer": {"allow"}}).Is(http.StatusNotFound).Says("start again")
}

func TestAMemberOfStaffChoosesThePatient(t *testing.T) {
	p := open(t)
	search := p.Follow(p.authorize("drlee")).Says("Find a patient")
	found := p.Submit(search, "/auth/patient", url.Values{"name": {"mary jones"}, "day": {"1"}, "month": {"5"}, "year": {"1980"}}).Says("1 patient found")
	consent := p.Submit(found, "/auth/consent", nil).Says("Can Health Diary use Mary Jones’s record?", "Born 1 May 1980")
	answered(t, p.Submit(consent, "/auth/consent", url.Values{"answer": {"allow"}, "for": {"once"}}))
	all := p.approvals("drlee")
	if len(all) != 1 || all[0].Person != "Practitioner/lee" || all[0].Patient != "mary" || strings.Contains(all[0].Scopes, "offline_access") {
		t.Errorf("allowed %+v", all)
	}
	p.Submit(search, "/auth/patient", url.Values{"name": {"tom"}, "day": {"2"}, "month": {"11"}, "year": {"2019"}}).Is(http.StatusNotFound) // the request is over
}

func TestGuessingIsThrottledAlikeForAccountsThatAreNot(t *testing.T) {
	p := open(t)
	for _, name := range []string{"mary", "nobody"} {
		page, tries := p.Get("/auth/sign-in"), 0
		for page = p.Submit(page, "/auth/sign-in", url.Values{"name": {name}, "password": {"wrong"}}); page.StatusCode == http.StatusUnprocessableEntity && tries < 20; tries++ {
			page = p.Submit(page, "/auth/sign-in", url.Values{"name": {name}, "password": {"wrong"}})
		}
		page.Is(http.StatusTooManyRequests).Says("too many tries to sign in")
		if page.Header.Get("Retry-After") == "" {
			t.Error("it doesn't say for how long")
		}
	}
}
