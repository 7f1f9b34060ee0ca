package signin

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/audit"
)

// app is one app with access, as the list shows it, whatever number of times it was allowed.
type app struct {
	ID       string // of the newest approval
	Name     string
	LastUsed string // "" if never, or if nothing is known
	Records  []record
}

// record is what an app has access to of one record: the approvals for it in one role, told as one.
type record struct {
	ID       string // of the newest approval: what it stops is all of them
	For      string // whose record
	Since    string
	Until    string
	Sections []access.Section
	Seen     []glance

	person, patient string
	ends            time.Time
}

// glance is one time that the app looked at the record.
type glance struct {
	When, What string
	at         time.Time
}

// own says that an approval is one of those that a visitor may know of. In the safer view nothing tells of the other
// (P9).
func (v *visitor) own(a state.Approval) bool {
	return a.Account == v.Account.Name && (a.Safer || !v.Session.Safer)
}

// approvals are what a visitor sees of what he or she allowed. Who isn't offered online access sees of the own record
// what somebody sees who never was (P8).
func (p *Pages) approvals(r *http.Request, v *visitor) (all []state.Approval, _ error) {
	roles, err := p.People.Roles(r.Context(), v.Account)
	if err != nil {
		return nil, err
	}
	err = p.Accounts.ApprovalsOf(r.Context(), v.Account.Name, func(a state.Approval) bool {
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
	apps, err := p.appsOf(r, v, approvals)
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	p.show(w, r, http.StatusOK, "manage", v.form("Apps with access", nil, struct {
		Apps    []app
		Stopped bool
	}{apps, r.FormValue("stopped") != ""}))
}

// appsOf puts approvals, the newest first, into words: an app is there once, and each record that it can use is.
func (p *Pages) appsOf(r *http.Request, v *visitor, approvals []state.Approval) ([]app, error) {
	var apps []app
	index := map[string]int{}
	last := map[string]time.Time{}
	for _, approval := range approvals {
		at, known := index[approval.Client]
		if !known {
			name, err := p.nameOf(r.Context(), approval.Client)
			if err != nil {
				return nil, err
			}
			at = len(apps)
			index[approval.Client], apps = at, append(apps, app{ID: approval.ID, Name: name})
		}
		one, err := p.recordOf(r, v, approval)
		if err != nil {
			return nil, err
		}
		if len(one.Seen) > 0 && one.Seen[0].at.After(last[approval.Client]) {
			last[approval.Client], apps[at].LastUsed = one.Seen[0].at, one.Seen[0].When
		}
		apps[at].add(one)
	}
	return apps, nil
}

// nameOf is what an app is called. One that was removed can still be in the list.
func (p *Pages) nameOf(ctx context.Context, id string) (string, error) {
	client, err := p.Accounts.Client(ctx, id)
	if err != nil && fhir.KindOf(err) != fhir.NotFound {
		return "", err
	}
	return cmp.Or(client.Name, id), nil
}

// add tells of one more approval: with those for the same record in the same role, or by itself.
func (a *app) add(one record) {
	i := slices.IndexFunc(a.Records, func(r record) bool { return r.person == one.person && r.patient == one.patient })
	if i < 0 {
		a.Records = append(a.Records, one)
		return
	}
	if one.ends.After(a.Records[i].ends) {
		a.Records[i].Until, a.Records[i].ends = one.Until, one.ends
	}
	a.Records[i].Sections = access.Together(a.Records[i].Sections, one.Sections)
	a.Records[i].Seen = append(a.Records[i].Seen, one.Seen...)
	slices.SortStableFunc(a.Records[i].Seen, func(a, b glance) int { return b.at.Compare(a.at) })
}

// recordOf puts an approval into words. What it may see and do is what the consent page showed in that role: what was
// asked for, as far as the practice has it open (A2).
func (p *Pages) recordOf(r *http.Request, v *visitor, approval state.Approval) (record, error) {
	one := record{ID: approval.ID, person: approval.Person, patient: approval.Patient,
		Since: p.Shell.Day(approval.Since)}
	one.Until, one.ends = p.until(approval)
	role, acts, err := p.roleOf(r.Context(), v, approval)
	if err != nil {
		return one, err
	}
	if one.For, err = p.forWhom(r.Context(), v, approval, role, acts); err != nil {
		return one, err
	}
	if p.Sections != nil && acts {
		one.Sections = role.offered(p.Sections(approval.Scopes))
	}
	if p.Seen == nil {
		return one, nil
	}
	seen, err := p.Seen(r.Context(), approval)
	for _, s := range seen {
		one.Seen = append(one.Seen, glance{p.Shell.Moment(s.When), s.What, s.When})
	}
	return one, err
}

// until says when an approval is over, and when that is about, to tell which of several lasts longest.
func (p *Pages) until(a state.Approval) (string, time.Time) {
	switch {
	case !a.Offline && a.Session != "":
		return "you sign out", a.Since.Add(state.SessionLife)
	case !a.Offline:
		return "an hour after you allowed it", a.Since.Add(time.Hour)
	case a.Until.IsZero():
		return "you stop it", a.Since.AddDate(1000, 0, 0)
	}
	return p.Shell.Day(a.Until), a.Until
}

// roleOf is the role in which an approval was given, as it is open now: in the reduced view what was allowed there.
// acts is false if the person has it no more.
func (p *Pages) roleOf(ctx context.Context, v *visitor, approval state.Approval) (role Role, acts bool, err error) {
	account := v.Account
	account.Safer = account.Safer || approval.Safer
	roles, err := p.People.Roles(ctx, account)
	if err != nil {
		return role, false, err
	}
	i := slices.IndexFunc(roles, func(r Role) bool {
		return r.As == approval.Person && (r.Staff || approval.Patient == "" || r.Patient.ID == approval.Patient)
	})
	if i < 0 {
		return role, false, nil
	}
	return roles[i], true, nil
}

// forWhom says whose record an approval is about, in the role in which it was given. Who may no longer be named is
// "another person".
func (p *Pages) forWhom(ctx context.Context, v *visitor, approval state.Approval, role Role, acts bool) (_ string, err error) {
	if !acts {
		return "the record of a person you can no longer act for", nil
	}
	who := party{Role: role}
	switch {
	case approval.Patient == "":
	case role.Staff:
		who.Patient, err = p.People.Patient(ctx, v.Account, role, approval.Patient)
		if fhir.KindOf(err) == fhir.NotFound && err != nil {
			return "the record of a patient you can no longer see", nil
		}
	default:
		who.Patient = role.Patient
	}
	return who.whose(), err
}

// revoke ends an app's access to a record at once: its next request is refused, by whichever of its approvals.
func (p *Pages) revoke(w http.ResponseWriter, r *http.Request, v *visitor) {
	approval, err := p.Accounts.Approval(r.Context(), r.PostFormValue("approval"))
	if err != nil && fhir.KindOf(err) != fhir.NotFound {
		p.Fail(w, r, err)
		return
	}
	if err == nil && v.own(approval) { // another's is as if it weren't there
		if err := p.revokeAll(w, r, v, approval); err != nil {
			p.Fail(w, r, err)
			return
		}
	}
	p.to(w, r, "/manage", map[string][]string{"stopped": {"yes"}})
}

// revokeAll ends what one approval and those like it allow.
func (p *Pages) revokeAll(w http.ResponseWriter, r *http.Request, v *visitor, like state.Approval) error {
	all := []state.Approval{like}
	err := p.Accounts.ApprovalsOf(r.Context(), v.Account.Name, func(a state.Approval) bool {
		if v.own(a) && a.ID != like.ID && a.Client == like.Client && a.Person == like.Person && a.Patient == like.Patient {
			all = append(all, a)
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, approval := range all {
		by := identity(v.Account)
		by.Client, by.Patient, by.Approval = approval.Client, approval.Patient, approval.ID
		if err := p.note(w, r, audit.Revocation, by, http.StatusOK); err != nil {
			return err
		}
		if err := p.Accounts.Revoke(r.Context(), approval.ID); err != nil {
			return err
		}
	}
	return nil
}
