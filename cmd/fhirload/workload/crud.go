package workload

import (
	"bytes"
	"context"
	"net/http"
	"net/url"

	"frontdesk/cmd/fhirload/data"
	"frontdesk/cmd/fhirload/load"
)

// The operations of crud, in the order of crudNames.
const (
	opCreate = iota
	opRead
	opUpdate
	opSearch
	opDelete
)

var (
	crudNames  = []string{"create", "read", "update", "search", "delete"}
	crudShares = []int{25, 40, 15, 15, 5}
)

const (
	// subjectsPerWorker is how many Patients of a worker have Observations.
	// They are never deleted, since a server may refuse that while Observations
	// refer to them.
	subjectsPerWorker = 5
	// loosePatientShare is the share in percent of Patients among later creates.
	loosePatientShare = 20
)

// CRUD is the mix of creates, reads, updates, searches and deletes.
type CRUD struct {
	Mix
	seed uint64
}

// NewCRUD returns the crud workload. override replaces its shares if not empty.
func NewCRUD(seed uint64, override map[string]int) (*CRUD, error) {
	mix, err := newMix(crudNames, crudShares, override)
	return &CRUD{Mix: mix, seed: seed}, err
}

// Worker returns worker i, who only touches resources of its own making, so
// that workers do not run into each other's deletes.
func (c *CRUD) Worker(i int) load.Worker {
	return &crudWorker{mix: c.Mix, source: data.New(c.seed, uint64(i))}
}

// record is a resource on the server.
type record struct {
	resourceType string
	id           string
	identifier   string
	// subject is the reference of an Observation, empty for a Patient.
	subject string
}

func (r record) path() string { return r.resourceType + "/" + r.id }

type crudWorker struct {
	mix      Mix
	source   *data.Source
	subjects []record
	rows     []record
	// current is the record the request in flight is about.
	current record
}

// Next picks an operation. While there is nothing yet to work on, it creates.
func (w *crudWorker) Next(context.Context) (load.Request, bool, error) {
	op := w.mix.pick(w.source.Rand)
	if len(w.subjects) < subjectsPerWorker || len(w.rows) == 0 {
		op = opCreate
	}
	if op == opCreate {
		return w.create(), true, nil
	}
	i := w.source.IntN(len(w.rows))
	w.current = w.rows[i]
	switch op {
	case opUpdate:
		return load.Request{Op: op, Method: http.MethodPut, Path: w.current.path(), Body: w.body(w.current)}, true, nil
	case opSearch:
		query := "identifier=" + url.QueryEscape(system(w.current.resourceType)+"|"+w.current.identifier)
		return load.Request{Op: op, Method: http.MethodGet, Path: w.current.resourceType, Query: query, KeepBody: true}, true, nil
	case opDelete:
		w.rows[i] = w.rows[len(w.rows)-1]
		w.rows = w.rows[:len(w.rows)-1]
		return load.Request{Op: op, Method: http.MethodDelete, Path: w.current.path()}, true, nil
	default:
		return load.Request{Op: opRead, Method: http.MethodGet, Path: w.current.path()}, true, nil
	}
}

func (w *crudWorker) create() load.Request {
	w.current = record{resourceType: "Patient", identifier: w.source.Identifier()}
	if len(w.subjects) == subjectsPerWorker && w.source.IntN(100) >= loosePatientShare {
		w.current.resourceType = "Observation"
		w.current.subject = w.subjects[w.source.IntN(len(w.subjects))].path()
	}
	return load.Request{Op: opCreate, Method: http.MethodPost, Path: w.current.resourceType, Body: w.body(w.current)}
}

func (w *crudWorker) body(r record) []byte {
	body := make([]byte, 0, bodySize)
	if r.resourceType == "Patient" {
		body, _ = w.source.Patient(body, r.id, r.identifier)
		return body
	}
	body, _ = w.source.Observation(body, r.id, r.identifier, r.subject, w.source.Code())
	return body
}

// Done remembers what was created, and checks that a search found the record.
func (w *crudWorker) Done(request load.Request, reply load.Reply) load.Verdict {
	if !reply.OK() {
		return load.Verdict{}
	}
	switch request.Op {
	case opCreate:
		return w.created(reply)
	case opSearch:
		if !bytes.Contains(reply.Body, []byte(`"`+w.current.identifier+`"`)) {
			return load.Verdict{Fault: "not-found-by-search"}
		}
		return load.Verdict{Resources: countEntries(reply.Body)}
	case opDelete:
		return load.Verdict{}
	default:
		return load.Verdict{Resources: 1}
	}
}

func (w *crudWorker) created(reply load.Reply) load.Verdict {
	id, ok := idIn(reply.Location, w.current.resourceType)
	if !ok {
		// R4 http 3.1.0.8: a create answers with the Location of the new resource.
		return load.Verdict{Fault: "no-location"}
	}
	w.current.id = id
	if len(w.subjects) < subjectsPerWorker {
		w.subjects = append(w.subjects, w.current)
	} else {
		w.rows = append(w.rows, w.current)
	}
	return load.Verdict{Resources: 1}
}

func system(resourceType string) string {
	if resourceType == "Patient" {
		return data.PatientSystem
	}
	return data.ObservationSystem
}
