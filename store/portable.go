package store

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// Portable is the part of a Backend by which its content can be copied as it is, from and to Backends of other kinds:
// package copying does.
type Portable interface {
	// Versions is how many versions there are of all resources, tombstones included.
	Versions(ctx context.Context) (int64, error)
	// AllRecords calls yield with the records of every namespace, by namespace and key, until it says false. Expired
	// ones are left out.
	AllRecords(ctx context.Context, yield func(Record) bool) error
	// Restore writes versions and records as they are elsewhere, with their times, facts, bytes and revisions, all or
	// nothing and durably. Versions come newest first, in one call and from call to call, and no two have the same
	// time; so the first of a resource is the current one. Records take the place of those of the same key. It is for a
	// store that nobody else writes to.
	Restore(ctx context.Context, versions []Restored, records []Record) error
}

// Restored is a version that comes from elsewhere. Index is what it is found by; only that of a current version is
// used.
type Restored struct {
	*fhir.Stored
	Index []search.Entry
}
