package main

import (
	"context"
	"fmt"

	"frontdesk/cmd/frontdesk/operator"
	"frontdesk/cmd/frontdesk/signin"
)

// tokenCommand gets an access token from a running server.
type tokenCommand struct {
	Account  string `xor:"who" required:"" help:"Who signs in. The password is read from standard input."`
	Key      string `xor:"who" required:"" type:"existingfile" placeholder:"FILE" help:"Nobody signs in: the app is a backend service with this private key (JWK), as client keygen makes it."`
	Client   string `required:"" help:"The client_id of the app: a public one with --account, a backend service with --key."`
	Scope    string `required:"" help:"What to ask for, as \"launch/patient patient/*.rs\". All of it is allowed."`
	Redirect string `default:"http://127.0.0.1:3000/callback" placeholder:"URL" help:"A redirect URI that is registered for the app. Nothing needs to listen there."`
	As       string `placeholder:"Type/ID" help:"As which person, of an account that is several."`
	Patient  string `placeholder:"ID" help:"For which patient, if staff sign in."`
	Code     string `placeholder:"CODE" help:"The code of the second step at sign-in, if the account has one."`
}

// Run signs in as a browser would, and prints the token alone, for TOKEN=$(frontdesk token …).
func (t *tokenCommand) Run(ctx context.Context, s *Settings, c console, h operator.Host) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if t.Key != "" {
		return t.service(ctx, s, c)
	}
	password, err := h.Password("Password: ")
	if err != nil {
		return err
	}
	token, err := signin.Token(ctx, signin.Request{Base: s.base(), Client: t.Client, Redirect: t.Redirect, Scope: t.Scope,
		Account: t.Account, Password: password, Code: t.Code, As: t.As, Patient: t.Patient})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.Out, token.AccessToken)
	return err
}

// service prints a token of a backend service.
func (t *tokenCommand) service(ctx context.Context, s *Settings, c console) error {
	token, err := signin.Service(ctx, s.base(), t.Client, t.Key, t.Scope)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.Out, token.AccessToken)
	return err
}
