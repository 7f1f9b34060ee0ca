package operator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
)

// Accounts is about the people who can sign in.
type Accounts struct {
	Add      accountAdd      `cmd:"" help:"Let somebody sign in. The password is read from standard input."`
	List     accountList     `cmd:"" help:"List the accounts."`
	Password accountPassword `cmd:"" help:"Set another password, read from standard input. Sessions end."`
	Safer    accountSafer    `cmd:"" help:"Set a second password, read from standard input, that opens the reduced view only ($$online-access, safer)."`
	Codes    accountCodes    `cmd:"" help:"End the second step at sign-in of somebody who has lost the phone and the written codes: check first who asks."`
	Suspend  accountSuspend  `cmd:"" help:"Switch a person's online access off, from the next request on."`
	Resume   accountResume   `cmd:"" help:"Switch it on again."`
	Remove   accountRemove   `cmd:"" help:"Remove an account, and all access that the person has given to apps."`
}

// accountAdd makes an account.
type accountAdd struct {
	Name         string   `arg:"" help:"What the person types to sign in."`
	Patient      string   `placeholder:"Patient/ID" xor:"person" help:"The person is this patient."`
	Practitioner string   `placeholder:"Practitioner/ID" xor:"person" help:"The person is this member of staff."`
	Related      []string `placeholder:"RelatedPerson/ID" help:"The person is this relative or carer of a patient; may be given several times. $$online-access of each says what is open to him or her: nothing until then."`
	NHSNumber    string   `name:"nhs-number" placeholder:"NUMBER" help:"By which an upstream provider's verified NHS number finds the account."`
	NoPassword   bool     `help:"The person signs in at the upstream provider only."`
}

// Run checks that the person is in the record, reads the password and makes the account.
func (a *accountAdd) Run(ctx context.Context, h Host) error {
	account, err := a.account()
	if err != nil {
		return err
	}
	return h.administer(ctx, func(k *keeper) error {
		for _, reference := range account.People() {
			if err := k.exists(ctx, reference); err != nil {
				return err
			}
		}
		password := ""
		if !a.NoPassword {
			var err error
			if password, err = h.password(); err != nil {
				return err
			}
		}
		if err := k.state.AddAccount(ctx, account, password); err != nil {
			return err
		}
		fmt.Fprintf(h.Out, "%s can sign in as %s.\n", account.Name, account.Person)
		return k.note(ctx, "account %s was made for %s", account.Name, account.Person)
	})
}

// account is what the flags say. The first of several roles is the one the account is named by.
func (a *accountAdd) account() (state.Account, error) {
	out := state.Account{Name: strings.ToLower(a.Name), NHSNumber: strings.ReplaceAll(a.NHSNumber, " ", "")}
	for _, r := range a.Related {
		out.Related = append(out.Related, reference("RelatedPerson", r))
	}
	switch {
	case a.Patient != "":
		out.Person = reference("Patient", a.Patient)
	case a.Practitioner != "":
		out.Person = reference("Practitioner", a.Practitioner)
	case len(a.Related) > 0:
		out.Person, out.Related = out.Related[0], out.Related[1:]
	default:
		return out, errors.New("say who it is: --patient, --practitioner or --related")
	}
	if out.NHSNumber != "" && !nhsNumber(out.NHSNumber) {
		return out, fmt.Errorf("--nhs-number: %s is no NHS number: ten digits, of which the last is a check digit", a.NHSNumber)
	}
	return out, nil
}

// reference is an id as a reference to a type; a reference stays what it is.
func reference(typ, id string) string {
	if strings.Contains(id, "/") {
		return id
	}
	return typ + "/" + id
}

// nhsNumber says whether digits are an NHS number (NHS Data Dictionary, NHS NUMBER: modulus 11).
func nhsNumber(digits string) bool {
	if len(digits) != 10 {
		return false
	}
	sum := 0
	for i, d := range digits {
		if d < '0' || d > '9' {
			return false
		}
		weight := 10 - i
		if i == 9 {
			weight = 1
		}
		sum += int(d-'0') * weight
	}
	return sum%11 == 0
}

