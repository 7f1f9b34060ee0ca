package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// child is the program in a process of its own.
type child struct {
	t    *testing.T
	cmd  *exec.Cmd
	log  bytes.Buffer
	base string
}

// newChild is one that isn't started yet.
func newChild(t *testing.T, args ...string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, cmd: exec.Command(self, making(args)...)}
	c.cmd.Env = append(os.Environ(), "TEST_AS_FRONTDESK=1")
	c.cmd.Stderr = &c.log
	return c
}

// startProcess runs a command until it says at which base URL it serves.
func startProcess(t *testing.T, args ...string) *child {
	t.Helper()
	c := newChild(t, args...)
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c.cmd.ProcessState == nil {
			c.cmd.Process.Kill()
			c.wait()
		}
	})
	if c.base = baseIn(out); c.base == "" {
		t.Fatalf("%v: it doesn't serve: %s", args, c.wait())
	}
	go io.Copy(io.Discard, out)
	return c
}

func (c *child) root() string { return strings.TrimSuffix(c.base, "/fhir") }

func (c *child) signal(s os.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

// wait is how it ended.
func (c *child) wait() *os.ProcessState {
	c.cmd.Wait() // the state tells
	return c.cmd.ProcessState
}

// peak is the most memory that a process that has ended had, in bytes, on Linux.
func peak(t *testing.T, s *os.ProcessState) int64 {
	t.Helper()
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Skip("this system doesn't tell how much memory a process has used")
	}
	return int64(usage.Maxrss) << 10
}
