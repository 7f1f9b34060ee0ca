// Package narrative says whether the xhtml of a resource's narrative may be shown to a person without a thought (R4
// narrative 2.4.0.1; txt-1, txt-2): basic formatting of HTML 4.0 chapters 7 to 11 (except 9.4) and 15, <a>, images,
// internal style attributes, and nothing that acts or leads somewhere strange. It knows text alone, nothing of JSON or
// messages.
package narrative
