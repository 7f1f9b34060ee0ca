package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the linker for releases (-ldflags "-X main.version=1.2.3").
var version = "dev"

// versionCommand shows what is running.
type versionCommand struct{}

// Run prints one line.
func (versionCommand) Run(c console) error {
	_, err := fmt.Fprintln(c.Out, programText())
	return err
}

// programText names the program, its version and what it was built with and for.
func programText() string {
	return fmt.Sprintf("frontdesk %s (%s, %s/%s)", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// versionText is the version with the commit it was built from, if the Go tool knows it.
func versionText() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) > 12 {
			return version + "+" + s.Value[:12]
		}
	}
	return version
}
