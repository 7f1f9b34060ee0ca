// Package standing says for whom a person may act at this moment: a patient for himself or herself, a RelatedPerson for
// a patient, a Practitioner for the patients of organizations. It reads the record itself, on every request, so that
// what the practice changes counts at once. And what of a record is open online to whom (Views). What scopes grant
// beside it is package access's matter.
package standing
