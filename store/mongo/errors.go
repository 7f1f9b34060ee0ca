package mongo

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"frontdesk/fhir"
)

// Labels and codes by which the server and the driver tell what may be done about an error (MongoDB's transactions
// specification).
const (
	labelTransient = "TransientTransactionError"
	labelUnknown   = "UnknownTransactionCommitResult"

	codeUnauthorized   = 13
	codeMaxTime        = 50
	codeWriteConflict  = 112
	codeNoTransaction  = 251 // NoSuchTransaction
	codeTooLargeForLog = 257 // TransactionTooLarge
	codeNoSpaceToSort  = 292 // QueryExceededMemoryLimitNoDiskUseAllowed
	codeSnapshotTooOld = 239
	codeSnapshotGone   = 246
)

// nameTooLargeForCache is of an error whose code isn't the same in all releases: the transaction is larger than the
// server's cache lets one be.
const nameTooLargeForCache = "TransactionTooLargeForCache"

// codesTooLarge are the server's for a document of more than 16 MiB: BSONObjectTooLarge, and two of updates.
var codesTooLarge = []int{10334, 17419, 17420}

// fault is an error of the driver as one of ours.
func fault(what string, err error) *fhir.Error {
	var ours *fhir.Error
	var e mongo.ServerError
	var c mongo.CommandError
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &e) && e.HasErrorCode(codeMaxTime):
		return &fhir.Error{Kind: fhir.TimedOut, Err: err, Issues: []fhir.Issue{{
			Text: "The time for this request ran out. Send it again, or ask for less at a time."}}}
	case errors.As(err, &e) && e.HasErrorCode(codeNoSpaceToSort):
		return fhir.Errorf(fhir.TooCostly, "", "This search finds too much to sort it. Leave out _sort, or add a parameter that few resources meet.")
	case errors.As(err, &e) && e.HasErrorCode(codeTooLargeForLog), errors.As(err, &c) && c.Name == nameTooLargeForCache:
		return fhir.Errorf(fhir.TooLarge, "", "What is to be written at once is more than the database can commit together. Send it in several smaller transactions.")
	case errors.Is(err, driver.ErrDocumentTooLarge), errors.As(err, &e) && slices.ContainsFunc(codesTooLarge, e.HasErrorCode):
		return tooLarge()
	case unreachable(err):
		return &fhir.Error{Kind: fhir.Unavailable, RetryAfter: time.Second, Err: err, Issues: []fhir.Issue{{
			Text: "The database can't be reached just now. Send the request again in a moment."}}}
	}
	return fhir.Fault(what, err)
}

// unreachable says that no server took the command, or that the one which did is no primary any more.
func unreachable(err error) bool {
	var e mongo.ServerError
	var selection topology.ServerSelectionError
	var cleared driver.RetryablePoolError // other connections failed while this waited for one
	return errors.As(err, &cleared) || mongo.IsNetworkError(err) || mongo.IsTimeout(err) || errors.As(err, &selection) || errors.Is(err, mongo.ErrClientDisconnected) ||
		errors.As(err, &e) && (e.HasErrorLabel(labelTransient) || e.HasErrorLabel("RetryableWriteError"))
}

// tooLarge tells of a resource that doesn't fit into a document, which MongoDB bounds to 16 MiB.
func tooLarge() *fhir.Error {
	return fhir.Errorf(fhir.TooLarge, "", "The resource is too large for this store, which takes about 12 MB. Put large content elsewhere and refer to it by its URL.")
}

// transient says that a transaction can be tried again as a whole. Old servers, and routers between, don't always label
// these codes.
func transient(err error) bool {
	var e mongo.ServerError
	return labelled(err, labelTransient) ||
		errors.As(err, &e) && (e.HasErrorCode(codeWriteConflict) || e.HasErrorCode(codeSnapshotGone) || e.HasErrorCode(codeNoTransaction))
}

func labelled(err error, label string) bool {
	var e mongo.LabeledError
	return errors.As(err, &e) && e.HasErrorLabel(label)
}
