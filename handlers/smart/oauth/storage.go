package oauth

import (
	"context"
	"net/url"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/handler/pkce"
	fositestorage "github.com/ory/fosite/storage"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
)

// paper is a code or a refresh token as it is kept, under its digest. What it is good for is the approval's.
type paper struct {
	Approval  string    `json:"approval"`
	Client    string    `json:"client"`
	Since     time.Time `json:"since"` // when the person signed in
	Redirect  string    `json:"redirect,omitempty"`
	Challenge string    `json:"challenge,omitempty"` // PKCE, S256
	Nonce     string    `json:"nonce,omitempty"`
	// Used says that there are tokens for it already: to show it again is to have stolen it.
	Used bool `json:"used,omitempty"`
	// Rotated is when a refresh token was used up, and Again that it was shown once more since, in the time that is
	// left for that.
	Rotated time.Time `json:"rotated,omitzero"`
	Again   bool      `json:"again,omitempty"`
	// Over is when a code can't be redeemed any more; it is kept longer, to tell when one is shown again.
	Over time.Time `json:"over,omitzero"`
}

// rotationGrace is how long a refresh token that was just used up may be used once more: an app that refreshes twice at
// once, or didn't get the answer, isn't a thief (RFC 9700 4.14.2 leaves it to the server). What comes after it revokes
// all.
const rotationGrace = 10 * time.Second

// spent says that a refresh token is no longer good.
func (p paper) spent(now time.Time) bool {
	return p.Used && (p.Again || now.Sub(p.Rotated).Abs() > rotationGrace)
}

// storage is the Records as fosite wants them. There are no records of access tokens: they are JWTs, dead with their
// approval.
type storage struct {
	*Provider
	codes, refresh state.Kind[paper]
}

var (
	_ fosite.Storage                = (*storage)(nil)
	_ oauth2.CoreStorage            = (*storage)(nil)
	_ oauth2.TokenRevocationStorage = (*storage)(nil)
	_ pkce.PKCERequestStorage       = (*storage)(nil)
	_ fositestorage.Transactional   = (*storage)(nil)
)

// codeKept is how long a used code is told from one that never was.
const codeKept = time.Hour

// GetClient is a registered client.
func (s *storage) GetClient(ctx context.Context, id string) (fosite.Client, error) {
	c, err := s.o.State.Client(ctx, id)
	return s.client(c), missing(err)
}

// ClientAssertionJWTValid isn't called: our own strategy authenticates clients.
func (s *storage) ClientAssertionJWTValid(context.Context, string) error { return fosite.ErrJTIKnown }

// SetClientAssertionJWT isn't called either.
func (s *storage) SetClientAssertionJWT(context.Context, string, time.Time) error {
	return fosite.ErrJTIKnown
}

// missing is fhir.NotFound as fosite knows it.
func missing(err error) error {
	if err != nil && fhir.KindOf(err) == fhir.NotFound {
		return fosite.ErrNotFound.WithWrap(err)
	}
	return err
}

// request is what a paper stands for. fosite.ErrNotFound if that is over.
func (s *storage) request(ctx context.Context, p paper) (*fosite.Request, error) {
	a, err := s.o.State.Live(ctx, p.Approval)
	if err != nil {
		return nil, missing(err)
	}
	c, err := s.o.State.Client(ctx, p.Client)
	if err != nil {
		return nil, missing(err)
	}
	scopes := s.told(a, s.scopes(a.Scopes))
	return &fosite.Request{
		ID: a.ID, Client: s.client(c), RequestedScope: scopes, GrantedScope: scopes, RequestedAt: a.Since,
		RequestedAudience: fosite.Arguments{s.o.Base}, GrantedAudience: fosite.Arguments{s.o.Base},
		Form:    url.Values{"redirect_uri": {p.Redirect}, "code_challenge": {p.Challenge}, "code_challenge_method": {"S256"}},
		Session: &session{approval: a, nonce: p.Nonce, since: p.Since, now: s.o.State.Now},
	}, nil
}

// dead is the request of a paper that was used before: fosite asks by its ID what to revoke.
func dead(p paper) *fosite.Request { return &fosite.Request{ID: p.Approval, Client: client{}} }

// CreateAuthorizeCodeSession keeps a new code. It lasts a minute (A7).
func (s *storage) CreateAuthorizeCodeSession(ctx context.Context, signature string, r fosite.Requester) error {
	se, form := r.GetSession().(*session), r.GetRequestForm()
	now := s.o.State.Now()
	p := paper{Approval: se.approval.ID, Client: r.GetClient().GetID(), Since: se.since, Nonce: se.nonce,
		Redirect: form.Get("redirect_uri"), Challenge: form.Get("code_challenge"), Over: now.Add(CodeLife)}
	return s.write(ctx, s.codes.Put(signature, p, now.Add(codeKept), 0))
}

// GetAuthorizeCodeSession is what a code stands for.
func (s *storage) GetAuthorizeCodeSession(ctx context.Context, signature string, _ fosite.Session) (fosite.Requester, error) {
	e, err := s.codes.Get(ctx, signature)
	switch {
	case err != nil:
		return nil, missing(err)
	case e.Value.Used:
		return dead(e.Value), fosite.ErrInvalidatedAuthorizeCode
	case !s.o.State.Now().Before(e.Value.Over):
		return nil, fosite.ErrNotFound
	}
	r, err := s.request(ctx, e.Value)
	if err != nil {
		return nil, err // not the nil *Request
	}
	return r, nil
}

