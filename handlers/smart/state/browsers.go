package state

import (
	"context"
	"time"
)

// BrowserLife is how long a browser is known after somebody last signed in there.
const BrowserLife = 180 * 24 * time.Hour

// browserKey is under what it is kept that an account has signed in in a browser. For an account that isn't there it is
// one that isn't either.
func browserKey(browser string, a Account) string { return Digest(browser) + "/" + Digest(a.Subject) }

// Recognise keeps that an account has signed in in a browser, and gives the value by which the browser is known next
// time: the one that it has, if it has one. It opens nothing: it only lets the next sign-in there be counted by itself
// (From).
func (s *Store) Recognise(ctx context.Context, a Account, browser string) (string, error) {
	if browser == "" {
		browser = NewSecret()
	}
	return browser, s.Commit(ctx, s.browsers.Put(browserKey(browser, a), count{}, s.now().Add(BrowserLife), -1))
}
