package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/cmd/frontdesk/practice"
)

// session is somebody's token at a running server.
type session struct {
	*running
	token string
}

// signIn is the session of an account of the demo.
func (r *running) signIn(account, password, scope string, more ...string) session {
	r.t.Helper()
	args := append([]string{"token", "--base-url", r.base, "--account", account, "--client", demoClient.ID, "--scope", scope}, more...)
	status, out, log := frontdesk(r.t, password+"\n", args...)
	if status != 0 {
		r.t.Fatalf("%s: %s", account, log)
	}
	return session{r, strings.TrimSpace(out)}
}

// ask sends a request, with a body if there is one, and asserts the status of the answer.
func (s session) ask(want int, method, path, body string) string {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.base+"/"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/fhir+json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if resp.StatusCode != want {
		s.t.Errorf("%s %s: %d, want %d: %s", method, path, resp.StatusCode, want, text)
	}
	return string(text)
}

func (s session) sees(path string) string {
	s.t.Helper()
	return s.ask(http.StatusOK, http.MethodGet, path, "")
}
func (s session) missing(path string) {
	s.t.Helper()
	s.ask(http.StatusNotFound, http.MethodGet, path, "")
}
func (s session) shut(path string) {
	s.t.Helper()
	s.ask(http.StatusForbidden, http.MethodGet, path, "")
}
func (s session) orders(want int, n string) {
	s.t.Helper()
	s.ask(want, http.MethodPost, "Task", repeat(n))
}

// repeat is an order of one of the ready patient's repeats.
func repeat(n string) string {
	return `{"resourceType":"Task","status":"requested","intent":"order","code":{"coding":[{"system":"http://snomed.info/sct","code":"103742009"}]},
		"for":{"reference":"Patient/demo-0001"},"focus":{"reference":"MedicationRequest/demo-0001-repeat-` + n + `"}}`
}

const mine = "launch/patient patient/*.cruds"

// TestTheDemoShowsEachCase: what the list of accounts says is what they see.
func TestTheDemoShowsEachCase(t *testing.T) {
	r := start(t, "demo", "--listen", "127.0.0.1:0", "--patients", "7")
	doctor := r.signIn("doctor", demoPassword, "user/*.cruds")

	patient := r.signIn("patient", demoPassword, mine)
	const fresh = "DiagnosticReport/" + practice.ReadyPatient + "-1"
	patient.missing(fresh)
	doctor.sees(fresh)
	patient.orders(http.StatusUnprocessableEntity, "5") // expired
	patient.orders(http.StatusUnprocessableEntity, "7") // used up
	patient.orders(http.StatusCreated, "8")
	patient.orders(http.StatusConflict, "8")
	contains(t, "free slots", patient.sees("Slot?status=free&_count=1"), `"resourceType":"Slot"`)
	contains(t, "those that are over", patient.sees("Slot?status=free&start=lt"+time.Now().UTC().Format(time.RFC3339)+"&_summary=count"), `"total":0`)

	husband := r.signIn("husband", demoPassword, mine)
	husband.sees("MedicationRequest")
	husband.shut("Condition")
	r.signIn("parent", demoPassword, mine).sees("Condition")

	hannah := r.signIn("hannah", demoPassword, mine)
	hannah.missing(practice.AtRiskOnly)
	hidden := `"` + practice.AtRiskOnly + `"`
	if strings.Contains(hannah.sees("Encounter?_count=100"), hidden) {
		t.Error("a visit tells of the hidden entry")
	}
	contains(t, "the visit, to staff", doctor.sees("Encounter?_count=100&patient="+practice.AtRiskPatient), hidden)
	safer := r.signIn("hannah", demoSafer, mine)
	safer.sees("Appointment")
	safer.shut("Condition")
	partner := r.signIn("partner", demoPassword, mine)
	partner.sees("Appointment")
	partner.shut("MedicationRequest")

	one, other := r.signIn("twin", demoPassword, mine), r.signIn("other-twin", demoPassword, mine)
	one.missing(practice.TwinOnly)
	doctor.sees(practice.TwinOnly)
	if a, b := one.sees("Condition?_summary=count"), other.sees("Condition?_summary=count"); total(a) != total(b) {
		t.Errorf("the twins have %s and %s problems", total(a), total(b))
	}
	r.besides(doctor, patient)
	status, _, log := frontdesk(t, demoPassword, "token", "--base-url", r.base, "--account", "suspended", "--client", demoClient.ID, "--scope", mine)
	if status != 1 || !strings.Contains(log, "ask your practice") {
		t.Errorf("suspended: %d %s", status, log)
	}
}

// besides asks of the two practices of the demo what each shows of the other: nothing.
func (r *running) besides(doctor, patient session) {
	r.t.Helper()
	theirs := r.signIn("eastmere-doctor", demoPassword, "user/*.cruds")
	neighbour := r.signIn("eastmere-patient", demoPassword, mine)
	for _, s := range []session{doctor, patient} {
		for _, path := range []string{"Patient/" + practice.NeighbourPatient, "Schedule/dr-lindqvist-diary"} {
			s.missing(path)
		}
	}
	for _, s := range []session{theirs, neighbour} {
		for _, path := range []string{"Patient/" + practice.ReadyPatient, "Schedule/dr-okafor-diary"} {
			s.missing(path)
		}
	}
	contains(r.t, "patients at the neighbour's", theirs.sees("Patient?_summary=count"), `"total":3`)
	decided := theirs.sees("Organization/eastmere/$online-access")
	contains(r.t, "what the neighbour's staff decide", decided, "booking-window")
	theirs.missing("Organization/wexbridge/$online-access")
	contains(r.t, "her appointments", neighbour.sees("Appointment?_count=50"), `"Patient/`+practice.NeighbourPatient)
	free := neighbour.sees("Slot?status=free&_count=200&_include=Slot:schedule")
	contains(r.t, "free times at the neighbour's", free, `"Schedule/dr-lindqvist-diary"`)
	if strings.Contains(free, "okafor") || strings.Contains(patient.sees("Slot?status=free&_count=200"), "lindqvist") {
		r.t.Error("a patient is offered times of the other practice")
	}
}

// total is that member of a Bundle.
func total(bundle string) string {
	_, rest, _ := strings.Cut(bundle, `"total":`)
	n, _, _ := strings.Cut(rest, ",")
	return strings.TrimRight(n, "}")
}
