package conformance

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unobserved are the files that open the door without telling anybody, and why each may: what is read there is served
// to no caller.
var unobserved = map[string]string{
	"store/observer.go":                   "it is defined here",
	"store/compose.go":                    "steps within an access that is reported as a whole",
	"store/commit.go":                     "what rules judge by",
	"store/addition.go":                   "what rules judge by",
	"store/hide.go":                       "the trail is hidden with what it tells of",
	"store/redact.go":                     "which references are served",
	"store/online/settings.go":            "what is decided is written as the practice's doing",
	"store/online/suspended.go":           "a pass at the start; nobody is told what it finds",
	"store/audit/recorder.go":             "the trail itself",
	"store/audit/seen.go":                 "the trail itself",
	"store/audit/trace.go":                "the trail itself, for support",
	"store/audit/verify.go":               "the trail itself",
	"handlers/observer.go":                "a server without an observer",
	"handlers/online.go":                  "what is decided is written as the practice's doing; the operation is reported",
	"handlers/smart/server.go":            "an authorization server without an observer",
	"handlers/smart/launch.go":            "whether there is what a launch names; the launch is recorded",
	"handlers/smart/people/people.go":     "names on the pages by which a person signs in and chooses; signing in and consenting is recorded",
	"handlers/smart/people/name.go":       "names on those pages too",
	"handlers/smart/standing/standing.go": "who stands for whom",
	"handlers/smart/state/kind.go":        "accounts, clients and keys, which are no resources",
	"cmd/frontdesk/demo.go":               "the operator's own doing",
	"cmd/frontdesk/export.go":             "the operator's own doing",
	"cmd/frontdesk/import.go":             "the operator's own doing",
	"cmd/frontdesk/operator/account.go":   "the operator's own doing",
}

// TestNobodyReadsUnseen: outside of tests a Session without an observer is opened only where unobserved says why, and
// the handlers of the FHIR API know nothing of the audit, nor of redaction: a Session does both.
func TestNobodyReadsUnseen(t *testing.T) {
	left := map[string]bool{}
	for name := range unobserved {
		left[name] = true
	}
	for _, top := range []string{"cmd", "handlers", "store", "fhir"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
				testOnly(filepath.Dir(path)) {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name := filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator)))
			if slices.ContainsFunc([]string{"store.Unobserved", ", Unobserved)", "observer: Unobserved"}, func(s string) bool { return strings.Contains(string(text), s) }) {
				if delete(left, name); unobserved[name] == "" {
					t.Errorf("%s opens a Session that nobody observes. Give it an observer, or say in this test why it needs none.", name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	delete(left, "store/observer.go")
	for name := range left {
		t.Errorf("%s opens no Session without an observer any more: take it out of this test", name)
	}
	for _, p := range packages(t) {
		own := strings.TrimPrefix(p.ImportPath, module)
		if under(own, []string{"handlers"}) && !under(own, []string{"handlers/smart", "handlers/pages/signin"}) &&
			slices.Contains(p.Imports, module+"store/audit") {
			t.Errorf("%s imports store/audit: a Session reports what is done", own)
		}
	}
}
