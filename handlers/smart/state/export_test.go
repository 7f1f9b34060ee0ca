package state

import "context"

// Press counts as many failures of an account as make others wait after one try, without the time it would take to make
// them.
func (s *Store) Press(ctx context.Context, name string) error {
	return s.Commit(ctx, s.pressure.Put(bucket(name), pressed, s.now().Add(forgetAfter), -1))
}
