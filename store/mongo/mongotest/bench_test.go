package mongotest_test

import (
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/store/mongo/mongotest"
)

// resource is a document with about as many keys as a resource has.
func resource(i int) m {
	var keys a
	for k := range 15 {
		keys = append(keys, fmt.Sprintf("param%d|%d", k, i%(10*k+1)))
	}
	return m{"_id": i, "k": keys, "p": i % 1000, "t": i, "body": fmt.Sprintf("%01000d", i)}
}

// BenchmarkInsert is documents inserted by batches of a thousand, with three indexes, one of 15 keys for each document.
func BenchmarkInsert(b *testing.B) {
	_, c := open(b, mongotest.Options{})
	createIndex(b, c, d{{Key: "k", Value: 1}, {Key: "t", Value: -1}})
	createIndex(b, c, d{{Key: "p", Value: 1}, {Key: "t", Value: -1}})
	b.ResetTimer()
	for i := 0; i < b.N; i += 1000 {
		var docs []any
		for j := i; j < min(b.N, i+1000); j++ {
			docs = append(docs, resource(j))
		}
		fill(b, c, docs...)
	}
}

// BenchmarkPage is pages of 50, newest first, out of 100,000 documents.
func BenchmarkPage(b *testing.B) {
	_, c := open(b, mongotest.Options{RefuseScans: true})
	createIndex(b, c, d{{Key: "k", Value: 1}, {Key: "t", Value: -1}})
	for i := 0; i < 100_000; i += 1000 {
		var docs []any
		for j := range 1000 {
			docs = append(docs, resource(i+j))
		}
		fill(b, c, docs...)
	}
	page := options.Find().SetSort(m{"t": -1}).SetLimit(50)
	b.ResetTimer()
	for i := range b.N {
		if got := ids(b, c, m{"k": fmt.Sprintf("param14|%d", i%141)}, page); len(got) != 50 {
			b.Fatal(len(got))
		}
	}
}
