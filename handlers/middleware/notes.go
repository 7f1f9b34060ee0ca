package middleware

import (
	"context"
	"strings"

	"github.com/gin-gonic/gin"

	"frontdesk/handlers/wire"
)

// Notes are what is written down of one request besides what HTTP shows.
type Notes struct {
	Reference string // the support reference: in the log line, in the response's X-Request-Id and in every OperationOutcome
	Route     string // what the log and the metrics call the path, if it isn't Gin's pattern
	Trace     string // the id of the trace that it's part of; "" if none is made
	Caller    string // who asked: a reference or a client's name, never a person's
	App       string // the client by which it came; "" if it isn't known
	Type      string // the resource type, once it's known to be one
	Err       error  // why it failed, if it did
	Told      bool   // the audit was told of it
}

type notesInContext struct{}

// With is a context that carries the notes, for who doesn't know Gin.
func (n *Notes) With(ctx context.Context) context.Context {
	return context.WithValue(ctx, notesInContext{}, n)
}

// Told notes that the audit was told of the request that a context belongs to.
func Told(ctx context.Context) {
	if n, ok := ctx.Value(notesInContext{}).(*Notes); ok {
		n.Told = true
	}
}

const (
	notesKey  = "frontdesk.notes"
	requestID = "X-Request-Id"
	// correlationID is the client's own, for its own log; it gets it back (R4 http 3.1.0.1.12).
	correlationID = "X-Correlation-Id"
)

// Reference gives each request its support reference: the client's X-Request-Id if it is fit to be written down, else a
// new one; and echoes it.
func Reference(c *gin.Context) {
	id := c.Request.Header.Get(requestID)
	if !sane(id) {
		id = wire.NewReference()
	}
	if other := c.Request.Header.Get(correlationID); plain(other) {
		c.Writer.Header()[correlationID] = []string{other}
	}
	c.Set(notesKey, &Notes{Reference: id})
	c.Writer.Header()[requestID] = []string{id}
	c.Next()
}

// NotesOf are the notes of the request in hand. Reference must run before it.
func NotesOf(c *gin.Context) *Notes {
	return c.MustGet(notesKey).(*Notes)
}

// sane says that a client's id can't forge a log line or hide a message in it.
func sane(id string) bool {
	if len(id) < 8 || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		switch b := id[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '-', b == '_', b == '.':
		default:
			return false
		}
	}
	return true
}

// plain says whether text can go back in a header as it came.
func plain(text string) bool {
	return text != "" && len(text) <= 128 && strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}
