package operator

import (
	"context"
	"fmt"
	"text/tabwriter"
)

// Keys is about the keys that sign tokens.
type Keys struct {
	List   keysList   `cmd:"" help:"List the keys whose tokens may be alive, the newest first."`
	Rotate keysRotate `cmd:"" help:"Make a new key sign. The old one is served until its tokens are dead."`
}

// keysList lists the keys.
type keysList struct{}

// Run writes a line each.
func (keysList) Run(ctx context.Context, h Host) error {
	return h.administer(ctx, func(k *keeper) error {
		keys, err := k.state.Keys(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(h.Out, 0, 0, 2, ' ', 0)
		defer table.Flush()
		for _, key := range keys {
			status := "signs"
			if !key.Retired.IsZero() {
				status = "retired " + key.Retired.Format("2006-01-02 15:04")
			}
			fmt.Fprintf(table, "%s\t%s\t%s\n", key.ID, key.Created.Format("2006-01-02 15:04"), status)
		}
		return nil
	})
}

// keysRotate makes a new key.
type keysRotate struct{}

// Run rotates.
func (keysRotate) Run(ctx context.Context, h Host) error {
	return h.administer(ctx, func(k *keeper) error {
		if err := k.state.RotateKeys(ctx); err != nil {
			return err
		}
		key, err := k.state.SigningKey(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(h.Out, "Tokens are signed by %s from now on.\n", key.ID)
		return k.note(ctx, "the signing key was changed to %s", key.ID)
	})
}
