package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"frontdesk/fhir"
)

// groupsOf are the groups of settings that a command's help lists besides its own flags; serve and demo list all. Every
// command takes every setting, so that one settings file serves them all.
var groupsOf = map[string][]string{
	"import": {"Store", "Records", "Limits", "Logging"},
	"export": {"Store", "Logging"},
	"copy":   {"Logging"},
	"token":  {"Server"},
}

// spelled is a command line in kong's words: help is --help, and nothing at all asks for help, too.
func spelled(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	}
	return args
}

// printHelp is kong's help without the settings that a command has no use for.
func printHelp(o kong.HelpOptions, c *kong.Context) error {
	path := strings.Fields(c.Command())
	if c.Selected() == nil || len(path) == 0 {
		hideSettings(c, nil)
		return kong.DefaultHelpPrinter(o, c)
	}
	switch command := path[0]; command {
	case "serve", "demo":
	case "version", "config", "completion":
		hideSettings(c, nil)
	default:
		groups, listed := groupsOf[command]
		if !listed {
			groups = []string{"Store", "Logging"}
		}
		hideSettings(c, groups)
	}
	return kong.DefaultHelpPrinter(o, c)
}

// hideSettings leaves settings of other groups out of the help.
func hideSettings(c *kong.Context, groups []string) {
	for _, f := range c.Model.Flags {
		if f.Group != nil && !slices.Contains(groups, f.Group.Key) {
			f.Hidden = true
		}
	}
}

// helpText is a flag's help with its default, which a placeholder would hide, and its variable.
func helpText(v *kong.Value) string {
	text := v.Help
	if v.Flag == nil {
		return text
	}
	if v.HasDefault && v.Default != "" && v.Flag.PlaceHolder != "" {
		text += " Default: " + v.Default + "."
	}
	if len(v.Flag.Envs) > 0 && v.Flag.Group != nil {
		text += " ($" + strings.Join(v.Flag.Envs, ", $") + ")"
	}
	return text
}

// mistyped looks for variables that begin like ours and are none. One that is nearly the name of a setting ends the
// program: a mistyped limit must not pass for set. Others are told of.
func mistyped(model *kong.Application, environ []string, log io.Writer) error {
	known := []string{"FRONTDESK_CONFIG"}
	for _, f := range model.Flags {
		known = append(known, f.Envs...)
	}
	_ = kong.Visit(model, func(node kong.Visitable, next kong.Next) error {
		if f, ok := node.(*kong.Flag); ok {
			known = append(known, f.Envs...)
		}
		return next(nil)
	})
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "FRONTDESK_") || slices.Contains(known, name) {
			continue
		}
		if near := slices.IndexFunc(known, func(k string) bool { return fhir.Distance(k, name) <= 2 }); near >= 0 {
			return fmt.Errorf("the variable %s is no setting. Did you mean %s?", name, known[near])
		}
		fmt.Fprintf(log, "frontdesk: the variable %s is no setting, and is not looked at; frontdesk serve --help lists them\n", name)
	}
	return nil
}
