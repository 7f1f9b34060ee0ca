package verify

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Every is how often an issuer's keys are fetched at the most, whatever tokens come. go-oidc by itself fetches them for
// every token that it can't verify, and so anybody could make us flood the issuer.
const Every = time.Minute

// largest is the most that is read of a discovery document or a key set.
const largest = 1 << 20

var errLimited = errors.New("fetched less than a minute ago")

// limited is an http.RoundTripper that passes one request in a while, and knows when one last succeeded.
type limited struct {
	next    http.RoundTripper
	limiter *rate.Limiter
	now     func() time.Time
	last    atomic.Pointer[time.Time] // nil: never
}

// limit is a client that fetches one thing in a while.
func limit(client *http.Client, now func() time.Time) (*http.Client, *limited) {
	l := &limited{next: client.Transport, limiter: rate.NewLimiter(rate.Every(Every), 1), now: now}
	if l.next == nil {
		l.next = http.DefaultTransport
	}
	held := *client
	held.Transport = l
	return &held, l
}

// RoundTrip passes the request on if it's time.
func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	now := l.now()
	if !l.limiter.AllowN(now, 1) {
		return nil, errLimited
	}
	resp, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		l.last.Store(&now)
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, largest), resp.Body}
	return resp, nil
}

// since says that a request succeeded at that time or later.
func (l *limited) since(at time.Time) bool {
	last := l.last.Load()
	return last != nil && !last.Before(at)
}
