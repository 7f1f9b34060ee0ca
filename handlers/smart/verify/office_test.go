package verify_test

import (
	"context"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
	"frontdesk/handlers/smart/verify"
	"frontdesk/store"
)

// D13: whoever gave the token, and whatever it is for, it opens nothing from the next request on when the Practitioner,
// the role or the organization is inactive or deleted; and everything again when they are back.
func TestD13_NoKindOfTokenOutlivesAnOffice(t *testing.T) {
	p := newProvider(t)
	k := p.believing(func(e *verify.External) { e.Backend = true })
	const doctor, active = "Practitioner/d", `,"active":true`
	all := []string{
		`{"resourceType":"Organization","id":"a","name":"A"` + active + `}`,
		`{"resourceType":"Practitioner","id":"d"` + active + `}`,
		`{"resourceType":"PractitionerRole","id":"r","practitioner":{"reference":"Practitioner/d"},` +
			`"organization":{"reference":"Organization/a"}` + active + `}`,
	}
	back := func() {
		k.patient("1", "a")
		for _, text := range all {
			k.put(text)
		}
	}
	back()
	own := k.account(state.Account{Name: "doctor", Person: doctor})
	theirs := p.good(k).with(claims{"fhirUser": doctor, "patient": nil, "sub": "d", "scope": "user/*.rs system/*.rs"})
	tokens := map[string]string{
		"ours":                   k.token(k.approve(own, "user/*.rs openid fhirUser")),
		"another's":              p.sign("JWT", theirs),
		"another's for a record": p.sign("JWT", theirs.with(claims{"patient": "1", "scope": "patient/*.rs"})),
	}
	sees := func(when string, want bool) {
		t.Helper()
		for what, token := range tokens {
			for _, of := range [][2]string{{"Observation", "of-1"}, {"Patient", "1"}} {
				if got := k.opens(token, of[0], of[1]); got != want {
					t.Errorf("%s, %s token: %s is open: %v", when, what, of[0], got)
				}
			}
		}
	}
	sees("at first", true)
	for _, text := range all {
		k.put(strings.Replace(text, active, `,"active":false`, 1))
		sees("inactive "+text, false)
		back()
		sees("back", true)
		typ, rest, _ := strings.Cut(strings.TrimPrefix(text, `{"resourceType":"`), `","id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		k.remove(typ, id)
		sees("deleted "+text, false)
		back()
		sees("again", true)
	}
}

// opens says whether a token that may be refused altogether opens a resource.
func (k *kit) opens(token, typ, id string) bool {
	grant, err := k.Grant(request("Bearer " + token))
	if err != nil {
		return false
	}
	_, err = k.store.As(grant, store.Unobserved).Read(context.Background(), fhir.Key{Type: typ, ID: id})
	return err == nil
}

// remove deletes a resource.
func (k *kit) remove(typ, id string) {
	k.Helper()
	_, err := k.store.As(access.Everything("test"), store.Unobserved).Write(context.Background(),
		store.Change{Action: store.Delete, Key: fhir.Key{Type: typ, ID: id}})
	k.must(err)
}
