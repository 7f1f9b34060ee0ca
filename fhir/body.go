package fhir

import (
	"bytes"
	"slices"
	"strconv"
	"time"
)

// InstantLayout is how Frontdesk writes meta.lastUpdated: UTC with exactly six decimals, so that its length is
// fixed and what a client sends back in _lastUpdated names exactly one version.
const InstantLayout = "2006-01-02T15:04:05.000000Z"

// Body is a resource's bytes with a gap for the two things only the commit knows: version and time.
// It is made once, by Resource.Body, and stamped by the Backend inside the commit (I3, I4).
type Body struct {
	head, tail []byte
}

// Body splices id and meta into the client's bytes; everything else keeps its bytes and its order. The id goes where
// the client had one, else behind resourceType; meta where the client had one, else behind the id. The client's own
// versionId and lastUpdated are dropped: R4 resource 2.26.3 makes them the server's.
func (r *Resource) Body(id string) Body {
	w := splicer{json: r.JSON, id: id, meta: r.Spans.MetaInner}
	w.out = &w.head
	hasID, hasMeta := r.Spans.ID != Span{}, r.Spans.Meta != Span{}
	steps := []splice{
		{r.Spans.Type, func() {
			w.copy(r.Spans.Type)
			if !hasID {
				w.out.WriteByte(',')
				w.writeID()
			}
			if !hasID && !hasMeta {
				w.out.WriteByte(',')
				w.writeMeta()
			}
		}},
		{r.Spans.ID, func() {
			w.writeID()
			if !hasMeta {
				w.out.WriteByte(',')
				w.writeMeta()
			}
		}},
		{r.Spans.Meta, w.writeMeta},
	}
	slices.SortFunc(steps, func(a, b splice) int { return a.at.Start - b.at.Start })
	pos := 0
	for _, s := range steps {
		if s.at != (Span{}) {
			w.copy(Span{pos, s.at.Start})
			s.act()
			pos = s.at.End
		}
	}
	w.copy(Span{pos, len(r.JSON)})
	return Body{head: w.head.Bytes(), tail: w.tail.Bytes()}
}

// splice is one place in the client's bytes, and what is written there instead of them.
type splice struct {
	at  Span
	act func()
}

// splicer writes a Body: into head until meta's gap, from there on into tail.
type splicer struct {
	json       []byte
	id         string
	meta       []Span
	head, tail bytes.Buffer
	out        *bytes.Buffer
}

func (w *splicer) copy(s Span) { w.out.Write(w.json[s.Start:s.End]) }

func (w *splicer) writeID() { w.out.WriteString(`"id":"` + w.id + `"`) }

func (w *splicer) writeMeta() {
	w.out.WriteString(`"meta":{`)
	w.out = &w.tail
	for _, in := range w.meta {
		w.out.WriteByte(',')
		w.copy(in)
	}
	w.out.WriteByte('}')
}

// Stamp is the body as it is stored and served: with its version and the time of its commit.
func (b Body) Stamp(version int64, at time.Time) []byte {
	out := make([]byte, 0, b.Len())
	out = append(out, b.head...)
	out = append(out, `"versionId":"`...)
	out = strconv.AppendInt(out, version, 10)
	out = append(out, `","lastUpdated":"`...)
	out = at.UTC().AppendFormat(out, InstantLayout)
	out = append(out, '"')
	return append(out, b.tail...)
}

// Len is how many bytes the stamped body will have at the most.
func (b Body) Len() int { return len(b.head) + len(b.tail) + 80 }
