package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"frontdesk/cmd/frontdesk/practice"
	"frontdesk/fhir"
	"frontdesk/handlers/pages/welcome"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
)

// demoPassword opens every account of the demo, and demoSafer the reduced view of those that have one.
const (
	demoPassword = "demo-practice"
	demoSafer    = "demo-safer-view"
)

// demoClient is an app that runs on this machine.
var demoClient = state.Client{
	ID: "demo-app", Name: "Demo app", Kind: state.Public,
	Redirects: []string{"http://localhost:3000/", "http://127.0.0.1:3000/", "http://localhost:3000/callback", "http://127.0.0.1:3000/callback"},
	Launches:  state.URLs{"http://localhost:3000/launch"},
	Scopes:    "openid fhirUser profile launch launch/patient offline_access online_access patient/*.cruds user/*.cruds",
}

// admit gives the demo its accounts and its app, unless they are there.
func admit(ctx context.Context, st *store.Store, accounts []practice.Account) error {
	known := state.New(st, time.Now)
	for _, a := range accounts {
		err := known.AddAccount(ctx, state.Account{Name: a.Name, Person: a.Person}, demoPassword)
		if fhir.KindOf(err) == fhir.Conflict {
			continue
		}
		if err == nil && a.Safer {
			err = known.SetSafer(ctx, a.Name, demoSafer)
		}
		if err != nil {
			return err
		}
	}
	if err := known.AddClient(ctx, demoClient); err != nil && fhir.KindOf(err) != fhir.Conflict {
		return err
	}
	return nil
}

// listAccounts writes a line for each: what to sign in as, and what that shows.
func listAccounts(w io.Writer, accounts []practice.Account) {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	defer table.Flush()
	for _, a := range accounts {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", a.Name, a.Person, a.Shows)
	}
}

// madeUp are the accounts as the start page shows them.
func madeUp(accounts []practice.Account) (people []welcome.Person) {
	for _, a := range accounts {
		people = append(people, welcome.Person{Name: a.Name, Person: a.Person, Shows: sentence(a.Shows)})
	}
	return people
}

// sentence begins with a capital.
func sentence(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
