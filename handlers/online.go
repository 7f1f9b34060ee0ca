package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/capability"
	"frontdesk/handlers/settings"
	"frontdesk/store"
	"frontdesk/store/online"
)

// onlineOperations are those by which a practice decides what is open online. They are for staff and the practice's
// systems, and no patient reads of them.
func onlineOperations(r *spec.Registry) []Operation {
	var all []Operation
	for _, of := range []struct{ typ, whose string }{
		{"Patient", "the patient's own online access"}, {"RelatedPerson", "a proxy's online access to the patient's record"},
		{"Organization", "online access at the practice"},
	} {
		all = append(all, Operation{Handle: (*Server).decideAccess, Get: (*Server).tellAccess, Private: true, Operation: capability.Operation{
			Name: "online-access", ID: of.typ + "-online-access", Title: "What is decided about " + of.whose, Types: []string{of.typ}, Instance: true,
			AffectsState: true, Parameters: settings.Definition(of.typ),
			Description: "Sets what is decided about " + of.whose + ", and by GET tells it. Only what is named is changed. It counts from the next request on. " +
				"Of a patient and a related person it can also be read as a Consent, with the reference as its identifier. For staff and the practice's systems only.",
		}})
	}
	types := entryTypes(r)
	return append(all,
		Operation{Handle: (*Server).hide, Private: true, Operation: capability.Operation{
			Name: "hide", ID: "entry-hide", Title: "Hide an entry from online view", Types: types, Instance: true, AffectsState: true,
			Description: "Hides an entry of a record from the patient and proxies, with its history, whatever is written to it later: to them it is as if it " +
				"had never been. Staff and the practice's systems see it as before. No new version is made.",
			Parameters: []capability.Parameter{{Name: "reason", Min: 1, Max: "1", Type: "string", Documentation: "Why, for the audit. No patient reads it."}},
		}},
		Operation{Handle: (*Server).unhide, Private: true, Operation: capability.Operation{
			Name: "unhide", ID: "entry-unhide", Title: "Show a hidden entry again", Types: types, Instance: true, AffectsState: true,
			Description: "Takes $hide back.",
			Parameters:  []capability.Parameter{{Name: "reason", Max: "1", Type: "string", Documentation: "Why, for the audit. No patient reads it."}},
		}},
		releaseOperation)
}

