package smart

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ory/fosite"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/pages/signin"
	"frontdesk/handlers/smart/oauth"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/audit"
)

var _ signin.Flow = (*Server)(nil)

// Asked is the request of an app that waits under an id; fhir.NotFound if there is none any more.
func (s *Server) Asked(ctx context.Context, id string) (*signin.Asked, error) {
	p, client, err := s.waiting(ctx, id)
	if err != nil {
		return nil, err
	}
	scopes := s.scopes(p.Scopes)
	name := client.Name
	if name == "" {
		name = client.ID
	}
	return &signin.Asked{
		ID: id, App: name, Redirect: p.Query.Get("redirect_uri"), Known: client.Created, Launch: p.Launch,
		Sections: scopes.Sections(s.Store.Registry()),
		Patient:  needsPatient(scopes), User: scopes.In(access.UserContext),
		Identity: scopes.Has("openid") || scopes.Has("fhirUser") || scopes.Has("profile"),
		Offline:  scopes.Has("offline_access"), Online: scopes.Has("online_access"), SignedInSince: signedInSince(p),
	}, nil
}

// waiting is a request that waits, and whose it is.
func (s *Server) waiting(ctx context.Context, id string) (state.Pending, state.Client, error) {
	p, err := s.State.Pending(ctx, id)
	if err == nil {
		var c state.Client
		if c, err = s.State.Client(ctx, p.Client); err == nil {
			return p, c, nil
		}
	}
	if fhir.KindOf(err) == fhir.NotFound {
		err = fhir.Errorf(fhir.NotFound, "", "The app's request has been answered, or has waited too long. Go back to the app and start again.")
	}
	return state.Pending{}, state.Client{}, err
}

// needsPatient says that scopes make no sense without one patient (S7).
func needsPatient(s access.Scopes) bool {
	return s.In(access.PatientContext) || s.Has("launch/patient")
}

// signedInSince is the oldest sign-in that will do for a request (OpenID Connect Core 1.0, 3.1.2.1); zero if any will.
func signedInSince(p state.Pending) time.Time {
	if slices.Contains(strings.Fields(p.Query.Get("prompt")), "login") {
		return p.Created
	}
	if age := p.Query.Get("max_age"); age != "" {
		n, _ := strconv.Atoi(age) // authorize has looked at it
		return p.Created.Add(-time.Duration(n) * time.Second)
	}
	return time.Time{}
}

// reply is a person's answer to a request that waits, with all it is judged by.
type reply struct {
	signin.Decision
	pending state.Pending
	client  state.Client
	account state.Account
	session state.Session
}

// Decide answers a request and sends the browser back to the app. It is the last to judge whether this account may act
// for that patient, and grants no more than was asked for, the client is registered for and the person left on.
func (s *Server) Decide(w http.ResponseWriter, r *http.Request, id string, session state.Session, d signin.Decision) {
	p, client, err := s.waiting(r.Context(), id)
	if err != nil {
		s.faces.Fail(w, r, err)
		return
	}
	account, err := s.State.Account(r.Context(), session.Account)
	if err != nil || account.Suspended || account.Subject != session.Subject || !session.Does(id, signedInSince(p)) {
		s.faces.Fail(w, r, fhir.Errorf(fhir.Unauthenticated, "", "You are signed out. Sign in and try again."))
		return
	}
	account.Safer = session.Safer
	answer, err := s.answer(w, r, &reply{d, p, client, account, session})
	if shown := fhir.KindOf(err); err != nil && (shown == fhir.Forbidden || shown == fhir.NotFound) {
		s.faces.Fail(w, r, err)
		return
	}
	redirect, appState := p.Query.Get("redirect_uri"), p.Query.Get("state")
	if err != nil {
		s.back(w, r, redirect, appState, err)
		return
	}
	s.redirect(w, redirect, appState, answer)
}

