package practice_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"frontdesk/store/audit"
)

func TestP13_AReferenceTellsSupportTheCauseAndTheAppAndNothingOfTheRecord(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		a := p.patient("ann").is(http.StatusNotFound, p.patient("ann").get("/Observation/mine-or-not"))
		_, _, text := a.issue()
		reference := a.header.Get("X-Request-Id")
		if !strings.Contains(a.body, "Reference: "+reference) || !strings.Contains(text, "Check") {
			t.Errorf("the error has no reference, or doesn't say what to do: %s", a.body)
		}
		p.must(p.audit.Flush(t.Context()))
		p.tells(reference)
		if found, err := audit.Look(t.Context(), p.store, "no,such|reference"); err != nil || len(found) > 0 {
			t.Errorf("another reference: %+v, %v", found, err)
		}
	})
}

func TestP13_WhatIsNotFiledYetIsFoundToo(t *testing.T) {
	for name, open := range backends {
		t.Run(name, func(t *testing.T) {
			p := newPractice(t, open, func(o *audit.Options) { o.Elsewhere = true })
			a := p.patient("ann").is(http.StatusNotFound, p.patient("ann").get("/Observation/mine-or-not"))
			p.must(p.audit.Flush(t.Context())) // it is in the chain, and nobody files it
			if filed := p.staff().is(http.StatusOK, p.staff().get("/AuditEvent?_total=accurate&_summary=count")); !strings.Contains(filed.body, `"total":0`) {
				t.Fatalf("it is filed: %s", filed.body)
			}
			p.tells(a.header.Get("X-Request-Id"))
		})
	}
}

// tells fails the story unless support is told of one read of nothing, and no more.
func (p *practice) tells(reference string) {
	p.Helper()
	found, err := audit.Look(p.Context(), p.store, reference)
	p.must(err)
	if len(found) != 1 {
		p.Fatalf("found %+v", found)
	}
	got := found[0]
	if got.When.IsZero() {
		p.Error("it doesn't say when")
	}
	got.When = time.Time{}
	if want := (audit.Trace{What: "read", App: "app", As: "Patient", Status: http.StatusNotFound, Cause: "not-found"}); got != want {
		p.Errorf("%+v, want %+v", got, want)
	}
}

func TestP13_WhoMakesAnAppCanCheckWhatItSends(t *testing.T) {
	on(t, func(p *practice) {
		check := func(query url.Values) string {
			r := httptest.NewRequest(http.MethodGet, issuer+"/check?"+query.Encode(), nil)
			w := httptest.NewRecorder()
			p.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			return w.Body.String()
		}
		if page := check(nil); !strings.Contains(page, base) || !strings.Contains(page, issuer) {
			t.Errorf("the addresses aren't shown: %s", page)
		}
		now := p.clock.now()
		good := url.Values{"client_id": {"app"}, "redirect_uri": {"https://app.example/after"}, "scope": {"patient/Observation.rs"}, "time": {now.Format(time.RFC3339)}}
		if page := check(good); strings.Count(page, ": right.") != 4 || strings.Contains(page, "not right") {
			t.Errorf("all is right: %s", page)
		}
		for name, wrong := range map[string]string{"client_id": "ap", "redirect_uri": "https://app.example/after/", "scope": "patient/Observation.sr", "time": now.Add(time.Hour).Format(time.RFC3339)} {
			if page := check(url.Values{"client_id": good["client_id"], name: {wrong}}); !strings.Contains(page, ": not right.") {
				t.Errorf("%s=%s is taken for right", name, wrong)
			}
		}
		if page := check(url.Values{"client_id": {`<script>alert(1)</script>`}}); strings.Contains(page, "<script>") {
			t.Error("what is typed becomes markup")
		}
	})
}
