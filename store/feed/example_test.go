package feed_test

import (
	"context"
	"fmt"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/feed"
)

// A subscriber counts, in a record, how many versions there were: the count is committed together with its place in
// the feed, so that it's right whatever is killed.
func ExampleSubscriber() {
	r, err := spec.Load()
	if err != nil {
		panic(err)
	}
	st := store.Open(memory.Open(r), r, store.Options{})
	begin := store.Position("")
	counted := make(chan int)
	s := &feed.Subscriber{Name: "count", Store: st, From: &begin, Handle: func(ctx context.Context,
		changes []store.Committed) ([]store.RecordWrite, error) {
		n := 0
		if rec, err := st.Records().Get(ctx, "example", "versions"); err == nil {
			_, _ = fmt.Sscan(string(rec.Value), &n) // we wrote it
		} else if fhir.KindOf(err) != fhir.NotFound {
			return nil, err
		}
		for _, c := range changes {
			if !c.Marks() {
				n++
			}
		}
		counted <- n
		return []store.RecordWrite{{Namespace: "example", Key: "versions", Value: fmt.Append(nil, n), Revision: -1}},
			nil
	}}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	go func() { _ = s.Run(ctx) }()
	patient, err := codec.Decode([]byte(`{"resourceType":"Patient","name":[{"family":"Ash"}]}`), codec.Limits{})
	if err != nil {
		panic(err)
	}
	_, err = st.As(access.Everything("example"), store.Unobserved).Write(ctx,
		store.Change{Action: store.Create, Key: fhir.Key{Type: "Patient"}, Resource: patient})
	if err != nil {
		panic(err)
	}
	fmt.Println(<-counted)
	// Output: 1
}
