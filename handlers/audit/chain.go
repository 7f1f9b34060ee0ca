package audit

import (
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

// Where the chain is kept among the Records. A link's key is its number, so that they come in order, with "head" behind them.
const (
	namespace = "audit"
	headKey   = "head"
)

// key is that of a link, and of what waits to be filed from it.
func key(number int64) string { return fmt.Sprintf("%016d", number) }

// Head is the end of the chain. Who notes it down elsewhere can tell later that nothing up to it was changed since, not even by
// somebody who made the whole chain anew.
type Head struct {
	Number int64  `json:"number"` // of the last link; 0 before the first
	Hash   string `json:"hash"`   // of the last link
}

// link is one batch of AuditEvents in the chain.
type link struct {
	Number   int64     `json:"number"` // 1, 2, 3 …
	Time     time.Time `json:"time"`
	Previous string    `json:"previous"` // the hash of the link before; "" in the first
	Events   []entry   `json:"events"`
	Hash     string    `json:"hash"` // of all this, by sum
}

// entry is one AuditEvent in a link.
type entry struct {
	ID   string `json:"id"`
	Hash string `json:"sha256"` // of its JSON without meta
}

// sum is what a link's hash must be: that of its JSON with an empty hash.
func (l link) sum() string {
	l.Hash = ""
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // strings, numbers and a time: it can't fail
	}
	return digest(text)
}

// digest is a SHA-256 in hexadecimal.
func digest(text []byte) string {
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:])
}

// forge makes the link that follows a head.
func forge(h Head, now time.Time, documents []document) link {
	l := link{Number: h.Number + 1, Time: now.UTC(), Previous: h.Hash, Events: make([]entry, len(documents))}
	for i, d := range documents {
		l.Events[i] = entry{d.id, digest(d.json)}
	}
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

// writes are the records of a link that is appended: itself, and what waits to be filed from it.
func (l link) writes(waiting []byte) ([]store.RecordWrite, error) {
	text, err := json.Marshal(l)
	if err != nil {
		return nil, fhir.Fault("write a link of the audit chain", err)
	}
	return []store.RecordWrite{
		{Namespace: namespace, Key: key(l.Number), Value: text},
		{Namespace: rules.AuditWaiting, Key: key(l.Number), Value: waiting},
	}, nil
}

// write is the record by which the end of the chain moves here from where it was at a revision.
func (h Head) write(revision int64) (store.RecordWrite, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return store.RecordWrite{}, fhir.Fault("write the head of the audit chain", err)
	}
	return store.RecordWrite{Namespace: namespace, Key: headKey, Value: text, Revision: revision}, nil
}
