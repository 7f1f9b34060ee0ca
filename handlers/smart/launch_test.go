package smart_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"frontdesk/handlers/pages/signin"
	"frontdesk/handlers/smart"
	"frontdesk/handlers/smart/state"
)

// withPages gives a world the real pages.
func withPages(o *smart.Options) { o.Interact = nil }

// launchAs asks for a launch with a token.
func (w *world) launchAs(token string, body map[string]any) answer {
	w.t.Helper()
	if body["client_id"] == nil {
		body["client_id"] = "app"
	}
	text, err := json.Marshal(body)
	must(w.t, err)
	r, err := http.NewRequest(http.MethodPost, w.auth+"/launch", bytes.NewReader(text))
	must(w.t, err)
	r.Header.Set("Content-Type", "application/json")
	return w.do(r, bearer(token))
}

// staffToken is a token by which the EHR acts for a member of staff.
func (w *world) staffToken(account string) string {
	w.t.Helper()
	if _, err := w.state.Client(w.t.Context(), "ehr"); err != nil {
		w.register(func(c *state.Client) { c.ID, c.Scopes = "ehr", "user/*.rs" })
	}
	was := *w.person
	w.signIn(account)
	a, err := w.state.Account(w.t.Context(), account)
	must(w.t, err)
	w.person.decision = signin.Decision{As: a.Person}
	token := w.redeem(w.code(map[string]string{"client_id": "ehr", "scope": "user/*.rs"}), map[string]string{"client_id": "ehr"}).str("access_token")
	*w.person = was
	return token
}

// ehr launches the app for a member of staff, and gives the value of launch.
func (w *world) ehr(account string, body map[string]any) string {
	w.t.Helper()
	a := w.launchAs(w.staffToken(account), body)
	if a.status != http.StatusCreated {
		w.t.Fatalf("%d %v", a.status, a.body)
	}
	return a.str("launch")
}

func TestA8_ALaunchBelongsToTheSessionThatMadeIt(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.register(func(c *state.Client) { c.ID = "other" })
	must(t, w.state.AddAccount(t.Context(), state.Account{Name: "doc2", Person: "Practitioner/doc"}, ""))
	w.signIn("doc")
	w.person.decision = signin.Decision{As: "Practitioner/doc", Patient: "annie"}
	ask := func(launch string) map[string]string {
		return map[string]string{"scope": "launch patient/*.rs", "launch": launch}
	}
	id := w.ehr("doc", map[string]any{"patient": "annie"})
	other := ask(id)
	other["client_id"] = "other"
	w.sentBack("another app", w.authorize(other), "invalid_request")
	w.signIn("doc2")
	if to := w.authorize(ask(id)); to != nil {
		t.Errorf("another member of staff: %s", to)
	}
	w.signIn("doc")
	if a := w.tokens(ask(id)); a.body["patient"] != "annie" {
		t.Errorf("%v", a.body)
	}
	w.sentBack("used", w.authorize(ask(id)), "invalid_request")
	w.sentBack("unknown", w.authorize(ask("nonsense")), "invalid_request")
	old := w.ehr("doc", map[string]any{"patient": "annie"})
	w.clock.pass(11 * time.Minute)
	w.sentBack("old", w.authorize(ask(old)), "invalid_request")
	w.signIn("doc")
	w.person.decision.Patient = "bob"
	if to := w.authorize(ask(w.ehr("doc", map[string]any{"patient": "annie"}))); to != nil {
		t.Errorf("for another patient: %s", to)
	}
}

func TestA8_TheBareScopeIsIgnored(t *testing.T) {
	w := newWorld(t)
	w.register()
	if a := w.tokens(map[string]string{"scope": "launch launch/patient patient/*.rs"}); a.str("scope") != "launch/patient patient/*.rs" {
		t.Errorf("%v", a.body)
	}
	w.sentBack("a launch without the scope", w.authorize(map[string]string{"launch": "x"}), "invalid_scope")
}

