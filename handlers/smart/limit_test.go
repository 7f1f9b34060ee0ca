package smart_test

import (
	"net/http"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/smart"
)

// TestRequestsToAuthorizeAreLimitedByAddress: nobody fills the store before having signed in.
func TestRequestsToAuthorizeAreLimitedByAddress(t *testing.T) {
	from := "192.0.2.1"
	w := newWorld(t, func(o *smart.Options) {
		o.AuthorizeRate = 3
		o.Pages.Address = func(*http.Request) string { return from }
	})
	w.register()
	refused := func(what string) {
		t.Helper()
		if to := w.authorize(nil); to != nil || fhir.KindOf(w.person.failed) != fhir.Throttled {
			t.Errorf("%s: sent to %v, %v", what, to, w.person.failed)
		}
	}
	for range 3 {
		w.code(nil)
	}
	refused("the fourth")
	from = "192.0.2.2"
	w.code(nil)
	from = "192.0.2.1"
	w.clock.pass(20 * time.Second)
	w.code(nil) // a third of a minute is one more
	refused("one more than that")
	// A home has a /64 of IPv6.
	for _, from = range []string{"2001:db8::1", "2001:db8::2", "2001:db8::3"} {
		w.code(nil)
	}
	from = "2001:db8::4"
	refused("from another address of the same home")
}

// TestOneTooManyIsToldWhenToComeBack: the page is 429 with Retry-After.
func TestOneTooManyIsToldWhenToComeBack(t *testing.T) {
	w := newWorld(t, withPages, func(o *smart.Options) { o.AuthorizeRate = 2 })
	w.register()
	ask := func() *http.Response {
		r, err := http.NewRequest(http.MethodGet, w.auth+"/authorize?"+w.request(nil).Encode(), nil)
		must(t, err)
		return w.browser(r)
	}
	for range 2 {
		if resp := ask(); resp.StatusCode != http.StatusOK {
			t.Fatalf("%d", resp.StatusCode)
		}
	}
	resp := ask()
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "31" || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	if n := w.server.Throttled(); n != 1 {
		t.Errorf("%d are counted as throttled", n)
	}
}
