package mongo_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/cluster"
	"frontdesk/store/mongo/mongotest"
)

// TestWhatCannotServeIsRefusedWithTheCure: one clear line for each reason, at start.
func TestWhatCannotServeIsRefusedWithTheCure(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	without := func(s *mongotest.Server) { s.SetPrimary(-1) }
	for what, c := range map[string]struct {
		server mongotest.Options
		change func(*mongotest.Server)
		want   []string
	}{
		"a standalone server": {mongotest.Options{Standalone: true}, nil, []string{"standalone", "rs.initiate()", "--replSet", "replicaSet=rs0"}},
		"an old one":          {mongotest.Options{Version: "5.0"}, nil, []string{"5.0", "6.0 or newer"}},
		"no right to write":   {mongotest.Options{Forbidden: []string{"createIndexes"}}, nil, []string{"readWrite"}},
		"no primary":          {mongotest.Options{}, without, []string{"No primary", "rs.initiate()"}},
	} {
		t.Run(what, func(t *testing.T) {
			s := mongotest.Start(t, c.server)
			if c.change != nil {
				c.change(s)
			}
			uri := s.URI() + "?"
			if strings.Contains(s.URI(), "?") {
				uri = s.URI() + "&"
			}
			_, err := mongo.Open(context.Background(), uri+"serverSelectionTimeoutMS=300", r, mongo.Options{Logger: slog.New(slog.DiscardHandler)})
			if err == nil || fhir.KindOf(err) != fhir.Unavailable {
				t.Fatalf("got %v, want fhir.Unavailable", err)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q doesn't say %q", err, part)
				}
			}
		})
	}
}

func TestANewerStoreIsRefused(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	k.raise()
	_, err := mongo.Open(context.Background(), k.uri, k.r, mongo.Options{Logger: slog.New(slog.DiscardHandler)})
	if err == nil || fhir.KindOf(err) != fhir.Unavailable || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("got %v, want a word of the newer version", err)
	}
}

func TestAnUnreadableURIIsToldWithoutItsPassword(t *testing.T) {
	for _, uri := range []string{"mongodb://", "mongodb://user:secret@:bad:port/", "mongodb://user:secret@host/?w=x&tls=perhaps"} {
		if err := cluster.Check(uri); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", uri, err)
		}
	}
	for _, uri := range []string{"mongodb://host", "mongodb://host/frontdesk?replicaSet=rs0", "mongodb+srv://host/"} {
		if err := cluster.Check(uri); err != nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
}
