package conformance

import (
	"strings"
	"testing"

	"frontdesk/fhir/search"
	"frontdesk/store"
)

// pagesAreWhole: a page, its total and what its chains lead to are of one moment (an engine that takes reads of a
// snapshot and gives none tears them). A writer moves a name between two patients, and the result that is the first
// one's to the other, each time in one commit, so that just one of everything is to be found at any moment.
func pagesAreWhole(t *testing.T, k *kit) {
	one, other := k.patient("torn-a", 1, "Holder"), k.patient("torn-b", 1, "Other")
	k.apply(one, other, k.result("torn-r", 1, "torn-a", "hb", "2024-05-01"))
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- k.swap(stop) }()
	for range 60 {
		for _, url := range []string{"Patient?family=Holder", "Observation?subject:Patient.family=Holder",
			"Patient?family=Holder&_has:Observation:subject:status=final"} {
			q := k.query(url)
			q.Total = search.AllMatches
			page, err := k.b.Find(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Items) != 1 || page.Total != 1 {
				t.Errorf("%s: %d on the page, %d in all; at each moment there is one", url, len(page.Items), page.Total)
			}
			for _, it := range page.Items {
				if it.Key.Type == "Patient" && !strings.Contains(string(it.JSON), "Holder") {
					t.Errorf("%s: found by another version than the one on the page: %s", url, it.JSON)
				}
			}
		}
	}
	close(stop)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// swap lets two patients change places again and again.
func (k *kit) swap(stop chan struct{}) error {
	names := []string{"Holder", "Other"}
	for version := int64(2); ; version++ {
		select {
		case <-stop:
			return nil
		default:
		}
		holder := []string{"a", "b"}[(version+1)%2]
		_, err := k.b.Apply(k.t.Context(), store.Batch{Writes: []store.Write{k.patient("torn-a", version, names[(version+1)%2]), k.patient("torn-b", version, names[version%2]),
			k.result("torn-r", version, "torn-"+holder, "hb", "2024-05-01")}})
		if err != nil {
			return err
		}
	}
}