// InvalidateAuthorizeCodeSession uses a code up: of two who show it at once, one commits.
func (s *storage) InvalidateAuthorizeCodeSession(ctx context.Context, signature string) error {
	e, err := s.codes.Get(ctx, signature)
	if err != nil {
		return missing(err)
	}
	if e.Value.Used {
		return fosite.ErrInactiveToken
	}
	e.Value.Used = true
	return s.write(ctx, s.codes.Put(signature, e.Value, e.Expires, e.Revision))
}

// CreatePKCERequestSession has nothing to keep: the challenge is with the code.
func (s *storage) CreatePKCERequestSession(context.Context, string, fosite.Requester) error {
	return nil
}

// GetPKCERequestSession is the code's request, with the challenge.
func (s *storage) GetPKCERequestSession(ctx context.Context, signature string, se fosite.Session) (fosite.Requester, error) {
	return s.GetAuthorizeCodeSession(ctx, signature, se)
}

// DeletePKCERequestSession has nothing to delete.
func (s *storage) DeletePKCERequestSession(context.Context, string) error { return nil }

// CreateRefreshTokenSession keeps a new refresh token for as long as its approval lasts.
func (s *storage) CreateRefreshTokenSession(ctx context.Context, signature, _ string, r fosite.Requester) error {
	se := r.GetSession().(*session)
	p := paper{Approval: se.approval.ID, Client: r.GetClient().GetID(), Since: se.since}
	return s.write(ctx, s.refresh.Put(signature, p, s.o.State.Lasts(se.approval), 0))
}

// GetRefreshTokenSession is what a refresh token stands for; fosite.ErrInactiveToken if it was used before.
func (s *storage) GetRefreshTokenSession(ctx context.Context, signature string, _ fosite.Session) (fosite.Requester, error) {
	e, err := s.refresh.Get(ctx, signature)
	if err != nil {
		return nil, missing(err)
	}
	if e.Value.spent(s.o.State.Now()) {
		return dead(e.Value), fosite.ErrInactiveToken
	}
	r, err := s.request(ctx, e.Value)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// RotateRefreshToken uses a refresh token up, or what is left of it.
func (s *storage) RotateRefreshToken(ctx context.Context, _, signature string) error {
	e, err := s.refresh.Get(ctx, signature)
	if err != nil {
		return missing(err)
	}
	now := s.o.State.Now()
	switch p := &e.Value; {
	case p.spent(now):
		return fosite.ErrInactiveToken
	case p.Used:
		p.Again = true
	default:
		p.Used, p.Rotated = true, now.UTC()
	}
	return s.write(ctx, s.refresh.Put(signature, e.Value, e.Expires, e.Revision))
}

// DeleteRefreshTokenSession does nothing: what was used is kept, to tell when it's used again.
func (s *storage) DeleteRefreshTokenSession(context.Context, string) error { return nil }

// RevokeRefreshToken ends the approval, and all its tokens with it.
func (s *storage) RevokeRefreshToken(ctx context.Context, approval string) error {
	return s.o.State.Revoke(ctx, approval)
}

// RevokeAccessToken is the same.
func (s *storage) RevokeAccessToken(ctx context.Context, approval string) error {
	return s.o.State.Revoke(ctx, approval)
}

// CreateAccessTokenSession has nothing to keep.
func (s *storage) CreateAccessTokenSession(context.Context, string, fosite.Requester) error {
	return nil
}

// GetAccessTokenSession is what an access token of ours stands for; it is asked when one is revoked.
func (s *storage) GetAccessTokenSession(ctx context.Context, token string, _ fosite.Session) (fosite.Requester, error) {
	c, err := s.Read(ctx, token)
	if err != nil {
		return nil, missing(err)
	}
	r, err := s.request(ctx, paper{Approval: c.Approval, Client: c.Client})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// DeleteAccessTokenSession has nothing to delete.
func (s *storage) DeleteAccessTokenSession(context.Context, string) error { return nil }

// batch collects what fosite writes between BeginTX and Commit.
type batch struct {
	approval string
	writes   []store.RecordWrite
}

type batchKey struct{}

// BeginTX begins to collect.
func (s *storage) BeginTX(ctx context.Context) (context.Context, error) {
	b := &batch{}
	if r, ok := ctx.Value(fosite.AccessRequestContextKey).(fosite.AccessRequester); ok {
		if se, ok := r.GetSession().(*session); ok {
			b.approval = se.approval.ID
		}
	}
	return context.WithValue(ctx, batchKey{}, b), nil
}

// Commit writes it all, if the approval still stands: codes used up, tokens new, and the approval's time extended.
// fhir.Conflict if another was first, by whichever instance.
func (s *storage) Commit(ctx context.Context) error {
	b, ok := ctx.Value(batchKey{}).(*batch)
	if !ok || len(b.writes) == 0 {
		return nil
	}
	return s.o.State.Extend(ctx, b.approval, b.writes...)
}

// Rollback forgets it.
func (s *storage) Rollback(context.Context) error { return nil }

func (s *storage) write(ctx context.Context, w store.RecordWrite) error {
	if b, ok := ctx.Value(batchKey{}).(*batch); ok {
		b.writes = append(b.writes, w)
		return nil
	}
	return s.o.State.Commit(ctx, w)
}
