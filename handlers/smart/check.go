package smart

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/pages/signin"
	"frontdesk/handlers/smart/state"
)

// skew is how far an app's clock may be off before its client assertions are refused or taken for old.
const skew = time.Minute

// check judges what an app would send, for whoever makes it (P13). What isn't given isn't judged.
func (s *Server) check(ctx context.Context, client, redirect, scope, at string) (found []signin.Finding, _ error) {
	c, err := s.State.Client(ctx, client)
	known := err == nil
	if err != nil && fhir.KindOf(err) != fhir.NotFound {
		return nil, err
	}
	if client != "" {
		f := signin.Finding{What: "client_id", Good: known,
			Text: "The practice doesn't know this app. Ask it to register the app, or correct the client_id."}
		if known {
			f.Text = "It is registered as " + string(c.Kind) + "."
		}
		found = append(found, f)
	}
	if redirect != "" && known {
		f := signin.Finding{What: "redirect_uri", Good: slices.Contains(c.Redirects, redirect),
			Text: "It is registered."}
		if !f.Good {
			f.Text = "It isn't registered in just these characters. Mind the scheme, the port and a slash at the end, or ask the practice to register it."
		}
		found = append(found, f)
	}
	if scope != "" {
		found = append(found, s.checkScope(c, known, scope))
	}
	if at != "" {
		found = append(found, s.checkClock(at))
	}
	return found, nil
}

// checkScope says what would become of the scopes an app asks for.
func (s *Server) checkScope(c state.Client, known bool, text string) signin.Finding {
	f := signin.Finding{What: "scope", Good: true, Text: "All of it can be asked for."}
	asked, err := access.ParseScopes(s.Store.Registry(), text, s.Store.SearchOptions())
	var bad *fhir.Error
	if errors.As(err, &bad) {
		f.Good, f.Text = false, "What isn't understood is left out of what is granted."
		for _, is := range bad.Issues {
			f.Text += " " + is.Text
		}
		return f
	}
	if granted := asked.Within(s.scopes(c.Scopes)).String(); known && granted != asked.String() {
		f.Good = false
		if f.Text = "The app is registered for no part of it."; granted != "" {
			f.Text = "The app is registered for this part of it alone, and gets no more: " + granted
		}
	}
	return f
}

// checkClock compares an app's clock with ours.
func (s *Server) checkClock(at string) signin.Finding {
	f := signin.Finding{What: "clock"}
	theirs, err := time.Parse(time.RFC3339, at)
	if err != nil {
		f.Text = "Give the time with its zone, as 2026-03-01T09:30:00Z."
		return f
	}
	off := theirs.Sub(s.State.Now()).Round(time.Second)
	f.Good = off.Abs() <= skew
	if f.Text = fmt.Sprintf("It is %s off.", off.Abs()); !f.Good {
		f.Text += " Set it by NTP: tokens and client assertions have times in them."
	}
	return f
}
