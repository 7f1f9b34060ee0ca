package workload

import (
	"context"
	"net/http"

	"frontdesk/cmd/fhirload/data"
	"frontdesk/cmd/fhirload/load"
)

// createSubjects is how many Patients the created Observations are about.
const createSubjects = 100

// Create is the creation of Observations.
type Create struct {
	subjects []string
	seed     uint64
}

// NewCreate returns the create workload. It first writes the Patients, since a
// server may refuse a reference that does not resolve.
func NewCreate(ctx context.Context, client *load.Client, seed uint64) (*Create, error) {
	subjects, err := writePatients(ctx, client, seed, createSubjects)
	return &Create{subjects: subjects, seed: seed}, err
}

// Operations names the one operation.
func (c *Create) Operations() []string { return []string{"create"} }

// Worker returns worker i.
func (c *Create) Worker(i int) load.Worker {
	return createWorker{subjects: c.subjects, source: data.New(c.seed, uint64(i))}
}

type createWorker struct {
	subjects []string
	source   *data.Source
}

// Next makes an Observation.
func (w createWorker) Next(context.Context) (load.Request, bool, error) {
	s := w.source
	subject := w.subjects[s.IntN(len(w.subjects))]
	body, _ := s.Observation(make([]byte, 0, bodySize), "", s.Identifier(), subject, s.Code())
	return load.Request{Method: http.MethodPost, Path: "Observation", Body: body}, true, nil
}

// Done counts the resource.
func (createWorker) Done(load.Request, load.Reply) load.Verdict { return load.Verdict{Resources: 1} }
