package rules

import (
	"context"
	"encoding/json"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
)

// Quota is how much one person may write in 24 hours, by all apps and instances together. 0 is no bound.
type Quota struct {
	Writes int // resources
	Bytes  int // of their JSON, attachments included
}

// written is the namespace of the Records in which it is counted what people have written: one for each who has written
// anything in 24 hours.
const written = "written"

// count is such a record: what was written since its first write. It expires 24 hours after that.
type count struct {
	Since  time.Time `json:"since"`
	Writes int       `json:"writes"`
	Bytes  int       `json:"bytes"`
}

// OnlineQuota keeps patients and proxies from filling the store. What is refused or changes nothing isn't counted, and
// staff and systems aren't bounded. It costs one record, read and written with the commit: of two commits at once the
// later is planned again, so none passes uncounted.
type OnlineQuota struct{ Options }

// Apply counts what a commit writes.
func (o OnlineQuota) Apply(ctx context.Context, c *store.Commit) error {
	if !c.Grant.Identity().Online() || o.Daily == (Quota{}) || o.imports(c) {
		return nil
	}
	more := count{}
	for _, p := range c.Pending {
		if p.Sent != nil {
			more.Writes++
			more.Bytes += len(p.Sent.JSON)
		}
	}
	if more.Writes == 0 {
		return nil
	}
	me, now := c.Grant.Identity().Person, o.Now().UTC()
	had, last, err := o.counted(ctx, me, now)
	if err != nil {
		return err
	}
	had.Writes += more.Writes
	had.Bytes += more.Bytes
	expires := had.Since.Add(day)
	if o.Daily.Writes > 0 && had.Writes > o.Daily.Writes || o.Daily.Bytes > 0 && had.Bytes > o.Daily.Bytes {
		e := refusal(fhir.Throttled, "", "",
			"You have sent as much as is taken in 24 hours. Send the rest from %s, or phone the practice.",
			expires.In(o.Zone).Format("15:04 on Monday 2 January"))
		e.RetryAfter = expires.Sub(now)
		return e
	}
	value, err := json.Marshal(had)
	if err != nil {
		return fhir.Fault("counting what was written", err)
	}
	c.Batch.Records = append(c.Batch.Records, store.RecordWrite{Namespace: written, Key: me, Value: value,
		Expires: expires, Revision: last.Revision})
	return nil
}

// counted is what somebody has written in these 24 hours.
func (o OnlineQuota) counted(ctx context.Context, who string, now time.Time) (had count, last store.Record, err error) {
	had.Since = now
	if last, err = o.Records.Get(ctx, written, who); err != nil {
		if fhir.KindOf(err) == fhir.NotFound {
			return had, store.Record{}, nil
		}
		return had, last, err
	}
	var kept count
	if err := json.Unmarshal(last.Value, &kept); err != nil {
		return had, last, fhir.Fault("reading how much was written", err)
	}
	if now.Before(kept.Since.Add(day)) && !now.Before(kept.Since) {
		had = kept
	}
	return had, last, nil
}
