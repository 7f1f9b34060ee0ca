package signin

import (
	"net/http"

	"frontdesk/fhir/access"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/audit"
)

// note is for the audit: what was done here by whom, or refused.
func (p *Pages) note(w http.ResponseWriter, r *http.Request, what string, by access.Identity, status int) error {
	return p.tell(w, r, audit.Event{What: what, By: by, Status: status})
}

// noteWhy is note for what was done, in words.
func (p *Pages) noteWhy(w http.ResponseWriter, r *http.Request, what string, by access.Identity, why string) error {
	return p.tell(w, r, audit.Event{What: what, By: by, Status: http.StatusOK, Reason: why})
}

func (p *Pages) tell(w http.ResponseWriter, r *http.Request, e audit.Event) error {
	if p.Audit == nil {
		return nil
	}
	e.When, e.Address, e.Request = p.Now(), p.Address(r), pages.Reference(w)
	return p.Audit(r.Context(), e)
}

// identity is whom the audit names for an account.
func identity(a state.Account) access.Identity {
	return access.Identity{Account: a.Name, Person: a.Person}
}
