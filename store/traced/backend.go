package traced

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// Type is the attribute of a span that has the resource type.
const Type = attribute.Key("frontdesk.type")

// Backend is a Backend of which each question is a span, made by a provider: what is done, to which type and how
// many, and neither whose it is nor what was looked for. system is the database, as db.system.name has it: "sqlite"
// or "mongodb".
func Backend(b store.Backend, by trace.TracerProvider, system string) store.Backend {
	return &backend{Backend: b, tracer: by.Tracer("frontdesk/store"), system: semconv.DBSystemNameKey.String(system)}
}

type backend struct {
	store.Backend
	tracer trace.Tracer
	system attribute.KeyValue
}

// ending ends a span, with how many resources came or were written, or why none did.
type ending func(n attribute.KeyValue, err error)

// begin makes a span; typ may be "".
func (b *backend) begin(ctx context.Context, what, typ string) (inside context.Context, done ending) {
	inside, span := b.tracer.Start(ctx, what, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(b.system, semconv.DBOperationName(what)))
	if !span.IsRecording() {
		return inside, func(attribute.KeyValue, error) { span.End() }
	}
	if typ != "" {
		span.SetAttributes(Type.String(typ))
	}
	return inside, func(n attribute.KeyValue, err error) {
		defer span.End()
		if err == nil {
			span.SetAttributes(n)
		} else if failed(err) {
			span.SetStatus(codes.Error, "")
		}
	}
}

// failed says whether an error is a fault: that something isn't there, or has changed meanwhile, is an answer.
func failed(err error) bool {
	var changed *store.Rejected
	return !errors.As(err, &changed) && fhir.KindOf(err) == fhir.Internal
}

func rows(n int) attribute.KeyValue { return semconv.DBResponseReturnedRows(n) }

// found is how many a page has.
func found(p *store.Page) attribute.KeyValue {
	if p == nil {
		return rows(0)
	}
	return rows(len(p.Items))
}

// Get is a span "get".
func (b *backend) Get(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	ctx, done := b.begin(ctx, "get", key.Type)
	st, err := b.Backend.Get(ctx, key)
	done(rows(1), err)
	return st, err
}

// Find is a span "find".
func (b *backend) Find(ctx context.Context, q *search.Query) (*store.Page, error) {
	typ := ""
	if len(q.From) == 1 {
		typ = q.From[0].Type.Name
	}
	ctx, done := b.begin(ctx, "find", typ)
	page, err := b.Backend.Find(ctx, q)
	done(found(page), err)
	return page, err
}

// History is a span "history".
func (b *backend) History(ctx context.Context, scope store.Scope) (*store.Page, error) {
	ctx, done := b.begin(ctx, "history", scope.Type)
	page, err := b.Backend.History(ctx, scope)
	done(found(page), err)
	return page, err
}

// Apply is a span "apply".
func (b *backend) Apply(ctx context.Context, batch store.Batch) ([]store.Result, error) {
	ctx, done := b.begin(ctx, "apply", "")
	results, err := b.Backend.Apply(ctx, batch)
	done(semconv.DBOperationBatchSize(len(batch.Writes)), err)
	return results, err
}

// GetUncached is a span "get". What is in memory is no question to the database.
func (b *backend) GetUncached(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	ctx, done := b.begin(ctx, "get", key.Type)
	st, err := b.Backend.GetUncached(ctx, key)
	done(rows(1), err)
	return st, err
}

// Explain is a span "explain".
func (b *backend) Explain(ctx context.Context, q *search.Query) ([]string, error) {
	ctx, done := b.begin(ctx, "explain", "")
	lines, err := b.Backend.Explain(ctx, q)
	done(rows(len(lines)), err)
	return lines, err
}
