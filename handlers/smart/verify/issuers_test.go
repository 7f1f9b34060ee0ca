package verify_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/handlers/smart/verify"
)

func load(t *testing.T, text string) ([]verify.External, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "issuers.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return verify.LoadIssuers(path, base)
}

func TestIssuersAreReadFromAFile(t *testing.T) {
	got, err := load(t, `
issuers:
  - issuer: https://login.example/realms/practice
    client-claim: azp
  - issuer: https://practice.okta.example/oauth2/default
    audiences: [api://practice]
    algorithms: [RS256, ES256]
    scope-claim: scp
    scope-format: array
    client-claim: cid
    backend: true
`)
	if err != nil || len(got) != 2 {
		t.Fatalf("%v, %v", got, err)
	}
	if one := got[0]; one.Audiences[0] != base || one.Algorithms[0] != "RS256" || one.ScopeClaim != "scope" || one.ClientClaim != "azp" || one.Backend {
		t.Errorf("the first is %+v", one)
	}
	if two := got[1]; two.Audiences[0] != "api://practice" || len(two.Algorithms) != 2 || two.ScopeClaim != "scp" || two.ScopeFormat != "array" || !two.Backend {
		t.Errorf("the second is %+v", two)
	}
}

func TestAWrongFileOfIssuersIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":            "names no issuers",
		"issuers: []": "names no issuers",
		"issuers: [{issuer: 'https://a.example', audience: [x]}]": "audience",
		"issuers: [{issuer: 'http://a.example'}]":                 "https",
		"issuers: [{issuer: 'a.example'}]":                        "https",
		"issuers: [{issuer: 'https://a.example?x=1'}]":            "https",
		"issuers: [{}]": "https",
		"issuers: [{issuer: 'https://a.example', algorithms: [HS256]}]":            "HS256",
		"issuers: [{issuer: 'https://a.example', algorithms: [none]}]":             "none",
		"issuers: [{issuer: 'https://a.example', scope-format: csv}]":              "csv",
		"issuers: [{issuer: 'https://a.example', audiences: ['']}]":                "empty",
		"issuers: [{issuer: 'https://a.example'}, {issuer: 'https://a.example'}]":  "twice",
		"issuers: [{issuer: 'http://a.example'}, {issuer: 'https://b', types: 1}]": "types",
	} {
		if _, err := load(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want something about %q", text, err, want)
		}
	}
	// All faults at once, each with its place.
	_, err := load(t, "issuers: [{issuer: 'http://a.example', scope-format: csv}, {issuer: 'https://b.example', algorithms: [HS256]}]")
	for _, want := range []string{"https", "csv", "HS256", "issuers[1]"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v doesn't tell of %q", err, want)
		}
	}
	if _, err := verify.LoadIssuers(filepath.Join(t.TempDir(), "none"), base); err == nil {
		t.Error("a file that isn't there was read")
	}
}
