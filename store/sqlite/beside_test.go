package sqlite

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// besideFolder makes the test binary another process on a store: what TestBeside's child does.
const besideFolder = "FRONTDESK_TEST_BESIDE"

// patient is the change by which one is written.
func patient(t *testing.T, id string) store.Change {
	t.Helper()
	r, err := codec.Decode(fmt.Appendf(nil, `{"resourceType":"Patient","id":%q}`, id), codec.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return store.Change{Action: store.Update, Key: fhir.Key{Type: "Patient", ID: id}, Resource: r}
}

// countUp adds one to a record by compare-and-set, as often as asked.
func countUp(t *testing.T, s *store.Store, times int) {
	for done := 0; done < times; {
		value, revision := "", int64(0)
		if r, err := s.Records().Get(t.Context(), "test", "count"); err == nil {
			value, revision = string(r.Value), r.Revision
		} else if fhir.KindOf(err) != fhir.NotFound {
			t.Fatal(err)
		}
		_, err := s.As(access.Everything("test"), store.Unobserved).Transact(t.Context(), nil, store.RecordWrite{Namespace: "test", Key: "count", Value: []byte(value + "x"), Revision: revision})
		switch {
		case err == nil:
			done++
		case fhir.KindOf(err) != fhir.Conflict:
			t.Fatal(err)
		}
	}
}

func openBeside(t *testing.T, folder string) *store.Store {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(t.Context(), folder, r, Options{Beside: true})
	if err != nil {
		t.Fatal(err)
	}
	return store.Open(b, r, store.Options{Base: base})
}

// TestBeside: while one process serves a store and writes to it, another reads its resources and writes Records, and
// neither loses one.
func TestBeside(t *testing.T) {
	const times = 50
	if folder := os.Getenv(besideFolder); folder != "" {
		s := openBeside(t, folder)
		defer s.Close()
		if _, err := s.As(access.Everything("test"), store.Unobserved).Read(t.Context(), fhir.Key{Type: "Patient", ID: "before"}); err != nil {
			t.Errorf("a resource: %v", err)
		}
		if _, err := s.As(access.Everything("test"), store.Unobserved).Write(t.Context(), patient(t, "beside")); fhir.KindOf(err) != fhir.Unavailable {
			t.Errorf("a resource written beside: %v", err)
		}
		countUp(t, s, times)
		return
	}
	folder := t.TempDir()
	s := openBeside(t, folder) // nobody has it: it is opened as ever
	defer s.Close()
	write := func(id string) {
		if _, err := s.As(access.Everything("test"), store.Unobserved).Write(t.Context(), patient(t, id)); err != nil {
			t.Fatal(err)
		}
	}
	write("before")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	watch := s.Watch("none that this process writes")
	seen, sure := watch()
	var children sync.WaitGroup
	for range 2 {
		children.Go(func() {
			c := exec.Command(self, "-test.run=^TestBeside$")
			c.Env = append(os.Environ(), besideFolder+"="+folder)
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("the other process: %v\n%s", err, out)
			}
		})
	}
	countUp(t, s, times)
	write("meanwhile")
	children.Wait()
	if now, _ := watch(); !sure || now == seen {
		t.Error("the commits of another process can't be told")
	}
	r, err := s.Records().Get(t.Context(), "test", "count")
	if err != nil || string(r.Value) != strings.Repeat("x", 3*times) {
		t.Errorf("counted to %d: %v", len(r.Value), err)
	}
	write("after")
	if _, err := os.Stat(filepath.Join(folder, DatabaseFile)); err != nil {
		t.Error(err)
	}
}
