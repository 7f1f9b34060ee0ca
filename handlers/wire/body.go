package wire

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/klauspost/compress/gzip"

	"frontdesk/fhir"
)

// preallocate bounds how much memory a Content-Length alone can claim.
const preallocate = 1 << 20

// ReadBody reads a request's body: at most limit bytes of it, unpacked if it is sent gzipped, within wait. More is
// fhir.TooLarge, longer is fhir.TooSlow.
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
	var out bytes.Buffer
	out.Grow(int(min(max(r.ContentLength, 0), preallocate)) + bytes.MinRead)
	if _, err := out.ReadFrom(body); err != nil {
		return nil, unreadable(err, limit)
	}
	if int64(out.Len()) > limit {
		return nil, tooLarge(limit)
	}
	return out.Bytes(), nil
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