func TestA8_OnlyWhoSeesThePatientLaunches(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.register(func(c *state.Client) { c.ID, c.Launches = "no-launch", nil })
	w.back(func(c *state.Client) { c.Scopes = "system/Patient.rs" })
	staff, service := w.staffToken("doc"), w.service(w.assert(), map[string]string{"scope": "system/Patient.rs"}).str("access_token")
	patient := w.tokens(nil).str("access_token")
	for what, try := range map[string]struct {
		token  string
		body   map[string]any
		status int
	}{
		"staff, own patient":               {staff, map[string]any{"patient": "Patient/annie", "encounter": "Encounter/e1"}, http.StatusCreated},
		"service":                          {service, map[string]any{"patient": "bob"}, http.StatusCreated},
		"nobody in particular":             {service, map[string]any{}, http.StatusCreated},
		"staff, another practice's":        {staff, map[string]any{"patient": "bob"}, http.StatusNotFound},
		"staff, no such patient":           {staff, map[string]any{"patient": "nobody"}, http.StatusNotFound},
		"another patient's encounter":      {staff, map[string]any{"patient": "annie", "encounter": "e2"}, http.StatusNotFound},
		"an encounter without a patient":   {staff, map[string]any{"encounter": "e1"}, http.StatusBadRequest},
		"an encounter the scopes lack":     {service, map[string]any{"patient": "annie", "encounter": "e1"}, http.StatusForbidden},
		"a patient":                        {patient, map[string]any{"patient": "annie"}, http.StatusForbidden},
		"without a token":                  {"rubbish", map[string]any{"patient": "annie"}, http.StatusUnauthorized},
		"no such app":                      {staff, map[string]any{"client_id": "nobody"}, http.StatusBadRequest},
		"an app without a launch URL":      {staff, map[string]any{"client_id": "no-launch"}, http.StatusBadRequest},
		"an unknown member":                {staff, map[string]any{"pacient": "annie"}, http.StatusBadRequest},
		"a context that refers to nothing": {staff, map[string]any{"fhirContext": []any{map[string]any{"role": "x"}}}, http.StatusBadRequest},
		"a style that is no URL":           {staff, map[string]any{"smart_style_url": "javascript:1"}, http.StatusBadRequest},
		"an id that is none":               {staff, map[string]any{"patient": "../x"}, http.StatusBadRequest},
	} {
		a := w.launchAs(try.token, try.body)
		if a.status != try.status || a.status >= 400 && a.str("error_description") == "" {
			t.Errorf("%s: %d %v", what, a.status, a.body)
		}
	}
	a := w.launchAs(staff, map[string]any{"patient": "annie"})
	u, err := url.Parse(a.str("launch_url"))
	must(t, err)
	if q := u.Query(); u.Host != "app.example" || q.Get("v") != "1" || q.Get("iss") != w.base || q.Get("launch") != a.str("launch") || a.body["expires_in"] != 600.0 {
		t.Errorf("%v", a.body)
	}
	hidden, absent := w.launchAs(staff, map[string]any{"patient": "bob"}), w.launchAs(staff, map[string]any{"patient": "nobody"})
	if strings.ReplaceAll(hidden.str("error_description"), "bob", "nobody") != absent.str("error_description") || hidden.status != absent.status {
		t.Errorf("hidden and absent differ: %v, %v", hidden.body, absent.body)
	}
}

