package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// configCommand prints a settings file to begin with.
type configCommand struct{}

// Run writes every setting with its help and its default, as a comment: what a person changes is what stands out.
func (configCommand) Run(_ context.Context, c console, k *kong.Context) error {
	fmt.Fprintln(c.Out, "# Settings of Frontdesk: frontdesk serve --config FILE. Each line is a flag of the same name; a flag or a variable goes before it.")
	group := ""
	for _, f := range k.Model.Flags {
		if f.Group == nil {
			continue // no setting
		}
		if f.Group.Key != group {
			group = f.Group.Key
			fmt.Fprintf(c.Out, "\n# --- %s\n", group)
		}
		fmt.Fprintf(c.Out, "\n# %s\n# %s: %s\n", strings.ReplaceAll(f.Help, "$$", "$"), f.Name, sample(f))
	}
	return nil
}

// sample is the default of a setting as YAML, or what it is like.
func sample(f *kong.Flag) string {
	switch value := f.Default; {
	case f.IsSlice():
		return "[]"
	case value != "":
		return value
	case f.IsBool():
		return "false"
	case f.PlaceHolder != "":
		return f.PlaceHolder
	}
	return `""`
}
