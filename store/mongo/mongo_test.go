package mongo_test

import (
	"testing"

	"frontdesk/conformance"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/opentest"
)

const base = "http://frontdesk.example/fhir"

// opener opens databases named by folders, on one server, that of a child process too.
func opener(t *testing.T) conformance.Opener {
	t.Helper()
	uri := opentest.URI(t)
	t.Setenv(opentest.Variable, uri)
	return opentest.Opener(t, uri, mongo.Options{Base: base})
}

func TestBackend(t *testing.T)       { conformance.TestBackend(t, opener(t)) }
func TestAtomic(t *testing.T)        { conformance.TestAtomic(t, opener(t)) }
func TestConcurrent(t *testing.T)    { conformance.TestConcurrent(t, opener(t)) }
func TestCrash(t *testing.T)         { conformance.TestCrash(t, opener(t)) }
func TestRegistry(t *testing.T)      { conformance.TestRegistry(t, opener(t)) }
func TestRegistryCrash(t *testing.T) { conformance.TestRegistryCrash(t, opener(t)) }
func TestFeed(t *testing.T)          { conformance.TestFeed(t, opener(t)) }
func TestFeedCrash(t *testing.T)     { conformance.TestFeedCrash(t, opener(t)) }
func TestJobs(t *testing.T)          { conformance.TestJobs(t, opener(t)) }
func TestJobsCrash(t *testing.T)     { conformance.TestJobsCrash(t, opener(t)) }

// TestE1: what is dropped or runs out of time leaves nothing behind in the connections that others use.
func TestE1_DropsLeaveConnectionsClean(t *testing.T) { conformance.TestDrops(t, opener(t)) }
