package mongotest

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/store/mongo/mongotest/engine"
	"frontdesk/store/mongo/mongotest/fail"
)

// snapshot is what was committed at a time, for reads with readConcern snapshot outside of transactions.
type snapshot struct {
	at  bson.Timestamp
	txn *engine.Txn
}

const maxSnapshots = 100 // MongoDB keeps five minutes of them

// readAt finds the snapshot that a command asks for, if it does: that of a time, or a new one.
func (r *request) readAt() error {
	if r.ReadConcern == nil || r.ReadConcern.Level != "snapshot" {
		return nil
	}
	if r.name != "find" && r.name != "aggregate" {
		return fail.New(fail.InvalidOptions, "%s does not support read concern snapshot outside of a transaction", r.name)
	}
	s := r.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := r.ReadConcern.AtClusterTime; !at.IsZero() {
		for _, old := range s.snapshots {
			if old.at.Equal(at) {
				r.txn = old.txn
				return nil
			}
		}
		return fail.New(fail.SnapshotTooOld, "Read timestamp %v is older than the oldest available timestamp.", at)
	}
	txn := s.engine.Begin()
	s.snapshots = append(s.snapshots, snapshot{s.clusterTime(txn.Time()), txn})
	if len(s.snapshots) > maxSnapshots {
		s.snapshots = s.snapshots[1:]
	}
	r.txn = txn
	return nil
}

// snapshotTime is the time of the snapshot that a command reads, if it reads one.
func (r *request) snapshotTime() (bson.Timestamp, bool) {
	s := r.server
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.snapshots {
		if x.txn == r.txn && r.txn != nil {
			return x.at, true
		}
	}
	return bson.Timestamp{}, false
}
