package operator

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"

	"frontdesk/store"
)

// Host is the program around the commands.
type Host struct {
	Open     func(context.Context) (*store.Store, error) // the store, though a server may have it open
	Base     string                                      // the FHIR base URL
	Log      *slog.Logger
	In       io.Reader
	Out, Err io.Writer
}

// password reads one: typed twice without being seen, or the first line of what comes in from elsewhere.
func (h Host) password() (string, error) {
	if in, ok := h.In.(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		return h.typed(in)
	}
	line, err := bufio.NewReader(h.In).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.New("there is no password on standard input")
	}
	return line, nil
}

// typed reads a password from a terminal.
func (h Host) typed(in *os.File) (string, error) {
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Again: "} {
		fmt.Fprint(h.Err, prompt)
		text, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(h.Err)
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
