package jobs

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/lease"
)

// State is how a Job stands.
type State string

// The states. The first two are open, the others are ends.
const (
	Waiting   State = "waiting"
	Running   State = "running" // or its process was killed, and another will go on soon
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Open says that it hasn't ended.
func (s State) Open() bool { return s == Waiting || s == Running }

// Job is a piece of work.
type Job struct {
	ID      string    `json:"id"` // hard to guess
	Kind    string    `json:"kind"`
	Owner   string    `json:"owner"` // for whom it is done, as "client/x"
	State   State     `json:"state"`
	Created time.Time `json:"created"`
	Ended   time.Time `json:"ended,omitzero"`
	Expires time.Time `json:"expires,omitzero"` // when it and its files are removed; zero while it is open

	Input      []byte `json:"input,omitempty"`      // what is to be done
	Checkpoint []byte `json:"checkpoint,omitempty"` // of the last Step
	Done       int64  `json:"done,omitempty"`       // so much of Total, in whatever the kind counts
	Total      int64  `json:"total,omitempty"`      // 0 if it isn't known
	Files      []File `json:"files,omitempty"`
	Result     []byte `json:"result,omitempty"`
	Error      string `json:"error,omitempty"` // why it failed, for its owner to read

	Steps int64 `json:"steps,omitempty"` // saved so far
	Tries int   `json:"tries,omitempty"` // begun so often since the last Step
}

// File is an output of a Job.
type File struct {
	Name   string `json:"name"`
	Chunks int    `json:"chunks"`
	Bytes  int64  `json:"bytes"`  // of what was written
	Stored int64  `json:"stored"` // bytes in the store, compressed
	Count  int64  `json:"count"`  // of lines, or whatever the kind counts
}

// File is one of the Job's files by its name, nil if it hasn't one.
func (j *Job) File(name string) *File {
	for i := range j.Files {
		if j.Files[i].Name == name {
			return &j.Files[i]
		}
	}
	return nil
}

// The namespaces of Records: jobs by id, those that are open by kind and id, ids by owner, and chunks of files.
const (
	jobs   = "jobs"
	open   = "jobs.open"
	owners = "jobs.owner"
	chunks = "jobs.chunk"
)

// most is how many bytes a Job may have, without its files.
const most = 1 << 20

// write is the record of a Job, which must have the revision.
func (j *Job) write(revision int64) (store.RecordWrite, error) {
	value, err := json.Marshal(j)
	if err != nil {
		return store.RecordWrite{}, fhir.Fault("write a job", err)
	}
	if len(value) > most {
		return store.RecordWrite{}, fhir.Errorf(fhir.TooLarge, "",
			"What is to be done, or how far it is, takes %d bytes to say. At most %d can be kept.", len(value), most)
	}
	return store.RecordWrite{Namespace: jobs, Key: j.ID, Value: value, Revision: revision}, nil
}

// place is the lease of who does it.
func (q *Queue) place(j *Job) lease.Place {
	return lease.Place{Namespace: open, Key: url.PathEscape(j.Kind) + "/" + j.ID, Lasts: q.options.Lease}
}

func ownerKey(owner, id string) string { return url.PathEscape(owner) + "/" + id }

// read is a Job and the revision of its record, also of one that has expired.
func (q *Queue) read(ctx context.Context, id string) (j Job, revision int64, err error) {
	rec, err := q.store.Records().Get(ctx, jobs, id)
	if err != nil {
		if fhir.KindOf(err) == fhir.NotFound {
			err = fhir.Errorf(fhir.NotFound, "", "There is no such job, or it has expired. Begin it again.")
		}
		return j, 0, err
	}
	j, err = decode(rec.Value)
	return j, rec.Revision, err
}

func decode(value []byte) (j Job, err error) {
	if err := json.Unmarshal(value, &j); err != nil {
		return j, fhir.Fault("read a job", err)
	}
	return j, nil
}
