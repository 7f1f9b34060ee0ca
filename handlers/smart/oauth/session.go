package oauth

import (
	"strings"
	"time"

	"github.com/ory/fosite"

	"frontdesk/handlers/smart/state"
)

// session is what a request for a token is about, as fosite carries it around.
type session struct {
	approval state.Approval
	nonce    string    // of the authorize request, for the first id_token
	since    time.Time // when the person signed in
	now      func() time.Time
	expires  map[fosite.TokenType]time.Time
}

var _ fosite.Session = (*session)(nil)

// SetExpiresAt notes when a token expires, by our clock, which a test may have put forward, and in whole seconds as
// JWTs have it. No access token outlives what the person approved.
func (s *session) SetExpiresAt(token fosite.TokenType, at time.Time) {
	if s.expires == nil {
		s.expires = map[fosite.TokenType]time.Time{}
	}
	at = s.now().Truncate(time.Second).Add(time.Until(at).Round(time.Second))
	if until := s.approval.Until; token == fosite.AccessToken && !until.IsZero() && at.After(until) {
		at = until
	}
	s.expires[token] = at
}

func (s *session) GetExpiresAt(token fosite.TokenType) time.Time { return s.expires[token] }
func (s *session) GetUsername() string                           { return s.approval.Account }
func (s *session) GetSubject() string                            { return s.approval.Subject }

// Clone is the same once more: the token endpoint changes it.
func (s *session) Clone() fosite.Session {
	c := *s
	c.expires = map[fosite.TokenType]time.Time{}
	return &c
}

// patient is whose record the app was opened for, an id.
func (s *session) patient() string { return s.approval.Patient }

// encounter is the EHR's, an id.
func (s *session) encounter() string {
	if s.approval.Launch == nil {
		return ""
	}
	return s.approval.Launch.Encounter
}

// has says whether one of some granted scopes is a word.
func has(scopes []string, words ...string) bool {
	for _, s := range scopes {
		for _, w := range words {
			if s == w {
				return true
			}
		}
	}
	return false
}

// scopesOf are the texts of a list of scopes.
func scopesOf(text string) fosite.Arguments { return strings.Fields(text) }
