package workload

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"frontdesk/cmd/fhirload/data"
	"frontdesk/cmd/fhirload/load"
)

const (
	// seedStream is the first stream of the preparation, beyond the workers'.
	seedStream = 1 << 32
	// seedWriters is how many Bundles the preparation sends at a time.
	seedWriters = 4
)

// Write writes n generated resources, rounded up to whole Bundles, and returns
// the pool of them.
func Write(ctx context.Context, client *load.Client, seed uint64, n int) (Pool, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	pools := make([]Pool, (n+data.BundleSize-1)/data.BundleSize)
	var writers sync.WaitGroup
	for first := range seedWriters {
		writers.Go(func() {
			for i := first; i < len(pools) && ctx.Err() == nil; i += seedWriters {
				var err error
				if pools[i], err = writeBundle(ctx, client, data.New(seed, seedStream+uint64(i))); err != nil {
					cancel(fmt.Errorf("writing data to work on: %w", err))
				}
			}
		})
	}
	writers.Wait()
	var all Pool
	for _, one := range pools {
		all.patients = append(all.patients, one.patients...)
		all.readings = append(all.readings, one.readings...)
		all.paths = append(all.paths, one.paths...)
	}
	return all, context.Cause(ctx)
}

func writeBundle(ctx context.Context, client *load.Client, source *data.Source) (Pool, error) {
	body, held := source.Transaction()
	ids, err := transact(ctx, client, body, 1+len(held.Readings))
	if err != nil {
		return Pool{}, err
	}
	patientID, ok := idIn(ids[0], "Patient")
	if !ok {
		return Pool{}, fmt.Errorf("the transaction's first response.location is %q, not that of a Patient", ids[0])
	}
	pool := Pool{
		patients: []patient{{id: patientID, token: token(data.PatientSystem, held.Person.Identifier), family: held.Person.Family}},
		paths:    []string{"Patient/" + patientID},
	}
	for i, r := range held.Readings {
		pool.readings = append(pool.readings, reading{patient: patientID, token: token(data.CodeSystem, r.Code), day: r.Date})
		if observation, ok := idIn(ids[i+1], "Observation"); ok {
			pool.paths = append(pool.paths, "Observation/"+observation)
		}
	}
	return pool, nil
}

// writePatients writes n Patients and returns their references.
func writePatients(ctx context.Context, client *load.Client, seed uint64, n int) ([]string, error) {
	locations, err := transact(ctx, client, data.New(seed, seedStream).Patients(n), n)
	if err != nil {
		return nil, fmt.Errorf("writing patients to work on: %w", err)
	}
	references := make([]string, n)
	for i, location := range locations {
		patientID, ok := idIn(location, "Patient")
		if !ok {
			return nil, fmt.Errorf("response.location %q is not that of a Patient", location)
		}
		references[i] = "Patient/" + patientID
	}
	return references, nil
}

// transact posts a transaction of n entries and returns the location of each:
// the response's entries are in the request's order (R4 http 3.1.0.11.4).
func transact(ctx context.Context, client *load.Client, body []byte, n int) ([]string, error) {
	answer, err := fetchBundle(ctx, client, load.Request{Method: http.MethodPost, Body: body})
	if err != nil {
		return nil, err
	}
	if len(answer.Entry) != n {
		return nil, fmt.Errorf("a transaction of %d entries was answered with %d", n, len(answer.Entry))
	}
	locations := make([]string, n)
	for i, e := range answer.Entry {
		locations[i] = e.Response.Location
	}
	return locations, nil
}
