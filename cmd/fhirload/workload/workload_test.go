package workload

import (
	"bytes"
	"context"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/cmd/fhirload/data"
	"frontdesk/cmd/fhirload/fake"
	"frontdesk/cmd/fhirload/load"
	"frontdesk/cmd/fhirload/measure"
)

func start(t *testing.T) (*fake.Server, *load.Client) {
	t.Helper()
	server := fake.New(t.Cleanup)
	client, err := load.NewClient(load.Target{Base: server.Base}, 4, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return server, client
}

// send runs count requests and fails the test if any of them failed.
func send(t *testing.T, client *load.Client, w load.Workload, count int) measure.Summary {
	t.Helper()
	result, err := load.Run(t.Context(), client, w, load.Plan{Concurrency: 4, Count: count})
	if err != nil {
		t.Fatal(err)
	}
	all := result.Recorder.Total(result.Elapsed)
	if all.Errors > 0 {
		t.Fatalf("%d errors, first: %s; faults %v", all.Errors, all.FirstError, all.Faults)
	}
	return all
}

func TestCRUDSendsItsShares(t *testing.T) {
	server, client := start(t)
	w, err := NewCRUD(7, nil)
	if err != nil {
		t.Fatal(err)
	}
	const count = 2000
	send(t, client, w, count)
	sum := func(kinds ...string) (n int) {
		for _, kind := range kinds {
			n += server.Count(kind)
		}
		return n
	}
	sent := []int{
		sum("POST Patient", "POST Observation"),
		sum("GET Patient/id", "GET Observation/id"),
		sum("PUT Patient/id", "PUT Observation/id"),
		sum("GET Patient?", "GET Observation?"),
		sum("DELETE Patient/id", "DELETE Observation/id"),
	}
	total := 0
	for i, share := range crudShares {
		total += sent[i]
		// Four standard deviations at the largest share, and the first creates.
		if want := count * share / 100; math.Abs(float64(sent[i]-want)) > 4*22+4*subjectsPerWorker {
			t.Errorf("%s: %d of %d, want about %d", crudNames[i], sent[i], count, want)
		}
	}
	if total != count {
		t.Errorf("%d requests of known kinds, want %d", total, count)
	}
	if server.Len("Patient") == 0 || server.Len("Observation") == 0 {
		t.Error("one of the types was not created")
	}
}

func TestMixReplacesTheShares(t *testing.T) {
	server, client := start(t)
	w, err := NewCRUD(7, map[string]int{"create": 1})
	if err != nil {
		t.Fatal(err)
	}
	send(t, client, w, 50)
	if n := server.Count("POST Patient") + server.Count("POST Observation"); n != 50 {
		t.Errorf("%d creates of 50 requests", n)
	}
	for _, wrong := range []map[string]int{{"patch": 1}, {"create": -1}, {"create": 0}} {
		if _, err := NewCRUD(7, wrong); err == nil {
			t.Errorf("mix %v was accepted", wrong)
		}
	}
}

func TestCreateMakesObservationsOfExistingPatients(t *testing.T) {
	server, client := start(t)
	w, err := NewCreate(t.Context(), client, 1)
	if err != nil {
		t.Fatal(err)
	}
	send(t, client, w, 60)
	if server.Len("Observation") != 60 || server.Len("Patient") != createSubjects {
		t.Errorf("%d observations, %d patients", server.Len("Observation"), server.Len("Patient"))
	}
}

func TestGeneratedImportCountsResources(t *testing.T) {
	server, client := start(t)
	all := send(t, client, NewGenerated(1), 5)
	if all.Resources != 5*data.BundleSize || server.Len("Patient")+server.Len("Observation") != 5*data.BundleSize {
		t.Errorf("%d resources reported, %d stored", all.Resources, server.Len("Patient")+server.Len("Observation"))
	}
}

func TestSearchAsksForWhatItWroteAndForWhatItFound(t *testing.T) {
	server, client := start(t)
	written, err := Write(t.Context(), client, 3, 250)
	if err != nil {
		t.Fatal(err)
	}
	if len(written.patients) != 3 || len(written.readings) != 3*99 || len(written.paths) != 300 {
		t.Fatalf("%d patients, %d readings, %d paths", len(written.patients), len(written.readings), len(written.paths))
	}
	found, err := Discover(t.Context(), client, 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.patients) != 2 || len(found.readings) != 2*99 {
		t.Fatalf("found %d patients, %d readings", len(found.patients), len(found.readings))
	}
	for _, pool := range []Pool{written, found} {
		w, err := NewSearch(pool, 3, nil)
		if err != nil {
			t.Fatal(err)
		}
		if all := send(t, client, w, 200); all.Resources < 200 {
			t.Errorf("%d resources on 200 pages", all.Resources)
		}
		reader, err := NewRead(pool, 3)
		if err != nil {
			t.Fatal(err)
		}
		send(t, client, reader, 100)
	}
	if server.Count("GET Observation/id") == 0 {
		t.Error("nothing was read by id")
	}
}

func TestDiscoverFollowsPages(t *testing.T) {
	_, client := start(t)
	if _, err := writePatients(t.Context(), client, 1, 250); err != nil {
		t.Fatal(err)
	}
	pool, err := Discover(t.Context(), client, 1000)
	if err != nil || len(pool.patients) != 250 {
		t.Errorf("%d patients, error %v", len(pool.patients), err)
	}
}

func TestAnEmptyServerSaysWhatToDo(t *testing.T) {
	_, client := start(t)
	pool, err := Discover(t.Context(), client, 10)
	if err != nil {
		t.Fatal(err)
	}
	_, searchErr := NewSearch(pool, 1, nil)
	_, readErr := NewRead(pool, 1)
	for _, err := range []error{searchErr, readErr} {
		if err == nil || !strings.Contains(err.Error(), "--seed-data") {
			t.Errorf("error %v", err)
		}
	}
}

func TestAnEmptyPageIsAFault(t *testing.T) {
	empty := load.Reply{Status: http.StatusOK, Body: []byte(`{"resourceType":"Bundle","type":"searchset"}`)}
	if got := (&searchWorker{}).Done(load.Request{}, empty); got.Fault != "empty-page" {
		t.Errorf("verdict %+v", got)
	}
}

func TestAFailedBundleEntryIsAFault(t *testing.T) {
	for body, want := range map[string]string{
		`{"entry":[{"response":{"status":"201 Created"}}]}`:                           "",
		`{"entry":[{"response":{"status" : "201"}},{"response":{"status" : "422"}}]}`: "bundle-entry",
		`{"entry":[{"response":{"status":"500 Internal Server Error"}}]}`:             "bundle-entry",
		`{"entry":[{"resource":{"status":"final"}}]}`:                                 "",
	} {
		if got := judgeBundle(load.Reply{Status: 200, Body: []byte(body)}, 1); got.Fault != want {
			t.Errorf("%s: fault %q, want %q", body, got.Fault, want)
		}
	}
}

func TestIDInLocation(t *testing.T) {
	for location, want := range map[string]string{
		"http://a/fhir/Patient/1/_history/2": "1",
		"Patient/a-b.c":                      "a-b.c",
		"http://a/fhir/Observation/1":        "",
		"Patient/":                           "",
		"Patient/a b":                        "",
		"NotPatient/1":                       "",
		"":                                   "",
	} {
		got, ok := idIn(location, "Patient")
		if ok != (want != "") || (ok && got != want) {
			t.Errorf("%q: %q, %v", location, got, ok)
		}
	}
}

// The leading files must be answered before any other is sent.
func TestFolderSendsLeadingFilesFirst(t *testing.T) {
	folder := t.TempDir()
	body := func(stream uint64) []byte { b, _ := data.New(1, stream).Transaction(); return b }
	for i, name := range []string{"Aaron.json", "Zoe.json", "hospitalInformation1.json", "practitionerInformation1.json"} {
		if err := os.WriteFile(filepath.Join(folder, name), body(uint64(i)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w, err := NewFolder(folder, 2)
	if err != nil {
		t.Fatal(err)
	}
	one, two, three := w.Worker(0), w.Worker(1), w.Worker(2)
	first := next(t, one)
	second := next(t, two)
	if !bytes.Equal(first.Body, body(2)) || !bytes.Equal(second.Body, body(3)) {
		t.Error("the leading files were not first")
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	one.Done(first, load.Reply{})
	if _, more, err := three.Next(cancelled); more || err != nil {
		t.Errorf("a file was sent while a leading one was not answered (error %v)", err)
	}
	two.Done(second, load.Reply{})
	if got := next(t, one); bytes.Equal(got.Body, body(2)) {
		t.Error("a leading file was sent twice")
	}
}

func next(t *testing.T, w load.Worker) load.Request {
	t.Helper()
	request, more, err := w.Next(t.Context())
	if err != nil || !more {
		t.Fatalf("no request: %v", err)
	}
	return request
}

func TestFolderIsSentOnceARoundAndWrongFilesAreRefused(t *testing.T) {
	server, client := start(t)
	folder := t.TempDir()
	bundle, _ := data.New(1, 0).Transaction()
	if err := os.WriteFile(filepath.Join(folder, "a.json"), bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := NewFolder(folder, 3)
	if err != nil {
		t.Fatal(err)
	}
	if all := send(t, client, w, 0); all.Requests != 3 || all.Resources != 300 || server.Count("POST ") != 3 {
		t.Errorf("%d requests, %d resources", all.Requests, all.Resources)
	}
	if err := os.WriteFile(filepath.Join(folder, "b.json"), []byte(`{"resourceType":"Patient"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewFolder(folder, 1); err == nil || !strings.Contains(err.Error(), "b.json") {
		t.Errorf("error %v", err)
	}
	if _, err := NewFolder(t.TempDir(), 1); err == nil {
		t.Error("an empty folder was accepted")
	}
}
