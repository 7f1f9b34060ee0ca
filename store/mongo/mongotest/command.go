package mongotest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/store/mongo/mongotest/engine"
	"frontdesk/store/mongo/mongotest/fail"
)

// common are the arguments every command may have.
type common struct {
	DB               string        `bson:"$db"`
	LSID             bson.Raw      `bson:"lsid"`
	TxnNumber        *int64        `bson:"txnNumber"`
	StartTransaction bool          `bson:"startTransaction"`
	Autocommit       *bool         `bson:"autocommit"`
	ClusterTime      bson.Raw      `bson:"$clusterTime"`
	ReadPreference   bson.Raw      `bson:"$readPreference"`
	ReadConcern      *readConcern  `bson:"readConcern"`
	WriteConcern     bson.Raw      `bson:"writeConcern"`
	MaxTimeMS        int64         `bson:"maxTimeMS"`
	Comment          bson.RawValue `bson:"comment"`
}

type readConcern struct {
	Level            string         `bson:"level"`
	AfterClusterTime bson.Timestamp `bson:"afterClusterTime"`
	AtClusterTime    bson.Timestamp `bson:"atClusterTime"`
}

// request is one command that is being answered.
type request struct {
	common
	server  *Server
	member  *member
	name    string
	doc     bson.Raw
	ctx     context.Context
	session *session
	txn     *engine.Txn // what it reads and writes by; nil: what is committed
}

// command is how a command is answered.
type command struct {
	run         func(*request) (bson.D, error)
	writes      bool // only a primary does it
	retryable   bool // it may have a txnNumber without a transaction
	transaction bool // it may be part of a transaction
	anyhow      bool // a secondary does it whatever the read preference
}

// answer is the reply to a message, or that the connection is to be cut instead.
func (m *member) answer(msg *message) (reply bson.D, cut bool) {
	r := &request{server: m.server, member: m, doc: bson.Raw(msg.doc)}
	if elements, err := r.doc.Elements(); err == nil && len(elements) > 0 {
		r.name = elements[0].Key()
	}
	faults := m.server.count(r)
	reply, cut, err := r.perform(faults)
	if cut {
		return nil, true
	}
	if err != nil {
		reply = r.failure(err)
	} else {
		reply = append(reply, bson.E{Key: "ok", Value: 1.0})
	}
	if !m.server.options.Standalone {
		now := m.server.clusterTime(m.server.engine.Commits())
		reply = append(reply, bson.E{Key: "operationTime", Value: now},
			bson.E{Key: "$clusterTime", Value: bson.D{{Key: "clusterTime", Value: now}}})
	}
	return reply, false
}

// perform does the command, and the faults that are due with it.
func (r *request) perform(faults []Fault) (reply bson.D, cut bool, err error) {
	if r.name == "hello" || strings.EqualFold(r.name, "isMaster") {
		return r.member.hello(), slices.ContainsFunc(faults, Fault.cuts), nil
	}
	c, known := commands[r.name]
	if !known {
		return nil, false, fail.New(fail.CommandNotFound, "no such command: '%s' (mongotest)", r.name)
	}
	if err := bson.Unmarshal(r.doc, &r.common); err != nil {
		return nil, false, fail.New(fail.FailedToParse, "%v", err)
	}
	var cancel context.CancelFunc
	r.ctx, cancel = context.WithCancel(r.server.ctx)
	if r.MaxTimeMS > 0 {
		r.ctx, cancel = context.WithTimeout(r.server.ctx, time.Duration(r.MaxTimeMS)*time.Millisecond)
	}
	defer cancel()
	if cut, err := r.before(faults); cut || err != nil {
		return nil, cut, err
	}
	if err := r.allowed(c); err != nil {
		return nil, false, err
	}
	if reply, err = r.inSession(c); err != nil {
		return nil, slices.ContainsFunc(faults, Fault.cutsAfter), err
	}
	reply, cut = r.after(faults, reply)
	return reply, cut, nil
}

// allowed says why this member, or this user, doesn't do a command.
func (r *request) allowed(c command) error {
	if slices.Contains(r.server.options.Forbidden, r.name) {
		return fail.New(fail.Unauthorized, "not authorized on %s to execute command { %s }", r.DB, r.name)
	}
	if err := r.concerns(); err != nil {
		return err
	}
	if r.server.isPrimary(r.member) || c.anyhow {
		return nil
	}
	if c.writes || r.Autocommit != nil {
		return fail.New(fail.NotWritablePrimary, "not primary")
	}
	if mode, _ := r.ReadPreference.Lookup("mode").StringValueOK(); mode == "" || mode == "primary" {
		return fail.New(fail.NotPrimaryNoSecondaryOk, "not primary and secondaryOk=false")
	}
	return nil
}

// concerns refuses guarantees that are weaker than those the backend may rest on, and such as can't be given.
func (r *request) concerns() error {
	if w, err := r.WriteConcern.LookupErr("w"); err == nil {
		if text, _ := w.StringValueOK(); text != "majority" {
			return fail.Refuse("write concern %s: only majority is durable", r.WriteConcern)
		}
	}
	ends := r.name == "commitTransaction" || r.name == "abortTransaction"
	if r.WriteConcern != nil && r.Autocommit != nil && !ends {
		return fail.New(fail.InvalidOptions, "writeConcern is not allowed within a multi-statement transaction")
	}
	if r.ReadConcern == nil || slices.Contains([]string{"", "local", "majority", "snapshot"}, r.ReadConcern.Level) {
		return nil
	}
	return fail.Refuse("read concern %s", r.ReadConcern.Level)
}

// failure is the reply that tells an error.
func (r *request) failure(err error) bson.D {
	var f *fail.Error
	if !errors.As(err, &f) {
		f = fail.New(fail.BadValue, "%v", err)
	}
	reply := bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: f.Text}, {Key: "code", Value: int32(f.Code)},
		{Key: "codeName", Value: f.Code.String()}}
	if labels := slices.Concat(f.Labels, r.labels(f.Code)); len(labels) > 0 && !f.Bare {
		reply = append(reply, bson.E{Key: "errorLabels", Value: labels})
	}
	return append(reply, f.Extra...)
}

// decode reads the arguments of a command into a struct. One that the struct has no field for is refused by its name.
func (r *request) decode(into any) error { return strictly(r.name, r.doc, into, true) }

func strictly(what string, doc bson.Raw, into any, command bool) error {
	known := fieldNames(reflect.TypeOf(into).Elem())
	if command {
		known = append(known, fieldNames(reflect.TypeFor[common]())...)
	}
	elements, err := doc.Elements()
	if err != nil {
		return fail.New(fail.FailedToParse, "%v", err)
	}
	for _, e := range elements {
		if !slices.Contains(known, e.Key()) {
			return fail.New(fail.UnknownField, "BSON field '%s.%s' is an unknown field (of mongotest)", what, e.Key())
		}
	}
	if err := bson.Unmarshal(doc, into); err != nil {
		return fail.New(fail.FailedToParse, "%s: %v", what, err)
	}
	return nil
}

func fieldNames(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		out = append(out, t.Field(i).Tag.Get("bson"))
	}
	return out
}

// namespace is the collection a command is about.
func (r *request) namespace(collection string) string { return r.DB + "." + collection }