// exists makes sure that a person is in the record.
func (k *keeper) exists(ctx context.Context, reference string) error {
	typ, id, _ := strings.Cut(reference, "/")
	_, err := k.store.As(access.Everything("account"), store.Unobserved).Read(ctx, fhir.Key{Type: typ, ID: id})
	if kind := fhir.KindOf(err); kind == fhir.NotFound || kind == fhir.Gone || kind == fhir.UnknownType {
		return fmt.Errorf("there is no %s in the store. Import or create it first, or check the id", reference)
	}
	return err
}

// accountList lists the accounts.
type accountList struct{}

// Run writes a line each.
func (accountList) Run(ctx context.Context, h Host) error {
	return h.administer(ctx, func(k *keeper) error {
		table := tabwriter.NewWriter(h.Out, 0, 0, 2, ' ', 0)
		defer table.Flush()
		return k.state.Accounts(ctx, func(a state.Account) bool {
			status := "active"
			if a.Suspended {
				status = "suspended"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", a.Name, strings.Join(a.People(), " "), status, a.Created.Format("2006-01-02"))
			return true
		})
	})
}

// named is a command about one account.
type named struct {
	Name string `arg:"" help:"What the person types to sign in."`
}

// do changes the account, and says and notes what became of it.
func (n named) do(ctx context.Context, h Host, became string, change func(*state.Store) error) error {
	return h.administer(ctx, func(k *keeper) error {
		if err := change(k.state); err != nil {
			return unknown(err, "account "+n.Name, "account")
		}
		fmt.Fprintf(h.Out, "%s %s.\n", n.Name, became)
		return k.note(ctx, "account %s %s", n.Name, became)
	})
}

type accountPassword struct{ named }

// Run sets a password.
func (a accountPassword) Run(ctx context.Context, h Host) error {
	return a.do(ctx, h, "has another password", func(st *state.Store) error {
		if _, err := st.Account(ctx, a.Name); err != nil {
			return err
		}
		password, err := h.password()
		if err != nil {
			return err
		}
		return st.SetPassword(ctx, a.Name, password)
	})
}

type accountSafer struct {
	named
	Remove bool `help:"Take the second password away."`
}

// Run sets or removes the password of the safer view (P9).
func (a accountSafer) Run(ctx context.Context, h Host) error {
	became := "has a password for the safer view"
	if a.Remove {
		became = "has no password for the safer view"
	}
	return a.do(ctx, h, became, func(st *state.Store) error {
		if _, err := st.Account(ctx, a.Name); err != nil {
			return err
		}
		if a.Remove {
			return st.SetSafer(ctx, a.Name, "")
		}
		password, err := h.password()
		if err != nil {
			return err
		}
		return st.SetSafer(ctx, a.Name, password)
	})
}

type accountCodes struct{ named }

// Run ends the second step. Staff set up another the next time they sign in.
func (a accountCodes) Run(ctx context.Context, h Host) error {
	return a.do(ctx, h, "has no second step at sign-in", func(st *state.Store) error { return st.RemoveSecond(ctx, a.Name) })
}

type accountSuspend struct{ named }

// Run switches access off (P8).
func (a accountSuspend) Run(ctx context.Context, h Host) error {
	return a.do(ctx, h, "is suspended", func(st *state.Store) error { return st.Suspend(ctx, a.Name, true) })
}

type accountResume struct{ named }

// Run switches access on.
func (a accountResume) Run(ctx context.Context, h Host) error {
	return a.do(ctx, h, "is active again", func(st *state.Store) error { return st.Suspend(ctx, a.Name, false) })
}

type accountRemove struct{ named }

// Run removes an account.
func (a accountRemove) Run(ctx context.Context, h Host) error {
	return a.do(ctx, h, "is removed", func(st *state.Store) error { return st.RemoveAccount(ctx, a.Name) })
}
