package rules

import (
	"context"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/online"
)

// Suspensions keeps with a Patient, RelatedPerson or Organization that its online access is switched off, in the
// commit that decides so. By that fact staff find them (P7); who is let in is judged by the decision itself.
type Suspensions struct{}

// Apply marks whom the decisions of a commit are about.
func (Suspensions) Apply(ctx context.Context, c *store.Commit) error {
	for _, w := range c.Batch.Records {
		if !online.Decides(w) {
			continue
		}
		suspended, err := online.Suspends(w)
		if err != nil {
			return err
		}
		typ, id, _ := strings.Cut(w.Key, "/")
		key := fhir.Key{Type: typ, ID: id}
		if i := slices.IndexFunc(c.Batch.Writes, func(w store.Write) bool { return w.Key.Current() == key }); i >= 0 {
			c.Batch.Writes[i].Facts.Suspended = suspended
			continue
		}
		st, err := c.Current(ctx, key)
		if err != nil {
			return err
		}
		if st == nil || st.Facts.Suspended == suspended {
			continue
		}
		now := store.Mark{Key: st.Key, Facts: st.Facts}
		now.Facts.Suspended = suspended
		c.Batch.Require = append(c.Batch.Require, st.Key)
		c.Batch.Known = append(c.Batch.Known, store.Mark{Key: st.Key, Facts: st.Facts})
		c.Batch.Marks = append(c.Batch.Marks, now)
	}
	return nil
}
