package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"frontdesk/cmd/frontdesk/operator"
)

// program is the command line.
type program struct {
	Settings `embed:""`
	Config   string           `placeholder:"FILE" type:"path" help:"Settings file (YAML or JSON), one line a flag: listen: 127.0.0.1:8080"`
	Show     kong.VersionFlag `name:"version" help:"Show the version."`

	Serve   serveCommand      `cmd:"" help:"Serve the store over FHIR R4."`
	Demo    demoCommand       `cmd:"" help:"Serve a made-up practice, ready to try with curl."`
	Import  importCommand     `cmd:"" help:"Bring FHIR files, folders or standard input into the store."`
	Export  exportCommand     `cmd:"" help:"Write the store out as ndjson, a file for each type."`
	Copy    copyCommand       `cmd:"" help:"Make a new store the copy of another, as to move to MongoDB; it goes on where it was stopped."`
	Backup  backupCommand     `cmd:"" help:"Save the embedded store to a file, also while it serves."`
	Restore restoreCommand    `cmd:"" help:"Make an embedded store of a backup."`
	Mongo   mongoCommand      `cmd:"" help:"A store on MongoDB."`
	Account operator.Accounts `cmd:"" help:"The people who can sign in."`
	Client  operator.Clients  `cmd:"" help:"The apps that are registered."`
	Token   tokenCommand      `cmd:"" help:"Get an access token from a running server, to try it by hand: signs in as a browser would."`
	Keys    operator.Keys     `cmd:"" help:"The keys that sign tokens."`
	Audit   auditCommand      `cmd:"" help:"The audit trail."`
	Support operator.Support  `cmd:"" help:"Look up the reference of an error: what happened, and to which app."`
	Settle  configCommand     `cmd:"" name:"config" help:"Print a settings file to begin with: every setting, its default and what it is for."`
	Words   completionCommand `cmd:"" name:"completion" help:"Print a script by which a shell completes commands and flags."`
	Version versionCommand    `cmd:"" help:"Show the version."`
}

// console is where a command talks to a person. Answers go to Out, everything else to Err.
type console struct {
	In       io.Reader
	Out, Err io.Writer
}

func main() {
	// SIGTERM and Ctrl-C end the context; a second one ends the program, as after stop() they have their default
	// effect.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], console{os.Stdin, os.Stdout, os.Stderr}))
}

// environ are the variables of this process. Those that the test suites have for themselves aren't looked at in tests.
var environ = os.Environ

// run is main for tests: it returns the exit status, 0 for success, 1 for failure, 2 for a command line it can't read.
func run(ctx context.Context, args []string, c console) int {
	cmd, settings, status := parse(ctx, args, c)
	if cmd == nil {
		return status
	}
	if err := cmd.Run(settings); err != nil {
		if errors.Is(err, context.Canceled) {
			err = errors.New("interrupted")
		}
		fmt.Fprintln(c.Err, "frontdesk:", plain(err))
		return 1
	}
	return 0
}

// parse reads the command line, the variables and the settings file. No command means that there is nothing to do but
// to end with the status.
func parse(ctx context.Context, args []string, c console) (cmd *kong.Context, s *Settings, status int) {
	var p program
	exit := -1
	args = spelled(args)
	parser, err := kong.New(&p,
		kong.Name("frontdesk"),
		kong.Description("A FHIR R4 server for general practice."),
		kong.DefaultEnvars("FRONTDESK"),
		kong.Vars{"version": programText()},
		kong.Help(printHelp),
		kong.ValueFormatter(helpText),
		kong.Resolvers(fileResolver{args}),
		kong.Writers(c.Out, c.Err),
		kong.Exit(func(code int) { exit = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(c, &p.Settings),
		kong.BindToProvider(func() (operator.Host, error) { return p.host(c), nil }),
	)
	if err != nil {
		fmt.Fprintln(c.Err, "frontdesk:", err)
		return nil, nil, 2
	}
	if err := mistyped(parser.Model, environ(), c.Err); err != nil {
		fmt.Fprintln(c.Err, "frontdesk:", err)
		return nil, nil, 2
	}
	cmd, err = parser.Parse(args)
	if exit >= 0 {
		return nil, nil, exit
	}
	if err != nil {
		fmt.Fprintf(c.Err, "frontdesk: %s\n", unread(err))
		return nil, nil, 2
	}
	return cmd, &p.Settings, 0
}
