package access

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// Holder is somebody with a token.
type Holder struct {
	Name, Scopes            string
	Person, Patient         string
	Patients, Organizations string
	// Sees says by hand what that comes to: lines of "types letters who…". Types is a type, or * for all, with "?lab"
	// for laboratory results alone; who is as in world.txt, with & between what must both be, and * for all there is.
	Sees []string
	// Uneven: what can be read isn't what can be searched.
	Uneven bool
}

// System is the holder of everything, by whom the worlds are made.
const System = "system"

// Holders are one of each kind.
var Holders = []Holder{
	{Name: System, Scopes: "system/*.cruds", Sees: []string{"* cruds *"}},
	{Name: "patient", Scopes: "patient/*.cruds", Person: "Patient/ash", Patient: "ash", Patients: "ash cedar", Sees: []string{"* cruds ash pat"}},
	{Name: "patient reads", Scopes: "patient/*.read", Person: "Patient/ash", Patient: "ash", Patients: "ash cedar", Sees: []string{"* rs ash pat"}},
	{Name: "patient's laboratory", Scopes: "patient/Observation.cruds?category=laboratory", Person: "Patient/ash", Patient: "ash", Patients: "ash",
		Sees: []string{"Observation?lab cruds ash"}},
	{Name: "proxy for a child", Scopes: "patient/*.cruds", Person: "RelatedPerson/ash-for-cedar", Patient: "cedar", Patients: "cedar",
		Sees: []string{"* cruds cedar pat"}},
	{Name: "proxy as a user", Scopes: "user/*.rs", Person: "RelatedPerson/ash-for-cedar", Patients: "cedar", Sees: []string{"* rs cedar pat"}},
	{Name: "patient as a user", Scopes: "user/*.cruds", Person: "Patient/ash", Patients: "ash cedar", Sees: []string{"* cruds ash cedar pat"}},
	{Name: "patient of B", Scopes: "patient/*.cruds", Person: "Patient/birch", Patient: "birch", Patients: "birch",
		Sees: []string{"* cruds birch pat"}},
	{Name: "staff of A", Scopes: "user/*.cruds", Person: "Practitioner/dr-a", Organizations: "org-a", Sees: []string{"* cruds A"}},
	{Name: "staff of B", Scopes: "user/*.cruds", Person: "Practitioner/dr-b", Organizations: "org-b", Sees: []string{"* cruds B"}},
	{Name: "staff of A, results", Scopes: "user/Observation.cruds?category=laboratory", Person: "Practitioner/dr-a", Organizations: "org-a",
		Sees: []string{"Observation?lab cruds A"}},
	{Name: "staff of none", Scopes: "user/*.cruds", Person: "Practitioner/dr-free"},
	{Name: "staff with a patient", Scopes: "patient/*.cruds", Person: "Practitioner/dr-a", Patient: "ash", Organizations: "org-a",
		Sees: []string{"* cruds ash&A pat&A"}},
	{Name: "staff with another's patient", Scopes: "patient/*.rs", Person: "Practitioner/dr-a", Patient: "birch", Organizations: "org-a",
		Sees: []string{"* rs birch&A pat&A"}},
	{Name: "service for results", Scopes: "system/Observation.cruds?category=laboratory system/Device.rs",
		Sees: []string{"Observation?lab cruds *", "Device rs *"}},
	{Name: "several scopes", Scopes: "patient/Observation.rs?category=laboratory patient/Condition.r user/Appointment.s patient/Patient.ru", Person: "Patient/ash",
		Patient: "ash", Patients: "ash cedar", Uneven: true,
		Sees: []string{"Observation?lab rs ash", "Condition r ash", "Appointment s ash cedar", "Patient ru ash"}},
	{Name: "nobody", Scopes: "openid"},
}

// sees says whether a holder may see a version, by one of some letters: it, and the resource as it is now. What was
// filed for the wrong patient isn't that patient's once it is corrected.
func (h *Holder) sees(v *version, letters string) bool {
	for _, letter := range strings.Split(letters, "") {
		if h.saw(v, letter) && (v.row == nil || v.row.last() == v || h.saw(v.row.last(), letter)) {
			return true
		}
	}
	return false
}

// saw says whether a holder may see a version as long as it is current.
func (h *Holder) saw(v *version, letters string) bool {
	return slices.ContainsFunc(h.Sees, func(line string) bool {
		f := strings.Fields(line)
		typ, lab := strings.CutSuffix(f[0], "?lab")
		return (typ == "*" || typ == v.typ) && (!lab || v.lab) && strings.ContainsAny(f[1], letters) &&
			slices.ContainsFunc(f[2:], func(who string) bool { return who == "*" || v.seenBy(who) })
	})
}

// seenBy says whether all of some are among those who may see it.
func (v *version) seenBy(all string) bool {
	for who := range strings.SplitSeq(all, "&") {
		if !slices.Contains(v.who, who) {
			return false
		}
	}
	return true
}

// hidden says that a holder sees no version of a resource in any way.
func (h *Holder) hidden(r *row) bool {
	return !slices.ContainsFunc(r.versions, func(v *version) bool { return h.sees(v, "cruds") })
}

// writes says that a holder may write anything.
func (h *Holder) writes() bool {
	return slices.ContainsFunc(h.Sees, func(line string) bool { return strings.ContainsAny(strings.Fields(line)[1], "cud") })
}

// holderHeader names the Holder of a request's token.
const holderHeader = "X-Holder"

// grants is how a server under test is to know who asks.
func grants(r *spec.Registry) (func(*http.Request) (access.Grant, error), error) {
	all := map[string]access.Grant{}
	for _, h := range Holders {
		scopes, err := access.ParseScopes(r, h.Scopes, search.Options{})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.Name, err)
		}
		all[h.Name] = access.Caller{
			Identity: access.Identity{Client: "suite", Person: h.Person, Patient: h.Patient}, Registry: r, Scopes: scopes,
			Patients: strings.Fields(h.Patients), Organizations: strings.Fields(h.Organizations),
		}.Grant()
	}
	return func(r *http.Request) (access.Grant, error) {
		if g, ok := all[r.Header.Get(holderHeader)]; ok {
			return g, nil
		}
		return access.Grant{}, fhir.Errorf(fhir.Unauthenticated, "", "No holder is named.")
	}, nil
}
