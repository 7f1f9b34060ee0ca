package jobs

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"

	"frontdesk/fhir"
	"frontdesk/store"
)

// ChunkMost is how many bytes a Chunk may have. Backends bound a record to some megabytes.
const ChunkMost = 4 << 20

// Chunk is written to the end of one of a Job's files, which begins with the first one.
type Chunk struct {
	File  string
	Data  []byte // at most ChunkMost; some 100 kB to 1 MB are best
	Count int64  // of lines, or whatever the kind counts
}

// chunkKey is where a chunk is: by the file's place among the Job's.
func chunkKey(id string, file, n int) string { return fmt.Sprintf("%s/%04d/%08d", id, file, n) }

// append puts a chunk behind the others of its file, in the Job and as a record. Each is a gzip stream of its own: put
// together they are one.
func (j *Job) append(c Chunk) (store.RecordWrite, error) {
	if len(c.Data) > ChunkMost {
		return store.RecordWrite{}, fhir.Fault("write to a job's file", fmt.Errorf("a chunk of %d bytes", len(c.Data)))
	}
	f := j.File(c.File)
	if f == nil {
		j.Files = append(j.Files, File{Name: c.File})
		f = &j.Files[len(j.Files)-1]
	}
	n := 0
	for j.Files[n].Name != c.File {
		n++
	}
	packed, err := pack(c.Data)
	if err != nil {
		return store.RecordWrite{}, err
	}
	w := store.RecordWrite{Namespace: chunks, Key: chunkKey(j.ID, n, f.Chunks), Value: packed, Revision: -1}
	f.Chunks, f.Bytes, f.Stored, f.Count = f.Chunks+1, f.Bytes+int64(len(c.Data)), f.Stored+int64(len(packed)),
		f.Count+c.Count
	return w, nil
}

func pack(data []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err == nil {
		_, err = z.Write(data)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fhir.Fault("compress", err)
	}
	return out.Bytes(), nil
}

// OpenPacked reads a file of a Job as it is stored: one gzip stream. fhir.NotFound if the Job hasn't it.
func (q *Queue) OpenPacked(ctx context.Context, j *Job, name string) (io.Reader, error) {
	for n := range j.Files {
		if j.Files[n].Name == name {
			return &reader{ctx: ctx, records: q.store.Records(), id: j.ID, file: n, left: j.Files[n].Chunks}, nil
		}
	}
	return nil, fhir.Errorf(fhir.NotFound, "", "The job has no file %q.", name)
}

// Open reads a file of a Job. fhir.NotFound if the Job hasn't it.
func (q *Queue) Open(ctx context.Context, j *Job, name string) (io.Reader, error) {
	packed, err := q.OpenPacked(ctx, j, name)
	if err != nil {
		return nil, err
	}
	out, err := gzip.NewReader(packed)
	if err != nil {
		return nil, fhir.Fault("read a job's file", err)
	}
	return out, nil
}

// reader reads the chunks of a file one after another.
type reader struct {
	ctx     context.Context
	records store.Records
	id      string
	file    int
	next    int
	left    int
	now     []byte
}

// Read is io.Reader's. Its errors are *fhir.Error: fhir.NotFound if the Job was removed meanwhile.
func (r *reader) Read(p []byte) (int, error) {
	for len(r.now) == 0 {
		if r.left == 0 {
			return 0, io.EOF
		}
		rec, err := r.records.Get(r.ctx, chunks, chunkKey(r.id, r.file, r.next))
		if err != nil {
			return 0, err
		}
		r.now, r.next, r.left = rec.Value, r.next+1, r.left-1
	}
	n := copy(p, r.now)
	r.now = r.now[n:]
	return n, nil
}

// removeStep is how many chunks are removed at once.
const removeStep = 100

// removeFile removes the chunks of a Job's nth file, the last ones first.
func (q *Queue) removeFile(ctx context.Context, j *Job, n int) error {
	for end := j.Files[n].Chunks; end > 0; end -= removeStep {
		var some []store.RecordWrite
		for i := max(0, end-removeStep); i < end; i++ {
			some = append(some, store.RecordWrite{Namespace: chunks, Key: chunkKey(j.ID, n, i), Revision: -1})
		}
		if err := q.store.WriteRecords(ctx, some...); err != nil {
			return err
		}
	}
	return nil
}
