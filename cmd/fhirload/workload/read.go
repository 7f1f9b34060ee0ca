package workload

import (
	"context"
	"errors"
	"net/http"

	"frontdesk/cmd/fhirload/data"
	"frontdesk/cmd/fhirload/load"
)

// Read is GET by id over the resources of a pool.
type Read struct {
	paths []string
	seed  uint64
}

// NewRead returns the read workload over pool.
func NewRead(pool Pool, seed uint64) (*Read, error) {
	if len(pool.paths) == 0 {
		return nil, errors.New("the server holds no Patient to read: add --seed-data 10000 to write some first")
	}
	return &Read{paths: pool.paths, seed: seed}, nil
}

// Operations names the one operation.
func (r *Read) Operations() []string { return []string{"read"} }

// Worker returns worker i.
func (r *Read) Worker(i int) load.Worker {
	return readWorker{paths: r.paths, source: data.New(r.seed, uint64(i))}
}

type readWorker struct {
	paths  []string
	source *data.Source
}

// Next picks a resource.
func (w readWorker) Next(context.Context) (load.Request, bool, error) {
	return load.Request{Method: http.MethodGet, Path: w.paths[w.source.IntN(len(w.paths))]}, true, nil
}

// Done counts the resource.
func (readWorker) Done(load.Request, load.Reply) load.Verdict { return load.Verdict{Resources: 1} }
