package conformance

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"frontdesk/fhir/spec"
)

// killed runs the test binary once more as the running test, with variables in its environment, and kills it as by kill
// -9 when said tells of a line it wrote that now is the time. Lines that aren't ours are shown if the child ends by
// itself, which is a failure.
func killed(t *testing.T, said func(line string) (ours, now bool), env ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe() // held open: the child ends when we do
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var other []string
	for lines := bufio.NewReader(stdout); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // a line without its end was cut by the kill
		}
		ours, now := said(strings.TrimSpace(line))
		if !ours {
			other = append(other, line)
		}
		if now {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child ended by itself: %v\n%s", err, strings.Join(other, ""))
	}
}

// child is what a process that is going to be killed writes through: the backend in dir. It ends when its parent is
// gone.
func child(t *testing.T, open Opener, dir string) *kit {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(3)
	}()
	k := &kit{t: t, dir: dir}
	var err error
	if k.r, err = spec.Load(); err != nil {
		t.Fatal(err)
	}
	if k.b, err = open(dir, k.r); err != nil {
		t.Fatal(err)
	}
	return k
}
