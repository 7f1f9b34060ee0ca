package conformance

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// Names of the variables by which TestCrash tells its child what to do.
const (
	crashDir   = "FRONTDESK_CRASH_DIR"
	crashRound = "FRONTDESK_CRASH_ROUND"
)

// Rounds of a crash, writers at once in each, and after how many acknowledged batches, at least and at most, it is
// killed.
const (
	crashRounds  = 5
	crashWriters = 4
	crashAfter   = 20
	crashSpread  = 200
)

// TestCrash kills a process that writes, as by kill -9, several times, opens what it left, and asserts that every batch
// it had acknowledged is there and whole, that no other is there by half, and that the index says what the resources
// say. It runs the test binary once more as that process: call it from a top-level test that does nothing before.
func TestCrash(t *testing.T, open Opener) {
	if dir := os.Getenv(crashDir); dir != "" {
		crashing(t, open, dir, os.Getenv(crashRound))
		return
	}
	dir := t.TempDir()
	acknowledged := map[string]int{} // by writer: how many batches
	for round := range crashRounds {
		crash(t, dir, round, acknowledged)
		survey(t, open, dir, acknowledged)
	}
	total := 0
	for _, n := range acknowledged {
		total += n
	}
	t.Logf("%d batches acknowledged before %d kills", total, crashRounds)
}

// crash runs the child until it acknowledged enough, and kills it in the middle of its work.
func crash(t *testing.T, dir string, round int, acknowledged map[string]int) {
	t.Helper()
	enough, n := crashAfter+rand.IntN(crashSpread), 0
	killed(t, func(line string) (ours, now bool) {
		writer, ours := strings.CutPrefix(line, "ack ")
		if ours {
			acknowledged[writer]++
			n++
		}
		return ours, ours && n == enough
	}, crashDir+"="+dir, fmt.Sprintf("%s=%d", crashRound, round))
}

// crashing is the child: it writes and acknowledges until it's killed.
func crashing(t *testing.T, open Opener, dir, round string) {
	k := child(t, open, dir)
	each(crashWriters, func(i int) {
		writer := fmt.Sprintf("r%sw%d", round, i)
		for n := int64(1); ; n++ {
			if _, err := k.b.Apply(t.Context(), k.crashBatch(writer, n)); err != nil {
				t.Error(err)
				return
			}
			fmt.Println("ack " + writer)
		}
	})
}

// crashBatch is a writer's nth: a new patient with two results, an update that counts, and a record that counts too.
func (k *kit) crashBatch(writer string, n int64) store.Batch {
	id := fmt.Sprintf("%s-%d", writer, n)
	return store.Batch{
		Writes: []store.Write{k.patient(id, 1, "Crash"), k.result(id+"-1", 1, id, "hb", "2024-05-01"),
			k.result(id+"-2", 1, id, "na", "2024-05-02"), k.patient(writer, n, fmt.Sprintf("Count%dx", n))},
		Records: []store.RecordWrite{{Namespace: "crash", Key: writer, Value: fmt.Append(nil, n), Revision: n - 1}},
	}
}

// survey opens what was left and compares all of it with what was acknowledged.
func survey(t *testing.T, open Opener, dir string, acknowledged map[string]int) {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{t: t, r: r, dir: dir}
	if k.b, err = open(dir, r); err != nil {
		t.Fatal("opening what was left:", err)
	}
	defer func() {
		if err := k.b.Close(); err != nil {
			t.Error("close:", err)
		}
	}()
	batches := 0
	for writer, acks := range acknowledged {
		batches += k.surveyWriter(writer, acks)
	}
	CheckFeed(t, k.b, k.feed("", 50))
	for url, want := range map[string]int{"Patient?family=crash": batches, "Observation?code=urn:c|hb": batches,
		"Observation?code=urn:c|na": batches, "Observation?date=2024-05": 2 * batches, "Observation": 2 * batches} {
		if got := len(strings.Fields(k.ids(url))); got != want {
			t.Errorf("%s finds %d, want %d", url, got, want)
		}
	}
}

// surveyWriter checks one writer's batches, byte by byte. It gives how many there are: all that it acknowledged, and at
// the most the one more that was committed when it was killed.
func (k *kit) surveyWriter(writer string, acks int) int {
	k.t.Helper()
	n := int64(0)
	if st, err := k.b.Get(k.t.Context(), fhir.Key{Type: "Patient", ID: writer}); err == nil {
		n = st.Key.Version
	}
	if int(n) < acks || int(n) > acks+1 {
		k.t.Errorf("%s: %d batches are there, and %d were acknowledged", writer, n, acks)
	}
	if got := string(k.record("crash", writer)); got != fmt.Sprint(n) {
		k.t.Errorf("%s: the record says %s, want %d", writer, got, n)
	}
	for i := int64(1); i <= n; i++ {
		for _, w := range k.crashBatch(writer, i).Writes {
			if st := k.get(w.Key); string(st.JSON) != string(w.Body.Stamp(w.Key.Version, st.Updated)) {
				k.t.Errorf("%s is %s", w.Key, st.JSON)
			}
		}
	}
	for _, w := range k.crashBatch(writer, n+1).Writes {
		k.absent(w.Key)
	}
	if n > 0 {
		if got := k.ids(fmt.Sprintf("Patient?family=Count%dx&_id=%s", n, writer)); got != writer {
			k.t.Errorf("by its current name, a search finds %q, want %s", got, writer)
		}
	}
	return int(n)
}
