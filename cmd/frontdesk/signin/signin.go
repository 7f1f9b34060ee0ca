package signin

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/oauth2"
)

// Request is who wants a token, and for what.
type Request struct {
	Base     string // the server's FHIR base URL
	Client   string // the client_id of a public app
	Redirect string // a redirect URI that is registered for it; nothing needs to listen there
	Scope    string

	Account, Password string
	Code              string // of the second step, if the account has one
	// As is the reference to which of several persons the account acts as, "" if it is one.
	As string
	// Patient is the id of the patient whom the token is for, if the account is staff's.
	Patient string
}

// Token signs in, allows the app all that it asks for, and gives what the token endpoint gives. Its errors tell a
// person what to do.
func Token(ctx context.Context, r Request) (*oauth2.Token, error) {
	endpoint, err := discover(ctx, r.Base)
	if err != nil {
		return nil, err
	}
	app := oauth2.Config{ClientID: r.Client, RedirectURL: r.Redirect, Scopes: strings.Fields(r.Scope), Endpoint: endpoint}
	verifier, state := oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	link := app.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("aud", r.Base))
	answer, err := r.allow(ctx, link)
	switch {
	case err != nil:
		return nil, err
	case answer.Get("state") != state: // RFC 6749 10.12
		return nil, errors.New("the answer is to another request than ours. Try again")
	case answer.Get("code") == "":
		return nil, fmt.Errorf("the server refuses: %s (%s)", answer.Get("error_description"), answer.Get("error"))
	}
	return app.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(verifier))
}

// discover reads where to authorize and where tokens are (SMART App Launch 2.2, conformance).
func discover(ctx context.Context, base string) (e oauth2.Endpoint, err error) {
	at := strings.TrimRight(base, "/") + "/.well-known/smart-configuration"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return e, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return e, unreachable(err)
	}
	defer resp.Body.Close()
	var told struct {
		Authorize string `json:"authorization_endpoint"`
		Token     string `json:"token_endpoint"`
	}
	err = json.NewDecoder(io.LimitReader(resp.Body, largest)).Decode(&told)
	if err != nil || resp.StatusCode != http.StatusOK || told.Authorize == "" || told.Token == "" {
		return e, fmt.Errorf("%s gives no SMART configuration (%s). Name the server's FHIR base URL by --base-url", at, resp.Status)
	}
	return oauth2.Endpoint{AuthURL: told.Authorize, TokenURL: told.Token, AuthStyle: oauth2.AuthStyleInParams}, nil
}

// unreachable says what to do about a server that can't be asked.
func unreachable(err error) error {
	var bad *tls.CertificateVerificationError
	if errors.As(err, &bad) {
		return fmt.Errorf("%w. The server answers, but its certificate isn't one that this machine trusts. Put the certificate of its authority into a file and name that by SSL_CERT_FILE", err)
	}
	return fmt.Errorf("%w. Is the server running there? If it is elsewhere, name it by --base-url", err)
}

// most is how many pages there are at the most between the app's link and its answer.
const most = 8

// allow goes from page to page until the server answers the app, and gives the parameters of the answer.
func (r Request) allow(ctx context.Context, link string) (url.Values, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	b := &browser{&http.Client{Jar: jar, Timeout: time.Minute}, r.Redirect}
	p, err := b.get(ctx, link)
	asked := map[string]bool{} // which questions were answered: a page that asks again found the answer wrong
	for range most {
		if err != nil {
			return nil, err
		}
		if p.root == nil {
			return p.at.Query(), nil
		}
		question, form, typed := r.answer(p)
		if question == "" || asked[question] {
			return nil, p.says()
		}
		asked[question] = true
		if form == nil { // the page that finds a patient for staff: the patient is known
			p, err = b.get(ctx, p.at.ResolveReference(&url.URL{Path: "consent", RawQuery: typed.Encode()}).String())
			continue
		}
		p, err = b.send(ctx, p, form, typed)
	}
	return nil, errors.New("the server asks and asks. Sign in with a browser to see what it wants")
}

// answer is what a page asks, the form for it, and what to type; question is "" if that isn't known.
func (r Request) answer(p *page) (question string, form *html.Node, typed url.Values) {
	if form := p.form("password"); form != nil {
		return "who", form, url.Values{"name": {r.Account}, "password": {r.Password}}
	}
	if form := p.form("code"); form != nil && r.Code != "" {
		return "which code", form, url.Values{"code": {r.Code}}
	}
	if form := p.form("answer"); form != nil {
		return "whether", form, url.Values{"answer": {"allow"}}
	}
	if form := p.form("as"); form != nil && r.As != "" {
		return "as whom", form, url.Values{"as": {r.As}}
	}
	if request := p.at.Query().Get("request"); request != "" && r.Patient != "" {
		return "for whom", nil, url.Values{"request": {request}, "patient": {r.Patient}}
	}
	return "", nil, nil
}
