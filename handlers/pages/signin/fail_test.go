package signin

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/handlers/pages/markup"
	"frontdesk/handlers/smart/state"
)

// TestAFaultOfOursShowsAReferenceAndNoCause makes each look-up of each page fail in turn.
func TestAFaultOfOursShowsAReferenceAndNoCause(t *testing.T) {
	for _, c := range []struct {
		method, path, as string
		form             url.Values
		lookups          int // at least so many can fail
	}{
		{"GET", "/auth/sign-in?request=r1", "ann", nil, 3},
		{"POST", "/auth/sign-in", "", url.Values{"name": {"ann"}, "password": {"nna"}, "request": {"r1"}}, 3},
		{"POST", "/auth/sign-in", "", url.Values{"name": {"ann"}, "password": {"wrong"}}, 1},
		{"POST", "/auth/sign-out", "ann", nil, 3},
		{"GET", "/auth/choose?request=r1", "mary", nil, 4},
		{"GET", "/auth/consent?request=r1", "ann", nil, 4},
		{"GET", "/auth/consent?request=r1&patient=mary", "drlee", nil, 5},
		{"POST", "/auth/consent", "ann", url.Values{"request": {"r1"}, "answer": {"allow"}}, 4},
		{"POST", "/auth/patient", "drlee", url.Values{"request": {"r1"}, "number": {"9000000009"}}, 6},
		{"GET", "/auth/manage", "drlee", nil, 7},
		{"POST", "/auth/manage/revoke", "drlee", url.Values{"approval": {"1"}}, 4},
	} {
		failed := 0
		for failing := true; failing; failed++ {
			var log strings.Builder
			w := newWorld()
			w.approvals = []state.Approval{{ID: "1", Client: "a", Account: "drlee", Person: "Practitioner/2", Patient: "mary"}}
			b := w.browse(t, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
			form := url.Values{"csrf": {"token of cookie-0"}}
			if c.as != "" {
				b.signIn(c.as)
			} else {
				form.Set("csrf", markup.Fields(b.Get("/auth/sign-in").Form("/auth/sign-in")).Get("csrf"))
			}
			for name, value := range c.form {
				form[name] = value
			}
			w.failAt = failed + 1
			w.fault = []error{fhir.Fault("reading accounts", context.DeadlineExceeded), context.DeadlineExceeded}[failed%2]
			page := b.Do(c.method, c.path, form)
			if failing = w.failAt <= 0; !failing {
				continue
			}
			page.Is(http.StatusInternalServerError).Says("Sorry, something went wrong").Hides("deadline", "accounts", "Jones")
			reference := page.Header.Get("X-Request-Id")
			if reference == "" || !strings.Contains(log.String(), reference) || !strings.Contains(log.String(), "deadline") {
				t.Errorf("reference %q isn't in the log with the cause: %s", reference, &log)
			}
			page.Says(reference)
			if page.Header.Get("Set-Cookie") != "" || len(w.decisions) > 0 {
				t.Errorf("%s %s: something was done: %v, %v", c.method, c.path, page.Header, w.decisions)
			}
		}
		if failed-1 < c.lookups {
			t.Errorf("%s %s: only %d look-ups can fail", c.method, c.path, failed-1)
		}
	}
}
