package people

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/handlers/pages/signin"
	"frontdesk/handlers/smart/standing"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
)

// People reads the record. It is a signin.People. Its errors are *fhir.Error.
type People struct {
	store    *store.Store
	standing *standing.Standing
	observer store.Observer
}

// New reads a store; standing says whom a person stands for. The observer is told of the patients whom staff look for
// and choose, as of every other search and read.
func New(st *store.Store, standing *standing.Standing, o store.Observer) *People {
	return &People{st, standing, o}
}

// Roles are those in which an account may use apps now: as the patient, as a proxy (P11), at work. In one who has no
// record here, or stands for nobody any more, it may not; nor for a record of which nothing is open online (P8).
func (p *People) Roles(ctx context.Context, account state.Account) ([]signin.Role, error) {
	var roles []signin.Role
	for i, as := range account.People() {
		if slices.Contains(account.People()[:i], as) {
			continue
		}
		caller, err := p.caller(ctx, account, as)
		if err != nil {
			return nil, err
		}
		if len(caller.Organizations) > 0 {
			roles = append(roles, signin.Role{As: as, Staff: true})
		}
		for _, id := range caller.Patients {
			patient, err := p.read(ctx, caller, id, store.Unobserved) // whom one stands for oneself
			switch kind := fhir.KindOf(err); {
			case err == nil:
				roles = append(roles, signin.Role{As: as, Own: as == "Patient/"+id, Patient: patient,
					Open: p.open(caller.Views, id)})
			case kind != fhir.NotFound && kind != fhir.Gone && kind != fhir.Forbidden:
				return nil, err
			}
		}
	}
	return roles, nil
}

// open is how far each section of a patient's record is open to who is online.
func (p *People) open(views map[string]access.View, patient string) map[string]access.Level {
	view, online := views[patient]
	if !online {
		return nil
	}
	levels := map[string]access.Level{}
	for _, section := range p.store.Registry().Sections() {
		levels[section.Name] = view.Level(section.Name)
	}
	return levels
}

// Patient is one patient whom the account may see in this role, fhir.NotFound if it may not.
func (p *People) Patient(ctx context.Context, account state.Account, role signin.Role, id string) (signin.Person,
	error) {
	caller, err := p.caller(ctx, account, role.As)
	if err != nil {
		return signin.Person{}, err
	}
	patient, err := p.read(ctx, caller, id, p.observer)
	if err != nil && fhir.KindOf(err) == fhir.Gone {
		return signin.Person{}, missing()
	}
	return patient, err
}

// most is how many patients Find gives. Who has more namesakes with the same birthday is found by number.
const most = 20

// Find looks for patients whom a member of staff may see.
func (p *People) Find(ctx context.Context, account state.Account, role signin.Role, by signin.Criteria) (
	[]signin.Person, error) {
	caller, err := p.caller(ctx, account, role.As)
	if err != nil {
		return nil, err
	}
	if len(caller.Organizations) == 0 {
		return nil, fhir.Errorf(fhir.Forbidden, "", "Only staff of a practice can look for patients.")
	}
	q, err := search.Parse(p.store.Registry(), []string{"Patient"}, query(by), p.store.SearchOptions())
	if err != nil {
		return nil, err
	}
	page, err := p.store.As(caller.Grant(), p.observer).Search(ctx, q)
	if err != nil {
		return nil, err
	}
	found := make([]signin.Person, 0, len(page.Items))
	for _, item := range page.Items {
		patient, err := person(item.Stored)
		if err != nil {
			return nil, err
		}
		found = append(found, patient)
	}
	return found, nil
}

// query is what to look by, as FHIR has it. Each word of a name must begin one of the patient's.
func query(by signin.Criteria) string {
	values := url.Values{"_count": {strconv.Itoa(most)}, "_sort": {"family"}}
	if by.NHSNumber != "" {
		values.Set("identifier", nhsNumber+"|"+by.NHSNumber)
		return values.Encode()
	}
	for _, word := range strings.Fields(by.Name) {
		values.Add("name", escaped.Replace(word))
	}
	values.Set("birthdate", by.Born)
	return values.Encode()
}

// escaped are the characters that mean something in a value (R4 search 3.1.1.3.1).
var escaped = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`)

// caller is the account in a role, with a right to read patients and nothing else.
func (p *People) caller(ctx context.Context, account state.Account, as string) (access.Caller, error) {
	if !slices.Contains(account.People(), as) {
		return access.Caller{}, missing()
	}
	scopes, err := access.ParseScopes(p.store.Registry(), "user/Patient.rs", p.store.SearchOptions())
	if err != nil {
		return access.Caller{}, err
	}
	c := access.Caller{Identity: access.Identity{Account: account.Name, Person: as}, Registry: p.store.Registry(), Scopes: scopes}
	if c.Patients, err = p.standing.Patients(ctx, as); err != nil {
		return access.Caller{}, err
	}
	if c.Views, err = p.standing.Views(ctx, c.Identity, c.Patients, account.Safer); err != nil {
		return access.Caller{}, err
	}
	c.Organizations, err = p.standing.Organizations(ctx, as)
	return c, err
}

// read is a patient as the caller may see him or her.
func (p *People) read(ctx context.Context, caller access.Caller, id string, o store.Observer) (signin.Person, error) {
	st, err := p.store.As(caller.Grant(), o).Read(ctx, fhir.Key{Type: "Patient", ID: id})
	if err != nil {
		return signin.Person{}, err
	}
	return person(st)
}

func missing() error {
	return fhir.Errorf(fhir.NotFound, "", "There is no such patient whom you may see. Go back and choose another.")
}
