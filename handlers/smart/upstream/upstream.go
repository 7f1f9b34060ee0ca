package upstream

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/smart/state"
)

// Options are what an Upstream is made of. Config, State, URL and Fail must be given.
type Options struct {
	Config Config
	State  *state.Store
	URL    string // of our authorization server, as "https://records.example/auth": below it are /upstream and /upstream/callback
	// Fail shows an error page (signin.Pages.Fail).
	Fail func(w http.ResponseWriter, r *http.Request, err error)
	// Fresh says whether the app's request of this id wants the person to sign in anew; nil: none does.
	Fresh func(ctx context.Context, request string) bool
	HTTP  *http.Client // by which the provider is asked; default one that waits 10 seconds
}

// Upstream is an http.Handler for the way to the provider and back.
type Upstream struct {
	Config
	state    *state.Store
	flights  state.Kind[flight]
	callback string // our redirect URI
	path     string // of our authorization server
	cookies  pages.Cookies
	binding  binding
	provider provider
	fail     func(w http.ResponseWriter, r *http.Request, err error)
	fresh    func(ctx context.Context, request string) bool
}

// New makes an Upstream. The provider is asked where its endpoints are when the first person wants to sign in.
func New(o Options) (*Upstream, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || o.State == nil || o.Fail == nil {
		return nil, errors.New("signing in upstream needs the state, the error page and the absolute URL of our authorization server")
	}
	config, err := o.Config.ready()
	if err != nil {
		return nil, err
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	if o.Fresh == nil {
		o.Fresh = func(context.Context, string) bool { return false }
	}
	secure := u.Scheme == "https"
	return &Upstream{
		Config: config, state: o.State, flights: state.NewKind[flight](o.State, "upstream", "sign-in that was begun in this browser"),
		callback: o.URL + "/upstream/callback", path: u.Path, cookies: pages.Cookies{Secure: secure}, binding: binding{secure},
		provider: provider{issuer: config.Issuer, client: o.HTTP, now: o.State.Now}, fail: o.Fail, fresh: o.Fresh,
	}, nil
}

// ServeHTTP sends people to the provider (/upstream) and takes them back (/upstream/callback).
func (u *Upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address holds a code
	var err error
	switch {
	case r.Method != http.MethodGet:
		err = fhir.Errorf(fhir.NotAllowed, "", "This address can't be used that way. Go back and sign in again.")
	case r.URL.Path == u.path+"/upstream":
		err = u.start(w, r)
	case r.URL.Path == u.path+"/upstream/callback":
		err = u.finish(w, r)
	default:
		err = fhir.Errorf(fhir.NotFound, "", "There is nothing at this address. If you typed it, check that it is right.")
	}
	if err != nil {
		u.fail(w, r, err)
	}
}

// start sends the browser to the provider.
func (u *Upstream) start(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, err := u.provider.get(ctx)
	if err != nil {
		return u.unavailable(err)
	}
	request := r.URL.Query().Get("request")
	secret := state.NewSecret()
	id, err := u.depart(ctx, secret, request)
	if err != nil {
		return err
	}
	u.binding.set(w, secret)
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier(secret, id)), oidc.Nonce(nonce(secret, id))}
	for name, value := range u.Parameters {
		options = append(options, oauth2.SetAuthURLParam(name, value))
	}
	if request != "" && u.fresh(ctx, request) {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	http.Redirect(w, r, u.oauth(p).AuthCodeURL(id, options...), http.StatusSeeOther)
	return nil
}

// finish takes the person back, and signs in the account.
func (u *Upstream) finish(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	id, secret := q.Get("state"), u.binding.get(r)
	f, err := u.land(ctx, id, secret)
	if err != nil {
		return err
	}
	u.binding.set(w, "")
	// Only the provider that the browser was sent to may answer (RFC 9207 2.4).
	if iss := q.Get("iss"); iss != "" && iss != u.Issuer {
		return again("The answer didn't come from %s.", u.Name)
	}
	if problem := q.Get("error"); problem != "" {
		return u.denied(problem)
	}
	who, err := u.identify(ctx, q.Get("code"), verifier(secret, id), nonce(secret, id))
	if err != nil {
		return err
	}
	account, err := u.account(ctx, who)
	if err != nil {
		return err
	}
	return u.signIn(w, r, account, f.Request)
}

// signIn begins a new session, and never takes up an old one (session fixation).
func (u *Upstream) signIn(w http.ResponseWriter, r *http.Request, account state.Account, request string) error {
	if old := u.cookies.Session(r); old != "" {
		if err := u.state.SignOut(r.Context(), old); err != nil && fhir.KindOf(err) != fhir.NotFound {
			return err
		}
	}
	cookie, _, err := u.state.SignInFor(r.Context(), account, request)
	if err != nil {
		return err
	}
	u.cookies.SignedIn(w, cookie)
	next := u.path + "/manage"
	if request != "" {
		next = u.path + "/consent?" + url.Values{"request": {request}}.Encode()
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// oauth is x/oauth2's view of us at the provider.
func (u *Upstream) oauth(p *oidc.Provider) *oauth2.Config {
	// Not left to x/oauth2, which would try both ways, the second with a code that the first has used up.
	endpoint := p.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if u.key != nil || postsSecrets(p) {
		endpoint.AuthStyle = oauth2.AuthStyleInParams // with a key only client_id: the assertion does the rest
	}
	return &oauth2.Config{ClientID: u.Client, ClientSecret: u.secret, Endpoint: endpoint, RedirectURL: u.callback, Scopes: u.Scopes}
}

// denied is for a person who comes back without having signed in (OIDC core 3.1.2.6). What the provider wrote of it is
// not shown: anybody can write an address.
func (u *Upstream) denied(problem string) error {
	if problem == "temporarily_unavailable" || problem == "server_error" {
		return u.unavailable(errors.New("the provider answered " + problem))
	}
	return again("You did not sign in with %s.", u.Name)
}

func (u *Upstream) unavailable(cause error) error {
	return &fhir.Error{Kind: fhir.Unavailable, RetryAfter: retry, Err: cause, Issues: []fhir.Issue{{
		Text: u.Name + " can't be reached just now. Wait a minute, then go back and try again."}}}
}

// again is an error that starting over may help.
func again(format string, args ...any) *fhir.Error {
	e := fhir.Errorf(fhir.Invalid, "", format, args...)
	e.Issues[0].Text += " Go back to your app, or to the page that you came from, and sign in again."
	return e
}
