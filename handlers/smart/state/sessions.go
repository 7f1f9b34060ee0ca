package state

import (
	"context"
	"time"

	"frontdesk/fhir"
)

// SignIn begins the session of an account. The cookie's value is known to the browser alone. methods are how the person
// has signed in, if that is known.
func (s *Store) SignIn(ctx context.Context, a Account, methods ...string) (cookie string, _ Session, _ error) {
	return s.SignInFor(ctx, a, "", methods...)
}

// SignInFor is SignIn to answer an app's request that waits; "" for none.
func (s *Store) SignInFor(
	ctx context.Context, a Account, request string, methods ...string,
) (cookie string, _ Session, _ error) {
	cookie = NewSecret()
	se := s.newSession(cookie, a, request)
	se.Methods = methods
	return cookie, se, s.Commit(ctx, s.sessions.Put(se.ID, se, se.Since.Add(s.SessionLife), 0))
}

// Does says whether a sign-in will do for a request that wants one since a moment. One that was made for that request
// is newer than the request, whatever a clock says that was set back meanwhile.
func (se *Session) Does(request string, since time.Time) bool {
	return !se.Since.Before(since) || se.For(request)
}

// For says whether a session was begun to answer an app's request.
func (se *Session) For(request string) bool { return request != "" && se.Request == Digest(request) }

func (s *Store) newSession(cookie string, a Account, request string) Session {
	now := s.now().UTC()
	se := Session{ID: Digest(cookie), Account: a.Name, Subject: a.Subject, Since: now, Used: now,
		Generation: a.Generation, Safer: a.Safer, CSRF: NewSecret()}
	if request != "" {
		se.Request = Digest(request)
	}
	return se
}

// Session is the session of a cookie. fhir.NotFound if it has ended, by itself or because the account was suspended,
// removed or given another password.
func (s *Store) Session(ctx context.Context, cookie string) (Session, error) {
	e, err := s.sessions.Get(ctx, Digest(cookie))
	if err != nil {
		return Session{}, err
	}
	se, now := e.Value, s.now().UTC()
	se.ID = e.Key
	a, err := s.Account(ctx, se.Account)
	if err != nil {
		return Session{}, err
	}
	if se.Half || a.Suspended || a.Subject != se.Subject || se.Generation != a.Generation || now.Sub(se.Used) > s.SessionIdle {
		return Session{}, s.sessions.missing()
	}
	if now.Sub(se.Used) > time.Minute {
		se.Used = now
		err := s.Commit(ctx, s.sessions.Put(e.Key, se, e.Expires, e.Revision))
		if err != nil && fhir.KindOf(err) != fhir.Conflict { // another request of the same browser has noted it
			return Session{}, err
		}
	}
	return se, nil
}

// ActAs keeps in which role, and for whom, a person uses our own pages. It is for the caller to know that it is one of
// those the person has.
func (s *Store) ActAs(ctx context.Context, cookie, as string) error {
	_, err := s.sessions.Change(ctx, Digest(cookie), func(se *Session) error { se.As = as; return nil })
	return err
}

// SignOut ends a session, and with it the approvals that have online access only (R3).
func (s *Store) SignOut(ctx context.Context, cookie string) error {
	id := Digest(cookie)
	if err := s.Commit(ctx, s.sessions.Remove(id, -1)); err != nil {
		return err
	}
	return s.revokeAll(ctx, "session/"+id+"/")
}