func TestL1_TheTokenResponseHasTheLaunchContext(t *testing.T) {
	w := newWorld(t)
	w.register()
	for _, scope := range []string{"launch/patient", "patient/*.rs", "patient/Observation.rs?category=laboratory", "patient/*.read", offline} {
		a := w.tokens(map[string]string{"scope": scope})
		if a.body["patient"] != "annie" || a.body["need_patient_banner"] != true || !strings.HasPrefix(a.str("smart_style_url"), w.auth+"/style-") {
			t.Errorf("standalone, %s: %v", scope, a.body)
		}
	}
	// Its URL changes with its content, so it may be kept, and any page may read it.
	style := w.get(w.tokens(nil).str("smart_style_url"), page("https://anywhere.example"))
	if style.body["color_background"] == nil || style.header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(style.header.Get("Cache-Control"), "immutable") {
		t.Errorf("style %v %v", style.body, style.header)
	}
	if a := w.tokens(map[string]string{"scope": "openid user/*.rs"}); a.body["patient"] != nil || a.body["need_patient_banner"] != nil {
		t.Errorf("nothing needs a patient: %v", a.body)
	}

	w.signIn("doc")
	w.person.decision = signin.Decision{As: "Practitioner/doc", Patient: "annie"}
	id := w.ehr("doc", map[string]any{"patient": "annie", "encounter": "e1", "intent": "reconcile-medications", "tenant": "north",
		"smart_style_url": "https://ehr.example/style.json", "need_patient_banner": false})
	want := map[string]any{"patient": "annie", "encounter": "e1", "intent": "reconcile-medications", "tenant": "north",
		"smart_style_url": "https://ehr.example/style.json", "need_patient_banner": false}
	a := w.tokens(map[string]string{"scope": "launch launch/encounter offline_access patient/*.rs", "launch": id})
	for when, a := range map[string]answer{"at first": a, "at refresh": w.refresh(a.str("refresh_token"), nil)} {
		for name, value := range want {
			if a.body[name] != value {
				t.Errorf("%s: %s is %v, want %v", when, name, a.body[name], value)
			}
		}
	}
	if scope := a.str("scope"); scope != "launch launch/encounter offline_access patient/*.rs" {
		t.Errorf("scope %q", scope)
	}
}

func TestL2_FHIRContextIsObjects(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.signIn("doc")
	w.person.decision = signin.Decision{As: "Practitioner/doc", Patient: "annie"}
	w.load(condition("c1", "annie"), condition("c2", "bob"), `{"resourceType":"Patient","id":"carl","managingOrganization":{"reference":"Organization/north"}}`)
	context := []any{map[string]any{"reference": "Condition/c1", "type": "Condition"}, map[string]any{"reference": "Encounter/e1", "role": "https://x.example/r"},
		map[string]any{"canonical": "https://x.example/q|1", "role": "https://x.example/r"}, map[string]any{"reference": "Organization/north", "role": "launch"},
		map[string]any{"reference": "Patient/carl", "role": "urn:x:brother"}, map[string]any{"identifier": map[string]any{"value": "1"}, "type": "Basic"}}
	id := w.ehr("doc", map[string]any{"patient": "annie", "fhirContext": context})
	if a := w.tokens(map[string]string{"scope": "launch patient/*.rs", "launch": id}); !reflect.DeepEqual(a.body["fhirContext"], context) {
		t.Errorf("%v", a.body["fhirContext"])
	}
}

func TestI1_TheIDTokenIsSignedByRS256(t *testing.T) {
	w := newWorld(t)
	w.register()
	a := w.tokens(map[string]string{"scope": "openid fhirUser profile launch/patient", "nonce": "n-0S6_WzA2Mj"})
	c := w.verified(a.str("id_token"), "app")
	signedIn := w.person.session.Since.Unix()
	if c["nonce"] != "n-0S6_WzA2Mj" || int64(c["auth_time"].(float64)) != signedIn || c["sub"] == "" || c["aud"] != "app" || c["iss"] != w.auth {
		t.Errorf("%v", c)
	}
	if c["exp"].(float64)-c["iat"].(float64) > 3600 {
		t.Errorf("lives too long: %v", c)
	}
	if w.alive(a.str("id_token")) {
		t.Error("the id_token passes for an access token")
	}
	if c["amr"] != nil || c["acr"] != nil {
		t.Errorf("how the person signed in isn't known, and the token says: %v", c)
	}
	w.person.session.Methods = []string{state.ByPassword}
	c = w.verified(w.tokens(map[string]string{"scope": "openid"}).str("id_token"), "app")
	if !reflect.DeepEqual(c["amr"], []any{"pwd"}) || c["acr"] != "https://refeds.org/profile/sfa" {
		t.Errorf("by a password: %v", c)
	}
	w.person.session.Methods = []string{state.ByPassword, state.ByCode, state.ByTwo}
	a = w.tokens(map[string]string{"scope": "openid offline_access"})
	again := w.verified(w.refresh(a.str("refresh_token"), nil).str("id_token"), "app")
	if !reflect.DeepEqual(again["amr"], []any{"pwd", "otp", "mfa"}) || again["acr"] != "https://refeds.org/profile/mfa" {
		t.Errorf("by two steps: %v", again)
	}
	// A new key signs what is new; what the old one signed is good still.
	must(t, w.state.RotateKeys(t.Context()))
	w.verified(a.str("id_token"), "app")
	w.verified(w.tokens(map[string]string{"scope": "openid"}).str("id_token"), "app")
	if !w.alive(a.str("access_token")) {
		t.Error("rotation kills access tokens")
	}
}

