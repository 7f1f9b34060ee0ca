package sqlite

import (
	"context"
	"log/slog"
	"testing"

	"frontdesk/conformance"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// opener opens a small one, so that groups, checkpoints and waiting for a reader all happen.
func opener(dir string, r *spec.Registry) (store.Backend, error) {
	return Open(context.Background(), dir, r, Options{Readers: 2, WordsMax: 7, CheckpointPages: 200, Logger: slog.New(slog.DiscardHandler), Base: base})
}

const base = "http://frontdesk.example/fhir"

func TestBackend(t *testing.T)       { conformance.TestBackend(t, opener) }
func TestAtomic(t *testing.T)        { conformance.TestAtomic(t, opener) }
func TestConcurrent(t *testing.T)    { conformance.TestConcurrent(t, opener) }
func TestCrash(t *testing.T)         { conformance.TestCrash(t, opener) }
func TestRegistry(t *testing.T)      { conformance.TestRegistry(t, opener) }
func TestRegistryCrash(t *testing.T) { conformance.TestRegistryCrash(t, opener) }
func TestFeed(t *testing.T)          { conformance.TestFeed(t, opener) }
func TestFeedCrash(t *testing.T)     { conformance.TestFeedCrash(t, opener) }
func TestJobs(t *testing.T)          { conformance.TestJobs(t, opener) }
func TestJobsCrash(t *testing.T)     { conformance.TestJobsCrash(t, opener) }

// TestE1: what is dropped or runs out of time leaves nothing behind in the connections that others use.
func TestE1_DropsLeaveConnectionsClean(t *testing.T) { conformance.TestDrops(t, opener) }
