package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const mediaType = "application/fhir+json"

// Target is a server to load.
type Target struct {
	// Base is the FHIR base URL, http or https.
	Base string
	// Token is sent as a bearer token, when it is not empty.
	Token string
}

// Client sends requests to one target. It is safe for concurrent use.
type Client struct {
	base      *url.URL
	transport *http.Transport
	timeout   time.Duration
	// read and write are shared by all requests: the transport does not change them.
	read, write http.Header
}

// NewClient returns a client that keeps one connection per worker open.
// timeout bounds each request, body included.
func NewClient(target Target, connections int, timeout time.Duration) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(target.Base, "/"))
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("%q is not a base URL: give one such as http://127.0.0.1:8080/fhir", target.Base)
	}
	if base.RawQuery != "" || base.Fragment != "" || base.User != nil {
		return nil, fmt.Errorf("%q: a base URL has no user, query or fragment", target.Base)
	}
	read := http.Header{"Accept": {mediaType}, "User-Agent": {"fhirload"}}
	if target.Token != "" {
		read.Set("Authorization", "Bearer "+target.Token)
	}
	write := read.Clone()
	write.Set("Content-Type", mediaType)
	return &Client{
		base:    base,
		timeout: timeout,
		read:    read,
		write:   write,
		transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}).DialContext,
			MaxIdleConns:        connections,
			MaxIdleConnsPerHost: connections,
			// Without it the transport sometimes dials while a connection comes free.
			MaxConnsPerHost: connections,
			IdleConnTimeout: 90 * time.Second,
			// Decompressing would cost the server's processors twice.
			DisableCompression: true,
			ReadBufferSize:     16 << 10,
			WriteBufferSize:    16 << 10,
		},
	}, nil
}

// Close drops the idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Do sends one request and reads the whole response, into keep when the
// request asks for the body. n is the size of the body. An error means that
// there was no whole response; FaultOf names its kind.
//
// It goes to the transport directly: no redirects, no cookies.
func (c *Client) Do(ctx context.Context, r Request, keep *bytes.Buffer) (reply Reply, n int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	response, err := c.transport.RoundTrip(c.request(ctx, r))
	if err != nil {
		return Reply{}, 0, err
	}
	defer response.Body.Close()
	reply = Reply{Status: response.StatusCode, Location: response.Header.Get("Location")}
	if !r.KeepBody && reply.OK() {
		n, err = io.Copy(io.Discard, response.Body)
		return reply, n, err
	}
	keep.Reset()
	n, err = keep.ReadFrom(response.Body)
	reply.Body = keep.Bytes()
	return reply, n, err
}

// Fetch sends a request of the preparation, which is not measured, and returns
// the response body. Any status but 2xx is an error.
func (c *Client) Fetch(ctx context.Context, r Request) ([]byte, error) {
	var keep bytes.Buffer
	r.KeepBody = true
	reply, _, err := c.Do(ctx, r, &keep)
	if err != nil || !reply.OK() {
		return nil, errors.New(describe(r, reply, err))
	}
	return reply.Body, nil
}

// Relative returns the path and query of a link below the client's base, and
// false for a link to elsewhere. The host is not compared: behind a proxy a
// server may know itself by another name, and the token goes to the base only.
func (c *Client) Relative(link string) (path, query string, ok bool) {
	parsed, err := url.Parse(link)
	if err != nil {
		return "", "", false
	}
	path, ok = strings.CutPrefix(parsed.Path, c.base.Path)
	return strings.Trim(path, "/"), parsed.RawQuery, ok
}

func (c *Client) request(ctx context.Context, r Request) *http.Request {
	target := *c.base
	target.RawQuery = r.Query
	if r.Path != "" {
		target.Path += "/" + r.Path
	}
	request := &http.Request{
		Method: r.Method, URL: &target, Host: target.Host, Header: c.read,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if r.Body != nil {
		request.Header = c.write
		request.ContentLength = int64(len(r.Body))
		request.Body = io.NopCloser(bytes.NewReader(r.Body))
		// Lets the transport send again when a kept connection had been closed.
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(r.Body)), nil }
	}
	return request.WithContext(ctx)
}

// FaultOf names the kind of a transport error.
func FaultOf(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "unfinished"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed"
	default:
		return "transport"
	}
}
