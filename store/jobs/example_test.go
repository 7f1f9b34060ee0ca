package jobs_test

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/jobs"
)

// A job writes numbers to a file. Killed at any time, it goes on behind the last number that was saved.
func ExampleQueue() {
	r, err := spec.Load()
	if err != nil {
		panic(err)
	}
	queue := jobs.New(store.Open(memory.Open(r), r, store.Options{}), jobs.Options{})
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	go func() {
		_ = queue.Work(ctx, "count", func(ctx context.Context, r *jobs.Run) ([]byte, error) {
			upto, err := strconv.ParseInt(string(r.Input), 10, 64)
			if err != nil {
				return nil, err
			}
			for n := r.Done + 1; n <= upto; n++ {
				line := jobs.Chunk{File: "numbers", Data: fmt.Appendln(nil, n), Count: 1}
				if err := r.Save(ctx, jobs.Step{Done: n, Total: upto, Chunks: []jobs.Chunk{line}}); err != nil {
					return nil, err
				}
			}
			return []byte("counted"), nil
		})
	}()
	job, err := queue.Add(ctx, "count", "staff/ann", []byte("3"))
	for err == nil && job.State.Open() {
		time.Sleep(time.Millisecond)
		job, err = queue.Get(ctx, job.ID)
	}
	if err != nil {
		panic(err)
	}
	file, err := queue.Open(ctx, &job, "numbers")
	if err != nil {
		panic(err)
	}
	numbers, err := io.ReadAll(file)
	fmt.Printf("%s: %s, %q, %v", job.State, job.Result, numbers, err)
	// Output: done: counted, "1\n2\n3\n", <nil>
}
