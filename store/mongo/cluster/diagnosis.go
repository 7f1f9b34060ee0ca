package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/description"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"frontdesk/fhir"
)

// minWire is the wire version of minMajor (MongoDB's wire version table).
const minWire = 17

// diagnosis is why no server could be asked at start, in one line with the cure.
func diagnosis(err error) *fhir.Error {
	var selection topology.ServerSelectionError
	var e mongo.ServerError
	switch {
	case strings.Contains(err.Error(), "reports wire version"): // the driver has no type for it: it is older than the driver knows
		return Unavailable(err, "This MongoDB is older than %d.0, which Frontdesk needs: %v. %s", minMajor, err, upgrade)
	case errors.As(err, &selection):
		return searched(err, selection.Desc)
	case errors.As(err, &e) && !e.HasErrorLabel("TransientTransactionError"):
		return Unavailable(err, "MongoDB refuses the user: %v. Check the user, the password (with %%XX for special characters) and authSource in the URI.", err)
	}
	return Unavailable(err, "MongoDB answers, but not as it should: %v. Check that it is MongoDB that listens there, and tls in the URI.", err)
}

// searched is what was found instead of a primary.
func searched(err error, found description.Topology) *fhir.Error {
	var silent, members []string
	for _, s := range found.Servers {
		switch {
		case s.Kind == 0: // unknown: it hasn't answered
			silent = append(silent, fmt.Sprintf("%s (%v)", s.Addr, cmp.Or(s.LastError, errSilent)))
		case s.WireVersion != nil && s.WireVersion.Max < minWire:
			return Unavailable(err, "The MongoDB at %s is older than %d.0, which Frontdesk needs. %s", s.Addr, minMajor, upgrade)
		default:
			members = append(members, fmt.Sprintf("%s (%s)", s.Addr, s.Kind))
		}
	}
	slices.Sort(silent)
	switch {
	case len(found.Servers) == 0:
		return Unavailable(err, "None of the hosts in the URI is in replica set %q. If it has another name (rs.status() in mongosh), "+
			"change replicaSet in the URI; if it is a standalone server, make it a set. %s", found.SetName, makeSet)
	case len(members) == 0:
		return Unavailable(err, "No MongoDB answers at %s. Is it running, are the hosts and ports in the URI right, does a firewall let them through, and does it ask for TLS (tls=true)?",
			strings.Join(silent, ", "))
	}
	what := strings.Join(append(members, silent...), ", ")
	return Unavailable(err, "No primary of MongoDB could be found among %s. Most of the set's members must be up; "+
		"has it been initiated (rs.initiate() in mongosh), and is replicaSet in the URI its name?", what)
}

var errSilent = errors.New("no answer")

// upgrade is how an old server becomes a new one.
const upgrade = "Upgrade it one major version at a time, with a backup before."
