package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/rules"
)

// Where the chain is kept among the Records. A link's key is its number, so that they come in order, with "head" behind
// them.
const (
	namespace = "audit"
	headKey   = "head"
)

// key is that of a link, and of what waits to be filed from it.
func key(number int64) string { return fmt.Sprintf("%016d", number) }

// Head is the end of the chain. Who notes it down elsewhere can tell later that nothing up to it was changed since, not
// even by somebody who made the whole chain anew.
type Head struct {
	Number int64  `json:"number"` // of the last link; 0 before the first
	Hash   string `json:"hash"`   // of the last link
}

// link is one batch of events in the chain. Its record is this as a line of JSON, and behind it the events, packed.
type link struct {
	Number    int64     `json:"number"` // 1, 2, 3 …
	Time      time.Time `json:"time"`
	Previous  string    `json:"previous"`            // the hash of the link before; "" in the first
	Rendition int       `json:"rendition,omitempty"` // how AuditEvents are made of the events; 0: they are in the chain themselves, by Events
	Base      string    `json:"base,omitempty"`      // the server's FHIR base URL, which is in the AuditEvents
	Events    []entry   `json:"events,omitempty"`    // of rendition 0
	Hash      string    `json:"hash"`                // of all this and what is packed, by sum
	packed    []byte
}

// entry is one AuditEvent that a link answers for.
type entry struct {
	ID   string `json:"id"`
	Hash string `json:"sha256"` // of its JSON without meta
}

// sum is what a link's hash must be: that of its JSON with an empty hash, and of what is packed.
func (l link) sum() string {
	l.Hash = ""
	return digest(append(l.json(), l.packed...))
}

func (l link) json() []byte {
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // strings, numbers and a time: it can't fail
	}
	return text
}

// readLink reads the record of a link.
func readLink(value []byte) (l link, err error) {
	text, packed, _ := bytes.Cut(value, []byte{'\n'})
	if err := json.Unmarshal(text, &l); err != nil {
		return l, fhir.Fault("read a link of the audit chain", err)
	}
	l.packed = packed
	return l, nil
}

// documents are the AuditEvents of a link's events that are wanted; want is given the JSON of an event, and may be nil
// for all. Of rendition 0 there are none: those of its events that aren't filed are in what waits.
func (l link) documents(want func(event []byte) bool) (out []document, err error) {
	switch l.Rendition {
	case 0:
		return nil, nil
	case 1, rendition:
	default:
		return nil, fhir.Fault("read a link of the audit chain", fmt.Errorf("its AuditEvents are of rendition %d, which this program doesn't know; a newer one does", l.Rendition))
	}
	all, err := lines(l.packed)
	for _, line := range all {
		if want != nil && !want(line) {
			continue
		}
		var f fact
		if err := json.Unmarshal(line, &f); err != nil {
			return nil, fhir.Fault("read an event of the audit chain", err)
		}
		out = append(out, documents(&f, l.Base, l.Rendition)...)
	}
	return out, err
}

// entries are the AuditEvents that a link answers for.
func (l link) entries() ([]entry, error) {
	if l.Rendition == 0 {
		return l.Events, nil
	}
	all, err := l.documents(nil)
	out := make([]entry, len(all))
	for i, d := range all {
		out[i] = entry{d.id, digest(d.json)}
	}
	return out, err
}

// digest is a SHA-256 in hexadecimal.
func digest(text []byte) string {
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:])
}

// forge makes the link that follows a head.
func forge(h Head, now time.Time, base string, packed []byte, as int) link {
	l := link{Number: h.Number + 1, Time: now.UTC(), Previous: h.Hash, Rendition: as, Base: base, packed: packed}
	l.Hash = l.sum()
	return l
}

// head reads the end of the chain. The revision is for the write that moves it.
func head(ctx context.Context, r store.Records) (h Head, revision int64, err error) {
	record, err := r.Get(ctx, namespace, headKey)
	if fhir.KindOf(err) == fhir.NotFound {
		return Head{}, 0, nil
	}
	if err != nil {
		return Head{}, 0, err
	}
	if err := json.Unmarshal(record.Value, &h); err != nil {
		return Head{}, 0, fhir.Fault("read the head of the audit chain", err)
	}
	return h, record.Revision, nil
}

// writes are the records of a link that is appended: itself, and that it waits to be filed.
func (l link) writes() []store.RecordWrite {
	return []store.RecordWrite{
		{Namespace: namespace, Key: key(l.Number), Value: append(append(l.json(), '\n'), l.packed...)},
		{Namespace: rules.AuditWaiting, Key: key(l.Number), Value: []byte(waits)},
	}
}

// waits is what is written of a link that isn't filed. Of one of rendition 0 it is the AuditEvents, packed.
const waits = "waits"

// unfiled are the AuditEvents of what waits, as far as they are wanted (documents). fhir.NotFound if its link is gone.
func unfiled(ctx context.Context, r store.Records, waiting store.Record, want func(event []byte) bool) (out [][]byte, err error) {
	if string(waiting.Value) != waits {
		return lines(waiting.Value)
	}
	record, err := r.Get(ctx, namespace, waiting.Key)
	if err != nil {
		return nil, err
	}
	l, err := readLink(record.Value)
	if err != nil {
		return nil, err
	}
	all, err := l.documents(want)
	for _, d := range all {
		out = append(out, d.json)
	}
	return out, err
}

// write is the record by which the end of the chain moves here from where it was at a revision.
func (h Head) write(revision int64) (store.RecordWrite, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return store.RecordWrite{}, fhir.Fault("write the head of the audit chain", err)
	}
	return store.RecordWrite{Namespace: namespace, Key: headKey, Value: text, Revision: revision}, nil
}
