package rules

import (
	"time"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// Options are what the rules of a practice need to know. Base, Registry and Records must be given.
type Options struct {
	Base     string // our own FHIR base URL, without a trailing slash
	Registry *spec.Registry
	Records  store.Records    // where online access is decided
	Now      func() time.Time // default time.Now
	Zone     *time.Location   // in which a practice opens and closes; default Europe/London
	// Imports is the namespace of the Records in which an import keeps its checkpoints: a commit with one is of a
	// record as it was kept elsewhere, and no step of the practice's work. "": none is.
	Imports string
	// Characters are the most of anything that a patient or proxy writes, as JSON, but for what is attached; 0: as many
	// as a request may have.
	Characters int
	// Daily is how much each patient or proxy may write in 24 hours.
	Daily Quota
	// References refuses references to what isn't there.
	References bool
}

// All are the rules of a practice, in the order in which they see a commit.
func All(o Options) []store.Rule {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = search.London()
	}
	all := []store.Rule{
		AuditTrail{},
		NoSubscriptions{},
		OnlineConsents{},
		Suspensions{},
		OwnPractice{o},
		OnlineSize{o},
		OnlineLinks{o},
		NHSNumbers{o},
		Booking{o},
		RepeatOrders{o},
		DetailChanges{o},
		Messages{o},
		Results{o},
		OnlineQuota{o},
	}
	if o.References {
		all = append(all, References{Base: o.Base})
	}
	return all
}
