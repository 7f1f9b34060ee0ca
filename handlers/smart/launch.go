package smart

import (
	"cmp"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
	"frontdesk/store/audit"
)

// launchRequest is what an EHR says of the session from which it launches an app.
type launchRequest struct {
	Client    string           `json:"client_id"`
	URL       string           `json:"launch_url"`  // which of the app's launch URLs; default the first
	Patient   string           `json:"patient"`     // an id, or Patient/id
	Encounter string           `json:"encounter"`   // an id, or Encounter/id
	Context   []map[string]any `json:"fhirContext"` // SMART App Launch 2.2, fhirContext
	Intent    string           `json:"intent"`
	Tenant    string           `json:"tenant"`
	Style     string           `json:"smart_style_url"`
	Banner    *bool            `json:"need_patient_banner"` // default true
}

// launched is the answer: where the EHR is to open the app.
type launched struct {
	URL     string `json:"launch_url"`
	Launch  string `json:"launch"`
	Expires int    `json:"expires_in"` // seconds
}

// launch makes a launch for a member of staff or a backend service, who must see the patient and the encounter (A8). It
// is an extension of our own, which discovery names: SMART leaves to each EHR how it comes to the value of launch.
func (s *Server) launch(w http.ResponseWriter, r *http.Request) {
	g, err := s.Grant(r)
	if err != nil {
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+s.issuer+`"`)
		s.refuse(w, r, audit.Launch, unauthorized(err))
		return
	}
	out, by, err := s.makeLaunch(r, g)
	if err == nil {
		err = s.note(w, r, audit.Event{What: audit.Launch, By: by})
	}
	if err == nil {
		writeJSON(w, http.StatusCreated, out)
		return
	}
	status, known := launchStatus[fhir.KindOf(err)]
	if !known {
		s.fail(w, r, err)
		return
	}
	var text []string
	for _, is := range err.(*fhir.Error).Issues {
		text = append(text, is.Text)
	}
	if err := s.note(w, r, audit.Event{What: audit.Launch, By: by, Status: status, Reason: "refused"}); err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, status, oauthError{"invalid_request", strings.Join(text, " ")})
}

// launchStatus is the HTTP status of what the EHR has to put right.
var launchStatus = map[fhir.Kind]int{
	fhir.Invalid: http.StatusBadRequest, fhir.UnsupportedMedia: http.StatusUnsupportedMediaType, fhir.Forbidden: http.StatusForbidden,
	fhir.NotFound: http.StatusNotFound, fhir.Gone: http.StatusNotFound, // what was deleted is as good as hidden here
}

// makeLaunch judges a request and keeps the launch.
func (s *Server) makeLaunch(r *http.Request, g access.Grant) (launched, access.Identity, error) {
	by := g.Identity()
	if by.Person != "" && !strings.HasPrefix(by.Person, "Practitioner/") || by.Person == "" && by.Client == "" {
		return launched{}, by, fhir.Errorf(fhir.Forbidden, "", "Only staff of a practice and backend services can launch apps.")
	}
	body, err := s.readLaunch(r)
	if err != nil {
		return launched{}, by, err
	}
	by.Patient = body.Patient
	client, err := s.State.Client(r.Context(), body.Client)
	if fhir.KindOf(err) == fhir.NotFound && err != nil || err == nil && len(client.Launches) == 0 {
		return launched{}, by, fhir.Errorf(fhir.Invalid, "client_id", "There is no app of this client_id that is registered with a launch URL.")
	}
	if err != nil {
		return launched{}, by, err
	}
	begin := cmp.Or(body.URL, client.Launches[0])
	if !slices.Contains(client.Launches, begin) {
		return launched{}, by, fhir.Errorf(fhir.Invalid, "launch_url", "The app isn't registered with this launch_url. Name one that it is, or none.")
	}
	if err := visible(r.Context(), s.Store.As(g, store.Unobserved), body); err != nil {
		return launched{}, by, err
	}
	l := state.Launch{Client: client.ID, By: by.Client, Account: by.Account, Patient: body.Patient, Encounter: body.Encounter, Context: body.Context,
		Intent: body.Intent, Tenant: body.Tenant, Style: body.Style, Banner: body.Banner == nil || *body.Banner}
	id, err := s.State.MakeLaunch(r.Context(), l)
	if err != nil {
		return launched{}, by, err
	}
	u, err := url.Parse(begin)
	if err != nil {
		return launched{}, by, fhir.Fault("reading a launch URL", err)
	}
	query := u.Query()
	query.Set("iss", s.Base)
	query.Set("launch", id)
	u.RawQuery = query.Encode()
	return launched{URL: u.String(), Launch: id, Expires: int(state.LaunchLife.Seconds())}, by, nil
}

// readLaunch reads the body strictly: what isn't known would be lost without a word (I7).
func (s *Server) readLaunch(r *http.Request) (launchRequest, error) {
	var body launchRequest
	bad := func(format string, args ...any) error { return fhir.Errorf(fhir.Invalid, "", format, args...) }
	if typ, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); typ != "application/json" {
		return body, fhir.Errorf(fhir.UnsupportedMedia, "", "Send the launch as application/json.")
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil || d.More() {
		return body, bad("The body must be one JSON object with client_id, and with what the app is to know: " +
			"launch_url, patient, encounter, fhirContext, intent, tenant, smart_style_url, need_patient_banner.")
	}
	body.Patient, body.Encounter = strings.TrimPrefix(body.Patient, "Patient/"), strings.TrimPrefix(body.Encounter, "Encounter/")
	for _, id := range []string{body.Patient, body.Encounter} {
		if id != "" && !fhir.ValidID(id) {
			return body, bad("%.100q is no id of a resource.", id)
		}
	}
	if err := checkContext(s.Store.Registry(), body.Context); err != nil {
		return body, err
	}
	if u, err := url.Parse(body.Style); body.Style != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		return body, bad("The smart_style_url must be an absolute URL.")
	}
	return body, nil
}
