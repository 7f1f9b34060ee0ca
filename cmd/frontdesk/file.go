package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// fileResolver gives kong the settings file. Its lines are flags by their names. A flag on the command line and a
// FRONTDESK_ variable go before it, and a line that is no setting is an error: a mistyped limit must not pass for set.
type fileResolver struct{ args []string }

// Validate is part of kong.Resolver; the file is checked in Resolve, when its name is known.
func (fileResolver) Validate(*kong.Application) error { return nil }

// Resolve looks one flag up.
func (r fileResolver) Resolve(c *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if notInFile(flag) {
		return nil, nil
	}
	for _, env := range flag.Envs {
		if _, ok := os.LookupEnv(env); ok {
			return nil, nil
		}
	}
	values, err := r.read(c)
	if err != nil {
		return nil, &fileFault{err}
	}
	return values[flag.Name], nil
}

// notInFile says that a flag is no setting.
func notInFile(f *kong.Flag) bool {
	return f.Name == "config" || f.Name == "help" || f.Name == "version"
}

// fileFault is what is wrong with the settings file. It is told without the flag that was looked up when it was found.
type fileFault struct{ err error }

// Error is the fault.
func (f *fileFault) Error() string { return f.err.Error() }

// Unwrap is its cause.
func (f *fileFault) Unwrap() error { return f.err }

func (r fileResolver) read(c *kong.Context) (map[string]any, error) {
	name := r.name()
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("can't read the settings file: %w", err)
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("settings file %s: %w", name, err)
	}
	var known []string
	for _, f := range c.Model.Flags {
		if !notInFile(f) {
			known = append(known, f.Name)
		}
	}
	for key := range values {
		if !slices.Contains(known, key) {
			return nil, fmt.Errorf("settings file %s: %q is no setting; frontdesk config lists them", name, key)
		}
	}
	return values, nil
}

// name is the file's, from the flag or the variable: kong resolves flags before it has set any.
func (r fileResolver) name() string {
	for i, a := range r.args {
		if v, ok := strings.CutPrefix(a, "--config="); ok {
			return v
		}
		if a == "--config" && i+1 < len(r.args) {
			return r.args[i+1]
		}
	}
	return os.Getenv("FRONTDESK_CONFIG")
}
