package state

import (
	"context"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
)

// keys are those under which an approval is listed.
func (a *Approval) keys() []string {
	keys := []string{"client/" + a.Client + "/" + a.ID}
	if a.Account != "" {
		keys = append(keys, "account/"+a.Account+"/"+a.ID)
	}
	if a.Session != "" {
		keys = append(keys, "session/"+a.Session+"/"+a.ID)
	}
	return keys
}

// expires is when an approval is over: when the person said, and at the latest when an app that has offline access
// hasn't used it for long.
func (s *Store) expires(a *Approval) time.Time {
	idle := s.now().Add(s.OfflineIdle)
	if a.Until.IsZero() || a.Offline && idle.Before(a.Until) {
		return idle
	}
	return a.Until
}

// write is how an approval is kept, with what lists it.
func (s *Store) write(a *Approval, revision int64, expires time.Time) []store.RecordWrite {
	writes := []store.RecordWrite{s.approvals.Put(a.ID, *a, expires, revision)}
	for _, key := range a.keys() {
		writes = append(writes, s.approved.Put(key, struct{}{}, expires, -1))
	}
	return writes
}

// Approve keeps an approval, whose ID and Since are set unless they are given.
func (s *Store) Approve(ctx context.Context, a Approval) (Approval, error) {
	a = s.fresh(a)
	return a, s.Commit(ctx, s.write(&a, 0, s.expires(&a))...)
}

// Promise keeps an approval for so long as the app has to fetch its first token, when Extend makes it last. What no app
// came for isn't listed for ever.
func (s *Store) Promise(ctx context.Context, a Approval, life time.Duration) (Approval, error) {
	a = s.fresh(a)
	return a, s.Commit(ctx, s.write(&a, 0, s.now().Add(life))...)
}

func (s *Store) fresh(a Approval) Approval {
	if a.ID == "" {
		a.ID = NewSecret()
	}
	if a.Since.IsZero() {
		a.Since = s.now().UTC()
	}
	return a
}

// Approval is one that isn't over: fhir.NotFound if it is, or was revoked.
func (s *Store) Approval(ctx context.Context, id string) (Approval, error) {
	e, err := s.approvals.Get(ctx, id)
	return e.Value, err
}

// Live is an approval by which tokens may be given out now: its client is still there, its account too and not
// suspended, and the person is offered online access. fhir.NotFound if not, whatever the reason.
func (s *Store) Live(ctx context.Context, id string) (Approval, error) {
	a, err := s.Approval(ctx, id)
	if err != nil {
		return a, err
	}
	if _, err := s.Client(ctx, a.Client); err != nil {
		return a, err
	}
	if a.Account == "" {
		return a, nil
	}
	account, err := s.Account(ctx, a.Account)
	if err == nil && (account.Suspended || account.Subject != a.Subject) {
		err = s.approvals.missing()
	}
	if err != nil || s.Offered == nil {
		return a, err
	}
	offered, err := s.Offered(ctx, a)
	if err == nil && !offered {
		err = s.approvals.missing()
	}
	return a, err
}

// Lasts is until when an approval lasts if it is used now.
func (s *Store) Lasts(a Approval) time.Time { return s.expires(&a) }

// Extend notes that an approval is in use: its idle time begins anew. Further writes, of codes and tokens, are done
// with it, or not at all.
func (s *Store) Extend(ctx context.Context, id string, with ...store.RecordWrite) error {
	e, err := s.approvals.Get(ctx, id)
	if err != nil {
		return err
	}
	return s.Commit(ctx, append(s.write(&e.Value, e.Revision, s.expires(&e.Value)), with...)...)
}

// ApprovalsOf calls yield with what an account has approved, until it says false.
func (s *Store) ApprovalsOf(ctx context.Context, account string, yield func(Approval) bool) error {
	return s.approvalsAt(ctx, "account/"+nameOf(account)+"/", yield)
}

// approvalsAt are those listed under a prefix. They are read first, so that yield may revoke them.
func (s *Store) approvalsAt(ctx context.Context, prefix string, yield func(Approval) bool) error {
	var ids []string
	err := s.approved.Scan(ctx, prefix, func(e Entry[struct{}]) bool {
		ids = append(ids, e.Key[len(prefix):])
		return true
	})
	for _, id := range ids {
		if err != nil {
			break
		}
		var a Approval
		if a, err = s.Approval(ctx, id); fhir.KindOf(err) == fhir.NotFound {
			err = nil
		} else if err == nil && !yield(a) {
			break
		}
	}
	return err
}

// Revoke ends an approval: its tokens are dead on the next request. There is no error if it is over already.
func (s *Store) Revoke(ctx context.Context, id string) error {
	a, err := s.Approval(ctx, id)
	if fhir.KindOf(err) == fhir.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	writes := []store.RecordWrite{s.approvals.Remove(id, -1)}
	for _, key := range a.keys() {
		writes = append(writes, s.approved.Remove(key, -1))
	}
	return s.Commit(ctx, writes...)
}

// RevokeAccount ends everything an account has approved.
func (s *Store) RevokeAccount(ctx context.Context, name string) error {
	return s.revokeAll(ctx, "account/"+nameOf(name)+"/")
}

// revokeAll ends the approvals listed under a prefix.
func (s *Store) revokeAll(ctx context.Context, prefix string) error {
	var failed error
	err := s.approvalsAt(ctx, prefix, func(a Approval) bool {
		failed = s.Revoke(ctx, a.ID)
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	return err
}