// answer is what the app is told: a code, or an error. fhir.Forbidden and fhir.NotFound are for the person, who can
// choose again.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, said *reply) (url.Values, error) {
	who := access.Identity{Client: said.client.ID, Account: said.account.Name, Person: said.account.Person, Patient: said.Patient}
	if said.Deny {
		if _, err := s.State.TakePending(r.Context(), said.pending.ID); err != nil {
			return nil, err
		}
		if err := s.note(w, r, audit.Event{What: audit.Consent, By: who, Status: http.StatusForbidden, Reason: "the person said no"}); err != nil {
			return nil, err
		}
		return nil, fosite.ErrAccessDenied.WithHint("The person said no.")
	}
	a, err := s.approval(r.Context(), said)
	if err != nil {
		return nil, err
	}
	code, kept, err := s.order(r.Context(), said, a)
	if err != nil {
		return nil, err
	}
	who.Person, who.Patient, who.Approval = kept.Person, kept.Patient, kept.ID
	if err := s.note(w, r, audit.Event{What: audit.Consent, By: who}); err != nil {
		return nil, err
	}
	return url.Values{"code": {code}}, nil
}

// order uses the request up, and its launch, and makes a code: of two answers one counts.
func (s *Server) order(ctx context.Context, said *reply, a state.Approval) (code string, kept state.Approval, _ error) {
	p := said.pending
	if _, err := s.State.TakePending(ctx, p.ID); err != nil {
		return "", a, err
	}
	if p.Launch != nil {
		if _, err := s.State.TakeLaunch(ctx, p.Query.Get("launch"), p.Client); err != nil {
			return "", a, fosite.ErrInvalidRequest.WithHint("The launch was used before. Launch the app from the EHR again.").WithWrap(err)
		}
	}
	return s.oauth.Code(ctx, oauth.Order{Client: said.client, Approval: a, Redirect: p.Query.Get("redirect_uri"),
		Challenge: p.Query.Get("code_challenge"), Nonce: p.Query.Get("nonce"), SignedIn: said.session.Since})
}

// approval is what a person allows, by what was decided.
func (s *Server) approval(ctx context.Context, said *reply) (state.Approval, error) {
	account, launch := said.account, said.pending.Launch
	a := state.Approval{Client: said.client.ID, Account: account.Name, Subject: account.Subject, Person: said.As, Safer: account.Safer, Launch: launch}
	asked := s.scopes(said.pending.Scopes)
	scopes := asked.Keep(s.Store.Registry(), said.Sections)
	a.Version1, a.Methods = asked.IsVersion1(), said.session.Methods
	role, err := s.role(ctx, account, said.As)
	if err != nil {
		return a, err
	}
	if launch != nil && launch.Account != "" && launch.Account != account.Name {
		return a, forbidden("The app was opened for somebody else.")
	}
	if a.Patient, err = s.patient(ctx, said, role, scopes); err != nil {
		return a, err
	}
	if said.Once {
		scopes = scopes.Drop("offline_access")
	}
	if a.Scopes = scopes.String(); a.Scopes == "" {
		return a, fosite.ErrAccessDenied.WithHint("The person left nothing on of what was asked for.")
	}
	switch {
	case scopes.Has("offline_access"):
		a.Offline, a.Until = true, said.Until
	case scopes.Has("online_access"):
		a.Session, a.Until = said.session.ID, said.session.Since.Add(s.State.SessionLife)
	default:
		a.Until = s.State.Now().UTC().Add(oauth.CodeLife + oauth.TokenLife)
	}
	return a, nil
}

func forbidden(text string) error { return fhir.Errorf(fhir.Forbidden, "", "%s", text) }

// role is one of those that the account has now.
func (s *Server) role(ctx context.Context, account state.Account, as string) (signin.Role, error) {
	roles, err := s.people.Roles(ctx, account)
	if err != nil {
		return signin.Role{}, err
	}
	for _, role := range roles {
		if role.As == as {
			return role, nil
		}
	}
	return signin.Role{},
		forbidden("You can't use the app in this role. If you think you should be able to, ask your practice.")
}

// patient is whose record the app will have: the one it was launched for, or the one chosen, whom the person may see.
// "" if nothing that is granted needs one.
func (s *Server) patient(ctx context.Context, said *reply, role signin.Role, scopes access.Scopes) (string, error) {
	launch := said.pending.Launch
	launched := launch != nil && launch.Patient != ""
	switch {
	case !launched && !needsPatient(scopes):
		return "", nil
	case launched && said.Patient != launch.Patient:
		return "", forbidden("The app was opened for another patient.")
	case said.Patient == "":
		return "", forbidden("Choose whose record the app is for.")
	}
	who, err := s.people.Patient(ctx, said.account, role, said.Patient)
	return who.ID, err
}
