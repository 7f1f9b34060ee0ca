package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"frontdesk/store/audit"
)

// auditCommand is about the audit trail.
type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Look for AuditEvents that were removed, altered or added by hand."`
}

// auditVerify walks the chain.
type auditVerify struct {
	Expect noted `placeholder:"N:HASH" help:"The end of the chain as it was once noted down: nothing up to it may have changed."`
}

// noted is the end of a chain as Run writes it: 12:9f86d081….
type noted audit.Head

// UnmarshalText reads a noted end.
func (n *noted) UnmarshalText(text []byte) (err error) {
	number, hash, _ := strings.Cut(string(text), ":")
	if n.Number, err = strconv.ParseInt(number, 10, 64); err != nil || n.Number < 1 || hash == "" {
		return fmt.Errorf("%q isn't the end of a chain, as frontdesk audit verify writes it", text)
	}
	n.Hash = hash
	return nil
}

// Run verifies, and says what was found and where the chain ends.
func (a auditVerify) Run(ctx context.Context, s *Settings, c console) error {
	st, err := s.openBeside(ctx, s.logger(c.Err))
	if err != nil {
		return err
	}
	defer st.Close()
	var bar *meter
	last := int64(0)
	report, err := audit.Verify(ctx, st, audit.Head(a.Expect), func(done, total int64) {
		if bar == nil {
			bar = newMeter(c.Err, "audit", total, inResources)
		}
		bar.add(0, int(done-last))
		last = done
	})
	if bar != nil {
		bar.finish()
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "The audit trail is whole: %d AuditEvents in %d links, of which %d wait to be filed.\n", report.Events, report.Links, report.Waiting)
	if report.Links > 0 {
		fmt.Fprintf(c.Out, "Note its end down where nobody can change it, to verify against later: --expect %d:%s\n", report.Head.Number, report.Head.Hash)
	}
	return nil
}