// entryTypes are the types whose resources are entries of a patient's record, by access.tsv.
func entryTypes(r *spec.Registry) (names []string) {
	for _, name := range r.Names() {
		t, _ := r.Type(name)
		if a := t.Access; a != nil && !a.ReadOnly && (a.Reach == spec.Within || a.Reach == spec.Context) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// forStaff refuses people who are online, before anything is looked up.
func forStaff(r *Request) error {
	if r.By.Online() {
		return fhir.Errorf(fhir.Forbidden, "", "Only the practice's staff and systems can do this. If you want something changed, ask your practice.")
	}
	return nil
}

// tellAccess is GET [type]/[id]/$online-access.
func (s *Server) tellAccess(ctx context.Context, r *Request) (*Response, error) {
	if err := forStaff(r); err != nil {
		return nil, err
	}
	if len(r.Arguments.Values) > 0 {
		return nil, fhir.Errorf(fhir.Invalid, "", "By GET nothing is changed. To change what is decided, POST a Parameters resource.")
	}
	st, err := r.Session.Read(ctx, r.Key())
	if err != nil {
		return nil, err
	}
	body, _, err := s.decided(ctx, r.Session, st, nil)
	return &Response{Status: http.StatusOK, Body: body}, err
}

// rivals is how often a change of settings is made anew that another change came before.
const rivals = 20

// decideAccess is POST [type]/[id]/$online-access.
func (s *Server) decideAccess(ctx context.Context, r *Request) (*Response, error) {
	if err := forStaff(r); err != nil {
		return nil, err
	}
	if r.Resource == nil || r.Query != "" {
		return nil, fhir.Errorf(fhir.Invalid, "", "Send what is decided in the body, as a Parameters resource.")
	}
	st, err := r.Session.Changeable(ctx, r.Key())
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		body, changes, write, err := s.deciding(ctx, r.Session, st, r.Resource)
		if err == nil {
			_, err = s.store.As(access.Everything("online access"), store.Unobserved).Transact(ctx, changes, write)
		}
		switch {
		case err == nil:
			return &Response{Status: http.StatusOK, Body: body}, nil
		case fhir.KindOf(err) != fhir.Conflict || try == rivals:
			return nil, err
		}
	}
}

// deciding is what must be written to decide what a Parameters resource says: the settings and, of a person, the
// Consent that shows them.
func (s *Server) deciding(ctx context.Context, by *store.Session, of *fhir.Stored, change *fhir.Resource) (body []byte, changes []store.Change, w store.RecordWrite, err error) {
	revision, err := online.Revision(ctx, s.store.Records(), of.Key)
	if err != nil {
		return nil, nil, w, err
	}
	body, now, err := s.decided(ctx, by, of, change)
	if err != nil {
		return nil, nil, w, err
	}
	patient := of.Key.ID
	person, ok := now.(*online.Person)
	if ok && of.Key.Type != "Patient" {
		if len(of.Compartments) == 0 {
			return nil, nil, w, fhir.Errorf(fhir.Unprocessable, of.Key.Type+".patient", "%s names no patient here, so there is no record to open. Correct its patient first.", of.Key.Current())
		}
		patient = of.Compartments[0]
		person.Of = patient
	}
	if w, err = online.Write(of.Key, now); err != nil {
		return nil, nil, w, err
	}
	if w.Revision = revision; !ok {
		return body, nil, w, nil
	}
	text, err := online.Consent(of.Key, patient, *person, s.now())
	if err != nil {
		return nil, nil, w, err
	}
	consent, err := codec.Decode(text, codec.Unlimited())
	if err != nil {
		return nil, nil, w, fhir.Fault("reading a Consent of our own", err)
	}
	return body, []store.Change{{Action: store.Update, Key: online.ConsentKey(of.Key), Resource: consent}}, w, nil
}

// decided is what is decided about somebody, as Parameters and as settings: changed by a Parameters resource, unless
// that is nil.
func (s *Server) decided(ctx context.Context, by *store.Session, of *fhir.Stored, change *fhir.Resource) ([]byte, any, error) {
	who := of.Key
	if who.Type == "Organization" {
		p, err := online.OfPractice(ctx, s.store.Records(), who.ID)
		if err != nil {
			return nil, nil, err
		}
		body, err := settings.Practice(&p, change)
		return body, &p, err
	}
	p, _, err := online.OfPerson(ctx, s.store.Records(), who)
	if err != nil {
		return nil, nil, err
	}
	if who.Type == "Patient" {
		body, err := settings.Person(who.Type, by.SaferView(), &p, change)
		return body, &p, err
	}
	if len(of.Compartments) > 0 {
		p = p.For(of.Compartments[0])
	}
	if change != nil {
		if _, err := settings.Person(who.Type, false, &p, change); err != nil {
			return nil, nil, err
		}
		if settings.Agrees(change) {
			p.Agreed = s.now().UTC()
		}
	}
	if len(of.Compartments) > 0 {
		if p.Over, err = s.standing.Ends(ctx, of, of.Compartments[0], p); err != nil {
			return nil, nil, err
		}
	}
	body, err := settings.Person(who.Type, false, &p, nil)
	return body, &p, err
}

// hide is [type]/[id]/$hide (P7).
func (s *Server) hide(ctx context.Context, r *Request) (*Response, error) {
	return s.setHidden(ctx, r, true, "It is hidden from online view.")
}

// unhide is [type]/[id]/$unhide.
func (s *Server) unhide(ctx context.Context, r *Request) (*Response, error) {
	return s.setHidden(ctx, r, false, "It is no longer hidden: it is shown online, as far as its section is open and it is released.")
}

func (s *Server) setHidden(ctx context.Context, r *Request, hidden bool, done string) (*Response, error) {
	if err := forStaff(r); err != nil {
		return nil, err
	}
	if hidden && strings.TrimSpace(r.Arguments.One("reason")) == "" {
		return nil, fhir.Errorf(fhir.Invalid, "reason", "$hide needs a reason. It is kept for the audit, and no patient reads it.")
	}
	if err := r.Session.Hide(ctx, r.Key(), hidden); err != nil {
		return nil, err
	}
	return &Response{Status: http.StatusOK, Body: outcomeOK(done)}, nil
}
