package practice

import (
	"strings"
	"testing"
	"time"
)

func recordOf(t *testing.T, id string, seed uint64) []parsed {
	t.Helper()
	var out []parsed
	for _, r := range parse(t, Options{Seed: seed, Patients: 12, Now: march}) {
		if r.text("id") == id || strings.HasPrefix(r.text("id"), id+"-") {
			out = append(out, r)
		}
	}
	return out
}

// TestReadyPatientHasEverything: whatever the seed, each case the practice's rules know is there to be shown.
func TestReadyPatientHasEverything(t *testing.T) {
	today := march.Format(time.DateOnly)
	for seed := range uint64(5) {
		have := map[string]int{}
		orders := map[string]int{} // under each repeat
		record := recordOf(t, ReadyPatient, seed)
		for _, r := range record {
			have[r.kind()]++
			have[r.kind()+" "+r.text("status")]++
			if plan := r.text("basedOn", "reference"); r.text("intent") == "order" && plan != "" {
				orders[plan]++
			}
			if r.kind() == "Appointment" && r.text("start") > today {
				have["appointment ahead"]++
			}
			if r.text("inResponseTo", "reference") != "" && r.text("partOf", "reference") != "" {
				have["answer"]++
			}
			if text := r.text("payload", "contentString"); strings.Contains(text, "111") && strings.Contains(text, "999") {
				have["automatic reply"]++
			}
		}
		open := map[string]bool{}
		for _, r := range record {
			allowed, _ := at(r.fields, "dispenseRequest", "numberOfRepeatsAllowed").(float64)
			if r.text("intent") == "plan" && r.text("status") == "active" {
				switch ends := r.text("dispenseRequest", "validityPeriod", "end"); {
				case ends < today:
					have["expired repeat"]++
				case orders[r.url] >= int(allowed):
					have["used-up repeat"]++
				default:
					have["current repeat"]++
				}
			}
			if status := r.text("status"); r.kind() == "Task" && (status == "requested" || status == "accepted" || status == "in-progress") {
				if focus := r.text("focus", "reference"); open[focus] {
					t.Errorf("seed %d: two open orders for %s", seed, focus)
				} else {
					open[focus] = true
				}
			}
		}
		for _, want := range []string{
			"Task requested", "Task accepted", "Task rejected", "Task in-progress", "Task completed", "Task failed", "Task cancelled",
			"current repeat", "expired repeat", "used-up repeat", "MedicationRequest stopped", "RelatedPerson", "AllergyIntolerance",
			"Appointment fulfilled", "Appointment cancelled", "Appointment noshow", "appointment ahead", "Consent", "DocumentReference",
			"DiagnosticReport", "Communication in-progress", "Communication completed", "answer", "automatic reply", "Encounter",
		} {
			if have[want] == 0 {
				t.Errorf("seed %d: the ready patient has no %s", seed, want)
			}
		}
	}
}

func TestTwinsAreAlikeButForOneEntry(t *testing.T) {
	clinical := func(id string) map[string]string {
		out := map[string]string{}
		for _, r := range recordOf(t, id, 3) {
			if r.kind() != "Patient" { // who they are does differ
				out[strings.Replace(r.url, id, "demo", 1)] = strings.ReplaceAll(string(r.raw), id, "demo")
			}
		}
		return out
	}
	twin, plain := clinical(TwinPatient), clinical(PlainTwinPatient)
	only := strings.Replace(TwinOnly, TwinPatient, "demo", 1)
	if _, ok := twin[only]; !ok {
		t.Fatalf("no %s", TwinOnly)
	}
	delete(twin, only)
	if len(twin) < 20 || len(twin) != len(plain) {
		t.Errorf("the twins have %d and %d entries", len(twin), len(plain))
	}
	for url, entry := range twin {
		if plain[url] != entry {
			t.Errorf("the twins differ in %s:\n%s\n%s", url, entry, plain[url])
		}
	}
}
