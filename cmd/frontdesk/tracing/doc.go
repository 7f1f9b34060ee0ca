// Package tracing sends spans to a collector by OpenTelemetry's protocol (OTLP over HTTP), as OpenTelemetry's own
// variables say, and sees to it that nothing of a person goes with them.
package tracing
