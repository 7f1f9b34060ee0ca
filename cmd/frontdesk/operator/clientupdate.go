package operator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
)

// clientUpdate changes what is registered of an app. What isn't named stays as it is, and so does what people have
// allowed the app.
type clientUpdate struct {
	ID             string        `arg:"" help:"Its client_id."`
	Name           string        `help:"What people read it is called."`
	Redirect       []string      `placeholder:"URL" sep:"none" help:"All its redirect URIs, in place of those it has; may be given several times."`
	AddRedirect    []string      `placeholder:"URL" sep:"none" help:"One more redirect URI."`
	RemoveRedirect []string      `placeholder:"URL" sep:"none" help:"A redirect URI that is no longer its own."`
	Launch         []string      `placeholder:"URL" sep:"none" help:"All its launch URLs, in place of those it has; the first is used where the EHR names none."`
	AddLaunch      []string      `placeholder:"URL" sep:"none" help:"One more launch URL."`
	RemoveLaunch   []string      `placeholder:"URL" sep:"none" help:"A launch URL that is no longer its own."`
	Scope          string        `help:"The most that it may be granted. What is less counts from its next token on."`
	NewSecret      bool          `help:"Make a new secret, which is shown once."`
	Overlap        time.Duration `default:"24h" help:"With --new-secret: how long the old one stays good."`
	JWKS           string        `name:"jwks" xor:"keys" type:"existingfile" placeholder:"FILE" help:"Its public keys. To change over, give the old ones and the new ones in one file first."`
	JWKSURL        string        `name:"jwks-url" xor:"keys" placeholder:"URL" help:"Where its public keys are fetched."`
	ResourceServer *bool         `negatable:"" help:"It is a resource server: it may introspect tokens of other apps."`
}

// Run changes the app.
func (u *clientUpdate) Run(ctx context.Context, h Host) error {
	if reflect.DeepEqual(*u, clientUpdate{ID: u.ID, Overlap: u.Overlap}) {
		return errors.New(
			"say what is to change, as --name, --redirect, --scope or --new-secret. frontdesk client update --help has them all")
	}
	return h.administer(ctx, func(k *keeper) error {
		if u.Scope != "" {
			if _, err := access.ParseScopes(k.store.Registry(), u.Scope, k.store.SearchOptions()); err != nil {
				return err
			}
		}
		secret := ""
		if _, err := k.state.UpdateClient(ctx, u.ID, func(c *state.Client) (err error) {
			secret, err = u.change(c)
			return err
		}); err != nil {
			return unknown(err, "app "+u.ID, "client")
		}
		fmt.Fprintf(h.Out, "%s is changed.\n", u.ID)
		if secret != "" {
			fmt.Fprintf(h.Out, "Its new secret, which isn't shown again: %s\nThe old one is good for %s more.\n", secret, u.Overlap)
		}
		return k.note(ctx, "app %s was changed", u.ID)
	})
}

// change is what the flags say, done to the app; secret is its new one.
func (u *clientUpdate) change(c *state.Client) (secret string, err error) {
	if u.Name != "" {
		c.Name = u.Name
	}
	if u.Scope != "" {
		c.Scopes = u.Scope
	}
	if c.Redirects, err = changed("redirect", c.Redirects, u.Redirect, u.AddRedirect, u.RemoveRedirect); err != nil {
		return "", err
	}
	if c.Launches, err = changed("launch", c.Launches, u.Launch, u.AddLaunch, u.RemoveLaunch); err != nil {
		return "", err
	}
	if u.ResourceServer != nil {
		c.ResourceServer = *u.ResourceServer
	}
	if err := u.keys(c); err != nil || !u.NewSecret {
		return "", err
	}
	secret = state.NewSecret()
	hash, err := state.HashSecret(secret)
	if err != nil {
		return "", err
	}
	return secret, c.NewSecret(hash, time.Now(), u.Overlap)
}

// keys changes the app's public keys, if that was asked for.
func (u *clientUpdate) keys(c *state.Client) (err error) {
	if u.JWKS == "" && u.JWKSURL == "" {
		return nil
	}
	if c.Kind != state.Asymmetric {
		return fmt.Errorf("the app %s has no keys: it is registered as %s", c.ID, c.Kind)
	}
	var set json.RawMessage
	if u.JWKS != "" {
		if set, err = os.ReadFile(u.JWKS); err != nil {
			return err
		}
	}
	c.JWKS, c.JWKSURL = set, u.JWKSURL
	return nil
}

// changed is a list of URLs after all were replaced, some added, or some removed.
func changed(flag string, are, all, add, remove []string) ([]string, error) {
	out := slices.Clone(are)
	if len(all) > 0 {
		out = slices.Clone(all)
	}
	for _, one := range add {
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	for _, one := range remove {
		i := slices.Index(out, one)
		if i < 0 {
			return nil, errors.New("--remove-" + flag + ": " + one + " isn't registered. See client list")
		}
		out = slices.Delete(out, i, i+1)
	}
	return out, nil
}
