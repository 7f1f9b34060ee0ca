package mongo

import (
	"testing"

	"frontdesk/conformance"
)

func TestBackend(t *testing.T)       { conformance.TestBackend(t, opener(t)) }
func TestAtomic(t *testing.T)        { conformance.TestAtomic(t, opener(t)) }
func TestConcurrent(t *testing.T)    { conformance.TestConcurrent(t, opener(t)) }
func TestCrash(t *testing.T)         { conformance.TestCrash(t, opener(t)) }
func TestRegistry(t *testing.T)      { conformance.TestRegistry(t, opener(t)) }
func TestRegistryCrash(t *testing.T) { conformance.TestRegistryCrash(t, opener(t)) }
