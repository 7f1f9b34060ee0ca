package practice

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// TestTheNeighbourIsApart: two practices on one server share no patient, number, member of staff, room or diary,
// and no resource of one refers to anything of the other's.
func TestTheNeighbourIsApart(t *testing.T) {
	alone := Options{Seed: 1, Patients: 9, Now: march}
	both := alone
	both.Neighbours = 3
	ours := map[string]json.RawMessage{}
	for _, r := range parse(t, alone) {
		ours[r.url] = r.raw
	}
	numbers, theirs := map[string]bool{}, map[string]json.RawMessage{}
	last := ""
	for _, r := range parse(t, both) {
		last = r.url
		if r.kind() == "Patient" {
			if number := r.text("identifier", "value"); numbers[number] {
				t.Errorf("%s has the NHS number of another", r.url)
			} else {
				numbers[number] = true
			}
		}
		if before, here := ours[r.url]; !here {
			theirs[r.url] = r.raw
		} else if !bytes.Equal(before, r.raw) {
			t.Errorf("%s differs for the neighbour:\n%s\n%s", r.url, before, r.raw)
		}
	}
	if !strings.Contains(last, "demo-0009") {
		t.Errorf("the neighbour comes behind all of ours: the last is %s", last)
	}
	for url, raw := range theirs {
		refersTo(t, url, raw, ours)
	}
	for url, raw := range ours {
		refersTo(t, url, raw, theirs)
	}
	for _, url := range []string{"Organization/eastmere", "Patient/" + NeighbourPatient, "Practitioner/dr-lindqvist"} {
		if theirs[url] == nil {
			t.Errorf("there is no %s", url)
		}
	}
	booked := 0
	for url, raw := range theirs {
		if strings.HasPrefix(url, "Appointment/") && bytes.Contains(raw, []byte("Patient/"+NeighbourPatient)) {
			booked++
		}
	}
	if booked == 0 {
		t.Errorf("%s has no appointment", NeighbourPatient)
	}
}

// refersTo fails the test if a resource refers to one of some others.
func refersTo(t *testing.T, url string, raw json.RawMessage, others map[string]json.RawMessage) {
	t.Helper()
	for part := range strings.SplitSeq(string(raw), `"reference":"`) {
		if to, _, _ := strings.Cut(part, `"`); others[to] != nil {
			t.Errorf("%s refers to %s", url, to)
		}
	}
}

// TestNoNeighbourNoAccounts: without a neighbour nothing is decided for it, and nobody signs in there.
func TestNoNeighbourNoAccounts(t *testing.T) {
	theirs := func(opts Options) bool {
		accounts, err := Accounts(opts)
		if err != nil {
			t.Fatal(err)
		}
		bundles, err := Afterwards(opts)
		if err != nil {
			t.Fatal(err)
		}
		signs := slices.ContainsFunc(accounts, func(a Account) bool { return a.Person == "Patient/"+NeighbourPatient })
		if decides := bytes.Contains(bundles[0], []byte("eastmere")); decides != signs {
			t.Errorf("%+v: decided %v, signs in %v", opts, decides, signs)
		}
		return signs
	}
	if theirs(Options{Patients: 8, Now: march}) || !theirs(Options{Patients: 8, Neighbours: 1, Now: march}) {
		t.Error("there are accounts without a neighbour, or none with one")
	}
}
