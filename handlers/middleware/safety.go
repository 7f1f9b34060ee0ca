package middleware

import (
	"fmt"
	"net/http"
	"runtime"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// Shared by all responses, so that a header costs no allocation. Nobody appends to them in place.
var (
	noStore = []string{"no-store"}
	oneYear = []string{"max-age=31536000"}
	noSniff = []string{"nosniff"}
	noFrame = []string{"default-src 'none'; frame-ancestors 'none'"}
)

// Headers says on every response that it isn't to be kept by caches (a patient's phone may not be the patient's alone),
// nor taken for anything but what its type says, nor shown inside another page. A handler may say otherwise afterwards.
// Where we are reached by https, browsers are told to ask by nothing else from here on (RFC 6797).
func Headers(https bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		h := c.Writer.Header()
		h["Cache-Control"] = noStore
		h["X-Content-Type-Options"] = noSniff
		h["Content-Security-Policy"] = noFrame
		if https {
			h["Strict-Transport-Security"] = oneYear
		}
		c.Next()
	}
}

// Recover turns a panic into an answer. The error names the place in the code and the sort of panic, not its value,
// which may be somebody's data.
func Recover(answer func(*gin.Context, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			caught := recover()
			if caught == nil {
				return
			}
			if caught == http.ErrAbortHandler || c.Writer.Written() {
				// The status is already out: cutting the connection is the only way left to say that the rest is not to
				// be trusted.
				panic(http.ErrAbortHandler)
			}
			answer(c, fmt.Errorf("panic of type %T at %s", caught, origin()))
		}()
		c.Next()
	}
}

// origin is the place that panicked: the frame behind the run time's own.
func origin() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	panicking := false
	for {
		f, more := frames.Next()
		if f.Function == "runtime.gopanic" {
			panicking = true
		} else if panicking && (len(f.Function) < 8 || f.Function[:8] != "runtime.") {
			return fmt.Sprintf("%s:%d", f.Function, f.Line)
		}
		if !more {
			return "an unknown place"
		}
	}
}

// Compress gzips responses for clients that accept it. Small ones fit in a packet or two as they are.
func Compress(next http.Handler) (http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(2048),
		gzhttp.CompressionLevel(gzip.BestSpeed),
		gzhttp.EnableZstd(false), // its encoders hold megabytes each
		gzhttp.ContentTypes([]string{
			"application/fhir+json", "application/json", "application/fhir+ndjson", "application/fhir+xml", "application/xml", "text/xml"}),
	)
	if err != nil {
		return nil, err
	}
	return wrap(next), nil
}
