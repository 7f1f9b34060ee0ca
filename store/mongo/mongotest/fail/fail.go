package fail

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Code is one of MongoDB's error codes (src/mongo/base/error_codes.yml of the server).
type Code int32

// The codes the test server answers with.
const (
	BadValue                   Code = 2
	FailedToParse              Code = 9
	Unauthorized               Code = 13
	TypeMismatch               Code = 14
	IllegalOperation           Code = 20
	NamespaceNotFound          Code = 26
	IndexNotFound              Code = 27
	PathNotViable              Code = 28
	ConflictingUpdateOperators Code = 40
	CursorNotFound             Code = 43
	NamespaceExists            Code = 48
	MaxTimeMSExpired           Code = 50
	InvalidID                  Code = 53
	CommandNotFound            Code = 59
	WriteConcernTimeout        Code = 64
	CannotCreateIndex          Code = 67
	ImmutableField             Code = 66
	InvalidOptions             Code = 72
	IndexOptionsConflict       Code = 85
	IndexKeySpecsConflict      Code = 86
	WriteConflict              Code = 112
	ConflictingOperation       Code = 117
	CannotIndexParallelArrays  Code = 171
	TransactionTooOld          Code = 225
	SnapshotTooOld             Code = 239
	NoSuchTransaction          Code = 251
	TransactionCommitted       Code = 256
	NotSupportedInTransaction  Code = 263
	// TransactionTooLargeForCache has other codes in other releases; it is known by its name.
	TransactionTooLargeForCache Code = 999003
	DocumentTooLarge            Code = 10334
	NotWritablePrimary          Code = 10107
	DuplicateKey                Code = 11000
	NotPrimaryNoSecondaryOk     Code = 13435
	UnknownField                Code = 40415
	// NotImplemented is no code of MongoDB's: what the test server refuses because it doesn't know it. It is chosen so
	// that no driver takes it for anything that may be tried again.
	NotImplemented Code = 999001
	// CollectionScan is no code of MongoDB's: what Options.RefuseScans refuses.
	CollectionScan Code = 999002
)

var names = map[Code]string{
	BadValue: "BadValue", FailedToParse: "FailedToParse", Unauthorized: "Unauthorized", TypeMismatch: "TypeMismatch",
	IllegalOperation: "IllegalOperation", NamespaceNotFound: "NamespaceNotFound", IndexNotFound: "IndexNotFound",
	PathNotViable: "PathNotViable", ConflictingUpdateOperators: "ConflictingUpdateOperators", CursorNotFound: "CursorNotFound",
	NamespaceExists: "NamespaceExists", MaxTimeMSExpired: "MaxTimeMSExpired", CommandNotFound: "CommandNotFound",
	WriteConcernTimeout: "WriteConcernTimeout", CannotCreateIndex: "CannotCreateIndex", ImmutableField: "ImmutableField",
	InvalidOptions: "InvalidOptions", IndexOptionsConflict: "IndexOptionsConflict", IndexKeySpecsConflict: "IndexKeySpecsConflict",
	WriteConflict: "WriteConflict", ConflictingOperation: "ConflictingOperationInProgress",
	CannotIndexParallelArrays: "CannotIndexParallelArrays", TransactionTooOld: "TransactionTooOld", SnapshotTooOld: "SnapshotTooOld",
	InvalidID: "InvalidIdField", DocumentTooLarge: "BSONObjectTooLarge",
	NoSuchTransaction: "NoSuchTransaction", TransactionCommitted: "TransactionCommitted",
	NotSupportedInTransaction: "OperationNotSupportedInTransaction", NotWritablePrimary: "NotWritablePrimary",
	DuplicateKey: "DuplicateKey", NotPrimaryNoSecondaryOk: "NotPrimaryNoSecondaryOk",
	UnknownField: "IDLUnknownField", TransactionTooLargeForCache: "TransactionTooLargeForCache", NotImplemented: "MongotestNotImplemented", CollectionScan: "MongotestCollectionScan",
}

// String is MongoDB's name for the code.
func (c Code) String() string {
	if name, ok := names[c]; ok {
		return name
	}
	return fmt.Sprintf("Location%d", int32(c))
}

// Error is what a command fails with.
type Error struct {
	Code   Code
	Text   string
	Labels []string // errorLabels of the reply
	Bare   bool     // without the labels that such an error has
	Extra  bson.D   // further fields of the reply: keyPattern and keyValue of a DuplicateKey
}

// Error is the text, with the name of the code before it.
func (e *Error) Error() string { return e.Code.String() + ": " + e.Text }

// New is an Error with a text made as by fmt.Sprintf.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}

// Refuse is the error for what the test server doesn't implement; what names it.
func Refuse(what string, args ...any) *Error {
	return New(NotImplemented, "mongotest does not implement "+what, args...)
}
