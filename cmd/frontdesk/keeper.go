package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"frontdesk/fhir/access"
	"frontdesk/handlers/audit"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
)

// keeper changes accounts, apps and keys, whether the store is being served or not, and notes it in the audit trail.
type keeper struct {
	store *store.Store
	state *state.Store
	audit *audit.Recorder
}

// administer opens the store for a command. What it notes is filed by the next server, or the one that is running.
func (s *Settings) administer(ctx context.Context, c console, do func(*keeper) error) error {
	log := s.logger(c.Err)
	st, err := s.openBeside(ctx, log)
	if err != nil {
		return err
	}
	defer st.Close()
	k := &keeper{st, state.New(st, time.Now), audit.New(audit.Options{Store: st, Base: s.base(), Log: log, Elsewhere: true})}
	err = do(k)
	return errors.Join(err, k.audit.Close(ctx))
}

// note tells the audit trail what the operator has done. It concerns no patient by name: the patient isn't told of a suspension (P8).
func (k *keeper) note(ctx context.Context, format string, args ...any) error {
	return k.audit.Record(ctx, audit.Event{What: audit.Administration, By: access.Identity{Client: "frontdesk"}, Request: "command line", Reason: fmt.Sprintf(format, args...)})
}

// password reads one: typed twice without being seen, or the first line of what comes in from elsewhere.
func (c console) password() (string, error) {
	if in, ok := c.In.(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		return c.typed(in)
	}
	line, err := bufio.NewReader(c.In).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.New("there is no password on standard input")
	}
	return line, nil
}

// typed reads a password from a terminal.
func (c console) typed(in *os.File) (string, error) {
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Again: "} {
		fmt.Fprint(c.Err, prompt)
		text, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(c.Err)
		if err != nil {
			return "", err
		}
		typed[i] = string(text)
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two passwords aren't the same")
	}
	return typed[0], nil
}
