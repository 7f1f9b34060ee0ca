package practice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// The day most tests look from: late enough in March that the book runs over the change to British Summer Time.
var march = time.Date(2026, time.March, 18, 9, 0, 0, 0, time.UTC)

// parsed is a generated resource as a reader of JSON sees it.
type parsed struct {
	raw    json.RawMessage
	url    string
	bundle int
	fields map[string]any
}

func (p parsed) kind() string { return p.fields["resourceType"].(string) }

func (p parsed) text(path ...string) string {
	v, _ := at(p.fields, path...).(string)
	return v
}

// at follows names down, through the first element of each list.
func at(v any, path ...string) any {
	for _, name := range path {
		if l, ok := v.([]any); ok && len(l) > 0 {
			v = l[0]
		}
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func generate(t testing.TB, opts Options) [][]byte {
	t.Helper()
	var out [][]byte
	for bundle, err := range Generate(opts) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, bundle)
	}
	return out
}

func parse(t testing.TB, opts Options) []parsed {
	t.Helper()
	var out []parsed
	for i, data := range generate(t, opts) {
		var bundle struct {
			ResourceType, Type string
			Entry              []struct {
				Resource json.RawMessage
				Request  struct{ Method, URL string }
			}
		}
		if err := json.Unmarshal(data, &bundle); err != nil {
			t.Fatal(err)
		}
		if bundle.ResourceType != "Bundle" || bundle.Type != "transaction" {
			t.Fatalf("bundle %d is a %s of type %q", i, bundle.ResourceType, bundle.Type)
		}
		if n := len(bundle.Entry); n == 0 || n > bundleSize {
			t.Errorf("bundle %d has %d entries, want 1 to %d", i, n, bundleSize)
		}
		for _, e := range bundle.Entry {
			p := parsed{raw: e.Resource, url: e.Request.URL, bundle: i}
			if err := json.Unmarshal(e.Resource, &p.fields); err != nil {
				t.Fatal(err)
			}
			if e.Request.Method != "PUT" || e.Request.URL != p.kind()+"/"+p.text("id") {
				t.Errorf("request %s %s for %s/%s", e.Request.Method, e.Request.URL, p.kind(), p.text("id"))
			}
			out = append(out, p)
		}
	}
	return out
}

// small is a practice of moderate size that most tests read.
var small = Options{Seed: 7, Patients: 120, Neighbours: 2, Now: march}

var smallOnce struct {
	sync.Once
	resources []parsed
}

// smallPractice is the small practice, parsed once for all tests.
func smallPractice(t testing.TB) []parsed {
	t.Helper()
	smallOnce.Do(func() { smallOnce.resources = parse(t, small) })
	if len(smallOnce.resources) == 0 {
		t.Fatal("the small practice could not be generated")
	}
	return smallOnce.resources
}

func TestSameOptionsSameBytes(t *testing.T) {
	first := generate(t, small)
	later := small
	later.Now = later.Now.Add(5 * time.Hour) // the same day
	if second := generate(t, later); !slices.EqualFunc(first, second, bytes.Equal) {
		t.Error("the same seed, size and day gave other bytes")
	}
	other := small
	other.Seed++
	if second := generate(t, other); slices.EqualFunc(first, second, bytes.Equal) {
		t.Error("another seed gave the same bytes")
	}
}

func TestSizeOfTheDemo(t *testing.T) {
	resources := parse(t, Options{Seed: 1, Patients: 300, Now: march})
	counts := map[string]int{}
	for _, r := range resources {
		counts[r.kind()]++
	}
	t.Log(len(resources), "resources:", fmt.Sprint(counts))
	if len(resources) < 15_000 || len(resources) > 25_000 {
		t.Errorf("%d resources, want 15,000 to 25,000", len(resources))
	}
	if counts["Patient"] != 300 {
		t.Errorf("%d patients, want 300", counts["Patient"])
	}
}

func TestFewPatientsAndTooMany(t *testing.T) {
	for n := range 8 {
		patients := 0
		for _, r := range parse(t, Options{Patients: n, Now: march}) {
			if r.kind() == "Patient" {
				patients++
			}
		}
		if patients != n {
			t.Errorf("asked for %d patients, got %d", n, patients)
		}
	}
	for _, n := range []int{-1, MaxPatients + 1} {
		yields := 0
		for bundle, err := range Generate(Options{Patients: n, Now: march}) {
			yields++
			if err == nil || bundle != nil {
				t.Errorf("%d patients: no error", n)
			}
		}
		if yields != 1 {
			t.Errorf("%d patients: yielded %d times, want the error once", n, yields)
		}
	}
	for range Generate(small) {
		break // a reader may stop early
	}
}

func TestReferencesResolveInOrder(t *testing.T) {
	resources := smallPractice(t)
	bundleOf := map[string]int{}
	for _, r := range resources {
		if _, twice := bundleOf[r.url]; twice {
			t.Errorf("%s is there twice", r.url)
		}
		bundleOf[r.url] = r.bundle
	}
	seen := 0
	for _, r := range resources {
		walk(r.fields, func(name string, v any) {
			target, ok := v.(string)
			if name != "reference" || !ok {
				return
			}
			seen++
			if in, ok := bundleOf[target]; !ok || in > r.bundle {
				t.Errorf("%s refers to %s, which is not in its bundle or an earlier one", r.url, target)
			}
		})
	}
	if seen < len(resources) {
		t.Errorf("only %d references in %d resources", seen, len(resources))
	}
}

// walk calls visit for every member and list element below v, an element under the name of its list.
func walk(v any, visit func(name string, v any)) {
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			visit(name, child)
			if l, ok := child.([]any); ok {
				for _, e := range l {
					visit(name, e)
				}
			}
			walk(child, visit)
		}
	case []any:
		for _, child := range v {
			walk(child, visit)
		}
	}
}

// TestNothingBeforeBirthOrAfterToday looks from days that are awkward: a leap day, New Year, a Sunday, the day before
// the clocks go back.
func TestNothingBeforeBirthOrAfterToday(t *testing.T) {
	for _, today := range []string{"2026-03-18", "2028-02-29", "2027-01-01", "2026-03-29", "2026-10-24"} {
		now := parseTime(t, today+"T12:00:00Z")
		born, checked := map[string]string{}, 0
		for _, r := range parse(t, Options{Seed: 11, Patients: 60, Now: now}) {
			if r.kind() == "Patient" {
				born[r.url] = r.text("birthDate")
			}
			// What is about a patient names them in one of these.
			birth, ok := born[r.text("subject", "reference")+r.text("patient", "reference")+r.text("for", "reference")]
			if !ok {
				continue
			}
			for _, name := range []string{"onsetDateTime", "abatementDateTime", "recordedDate", "performedDateTime", "occurrenceDateTime",
				"effectiveDateTime", "issued", "authoredOn", "lastModified", "sent", "received", "date"} {
				when := r.text(name)
				if when == "" {
					continue
				}
				checked++
				if when[:10] < birth || when[:10] >= today {
					t.Errorf("%s: %s %s, born %s, today %s", r.url, name, when, birth, today)
				}
			}
		}
		if checked < 1000 {
			t.Errorf("from %s only %d dates were checked", today, checked)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		size := 0
		for _, bundle := range generate(b, Options{Seed: 1, Patients: 300, Now: march}) {
			size += len(bundle)
		}
		b.SetBytes(int64(size))
	}
}
