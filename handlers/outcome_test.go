package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
)

// last is the highest Kind there is.
const last = fhir.TooSlow

func TestEveryKindHasAnAnswer(t *testing.T) {
	for k := fhir.Internal; k <= last; k++ {
		a, ok := answers[k]
		if !ok || a.status < 400 || a.status > 599 || a.code == "" {
			t.Errorf("kind %d is answered by %+v", k, a)
		}
	}
	if _, beyond := answers[last+1]; beyond || len(answers) != int(last)+1 {
		t.Errorf("the table has %d rows for %d kinds", len(answers), last+1)
	}
}

func TestFailure(t *testing.T) {
	for _, tt := range []struct {
		name   string
		err    error
		status int
		code   string
		header string
	}{
		{"ours", fhir.Errorf(fhir.NotFound, "", "gone fishing"), 404, "not-found", ""},
		{"wrapped", fmt.Errorf("while testing: %w", fhir.Errorf(fhir.Conflict, "", "taken")), 409, "conflict", ""},
		{"anybody's", errors.New("secret: disk on fire"), 500, "exception", ""},
		{"a fault", fhir.Fault("reading", errors.New("secret")), 500, "exception", ""},
		{"no time left", fhir.Fault("reading", context.DeadlineExceeded), 503, "timeout", ""},
		{"no token", fhir.Errorf(fhir.Unauthenticated, "", "who are you"), 401, "login", "WWW-Authenticate"},
		{"slow down", &fhir.Error{Kind: fhir.Throttled, RetryAfter: time.Minute, Issues: []fhir.Issue{{Text: "slow"}}}, 429, "throttled", "Retry-After"},
		{"its own code", &fhir.Error{Kind: fhir.Invalid, Issues: []fhir.Issue{{Text: "x", Code: "required"}}}, 400, "required", ""},
	} {
		resp := failure(tt.err, "ref-1")
		var o outcome
		if err := json.Unmarshal(resp.Body, &o); err != nil {
			t.Fatal(err)
		}
		if resp.Status != tt.status || o.ResourceType != "OperationOutcome" || len(o.Issue) == 0 || o.Issue[0].Code != tt.code {
			t.Errorf("%s: %d %s", tt.name, resp.Status, resp.Body)
			continue
		}
		if o.Issue[0].Severity != "error" || o.Issue[0].Details.Text == "" || o.Issue[0].Diagnostics != "Reference: ref-1" {
			t.Errorf("%s: %s", tt.name, resp.Body)
		}
		if strings.Contains(string(resp.Body), "secret") {
			t.Errorf("%s: the cause is shown to the client: %s", tt.name, resp.Body)
		}
		if tt.header != "" && resp.Header[tt.header] == "" {
			t.Errorf("%s: no header %s", tt.name, tt.header)
		}
	}
}

func TestOutcomeIssues(t *testing.T) {
	got := string(outcomeOf([]fhir.Issue{
		{Text: "a", Expression: "Patient.name", Coding: "DUPLICATE_REJECTED"},
		{Text: "b", Warning: true, Code: "informational"},
	}, "invalid", ""))
	want := `{"resourceType":"OperationOutcome","issue":[` +
		`{"severity":"error","code":"invalid","details":{"coding":[{"system":"https://fhir.nhs.uk/R4/ValueSet/Spine-ErrorOrWarningCode-1","code":"DUPLICATE_REJECTED"}],"text":"a"},"expression":["Patient.name"]},` +
		`{"severity":"warning","code":"informational","details":{"text":"b"}}]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// OAuth libraries of clients read the header, not the body.
func TestS10_ARefusedTokenIsToldWhatIsWrongWithIt(t *testing.T) {
	none := fhir.Errorf(fhir.Unauthenticated, "", "Send a token.")
	bad := fhir.Errorf(fhir.Unauthenticated, "", "It's \"old\" – \\ get a new one.\r\nSet-Cookie: x")
	bad.Challenge = "invalid_token"
	for err, want := range map[*fhir.Error]string{
		none: "Bearer",
		bad:  `Bearer realm="FHIR", error="invalid_token", error_description="It's 'old' ' ' get a new one.''Set-Cookie: x"`,
	} {
		if got := failure(err, "ref-1").Header["WWW-Authenticate"]; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
