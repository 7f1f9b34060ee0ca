package signin

import (
	"context"
	"net/http"
	"net/url"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/smart/state"
)

// visitor is the person who is signed in in this browser.
type visitor struct {
	pages.Visitor
	half bool // the second step is yet to be taken
}

// visitor is nil if nobody is signed in.
func (p *Pages) visitor(r *http.Request) (*visitor, error) {
	v, _, err := p.Shell.Visitor(r, p.Accounts, p.People)
	if v == nil {
		return nil, err
	}
	return &visitor{Visitor: *v}, err
}

// signedIn lets only signed-in people through, others to the sign-in page; and of forms only those that came from a
// page of ours.
func (p *Pages) signedIn(next func(http.ResponseWriter, *http.Request, *visitor)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := p.visitor(r)
		switch {
		case err != nil:
			p.Fail(w, r, err)
		case v == nil:
			p.keepTicks(w, r)
			p.to(w, r, "/sign-in", keep(r, "request"))
		case r.Method == http.MethodPost && !pages.Genuine(r, v.Session.CSRF):
			p.Fail(w, r, pages.Forged())
		default:
			next(w, r, v)
		}
	}
}

// asked is signedIn for the steps of answering an app: its request must still wait, and be for the person who is signed
// in.
func (p *Pages) asked(next func(http.ResponseWriter, *http.Request, *visitor, *Asked)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked, err := p.Flow.Asked(r.Context(), r.FormValue("request"))
		if err != nil {
			p.Fail(w, r, err)
			return
		}
		p.signedIn(func(w http.ResponseWriter, r *http.Request, v *visitor) {
			switch {
			case !v.Session.Does(asked.ID, asked.SignedInSince):
				p.to(w, r, "/sign-in", keep(r, "request"))
			case asked.Launch != nil && asked.Launch.Account != "" && asked.Launch.Account != v.Account.Name:
				p.Fail(w, r, fhir.Errorf(fhir.Forbidden, "",
					"%s was opened for somebody else. Sign out, and open it again from your own practice system.", asked.App))
			default:
				next(w, r, v, asked)
			}
		})(w, r)
	}
}

// party is in which role and for whom an app is to be used.
type party struct {
	Role    Role
	Patient Person // nobody, if nothing that was asked for needs a patient
}

// party works out for whom the app is, from what was chosen so far (as, patient). If something has yet to be chosen, it
// gives the path of the page for it.
func (p *Pages) party(ctx context.Context, asked *Asked, account state.Account, chosen url.Values) (party, string, error) {
	all, err := p.People.Roles(ctx, account)
	if err != nil {
		return party{}, "", err
	}
	roles := fitting(all, asked, account, chosen.Get("as"))
	switch {
	case len(roles) == 0:
		return party{}, "", noUse(asked)
	case len(roles) > 1:
		return party{}, "/choose", nil
	}
	role := roles[0]
	switch {
	case len(asked.Sections) > 0 && len(role.offered(asked.Sections)) == 0:
		return party{}, "", noUse(asked)
	case !asked.needsPatient():
		return party{Role: role}, "", nil
	case !role.Staff:
		return party{role, role.Patient}, "", nil
	}
	id := asked.launchPatient()
	if id == "" {
		id = chosen.Get("patient")
	}
	if id == "" {
		return party{}, "/patient", nil
	}
	patient, err := p.People.Patient(ctx, account, role, id)
	return party{role, patient}, "", err
}

// noUse is the error for who may not use an app for what it asks.
func noUse(asked *Asked) error {
	return fhir.Errorf(fhir.Forbidden, "", "You can't use %s for this record. If you think you should be able to, ask your practice.", asked.App)
}

// fitting are the roles in which this request could be answered. as, if not "", is the one that was chosen.
func fitting(roles []Role, asked *Asked, account state.Account, as string) []Role {
	var fit []Role
	for _, role := range roles {
		launched := asked.launchPatient()
		switch {
		case as != "" && role.As != as:
		case !asked.needsPatient() && role.As != account.Person:
		case launched != "" && !role.Staff && role.Patient.ID != launched:
		default:
			fit = append(fit, role)
		}
	}
	return fit
}

// needsPatient says that there must be one patient whom the app is for.
func (a *Asked) needsPatient() bool { return a.Patient || a.launchPatient() != "" }

// launchPatient is whose record the app was opened in, "" if none.
func (a *Asked) launchPatient() string {
	if a.Launch == nil {
		return ""
	}
	return a.Launch.Patient
}

// keep is those of a request's parameters that the next page needs too. No page takes an address to go on to: an app's
// request has an id.
func keep(r *http.Request, names ...string) url.Values {
	kept := url.Values{}
	for _, name := range names {
		if value := r.FormValue(name); value != "" {
			kept.Set(name, value)
		}
	}
	return kept
}

// to sends the browser to another page of ours.
func (p *Pages) to(w http.ResponseWriter, r *http.Request, path string, query url.Values) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	http.Redirect(w, r, p.Path+path, http.StatusSeeOther)
}
