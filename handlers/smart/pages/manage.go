package pages

import (
	"net/http"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/audit"
)

// app is one app with access, as the list shows it.
type app struct {
	ID       string // of the approval
	Name     string
	For      string // whose record
	Since    string
	Until    string
	LastUsed string // "" if never, or if nothing is known
	Sections []access.Section
	Seen     []glance
}

// glance is one time that the app looked at the record.
type glance struct{ When, What string }

// own says that an approval is one of those that a visitor may know of. In the safer view nothing tells of the other (P9).
func (v *visitor) own(a state.Approval) bool {
	return a.Account == v.account.Name && (a.Safer || !v.session.Safer)
}

// approvals are what a visitor sees of what he or she allowed. Who isn't offered online access sees of the own record what somebody sees who
// never was (P8).
func (p *Pages) approvals(r *http.Request, v *visitor) (all []state.Approval, _ error) {
	roles, err := p.People.Roles(r.Context(), v.account)
	if err != nil {
		return nil, err
	}
	err = p.Accounts.ApprovalsOf(r.Context(), v.account.Name, func(a state.Approval) bool {
		self := strings.HasPrefix(a.Person, "Patient/")
		if v.own(a) && (!self || slices.ContainsFunc(roles, func(role Role) bool { return role.As == a.Person })) {
			all = append(all, a)
		}
		return true
	})
	return all, err
}

// showApps lists the apps that a person has given access (SMART App Launch 2.2, management_endpoint), the newest first.
func (p *Pages) showApps(w http.ResponseWriter, r *http.Request, v *visitor) {
	approvals, err := p.approvals(r, v)
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	slices.SortStableFunc(approvals, func(a, b state.Approval) int { return b.Since.Compare(a.Since) })
	apps := make([]app, 0, len(approvals))
	for _, approval := range approvals {
		one, err := p.appOf(r, v, approval)
		if err != nil {
			p.Fail(w, r, err)
			return
		}
		apps = append(apps, one)
	}
	p.show(w, r, http.StatusOK, "manage", v.form("Apps with access", nil, struct {
		Apps    []app
		Stopped bool
	}{apps, r.FormValue("stopped") != ""}))
}

// appOf puts an approval into words.
func (p *Pages) appOf(r *http.Request, v *visitor, approval state.Approval) (app, error) {
	one := app{ID: approval.ID, Name: approval.Client, Since: p.day(approval.Since), Until: "you stop it"}
	switch {
	case !approval.Until.IsZero():
		one.Until = p.day(approval.Until)
	case !approval.Offline && approval.Session != "":
		one.Until = "you sign out"
	case !approval.Offline:
		one.Until = "an hour after you allowed it"
	}
	client, err := p.Accounts.Client(r.Context(), approval.Client)
	if err == nil && client.Name != "" {
		one.Name = client.Name
	} else if err != nil && fhir.KindOf(err) != fhir.NotFound { // a removed app can still be in the list
		return app{}, err
	}
	if one.For, err = p.forWhom(r, v, approval); err != nil {
		return app{}, err
	}
	if p.Sections != nil {
		one.Sections = p.Sections(approval.Scopes)
	}
	if p.Seen == nil {
		return one, nil
	}
	seen, err := p.Seen(r.Context(), approval)
	if err != nil {
		return app{}, err
	}
	for i, s := range seen {
		if i == 0 {
			one.LastUsed = p.moment(s.When)
		}
		one.Seen = append(one.Seen, glance{p.moment(s.When), s.What})
	}
	return one, nil
}

// forWhom says whose record an approval is about, in the role in which it was given. Who may no longer be named is "another person".
func (p *Pages) forWhom(r *http.Request, v *visitor, approval state.Approval) (string, error) {
	roles, err := p.People.Roles(r.Context(), v.account)
	if err != nil {
		return "", err
	}
	for _, role := range roles {
		if role.As != approval.Person {
			continue
		}
		who := party{Role: role}
		switch {
		case approval.Patient == "":
		case role.Staff:
			who.Patient, err = p.People.Patient(r.Context(), v.account, role, approval.Patient)
			if fhir.KindOf(err) == fhir.NotFound && err != nil {
				return "the record of a patient you can no longer see", nil
			}
		default:
			who.Patient = role.Patient
		}
		if err != nil {
			return "", err
		}
		return who.whose(), nil
	}
	return "the record of a person you can no longer act for", nil
}

// revoke ends an app's access at once: its next request is refused.
func (p *Pages) revoke(w http.ResponseWriter, r *http.Request, v *visitor) {
	approval, err := p.Accounts.Approval(r.Context(), r.PostFormValue("approval"))
	switch kind := fhir.KindOf(err); {
	case err != nil && kind != fhir.NotFound:
		p.Fail(w, r, err)
		return
	case err == nil && v.own(approval): // another's is as if it weren't there
		by := identity(v.account)
		by.Client, by.Patient, by.Approval = approval.Client, approval.Patient, approval.ID
		if err = p.note(w, r, audit.Revocation, by, http.StatusOK); err == nil {
			err = p.Accounts.Revoke(r.Context(), approval.ID)
		}
		if err != nil {
			p.Fail(w, r, err)
			return
		}
	}
	p.to(w, r, "/manage", map[string][]string{"stopped": {"yes"}})
}
