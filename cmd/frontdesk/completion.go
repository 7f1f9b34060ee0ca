package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCommand prints a script by which a shell completes commands and flags.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run writes the script. It is made of the commands as they are, so it needs nothing of the program while somebody
// types.
func (s completionCommand) Run(_ context.Context, c console, k *kong.Context) error {
	words := map[string][]string{}
	paths := completions(k.Model.Node, nil, words)
	if s.Shell == "fish" {
		for _, path := range paths {
			condition := "__fish_use_subcommand"
			if path != "" {
				condition = "__fish_seen_subcommand_from " + path[strings.LastIndexByte(path, ' ')+1:]
			}
			fmt.Fprintf(c.Out, "complete -c frontdesk -n '%s' -a '%s'\n", condition, strings.Join(words[path], " "))
		}
		return nil
	}
	if s.Shell == "zsh" {
		fmt.Fprintln(c.Out, "autoload -U +X bashcompinit && bashcompinit")
	}
	fmt.Fprint(c.Out, "_frontdesk() {\n  local path='' word\n  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"+
		"    case \"$path $word\" in\n")
	for _, path := range paths {
		if path != "" {
			fmt.Fprintf(c.Out, "    ' %s') path=' %s' ;;\n", path, path)
		}
	}
	fmt.Fprint(c.Out, "    esac\n  done\n  case \"$path\" in\n")
	for _, path := range paths {
		pattern := ""
		if path != "" {
			pattern = " " + path
		}
		fmt.Fprintf(c.Out, "  '%s') COMPREPLY=($(compgen -W '%s' -- \"${COMP_WORDS[COMP_CWORD]}\")) ;;\n", pattern, strings.Join(words[path], " "))
	}
	fmt.Fprint(c.Out, "  esac\n  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -F _frontdesk frontdesk\n")
	return nil
}

// completions are the paths of a command and of those below it, as "client add"; words gets what can stand behind each.
func completions(n *kong.Node, path []string, words map[string][]string) []string {
	at := strings.Join(path, " ")
	paths := []string{at}
	for _, child := range n.Children {
		if child.Hidden {
			continue
		}
		words[at] = append(words[at], child.Name)
		paths = append(paths, completions(child, append(path[:len(path):len(path)], child.Name), words)...)
	}
	for _, flags := range n.AllFlags(true) {
		for _, f := range flags {
			words[at] = append(words[at], "--"+f.Name)
		}
	}
	return paths
}
