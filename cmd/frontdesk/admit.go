package main

import (
	"context"
	"strings"
	"time"

	"frontdesk/cmd/frontdesk/practice"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
	"frontdesk/store/online"
)

// demoPassword opens every account of the demo.
const demoPassword = "demo-practice"

// demoPeople are the accounts of the demo: who it is, and the search that finds the person.
var demoPeople = []struct{ account, typ, query string }{
	{"patient", "Patient", "_id=" + practice.ReadyPatient},
	{"parent", "RelatedPerson", "patient=Patient/" + practice.ChildPatient},
	{"doctor", "Practitioner", ""},
}

// demoClient is an app that runs on this machine.
var demoClient = state.Client{
	ID: "demo-app", Name: "Demo app", Kind: state.Public,
	Redirects: []string{"http://localhost:3000/", "http://127.0.0.1:3000/", "http://localhost:3000/callback", "http://127.0.0.1:3000/callback"},
	LaunchURL: "http://localhost:3000/launch",
	Scopes:    "openid fhirUser profile launch launch/patient offline_access online_access patient/*.cruds user/*.cruds",
}

// admit gives the demo its accounts and its app, unless they are there.
func admit(ctx context.Context, st *store.Store) error {
	known := state.New(st, time.Now)
	for _, p := range demoPeople {
		person, err := first(ctx, st, p.typ, p.query+"&_sort=_id&_count=1")
		if err != nil {
			return err
		}
		if person == "" {
			continue // a small practice has no children
		}
		if err := open(ctx, st, person); err != nil {
			return err
		}
		err = known.AddAccount(ctx, state.Account{Name: p.account, Person: person}, demoPassword)
		if err != nil && fhir.KindOf(err) != fhir.Conflict {
			return err
		}
	}
	if err := known.AddClient(ctx, demoClient); err != nil && fhir.KindOf(err) != fhir.Conflict {
		return err
	}
	return nil
}

// open lets a proxy see what the practice opens to patients; until that is decided a proxy sees nothing.
func open(ctx context.Context, st *store.Store, person string) error {
	typ, id, _ := strings.Cut(person, "/")
	who := fhir.Key{Type: typ, ID: id}
	_, decided, err := online.OfPerson(ctx, st.Records(), who)
	if err != nil || decided || typ != "RelatedPerson" {
		return err
	}
	return online.Set(ctx, st, who, online.Person{Sections: online.Defaults().Sections})
}

// first is the reference to what a search finds first, "" if it finds nothing.
func first(ctx context.Context, st *store.Store, typ, query string) (string, error) {
	q, err := search.Parse(st.Registry(), []string{typ}, query, st.SearchOptions())
	if err != nil {
		return "", err
	}
	page, err := st.As(access.Everything("demo")).Search(ctx, q)
	if err != nil || len(page.Items) == 0 {
		return "", err
	}
	return page.Items[0].Key.Current().String(), nil
}
