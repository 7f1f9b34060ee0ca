package operator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
	"frontdesk/store/audit"
)

// keeper changes accounts, apps and keys, whether the store is being served or not, and notes it in the audit trail.
type keeper struct {
	store *store.Store
	state *state.Store
	audit *audit.Recorder
}

// administer opens the store for a command. What it notes is filed by the next server, or the one that is running.
func (h Host) administer(ctx context.Context, do func(*keeper) error) error {
	st, err := h.Open(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	k := &keeper{st, state.New(st, time.Now), audit.New(audit.Options{Store: st, Base: h.Base, Log: h.Log, Elsewhere: true})}
	err = do(k)
	return errors.Join(err, k.audit.Close(ctx))
}

// unknown says of what isn't there how to see those that are. Other errors stay as they are.
func unknown(err error, what, command string) error {
	if err == nil || fhir.KindOf(err) != fhir.NotFound {
		return err
	}
	return fmt.Errorf("there is no %s. Is it written right? frontdesk %s list shows those there are", what, command)
}

// note tells the audit trail what the operator has done. It concerns no patient by name: the patient isn't told of a
// suspension (P8).
func (k *keeper) note(ctx context.Context, format string, args ...any) error {
	return k.audit.Record(ctx, audit.Event{What: audit.Administration, By: access.Identity{Client: "frontdesk"}, Request: "command line", Reason: fmt.Sprintf(format, args...)})
}
