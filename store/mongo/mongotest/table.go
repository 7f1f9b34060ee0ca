package mongotest

import "go.mongodb.org/mongo-driver/v2/bson"

// commands are all there are, but for hello and isMaster, which come before everything else.
var commands = map[string]command{
	"ping":             {run: ping, anyhow: true},
	"buildInfo":        {run: buildInfo, anyhow: true},
	"connectionStatus": {run: connectionStatus, anyhow: true},
	"getParameter":     {run: getParameter, anyhow: true},
	"endSessions":      {run: endSessions, anyhow: true},
	"killCursors":      {run: killCursors, anyhow: true, transaction: true},

	"find":      {run: find, transaction: true},
	"getMore":   {run: getMore, anyhow: true, transaction: true},
	"count":     {run: count},
	"aggregate": {run: aggregate, transaction: true},
	"explain":   {run: explain},

	"insert":        {run: insert, writes: true, retryable: true, transaction: true},
	"update":        {run: updateCommand, writes: true, retryable: true, transaction: true},
	"delete":        {run: remove, writes: true, retryable: true, transaction: true},
	"findAndModify": {run: findAndModify, writes: true, retryable: true, transaction: true},

	"commitTransaction": {run: commitTransaction, writes: true, transaction: true},
	"abortTransaction":  {run: abortTransaction, writes: true, transaction: true},

	"listCollections": {run: listCollections},
	"listIndexes":     {run: listIndexes},
	"create":          {run: create, writes: true},
	"createIndexes":   {run: createIndexes, writes: true},
	"dropIndexes":     {run: dropIndexes, writes: true},
	"drop":            {run: drop, writes: true},
	"dropDatabase":    {run: dropDatabase, writes: true},
}

func ping(*request) (bson.D, error) { return bson.D{}, nil }
