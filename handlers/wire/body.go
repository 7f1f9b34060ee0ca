package wire

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/klauspost/compress/gzip"

	"frontdesk/fhir"
	"frontdesk/handlers/budget"
)

// firstBytes is how much memory is made ready for a body before any of it has come.
const firstBytes = 2 << 10

// ReadBody reads a request's body: at most limit bytes of it, unpacked if it is sent gzipped, within wait. More is
// fhir.TooLarge, longer is fhir.TooSlow. What it takes, and as much again for what the body is decoded to, is taken
// from the budget.Lease of the request, whose error is given if it has no more.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64, wait time.Duration) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	// Recorders of tests have no deadlines; a real connection always has.
	control := http.NewResponseController(w)
	if control.SetReadDeadline(time.Now().Add(wait)) == nil {
		// It worked a moment ago; and net/http sets its own for the next request.
		defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	}
	body := io.Reader(http.MaxBytesReader(w, r.Body, limit))
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			return nil, unreadable(err, limit)
		}
		// One byte more than may be, so that "too large" shows.
		body = io.LimitReader(unpacked, limit+1)
	default:
		return nil, fhir.Errorf(fhir.UnsupportedMedia, "", "Content-Encoding must be gzip, or left out.")
	}
	out, err := readAll(body, limit, budget.Of(r.Context()))
	switch {
	case fhir.KindOf(err) == fhir.Unavailable:
		return nil, err
	case err != nil:
		return nil, unreadable(err, limit)
	case int64(len(out)) > limit:
		return nil, tooLarge(limit)
	}
	return out, nil
}

// readAll reads to the end, or one byte over the limit. The memory grows with what has come, and never by more than
// that.
func readAll(from io.Reader, limit int64, lease *budget.Lease) ([]byte, error) {
	if err := lease.Take(firstBytes); err != nil {
		return nil, err
	}
	out := make([]byte, 0, firstBytes)
	for {
		if len(out) == cap(out) {
			size := min(2*int64(cap(out)), limit+1)
			if err := lease.Take(size); err != nil {
				return nil, err
			}
			lease.Give(int64(cap(out)))
			out = append(make([]byte, 0, size), out...)
		}
		n, err := from.Read(out[len(out):cap(out)])
		out = out[:len(out)+n]
		if err == io.EOF {
			return out, lease.Take(int64(len(out)))
		}
		if err != nil || int64(len(out)) > limit {
			return out, err
		}
	}
}

// unreadable tells why reading stopped.
func unreadable(err error, limit int64) error {
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return tooLarge(limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fhir.Errorf(fhir.TooSlow, "", "The body took too long to arrive. Send it again, in smaller parts if the line is slow.")
	}
	return fhir.Errorf(fhir.Invalid, "", "The body could not be read to its end: %w.", err)
}

func tooLarge(limit int64) error {
	return fhir.Errorf(fhir.TooLarge, "", "The body is over the limit of %d bytes. Send less at a time.", limit)
}
