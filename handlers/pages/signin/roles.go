package signin

import (
	"context"

	"frontdesk/handlers/pages"
	"frontdesk/handlers/smart/state"
)

// Roles are those of People as a pages.Site asks for them.
func Roles(people People) func(context.Context, state.Account) ([]pages.Role, error) {
	return func(ctx context.Context, account state.Account) ([]pages.Role, error) {
		all, err := people.Roles(ctx, account)
		var roles []pages.Role
		for _, role := range all {
			roles = append(roles, pages.Role{As: role.As, Patient: role.Patient.ID, Name: role.Patient.Name,
				Own: role.Own})
		}
		return roles, err
	}
}
