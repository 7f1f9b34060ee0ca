package main

import (
	"strings"
	"testing"

	"frontdesk/store/mongo/mongotest"
)

// TestADatabaseThatCannotServeEndsTheStart: with one line that says what is wrong and what to do, and a status that
// isn't 0.
func TestADatabaseThatCannotServeEndsTheStart(t *testing.T) {
	const nobody = "127.0.0.1:1" // a port that was closed a moment ago may be the next server's
	on := func(o mongotest.Options) *mongotest.Server { return mongotest.Start(t, o) }
	leaderless := on(mongotest.Options{Members: 3})
	leaderless.SetPrimary(-1)
	for what, c := range map[string]struct {
		uri  string
		want []string
	}{
		"a standalone server":              {on(mongotest.Options{Standalone: true}).URI(), []string{"standalone", "--replSet rs0", "rs.initiate()"}},
		"one that the URI takes for a set": {with(on(mongotest.Options{Standalone: true}).URI(), "replicaSet=rs0"), []string{"replica set \"rs0\"", "standalone", "rs.initiate()"}},
		"a set of another name":            {strings.Replace(on(mongotest.Options{}).URI(), "rs0", "rs1", 1), []string{"replica set \"rs1\"", "rs.status()"}},
		"version 5":                        {on(mongotest.Options{Version: "5.0"}).URI(), []string{"5.0", "6.0 or newer", "one major version at a time"}},
		"version 4.2":                      {on(mongotest.Options{Version: "4.2"}).URI(), []string{"6.0", "one major version at a time"}},
		"no right to insert":               {on(mongotest.Options{Forbidden: []string{"insert"}}).URI(), []string{"write", "database \"frontdesk\"", "readWrite"}},
		"no right to read":                 {on(mongotest.Options{Forbidden: []string{"find"}}).URI(), []string{"read", "readWrite"}},
		"no right to create indexes":       {on(mongotest.Options{Forbidden: []string{"createIndexes"}}).URI(), []string{"create indexes", "readWrite"}},
		"a wrong password":                 {strings.Replace(on(mongotest.Options{Forbidden: []string{"saslStart"}}).URI(), "mongodb://", "mongodb://ann:wrong@", 1), []string{"user", "password", "authSource"}},
		"no primary":                       {leaderless.URI(), []string{"No primary", "rs.initiate()"}},
		"nobody there":                     {"mongodb://" + nobody + "/frontdesk?replicaSet=rs0", []string{"No MongoDB answers at " + nobody, "refused", "tls=true"}},
		"no such host":                     {"mongodb://db.invalid/frontdesk?replicaSet=rs0", []string{"No MongoDB answers at db.invalid:27017", "hosts"}},
		"reads from secondaries unasked":   {with(on(mongotest.Options{Members: 3}).URI(), "readPreference=secondary"), []string{"readPreference=secondary", "--secondary-reads"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			status, out, log := frontdesk(t, "", "serve", "--listen", "127.0.0.1:0", "--store", with(c.uri, "serverSelectionTimeoutMS=300"))
			if status == 0 || out != "" {
				t.Errorf("status %d, on stdout %q", status, out)
			}
			contains(t, what, log, c.want...)
			if strings.Count(log, "\n") != 1 || !strings.HasPrefix(log, "frontdesk: ") {
				t.Errorf("it isn't one line:\n%s", log)
			}
			if strings.Contains(log, "wrong") {
				t.Errorf("the password is told: %s", log)
			}
		})
	}
}

// TestF1_TheLogTellsNothingSecretOfTheURI: neither of one that serves nor of one that can't be read.
func TestF1_TheLogTellsNothingSecretOfTheURI(t *testing.T) {
	uri := with(mongotest.Start(t, mongotest.Options{}).URI(), "tlsCertificateKeyFilePassword=hunter2")
	s := start(t, "serve", "--auth", "off", "--listen", "127.0.0.1:0", "--store", uri)
	contains(t, "log", s.logged(), "serving", "mongodb://127.0.0.1:")
	if strings.Contains(s.logged(), "hunter2") {
		t.Errorf("the log tells of it: %s", s.logged())
	}
	for _, wrong := range []string{"mongo://ann:hunter2@db1/frontdesk", "mongodb://ann:hunter2@/frontdesk", "mongodb://ann:hunter2%zz@db1/x", "mongodb:ann:hunter2@db1/x"} {
		if status, out, log := frontdesk(t, "", "serve", "--store", wrong); status == 0 || strings.Contains(out+log, "hunter2") {
			t.Errorf("--store %s: status %d, said %s%s", wrong, status, out, log)
		}
	}
}

// with adds an option to a URI.
func with(uri, option string) string {
	if strings.Contains(uri, "?") {
		return uri + "&" + option
	}
	if strings.Count(uri, "/") < 3 {
		uri += "/"
	}
	return uri + "?" + option
}

// TestSecondariesAnswerWhereTheSettingAsksForIt: searches and histories, while there is no primary; and without the
// setting nothing.
func TestSecondariesAnswerWhereTheSettingAsksForIt(t *testing.T) {
	s := mongotest.Start(t, mongotest.Options{Members: 3})
	uri := with(s.URI(), "serverSelectionTimeoutMS=500")
	args := []string{"serve", "--auth", "off", "--listen", "127.0.0.1:0", "--store", uri}
	strict, lenient := start(t, args...), start(t, append(args, "--secondary-reads")...)
	postTo(t, strict, "Patient", `{"resourceType":"Patient","name":[{"family":"Ash"}]}`)
	s.SetPrimary(-1)
	for _, path := range []string{"/Patient?family=ash", "/Patient/_history"} {
		if status, body, _ := get(t, lenient.base+path); status != 200 {
			t.Errorf("%s with the setting: %d %s", path, status, body)
		}
		if status, _, _ := get(t, strict.base+path); status != 503 {
			t.Errorf("%s without it: %d, want 503", path, status)
		}
	}
	s.SetPrimary(1)
	await(t, "a primary is found again", func() bool {
		status, _, _ := get(t, strict.base+"/Patient?family=ash")
		return status == 200
	})
}
