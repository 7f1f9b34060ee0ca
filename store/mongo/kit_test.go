package mongo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/url"
	"os"
	"testing"

	"frontdesk/conformance"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo/mongotest"
)

// serverVariable names a MongoDB on which the tests run instead of the one in this process. Children of a test find theirs by it.
const serverVariable = "FRONTDESK_TEST_MONGODB_URI"

const base = "http://frontdesk.example/fhir"

// server is the URI of what the test runs on.
func server(t testing.TB) string {
	t.Helper()
	if uri := os.Getenv(serverVariable); uri != "" {
		return uri
	}
	uri := mongotest.Start(t, mongotest.Options{}).URI()
	t.Setenv(serverVariable, uri)
	return uri
}

// opener opens databases named by folders, on one server.
func opener(t testing.TB) conformance.Opener {
	t.Helper()
	return openerAt(t, server(t), Options{})
}

func openerAt(t testing.TB, uri string, o Options) conformance.Opener {
	o.Logger, o.Base = slog.New(slog.DiscardHandler), base
	return func(dir string, r *spec.Registry) (store.Backend, error) {
		return Open(context.Background(), database(t, uri, dir), r, o)
	}
}

// database is the URI of a database of its own for a folder.
func database(t testing.TB, uri, dir string) string {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(dir))
	u.Path = "/frontdesk_test_" + hex.EncodeToString(sum[:8])
	return u.String()
}

func registry(t testing.TB) *spec.Registry {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}
