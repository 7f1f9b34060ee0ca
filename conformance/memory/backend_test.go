package memory_test

import (
	"testing"

	"frontdesk/conformance"
	"frontdesk/conformance/memory"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

func open(_ string, r *spec.Registry) (store.Backend, error) { return memory.Open(r), nil }

func TestBackend(t *testing.T)                    { conformance.TestBackend(t, open) }
func TestAtomic(t *testing.T)                     { conformance.TestAtomic(t, open) }
func TestConcurrent(t *testing.T)                 { conformance.TestConcurrent(t, open) }
func TestRegistry(t *testing.T)                   { conformance.TestRegistry(t, open) }
func TestFeed(t *testing.T)                       { conformance.TestFeed(t, open) }
func TestJobs(t *testing.T)                       { conformance.TestJobs(t, open) }
func TestE1_DropsLeaveNothingBehind(t *testing.T) { conformance.TestDrops(t, open) }