func TestI2_FHIRUserIsAResolvableURL(t *testing.T) {
	w := newWorld(t)
	w.register()
	for account, as := range map[string]string{"annie": "Patient/annie", "bob": "RelatedPerson/dad", "doc": "Practitioner/doc"} {
		w.signIn(account)
		w.person.decision = signin.Decision{As: as, Patient: "annie"}
		a := w.tokens(map[string]string{"scope": "openid fhirUser launch/patient"})
		c := w.verified(a.str("id_token"), "app")
		if c["fhirUser"] != w.base+"/"+as {
			t.Errorf("%s: %v", account, c["fhirUser"])
		}
		info := w.get(w.auth+"/userinfo", bearer(a.str("access_token")))
		if info.status != http.StatusOK || info.body["sub"] != c["sub"] || info.body["fhirUser"] != c["fhirUser"] {
			t.Errorf("%s: userinfo %d %v", account, info.status, info.body)
		}
	}
}

func TestI3_WithoutOpenidThereIsNoIdentity(t *testing.T) {
	w := newWorld(t)
	w.register()
	a := w.tokens(map[string]string{"scope": "fhirUser offline_access patient/*.rs"})
	if a.str("id_token") != "" || w.refresh(a.str("refresh_token"), nil).str("id_token") != "" {
		t.Errorf("%v", a.body)
	}
	info := w.get(w.auth+"/userinfo", bearer(a.str("access_token")))
	if info.status != http.StatusForbidden || info.str("error") != "insufficient_scope" || info.header.Get("WWW-Authenticate") == "" {
		t.Errorf("userinfo: %d %v", info.status, info.body)
	}
	narrow := w.refresh(w.tokens(map[string]string{"scope": offline}).str("refresh_token"), map[string]string{"scope": "patient/*.rs"})
	if info := w.get(w.auth+"/userinfo", bearer(narrow.str("access_token"))); info.status != http.StatusForbidden {
		t.Errorf("userinfo by a token that was narrowed: %d %v", info.status, info.body)
	}
	if info := w.get(w.auth + "/userinfo"); info.status != http.StatusUnauthorized || info.header.Get("WWW-Authenticate") == "" {
		t.Errorf("userinfo without a token: %d %v", info.status, info.body)
	}
	openid := w.tokens(map[string]string{"scope": "openid patient/*.rs"})
	if c := w.verified(openid.str("id_token"), "app"); c["fhirUser"] != nil {
		t.Errorf("fhirUser without its scope: %v", c)
	}
}

// verified are an id_token's claims, checked as a client checks them: by the published keys.
func (w *world) verified(token, client string) map[string]any {
	w.t.Helper()
	payload, err := w.published(token)
	must(w.t, err)
	var c map[string]any
	must(w.t, json.Unmarshal(payload, &c))
	if fmt.Sprint(c["aud"]) != client {
		w.t.Errorf("made out to %v", c["aud"])
	}
	return c
}

// condition is one of a patient's.
func condition(id, patient string) string {
	return `{"resourceType":"Condition","id":"` + id + `","subject":{"reference":"Patient/` + patient + `"}}`
}

