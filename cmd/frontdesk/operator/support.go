package operator

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"frontdesk/handlers/wire"
	"frontdesk/store/audit"
)

// Support looks up the reference that people are told when something fails (P13).
type Support struct {
	Reference string `arg:"" help:"The reference, as the error shows it."`
}

// Run says what happened and to which app, and nothing of anybody's record.
func (s Support) Run(ctx context.Context, h Host) error {
	return h.administer(ctx, func(k *keeper) error {
		reference := wire.Reference(s.Reference)
		found, err := audit.Look(ctx, k.store, reference)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("the trail has nothing of reference %s. Check it letter by letter, or search the server's log for it", reference)
		}
		table := tabwriter.NewWriter(h.Out, 0, 0, 2, ' ', 0)
		defer table.Flush()
		for _, t := range found {
			cause, app, as := t.Cause, t.App, t.As
			if cause == "" {
				cause = "done"
			}
			if app == "" {
				app = "unknown app"
			}
			if as == "" {
				as = "no person"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\n", t.When.Format(time.RFC3339), app, as, t.What, t.Status, cause)
		}
		return nil
	})
}
