package mongotest

import (
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/store/mongo/mongotest/engine"
	"frontdesk/store/mongo/mongotest/fail"
)

const setName = "rs0"

// hello tells what a member is. There is no topologyVersion, and so the driver asks again and again instead of waiting.
func (m *member) hello() bson.D {
	s := m.server
	primary := s.isPrimary(m)
	reply := bson.D{{Key: "helloOk", Value: true}, {Key: "isWritablePrimary", Value: primary}, {Key: "ismaster", Value: primary}}
	if !s.options.Standalone {
		hosts := s.hosts()
		reply = append(reply, bson.D{{Key: "setName", Value: setName}, {Key: "setVersion", Value: int32(1)},
			{Key: "secondary", Value: !primary}, {Key: "hosts", Value: hosts}, {Key: "me", Value: hosts[m.index]}}...)
		if primary {
			reply = append(reply, bson.E{Key: "electionId", Value: s.electionID()}, bson.E{Key: "primary", Value: hosts[m.index]})
		}
	}
	return append(reply, bson.D{
		{Key: "maxBsonObjectSize", Value: int32(engine.MaxDocument)}, {Key: "maxMessageSizeBytes", Value: int32(maxMessage)},
		{Key: "maxWriteBatchSize", Value: int32(100_000)}, {Key: "localTime", Value: time.Now()},
		{Key: "logicalSessionTimeoutMinutes", Value: int32(30)}, {Key: "minWireVersion", Value: int32(0)},
		{Key: "maxWireVersion", Value: s.wireVersion()}, {Key: "readOnly", Value: false}}...)
}

func (s *Server) isPrimary(m *member) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.primary == m.index
}

// electionID grows with every election, by which the driver knows a primary that is none any more.
func (s *Server) electionID() (id bson.ObjectID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	binary.BigEndian.PutUint64(id[4:], uint64(s.elections))
	return id
}

func (s *Server) wireVersion() int32 {
	for release, wire := range wireVersions {
		if strings.HasPrefix(s.options.Version, release) {
			return wire
		}
	}
	return 0
}

// clusterTime is the time after a number of commits.
func (s *Server) clusterTime(commits uint64) bson.Timestamp {
	return bson.Timestamp{T: uint32(s.started.Unix()), I: uint32(commits + 1)}
}

func buildInfo(r *request) (bson.D, error) {
	var numbers bson.A
	for part := range strings.SplitSeq(r.server.options.Version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, fail.New(fail.BadValue, "Options.Version: %v", err)
		}
		numbers = append(numbers, int32(n))
	}
	for len(numbers) < 4 {
		numbers = append(numbers, int32(0))
	}
	return bson.D{{Key: "version", Value: r.server.options.Version}, {Key: "versionArray", Value: numbers},
		{Key: "modules", Value: bson.A{"mongotest"}}, {Key: "maxBsonObjectSize", Value: int32(engine.MaxDocument)}}, nil
}

func connectionStatus(*request) (bson.D, error) {
	return bson.D{{Key: "authInfo", Value: bson.D{{Key: "authenticatedUsers", Value: bson.A{}},
		{Key: "authenticatedUserRoles", Value: bson.A{}}, {Key: "authenticatedUserPrivileges", Value: bson.A{}}}}}, nil
}

func getParameter(r *request) (bson.D, error) {
	var args struct {
		Command bson.RawValue `bson:"getParameter"`
		FCV     bson.RawValue `bson:"featureCompatibilityVersion"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	release := strings.Join(strings.Split(r.server.options.Version, ".")[:2], ".")
	return bson.D{{Key: "featureCompatibilityVersion", Value: bson.D{{Key: "version", Value: release}}}}, nil
}