// A9: what an app is told of by fhirContext is as SMART has it, exists, is seen by who launches, and is the patient's.
func TestA9_FHIRContextIsChecked(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.load(condition("c1", "annie"), condition("c2", "bob"), condition("both", "annie"),
		`{"resourceType":"Patient","id":"carl","managingOrganization":{"reference":"Organization/north"}}`, condition("c3", "carl"))
	staff := w.staffToken("doc")
	for what, try := range map[string]struct {
		item   map[string]any
		status int
	}{
		"a patient without a role":      {map[string]any{"reference": "Patient/annie"}, http.StatusBadRequest},
		"an encounter without a role":   {map[string]any{"reference": "Encounter/e1"}, http.StatusBadRequest},
		"an encounter of role launch":   {map[string]any{"reference": "Encounter/e1", "role": "launch"}, http.StatusBadRequest},
		"a patient by identifier":       {map[string]any{"identifier": map[string]any{"value": "1"}, "type": "Patient"}, http.StatusBadRequest},
		"an empty role":                 {map[string]any{"reference": "Condition/c1", "role": ""}, http.StatusBadRequest},
		"a role that is null":           {map[string]any{"reference": "Condition/c1", "role": nil}, http.StatusBadRequest},
		"a relative role":               {map[string]any{"reference": "Condition/c1", "role": "main"}, http.StatusBadRequest},
		"an absolute reference":         {map[string]any{"reference": w.base + "/Condition/c1"}, http.StatusBadRequest},
		"a reference to a version":      {map[string]any{"reference": "Condition/c1/_history/1"}, http.StatusBadRequest},
		"a reference that is a number":  {map[string]any{"reference": 1}, http.StatusBadRequest},
		"a type that doesn't fit":       {map[string]any{"reference": "Condition/c1", "type": "Observation"}, http.StatusBadRequest},
		"a type that isn't there":       {map[string]any{"canonical": "https://x.example/q", "type": "Form"}, http.StatusBadRequest},
		"a relative canonical":          {map[string]any{"canonical": "Questionnaire/1"}, http.StatusBadRequest},
		"an identifier without a value": {map[string]any{"identifier": "1"}, http.StatusBadRequest},
		"what isn't there":              {map[string]any{"reference": "Condition/none"}, http.StatusNotFound},
		"what another practice has":     {map[string]any{"reference": "Condition/c2"}, http.StatusNotFound},
		"another patient's":             {map[string]any{"reference": "Condition/c3"}, http.StatusBadRequest},
		"the patient's own":             {map[string]any{"reference": "Condition/c1"}, http.StatusCreated},
	} {
		a := w.launchAs(staff, map[string]any{"patient": "annie", "fhirContext": []any{try.item}})
		if a.status != try.status || a.status >= 400 && a.str("error_description") == "" {
			t.Errorf("%s: %d %v", what, a.status, a.body)
		}
	}
	if a := w.launchAs(staff, map[string]any{"fhirContext": []any{map[string]any{"reference": "Condition/c1"}}}); a.status != http.StatusBadRequest {
		t.Errorf("a patient's entry without the patient: %d %v", a.status, a.body)
	}
}

// An app may have several launch URLs, of which the EHR names one.
func TestAnAppIsLaunchedAtOneOfItsURLs(t *testing.T) {
	w := newWorld(t)
	w.register()
	staff := w.staffToken("doc")
	for asked, want := range map[string]string{"": "https://app.example/launch?", "https://app.example/forms": "https://app.example/forms?", "https://evil.example/": ""} {
		body := map[string]any{"patient": "annie"}
		if asked != "" {
			body["launch_url"] = asked
		}
		a := w.launchAs(staff, body)
		if want == "" && a.status != http.StatusBadRequest || want != "" && !strings.HasPrefix(a.str("launch_url"), want) {
			t.Errorf("%q: %d %v", asked, a.status, a.body)
		}
	}
}
