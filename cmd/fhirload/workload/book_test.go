package workload

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"frontdesk/cmd/fhirload/load"
)

func TestBookGetsEverySlotOnce(t *testing.T) {
	server, client := start(t)
	w, err := NewBook(t.Context(), client, 1, 100, 2)
	if err != nil {
		t.Fatal(err)
	}
	if line, err := w.Check(t.Context(), client); line != "" || err != nil {
		t.Errorf("before the end it says %q, %v", line, err)
	}
	result, err := load.Run(t.Context(), client, w, load.Plan{Concurrency: 8})
	if err != nil {
		t.Fatal(err)
	}
	for op, want := range map[int]int64{opPlain: 100, opBook: 100, opTaken: 100} {
		if s := result.Recorder.Summary(op, result.Elapsed); s.Succeeded != want || s.Errors != 0 {
			t.Errorf("%s: %d and %d errors: %s", w.Operations()[op], s.Succeeded, s.Errors, s.FirstError)
		}
	}
	if n := server.Len("Appointment"); n != 200 {
		t.Errorf("%d appointments", n)
	}
	if line, err := w.Check(t.Context(), client); err != nil || !strings.HasPrefix(line, "100 slots, 2 for each: ") {
		t.Errorf("%q, %v", line, err)
	}
}

// A server that gives a slot twice, or to nobody, fails the run.
func TestBookFindsASlotThatWasGotTwiceOrLost(t *testing.T) {
	for name, status := range map[string]int{"twice": http.StatusCreated, "by nobody": http.StatusConflict} {
		server, client := start(t)
		w, err := NewBook(t.Context(), client, 1, 100, 2)
		if err != nil {
			t.Fatal(err)
		}
		server.Fail(func(r *http.Request) int {
			if r.Method == http.MethodPost {
				return status
			}
			return 0
		})
		if _, err := load.Run(t.Context(), client, w, load.Plan{Concurrency: 8}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Check(t.Context(), client); err == nil {
			t.Errorf("nothing is said of slots that were got %s", name)
		}
	}
}

func TestBookSendsAppointments(t *testing.T) {
	_, client := start(t)
	w, err := NewBook(t.Context(), client, 1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	worker := w.Worker(0)
	for range len(w.slots) + 1 {
		request, more, err := worker.Next(t.Context())
		if err != nil || !more {
			t.Fatal(more, err)
		}
		var sent struct {
			ResourceType, Status, Start, End string
			Slot                             []struct{ Reference string }
		}
		if err := json.Unmarshal(request.Body, &sent); err != nil || sent.ResourceType != "Appointment" || sent.Status != "booked" || sent.Start >= sent.End {
			t.Fatalf("%v: %s", err, request.Body)
		}
		if booked := len(sent.Slot) == 1; booked != (request.Op == opBook) {
			t.Errorf("operation %d: %s", request.Op, request.Body)
		}
		worker.Done(request, load.Reply{Status: http.StatusCreated})
	}
}
