package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"frontdesk/handlers/pages/markup"

	"golang.org/x/net/html"
)

// TestTheDemoSignsInAtAClick: as somebody made up, who then sees the next appointment; and no form of another site
// does that.
func TestTheDemoSignsInAtAClick(t *testing.T) {
	r := start(t, "demo", "--listen", "127.0.0.1:0", "--patients", "3")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	see := func(resp *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		root, err := html.Parse(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return markup.Text(root)
	}
	contains(t, "the start page", see(browser.Get(r.root()+"/")), "Margaret Okafor (patient)", r.base, "Ready")
	for account, want := range map[string]string{"patient": "Next appointment When", "doctor": "Signed in as",
		"husband": "You are acting for"} {
		contains(t, account, see(browser.PostForm(r.root()+"/demo/sign-in", url.Values{"name": {account}})), want)
	}
	forged, err := http.NewRequest(http.MethodPost, r.root()+"/demo/sign-in", strings.NewReader("name=patient"))
	if err != nil {
		t.Fatal(err)
	}
	forged.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	forged.Header.Set("Sec-Fetch-Site", "cross-site")
	contains(t, "another site's form", see(browser.Do(forged)), "nothing was changed")
}

// TestNobodySignsInAtAClickWherePeopleAreReal: there is no such route, whatever accounts there are.
func TestNobodySignsInAtAClickWherePeopleAreReal(t *testing.T) {
	folder := t.TempDir()
	r := start(t, "serve", "--new", "--store", "sqlite:"+folder, "--listen", "127.0.0.1:0")
	resp, err := http.PostForm(r.root()+"/demo/sign-in", url.Values{"name": {"patient"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", resp.StatusCode)
	}
}
