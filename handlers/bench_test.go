package handlers_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/handlers"
	"frontdesk/handlers/wire"
	"frontdesk/store"
	"frontdesk/store/sqlite"
)

// equipped has logs and metrics on, as in service; the log's lines are made and thrown away.
func equipped(o *handlers.Options) {
	o.Metrics = prometheus.NewRegistry()
	o.Log = slog.New(slog.NewJSONHandler(io.Discard, nil))
}

// onSQLite keeps the data as in service too, in a folder of its own.
func onSQLite(b *testing.B) func(*handlers.Options) {
	return func(o *handlers.Options) {
		backend, err := sqlite.Open(b.Context(), b.TempDir(), o.Store.Registry(), sqlite.Options{})
		if err != nil {
			b.Fatal(err)
		}
		o.Store = store.Open(backend, o.Store.Registry(), store.Options{Base: base})
		b.Cleanup(func() {
			if err := o.Store.Close(); err != nil {
				b.Error(err)
			}
		})
	}
}

// record is a Patient of some 1.7 KB, as the resources of a practice are on the average.
func record(id string) string {
	name := `{"use":"official","family":"Adams","given":["Ann","Beatrice"]}`
	return `{"resourceType":"Patient","id":"` + id + `","name":[` + strings.Repeat(name+",", 24) + name + `]}`
}

// bare is Gin alone, with the same bytes.
func bare(body []byte) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.GET("/fhir/:type/:id", func(c *gin.Context) { c.Data(http.StatusOK, wire.Format{}.ContentType(), body) })
	return e
}

// BenchmarkRead compares GET by id with a bare Gin handler that returns the same bytes: over a loopback connection, and
// without one (direct), where nothing of HTTP's own cost hides ours.
func BenchmarkRead(b *testing.B) {
	s := newServer(b, equipped, onSQLite(b))
	c := client{b, s}
	c.do("PUT", "/Patient/1", record("1")).is(http.StatusCreated)
	body := []byte(c.do("GET", "/Patient/1", "").is(http.StatusOK).body)
	for _, of := range []struct {
		name string
		h    http.Handler
	}{{"bare", bare(body)}, {"frontdesk", s}} {
		b.Run("loopback/"+of.name, func(b *testing.B) { loopback(b, of.h, "/fhir/Patient/1", len(body)) })
	}
	for _, of := range []struct {
		name string
		h    http.Handler
	}{{"bare", bare(body)}, {"frontdesk", s}} {
		b.Run("direct/"+of.name, func(b *testing.B) { direct(b, of.h, "/fhir/Patient/1") })
	}
}

// BenchmarkSearchPage is a page of 50 found by a token.
func BenchmarkSearchPage(b *testing.B) {
	s := newServer(b, equipped, onSQLite(b))
	c := client{b, s}
	for i := range 50 {
		c.do("PUT", fmt.Sprintf("/Patient/%d", i), record(fmt.Sprint(i))).is(http.StatusCreated)
	}
	b.Run("direct", func(b *testing.B) { direct(b, s, "/fhir/Patient?family=adams&_count=50") })
}

func loopback(b *testing.B, h http.Handler, path string, size int) {
	live := httptest.NewServer(h)
	defer live.Close()
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16}
	defer transport.CloseIdleConnections()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := http.NewRequest(http.MethodGet, live.URL+path, nil)
			if err != nil {
				b.Error(err)
				return
			}
			resp, err := transport.RoundTrip(r)
			if err != nil {
				b.Error(err)
				return
			}
			n, err := io.Copy(io.Discard, resp.Body)
			if resp.Body.Close(); err != nil || n != int64(size) || resp.StatusCode != http.StatusOK {
				b.Errorf("%d, %d bytes, %v", resp.StatusCode, n, err)
				return
			}
		}
	})
}

// nowhere takes an answer and keeps nothing of it but the status.
type nowhere struct {
	header http.Header
	status int
}

func (w *nowhere) Header() http.Header         { return w.header }
func (w *nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (w *nowhere) WriteHeader(status int)      { w.status = status }

func direct(b *testing.B, h http.Handler, path string) {
	b.ReportAllocs()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	w := &nowhere{header: http.Header{}}
	for b.Loop() {
		clear(w.header)
		if h.ServeHTTP(w, r); w.status != http.StatusOK {
			b.Fatalf("status %d", w.status)
		}
	}
}
