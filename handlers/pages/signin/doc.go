// Package pages is what people see of the authorization server: signing in, choosing for whom an app may act, consent,
// a member of staff's choice of patient, the list of apps with access, and errors. Rendered here, in plain English,
// without anything from elsewhere, and usable without scripts; WCAG 2.2 AA. It knows neither OAuth nor the store: what
// it needs of them it asks through the interfaces in flow.go.
package signin
