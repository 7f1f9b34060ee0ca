package smart

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// launchRole is the role of an item of fhirContext that has none: the app is launched in the context of that resource.
// SMART itself names no other, and those of others are absolute URIs (SMART App Launch 2.2, fhirContext).
const launchRole = "launch"

// checkContext says what an EHR has to put right in fhirContext, before anything is read.
func checkContext(r *spec.Registry, items []map[string]any) error {
	for i, item := range items {
		if text := contextFault(r, item); text != "" {
			return fhir.Errorf(fhir.Invalid, "fhirContext", "fhirContext[%d] %s", i, text)
		}
	}
	return nil
}

// contextFault is what is wrong with an item of fhirContext, "" if nothing is.
func contextFault(r *spec.Registry, item map[string]any) string {
	if item["reference"] == nil && item["canonical"] == nil && item["identifier"] == nil {
		return "must have a reference, a canonical or an identifier."
	}
	role, given := item["role"]
	text, isText := role.(string)
	switch {
	case given && (!isText || text == ""):
		return "has an empty role. Leave it out, or give a URI that says what the item is for."
	case given && text != launchRole && !absolute(text):
		return "has a role that is no absolute URI."
	}
	typ, fault := contextType(r, item)
	if fault != "" {
		return fault
	}
	if (typ == "Patient" || typ == "Encounter") && (!given || text == launchRole) {
		return "is a " + typ + ", which needs a role other than launch: the patient and the encounter that the app is launched for go into patient and encounter."
	}
	if canonical, given := item["canonical"]; given {
		if text, isText := canonical.(string); !isText || !absolute(text) {
			return "has a canonical that is no absolute URL."
		}
	}
	if identifier, given := item["identifier"]; given {
		if object, isObject := identifier.(map[string]any); !isObject || object["value"] == nil {
			return "has an identifier that is no FHIR Identifier with a value."
		}
	}
	return ""
}

// contextType is the resource type of an item, "" if it isn't said: that of its reference, which must be relative, as
// Type/id.
func contextType(r *spec.Registry, item map[string]any) (typ, fault string) {
	if given, ok := item["type"]; ok {
		typ, _ = given.(string)
		if _, known := r.Type(typ); !known {
			return "", "has a type that isn't in R4."
		}
	}
	given, ok := item["reference"]
	if !ok {
		return typ, ""
	}
	reference, _ := given.(string)
	of, id, _ := strings.Cut(reference, "/")
	if _, known := r.Type(of); !known || !fhir.ValidID(id) {
		return "", "has a reference that isn't relative, as DiagnosticReport/123."
	}
	if typ != "" && typ != of {
		return "", "says that it is a " + typ + " and refers to a " + of + "."
	}
	return of, ""
}

// absolute says that a text is an absolute URI.
func absolute(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.IsAbs() && (u.Host != "" || u.Opaque != "") && !strings.ContainsAny(text, " \t\n")
}

// visible says whether a caller sees all that a launch is to tell the app of, and whether what belongs to a patient's
// record is of the launch's patient: an app that is opened for one must not be led to another's entry.
func visible(ctx context.Context, session *store.Session, body launchRequest) error {
	if body.Patient != "" {
		if _, err := session.Read(ctx, fhir.Key{Type: "Patient", ID: body.Patient}); err != nil {
			return err
		}
	}
	if body.Encounter != "" {
		if err := inRecord(ctx, session, body, fhir.Key{Type: "Encounter", ID: body.Encounter}, "encounter"); err != nil {
			return err
		}
	}
	for _, item := range body.Context {
		reference, _ := item["reference"].(string)
		typ, id, found := strings.Cut(reference, "/")
		if !found {
			continue
		}
		if err := inRecord(ctx, session, body, fhir.Key{Type: typ, ID: id}, "fhirContext"); err != nil {
			return err
		}
	}
	return nil
}

// inRecord reads a resource. One of a patient's record must be of the launch's patient; a Patient itself, who has
// another role than that, need not.
func inRecord(ctx context.Context, session *store.Session, body launchRequest, key fhir.Key, member string) error {
	st, err := session.Read(ctx, key)
	switch {
	case err != nil:
		return err
	case key.Type == "Patient" || len(st.Compartments) == 0 || slices.Contains(st.Compartments, body.Patient):
		return nil
	case body.Patient == "":
		return fhir.Errorf(fhir.Invalid, member, "Name the patient of %s too.", key)
	}
	return fhir.Errorf(fhir.Invalid, member, "%s isn't this patient's.", key)
}
