package handlers_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/handlers"
	"frontdesk/handlers/budget"
)

// unread fails when it is read.
type unread struct{}

func (unread) Read([]byte) (int, error) { return 0, errors.New("it was read") }

// TestE4_TheBodyOfWhoMayNotWriteIsNotRead: right comes first, then the body.
func TestE4_TheBodyOfWhoMayNotWriteIsNotRead(t *testing.T) {
	c := newClient(t, func(o *handlers.Options) {
		o.Grant = func(*http.Request) (access.Grant, error) { return access.PatientRead("ann"), nil }
	})
	for _, ask := range []struct{ method, path, mediaType string }{
		{"POST", "/Observation", "application/fhir+json"},
		{"PUT", "/Observation/1", "application/fhir+json"},
		{"PATCH", "/Observation/1", "application/json-patch+json"},
	} {
		r := httptest.NewRequest(ask.method, "/fhir"+ask.path, unread{})
		r.Header.Set("Content-Type", ask.mediaType)
		c.send(r).is(403)
	}
}

// TestE4_WhatFindsNoMemoryIsToldToComeBack, whether it is a body, an answer, or the answer to an entry of a batch; and
// nothing is held after it.
func TestE4_WhatFindsNoMemoryIsToldToComeBack(t *testing.T) {
	m := budget.NewMemory(2 << 20)
	c := newClient(t, func(o *handlers.Options) { o.Memory = m })
	for i := range 8 {
		c.do("PUT", fmt.Sprintf("/Patient/%d", i), fmt.Sprintf(`{"resourceType":"Patient","id":"%d","name":[{"text":%q}]}`, i, strings.Repeat("x", 100<<10))).is(201)
	}
	c.do("GET", "/Patient?_count=1", "").is(200)
	c.do("POST", "/Patient", `{"resourceType":"Patient","name":[{"text":"`+strings.Repeat("x", 800<<10)+`"}]}`).is(503).has("Retry-After", "3")

	other := m.Lease()
	if err := other.Take(1 << 20); err != nil {
		t.Fatal(err)
	}
	c.do("GET", "/Patient?_count=8", "").is(503).has("Retry-After", "3")
	c.do("GET", "/Patient?_count=1", "").is(200)
	other.Release()
	c.do("GET", "/Patient?_count=8", "").is(200)

	search := `{"request":{"method":"GET","url":"Patient?_count=2"}}`
	batch := c.do("POST", "", `{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}},`+
		strings.Repeat(search+",", 20)+search+`]}`).is(200)
	if made, found, refused := strings.Count(batch.body, `"201 Created"`), strings.Count(batch.body, `"200 OK"`), strings.Count(batch.body, `"503 Service Unavailable"`); made != 1 || found == 0 ||
		found > 3 || made+found+refused != 22 {
		t.Errorf("of a batch that is too large %d are made, %d found and %d refused", made, found, refused)
	}
	if held := m.Held(); held != 0 {
		t.Errorf("%d bytes are held by nobody", held)
	}
}

// TestE4_ABombIsUnpackedWithinTheMemoryOnly, and what is unpacked of it is given back.
func TestE4_ABombIsUnpackedWithinTheMemoryOnly(t *testing.T) {
	m := budget.NewMemory(2 << 20)
	c := newClient(t, func(o *handlers.Options) { o.Memory = m })
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	if _, err := io.Copy(w, io.LimitReader(zeros{}, 32<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	c.do("POST", "/Patient", bomb.String(), "Content-Encoding: gzip").is(503)
	if m.Refused() != 1 {
		t.Errorf("%d are counted as refused", m.Refused())
	}
	if held := m.Held(); held != 0 {
		t.Errorf("%d bytes are held by nobody", held)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestE4_AnAppThatAsksTooMuchForAPersonWaits, and the same app goes on for others.
func TestE4_AnAppThatAsksTooMuchForAPersonWaits(t *testing.T) {
	who := "ann"
	now := time.Now()
	rate := budget.NewRate(1, 5, func() time.Time { return now })
	c := newClient(t, func(o *handlers.Options) {
		o.Grant, o.Rate = func(*http.Request) (access.Grant, error) { return access.PatientRead(who), nil }, rate
	})
	for range 5 {
		c.do("GET", "/Patient", "").is(200)
	}
	c.do("GET", "/Patient", "").is(429).has("Retry-After", "2")
	if n := rate.Refused(); n != 1 {
		t.Errorf("%d are counted as refused", n)
	}
	who = "bob"
	c.do("GET", "/Patient", "").is(200)
	who, now = "ann", now.Add(2*time.Second)
	c.do("GET", "/Patient", "").is(200)
	entry := `{"request":{"method":"GET","url":"Patient"}}`
	c.do("POST", "", `{"resourceType":"Bundle","type":"batch","entry":[`+strings.Repeat(entry+",", 9)+entry+`]}`).is(200)
	c.do("GET", "/Patient", "").is(429) // each entry counts
}
