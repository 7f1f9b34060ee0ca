package pages

import (
	"net/http"

	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/audit"
)

// note is for the audit: what was done here by whom, or refused.
func (p *Pages) note(w http.ResponseWriter, r *http.Request, what string, by access.Identity, status int) error {
	if p.Audit == nil {
		return nil
	}
	return p.Audit(r.Context(), audit.Event{
		What: what, When: p.Now(), By: by, Address: p.Address(r), Request: reference(w), Status: status,
	})
}

// identity is whom the audit names for an account.
func identity(a state.Account) access.Identity {
	return access.Identity{Account: a.Name, Person: a.Person}
}
