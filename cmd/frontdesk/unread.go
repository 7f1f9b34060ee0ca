package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// unread says why a command line can't be read, and which help to ask for, as a person wants it who types the command
// for the first time.
func unread(err error) string {
	var file *fileFault
	if errors.As(err, &file) { // without the flag that the settings file happened to be read for
		return file.Error() + "\nTry: frontdesk config, which prints a file to begin with"
	}
	text, node := err.Error(), commandOf(err)
	if node == nil {
		return text + "\nTry: frontdesk --help"
	}
	text = strings.ReplaceAll(text, ` value but got "EOL" (<EOL>)`, ", and there is nothing behind it")
	if missing := strings.HasPrefix(text, `expected "<`); missing && len(node.Positional) > 0 {
		for _, p := range node.Positional {
			if strings.HasPrefix(text, fmt.Sprintf("expected %q", p.Summary())) {
				text = fmt.Sprintf("%s needs %s: %s", node.FullPath(), p.Summary(), p.Help)
			}
		}
	}
	return text + "\nTry: " + node.FullPath() + " --help"
}

// commandOf is the command of a line, as far as it could be read; nil if it names none.
func commandOf(err error) (node *kong.Node) {
	var e *kong.ParseError
	if !errors.As(err, &e) || e.Context == nil {
		return nil
	}
	for _, step := range e.Context.Path {
		if step.Command != nil {
			node = step.Command
		}
	}
	return node
}
