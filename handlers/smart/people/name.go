package people

import (
	"context"
	"encoding/json"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
)

// Name is what the account's person is called; the account's own name if the record has none. Nothing else of the
// record is looked at.
func (p *People) Name(ctx context.Context, account state.Account) (string, error) {
	typ, id, _ := strings.Cut(account.Person, "/")
	st, err := p.store.As(access.Everything("name"), store.Unobserved).Read(ctx, fhir.Key{Type: typ, ID: id})
	switch kind := fhir.KindOf(err); {
	case err != nil && (kind == fhir.NotFound || kind == fhir.Gone || kind == fhir.UnknownType):
		return account.Name, nil
	case err != nil:
		return "", err
	}
	var who struct {
		Name []humanName `json:"name"`
	}
	if err := json.Unmarshal(st.JSON, &who); err != nil {
		return "", fhir.Fault("reading "+st.Key.String(), err)
	}
	if name := called(who.Name); name != nameless {
		return name, nil
	}
	return account.Name, nil
}
