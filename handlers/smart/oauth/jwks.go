package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	fetchEvery = time.Minute // at the most, for assertions that no known key has signed
	fetchTime  = 5 * time.Second
	fetchSize  = 256 << 10
	keepLong   = time.Hour       // at the most, whatever Cache-Control says
	keepShort  = 5 * time.Minute // where it says nothing
)

// keySets are the JWKS of clients that are registered by URL, remembered for as long as their Cache-Control lets us
// (C7).
type keySets struct {
	http *http.Client
	now  func() time.Time

	mu   sync.Mutex
	sets map[string]*keySet
}

// keySet is one client's.
type keySet struct {
	mu    sync.Mutex
	keys  jose.JSONWebKeySet
	tried time.Time // when it was last fetched, or tried to be
	fresh time.Time // until when it may be used without asking again
}

func newKeySets(client *http.Client, now func() time.Time) *keySets {
	if client == nil {
		client = &http.Client{Timeout: fetchTime}
	}
	careful := *client
	// The URL that is registered is the one that is trusted, not where it leads.
	careful.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &keySets{http: &careful, now: now, sets: map[string]*keySet{}}
}

// check has a signature checked by the keys at a URL. They are fetched when there are none, when what is remembered is
// too old, or when it doesn't have the key: but for what no remembered key has signed, once a minute at the most. So
// whoever makes up assertions can't have us flood the client's server.
func (s *keySets) check(ctx context.Context, url string, check func(jose.JSONWebKeySet) error) error {
	s.mu.Lock()
	set := s.sets[url]
	if set == nil {
		set = &keySet{}
		s.sets[url] = set
	}
	s.mu.Unlock()
	set.mu.Lock()
	defer set.mu.Unlock()
	err := check(set.keys)
	now := s.now()
	if err == nil && now.Before(set.fresh) || err != nil && !set.tried.IsZero() && now.Before(set.tried.Add(fetchEvery)) {
		return err
	}
	if err := s.fetch(ctx, url, set); err != nil {
		return refused("The client's JWKS can't be fetched just now. Try again in a minute.", err)
	}
	return check(set.keys)
}

// fetch gets a key set anew.
func (s *keySets) fetch(ctx context.Context, url string, set *keySet) error {
	set.tried, set.fresh = s.now(), time.Time{}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTime) // others wait for it too
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := s.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the JWKS was answered with status %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, fetchSize+1))
	if err != nil {
		return err
	}
	if len(body) > fetchSize {
		return errors.New("the JWKS is too large")
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(body, &keys); err != nil {
		return err
	}
	set.keys, set.fresh = keys, set.tried.Add(keep(resp.Header))
	return nil
}

// keep is how long a response may be used again (RFC 9111 5.2.2).
func keep(h http.Header) time.Duration {
	life := keepShort
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			seconds, err := strconv.Atoi(strings.Trim(value, `"`))
			if err != nil {
				return 0
			}
			life = time.Duration(min(max(seconds, 0), int(keepLong/time.Second))) * time.Second
		}
	}
	if age, err := strconv.Atoi(h.Get("Age")); err == nil && age > 0 {
		life -= time.Duration(min(age, int(keepLong/time.Second))) * time.Second
	}
	return life
}
