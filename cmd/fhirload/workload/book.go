package workload

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"frontdesk/cmd/fhirload/data"
	"frontdesk/cmd/fhirload/load"
)

const (
	// slotLength is the length of a generated slot.
	slotLength = 10 * time.Minute
	// bookLead is how far ahead the first slot is: nobody books what is past.
	bookLead = 24 * time.Hour
)

// The operations of the book workload.
const (
	opPlain = iota // an Appointment without a slot, to compare with
	opBook
	opTaken // a booking that was refused because another had the slot
)

// Book is booking: first plain Appointments, as many as there are slots, then
// every slot by several callers of whom one must get it.
type Book struct {
	seed     uint64
	rivals   int // how many callers go for each slot, one right after the other
	subjects []string
	schedule string
	slots    []data.Slot
	booked   []atomic.Int32 // how often each slot was got

	plain, offered phase
}

// phase is a part of the run that all workers go through together.
type phase struct {
	size, next, left atomic.Int64
	first            atomic.Int64 // when it began, in nanoseconds
	over             chan struct{}
	took             time.Duration // set when over is closed
}

func (p *phase) begin(size int) {
	p.size.Store(int64(size))
	p.left.Store(int64(size))
	p.over = make(chan struct{})
}

// take is the next of the phase's requests; false when all are taken.
func (p *phase) take() (int, bool) {
	i := p.next.Add(1) - 1
	if i == 0 {
		p.first.Store(time.Now().UnixNano())
	}
	return int(i), i < p.size.Load()
}

// done ends the phase with its last answer.
func (p *phase) done() {
	if p.left.Add(-1) == 0 {
		p.took = time.Since(time.Unix(0, p.first.Load()))
		close(p.over)
	}
}

// NewBook returns the book workload, with so many rivals for each of n slots.
// It first writes Patients, and a Schedule with the free slots, rounded up to
// whole Bundles.
func NewBook(ctx context.Context, client *load.Client, seed uint64, n, rivals int) (*Book, error) {
	b := &Book{seed: seed, rivals: rivals}
	var err error
	if b.subjects, err = writePatients(ctx, client, seed, createSubjects); err != nil {
		return nil, err
	}
	source := data.New(seed, seedStream+1)
	at := time.Now().Add(bookLead).UTC().Truncate(slotLength)
	locations, err := transact(ctx, client, source.Schedule(), 1)
	if err != nil {
		return nil, fmt.Errorf("writing a schedule to book in: %w", err)
	}
	id, ok := idIn(locations[0], "Schedule")
	if !ok {
		return nil, fmt.Errorf("response.location %q is not that of a Schedule", locations[0])
	}
	b.schedule = "Schedule/" + id
	for len(b.slots) < n {
		body, slots := source.Slots(b.schedule, at.Add(time.Duration(len(b.slots))*slotLength), slotLength)
		if locations, err = transact(ctx, client, body, len(slots)); err != nil {
			return nil, fmt.Errorf("writing slots to book: %w", err)
		}
		for i, location := range locations {
			if slots[i].ID, ok = idIn(location, "Slot"); !ok {
				return nil, fmt.Errorf("response.location %q is not that of a Slot", location)
			}
		}
		b.slots = append(b.slots, slots...)
	}
	b.booked = make([]atomic.Int32, len(b.slots))
	b.plain.begin(len(b.slots))
	b.offered.begin(rivals * len(b.slots))
	return b, nil
}

// Operations names what the report tells apart.
func (b *Book) Operations() []string { return []string{"create", "book", "taken"} }

// Worker returns worker i.
func (b *Book) Worker(i int) load.Worker {
	return &bookWorker{Book: b, source: data.New(b.seed, uint64(i))}
}

type bookWorker struct {
	*Book
	source *data.Source
	slot   int // of the request that is on its way
}

// Next makes an Appointment. It waits until all plain ones are there before
// the first booking.
func (w *bookWorker) Next(ctx context.Context) (load.Request, bool, error) {
	subject := w.subjects[w.source.IntN(len(w.subjects))]
	request := load.Request{Op: opPlain, Method: http.MethodPost, Path: "Appointment"}
	if i, more := w.plain.take(); more {
		plain := w.slots[i]
		plain.ID = ""
		request.Body = w.source.Appointment(subject, plain)
		return request, true, nil
	}
	select {
	case <-w.plain.over:
	case <-ctx.Done():
		return request, false, nil
	}
	i, more := w.offered.take()
	if !more {
		return request, false, nil
	}
	w.slot = i / w.rivals
	request.Op, request.Body = opBook, w.source.Appointment(subject, w.slots[w.slot])
	return request, true, nil
}

// Done counts who got the slot.
func (w *bookWorker) Done(request load.Request, reply load.Reply) load.Verdict {
	if request.Op == opPlain {
		w.plain.done()
		return load.Verdict{Resources: 1}
	}
	defer w.offered.done()
	switch {
	case reply.Status == http.StatusConflict:
		return load.Verdict{Instead: opTaken}
	case reply.OK():
		w.booked[w.slot].Add(1)
	}
	return load.Verdict{Resources: 1}
}

// Check says in a line how fast it went, and fails if a slot was got twice or
// by nobody, or is not busy on the server. It says nothing of a run that was
// ended early.
func (b *Book) Check(ctx context.Context, client *load.Client) (string, error) {
	select {
	case <-b.offered.over:
	default:
		return "", nil
	}
	for i := range b.booked {
		if n := b.booked[i].Load(); n != 1 {
			return "", fmt.Errorf("slot %s was booked %d times", b.slots[i].ID, n)
		}
	}
	busy, err := fetchBundle(ctx, client, load.Request{Method: http.MethodGet, Path: "Slot", Query: "schedule=" + b.schedule + "&status=busy&_summary=count"})
	if err != nil {
		return "", err
	}
	if busy.Total != len(b.slots) {
		return "", fmt.Errorf("%d slots are busy on the server of %d that were booked", busy.Total, len(b.slots))
	}
	per := func(n int, p *phase) float64 { return float64(n) / p.took.Seconds() }
	bookings, plain := per(len(b.slots), &b.offered), per(len(b.slots), &b.plain)
	return fmt.Sprintf("%d slots, %d for each: %.0f bookings/s, %.2f of %.0f plain creates/s; no slot twice, none lost",
		len(b.slots), b.rivals, bookings, bookings/plain, plain), nil
}
