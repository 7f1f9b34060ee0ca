package operator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
)

// Clients is about the apps that are registered.
type Clients struct {
	Add    clientAdd    `cmd:"" help:"Register an app."`
	Update clientUpdate `cmd:"" help:"Change what is registered of an app: its redirects, launch URLs, keys, secret, scopes. What people have allowed it stays."`
	Keygen clientKeygen `cmd:"" help:"Make a key pair for an app or a backend service that authenticates by one."`
	List   clientList   `cmd:"" help:"List the apps."`
	Remove clientRemove `cmd:"" help:"Remove an app, and all access that it has."`
}

// clientAdd registers an app.
type clientAdd struct {
	ID             string   `required:"" help:"Its client_id."`
	Name           string   `help:"What people read it is called, when it asks for access. Default: --id."`
	Redirect       []string `placeholder:"URL" sep:"none" help:"Where people are sent back to, exactly as the app will name it; may be given several times."`
	Launch         []string `placeholder:"URL" sep:"none" help:"Where a launch from an EHR begins; may be given several times, and the first is used where the EHR names none."`
	Public         bool     `xor:"kind" required:"" help:"It can keep no secret, as apps on phones and in web pages."`
	Secret         bool     `xor:"kind" required:"" help:"It authenticates by a secret, which is made and shown once."`
	JWKS           string   `name:"jwks" xor:"kind" required:"" type:"existingfile" placeholder:"FILE" help:"It authenticates by a key pair: its public keys."`
	JWKSURL        string   `name:"jwks-url" xor:"kind" required:"" placeholder:"URL" help:"The same, with the keys to be fetched there."`
	ResourceServer bool     `help:"It is a resource server, as an API gateway: it may introspect tokens of other apps (RFC 7662)."`
	Scope          string   `required:"" help:"The most that it may be granted, as \"openid fhirUser launch/patient patient/*.rs\"."`
}

// Run checks the scopes, makes the secret if there's to be one, and registers the app.
func (a *clientAdd) Run(ctx context.Context, h Host) error {
	return h.administer(ctx, func(k *keeper) error {
		if _, err := access.ParseScopes(k.store.Registry(), a.Scope, k.store.SearchOptions()); err != nil {
			return err
		}
		client, secret, err := a.client()
		if err != nil {
			return err
		}
		if err := k.state.AddClient(ctx, client); err != nil {
			return err
		}
		fmt.Fprintf(h.Out, "%s is registered.\n", a.ID)
		if secret != "" {
			fmt.Fprintf(h.Out, "Its secret, which isn't shown again: %s\n", secret)
		}
		return k.note(ctx, "app %s was registered", a.ID)
	})
}

// client is what the flags say, and its new secret.
func (a *clientAdd) client() (client state.Client, secret string, err error) {
	client = state.Client{ID: a.ID, Name: cmp.Or(a.Name, a.ID), Redirects: a.Redirect, Launches: a.Launch, JWKSURL: a.JWKSURL, Scopes: a.Scope, ResourceServer: a.ResourceServer}
	switch {
	case a.Public:
		client.Kind = state.Public
	case a.Secret:
		client.Kind, secret = state.Symmetric, state.NewSecret()
		client.Secret, err = state.HashSecret(secret)
	default:
		client.Kind = state.Asymmetric
		if a.JWKS != "" {
			client.JWKS, err = os.ReadFile(a.JWKS)
		}
	}
	if len(a.Launch) > 0 && len(a.Redirect) == 0 {
		err = errors.Join(err, errors.New("--launch: an app that is launched needs a --redirect too"))
	}
	return client, secret, err
}

// clientList lists the apps.
type clientList struct{}

// Run writes a line each, below one that says what is in it.
func (clientList) Run(ctx context.Context, h Host) error {
	return h.administer(ctx, func(k *keeper) error {
		table := tabwriter.NewWriter(h.Out, 0, 0, 2, ' ', 0)
		defer table.Flush()
		fmt.Fprintln(table, "CLIENT_ID\tNAME\tKIND\tSCOPES\tREDIRECTS\tLAUNCHES")
		return k.state.Clients(ctx, func(a state.Client) bool {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, a.Name, a.Kind, a.Scopes, strings.Join(a.Redirects, " "), strings.Join(a.Launches, " "))
			return true
		})
	})
}

// clientRemove removes an app.
type clientRemove struct {
	ID string `arg:"" help:"Its client_id."`
}

// Run removes it.
func (a clientRemove) Run(ctx context.Context, h Host) error {
	return h.administer(ctx, func(k *keeper) error {
		if err := k.state.RemoveClient(ctx, a.ID); err != nil {
			return unknown(err, "app "+a.ID, "client")
		}
		fmt.Fprintf(h.Out, "%s is removed.\n", a.ID)
		return k.note(ctx, "app %s was removed", a.ID)
	})
}
