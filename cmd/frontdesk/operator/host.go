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

// password reads a new one, typed twice.
func (h Host) password() (string, error) { return h.Password("Password: ", "Again: ") }

// Password reads one: typed without being seen, once for each prompt and always the same, or the first line of what
// comes in from elsewhere.
func (h Host) Password(prompts ...string) (string, error) {
	if in, ok := h.In.(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		return h.typed(in, prompts)
	}
	line, err := bufio.NewReader(h.In).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "",
			errors.New(
				"there is no password on standard input. Type one at a terminal, or send it as a line by a pipe")
	}
	return line, nil
}

// typed reads a password from a terminal.
func (h Host) typed(in *os.File, prompts []string) (string, error) {
	var first string
	for i, prompt := range prompts {
		fmt.Fprint(h.Err, prompt)
		text, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(h.Err)
		if err != nil {
			return "", err
		}
		if i > 0 && string(text) != first {
			return "", errors.New("the two passwords aren't the same")
		}
		first = string(text)
	}
	return first, nil
}
