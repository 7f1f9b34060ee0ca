package middleware

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// AccessLog writes one line for each request: the route's pattern instead of the path, and no query. Of an error it
// writes down only what is our own fault (5xx): other errors tell the client about the client's own data.
func AccessLog(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		ctx, level, status := c.Request.Context(), slog.LevelInfo, c.Writer.Status()
		if status >= http.StatusInternalServerError {
			level = slog.LevelError
		}
		if !log.Enabled(ctx, level) {
			return
		}
		notes := NotesOf(c)
		attrs := [10]slog.Attr{
			slog.String("reference", notes.Reference),
			slog.String("method", method(c.Request.Method)),
			slog.String("route", route(c)),
			slog.Int("status", status),
			slog.Duration("duration", time.Since(start)),
			slog.Int("bytes", max(c.Writer.Size(), 0)),
		}
		line := attrs[:6]
		if notes.Trace != "" {
			line = append(line, slog.String("trace_id", notes.Trace))
		}
		if notes.Type != "" {
			line = append(line, slog.String("type", notes.Type))
		}
		if notes.Caller != "" {
			line = append(line, slog.String("caller", notes.Caller))
		}
		if notes.Err != nil && level == slog.LevelError {
			line = append(line, slog.String("error", notes.Err.Error()))
		}
		log.LogAttrs(ctx, level, "request", line...)
	}
}

// Unmatched is what the log and the metrics call all paths that there is nothing at.
const Unmatched = "unmatched"

// route is the pattern that matched: few values, whatever clients send.
func route(c *gin.Context) string {
	if p := NotesOf(c).Route; p != "" {
		return p
	}
	if p := c.FullPath(); p != "" {
		return p
	}
	return Unmatched
}

// method is the HTTP method, or OTHER for one that is none: its name is the client's own text (OpenTelemetry has
// _OTHER).
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "_OTHER"
}
