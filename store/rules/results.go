package rules

import (
	"bytes"
	"context"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
	"frontdesk/store/online"
)

// Results keeps what comes from the laboratory from the patient until it is released: by a clinician with $release,
// after the practice's delay, or at once where practice and patient agreed so (P5). When it is released is a fact
// beside the resource, so that whatever is written to it later doesn't release it sooner. What is imported is an old
// record, which the patient may have known for years.
type Results struct{ Options }

// unreleased is when a result is released that only a clinician files.
var unreleased = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// Apply sets the release of new results. It reads nothing for a commit without one.
func (r Results) Apply(ctx context.Context, c *store.Commit) error {
	if c.Grant.Identity().Online() || r.imports(c) { // what patients measure and write themselves they know
		return nil
	}
	for i := range c.Pending {
		w, p := &c.Batch.Writes[i], &c.Pending[i]
		isNew, err := arrives(w.Key.Type, p)
		if err != nil {
			return err
		}
		if !isNew {
			continue
		}
		release, err := r.release(ctx, c, p.After.JSON, w.Facts.Recorded)
		if err != nil {
			return err
		}
		if release.After(w.Facts.Release) { // who decided before that it waits longer is not overruled
			w.Facts.Release = release
		}
		if err := r.reported(ctx, c, w); err != nil {
			return err
		}
	}
	return nil
}

// arrives says that a write makes something a result that wasn't one. One that was deleted and is sent again is a new
// one: it may tell something else.
func arrives(typ string, p *store.Pending) (bool, error) {
	if p.After == nil || typ != "Observation" && typ != "DiagnosticReport" {
		return false, nil
	}
	now, err := isResult(typ, p.After.JSON)
	if err != nil || !now || p.Before == nil || p.Before.Deleted() {
		return now, err
	}
	before, err := isResult(typ, p.Before.JSON)
	return !before, err
}

// isResult says that a resource is a report or, by its category, comes from the laboratory: the search of the section
// of results in access.tsv.
func isResult(typ string, resource []byte) (bool, error) {
	if typ == "DiagnosticReport" {
		return true, nil
	}
	var o struct {
		Category []struct{ Coding []struct{ Code string } }
	}
	if !bytes.Contains(resource, []byte(`"laboratory"`)) {
		return false, nil
	}
	err := read(resource, &o)
	for _, category := range o.Category {
		if slices.ContainsFunc(category.Coding, func(c struct{ Code string }) bool { return c.Code == "laboratory" }) {
			return true, err
		}
	}
	return false, err
}

// release is when a result shows that was recorded at a time, as practice and patient decided; zero: at once.
func (r Results) release(ctx context.Context, c *store.Commit, result []byte, recorded time.Time) (time.Time, error) {
	var of struct{ Subject referenceJSON }
	if err := read(result, &of); err != nil {
		return unreleased, err
	}
	patient, local := search.Local(of.Subject.Reference, r.Base)
	if !local || patient.Type != "Patient" {
		return unreleased, nil
	}
	own, _, err := online.OfPerson(ctx, r.Records, patient)
	if err != nil || own.ResultsAtOnce {
		return time.Time{}, err
	}
	practice, err := r.practice(ctx, c, patient.ID)
	switch {
	case err != nil || practice.ResultsDelay < 0:
		return unreleased, err
	case practice.ResultsDelay == 0:
		return time.Time{}, nil
	}
	return recorded.Add(time.Duration(practice.ResultsDelay)), nil
}

// reported releases an Observation with the DiagnosticReport that names it, if that was released before it came.
func (r Results) reported(ctx context.Context, c *store.Commit, w *store.Write) error {
	if w.Key.Type != "Observation" || w.Facts.Release.IsZero() || w.Method == fhir.Post { // nobody can name what has just got an id
		return nil
	}
	return r.each(ctx, c, c.System, "DiagnosticReport", "result="+w.Key.Current().String(), func(report *fhir.Stored) error {
		same := slices.Equal(report.Compartments, w.Compartments)
		if same && !report.Facts.Hidden && report.Facts.Release.Before(w.Facts.Release) {
			w.Facts.Release = report.Facts.Release
		}
		return nil
	})
}
