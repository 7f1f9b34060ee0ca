package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit statuses.
const (
	exitOK = iota
	// exitErrors means that a request failed, or the run could not be made.
	exitErrors
	// exitUsage means that the command line is wrong.
	exitUsage
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second interrupt ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program: it returns its exit status. Cancelling ctx ends the run
// and shows what was measured so far.
func run(ctx context.Context, args []string, out, log io.Writer) int {
	var line commandLine
	parser, err := kong.New(&line,
		kong.Name("fhirload"),
		kong.Description("Load a FHIR R4 server through its HTTP API, or two and compare them. Every flag can be set as FHIRLOAD_NAME in the environment."),
		kong.DefaultEnvars("FHIRLOAD"),
		kong.Writers(out, log),
	)
	if err != nil {
		fmt.Fprintln(log, "fhirload:", err)
		return exitUsage
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(log, "fhirload:", err)
		return exitUsage
	}
	s := &session{ctx: ctx, options: line.Options, out: out, log: log}
	if err := command.Run(s); err != nil {
		fmt.Fprintln(log, "fhirload:", err)
		return exitErrors
	}
	return exitOK
}
