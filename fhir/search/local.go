package search

import "frontdesk/fhir"

// Local is the current resource on this server that a literal reference names: "Type/id", with a version or without, also under our
// own base URL. ok is false for a reference of any other form.
func Local(reference, base string) (key fhir.Key, ok bool) {
	r, ok := refOf(reference, base)
	return fhir.Key{Type: r.Type, ID: r.ID}, ok && r.ID != ""
}
