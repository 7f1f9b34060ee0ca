package practice_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// hostilePassword is Ann's, at whom passwords are guessed while she signs in.
const hostilePassword = "correct horse battery"

// streams is a client whose requests are streams of one connection (HTTP/2), which it resets one by one.
func streams() *http.Client {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: &http.Transport{Protocols: &protocols}}
}

// reset asks for something that takes a while, and resets the stream after a random while.
func (s *siege) reset(r *rand.Rand) error {
	span := time.Duration(r.Int64N(int64(100*time.Microsecond) << r.IntN(7)))
	ctx, cancel := context.WithTimeout(s.Context(), span)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/fhir"+slowSearch(r), nil)
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer "+s.anyToken(r))
	resp, err := s.streams.Do(q)
	if err != nil {
		return nil // it was reset
	}
	defer resp.Body.Close()
	if _, err = io.Copy(io.Discard, resp.Body); err == nil && resp.StatusCode == http.StatusInternalServerError {
		return errors.New("a stream is answered 500")
	}
	return nil
}

// person is a browser that keeps its cookies, whatever they say of https.
type person struct {
	address string
	cookies map[string]string
}

// send asks for a page, or sends a form; what comes is not followed.
func (p *person) send(method, path string, form url.Values) (status int, body string, err error) {
	var pairs []string
	for name, value := range p.cookies {
		pairs = append(pairs, name+"="+value)
	}
	c, err := net.Dial("tcp", p.address)
	if err != nil {
		return 0, "", err
	}
	defer c.Close()
	text := request(method, path, "", form.Encode(), "Accept: text/html", "Origin: https://gp.example",
		"Content-Type: application/x-www-form-urlencoded", "Cookie: "+strings.Join(pairs, "; "))
	if _, err := io.WriteString(c, text); err != nil {
		return 0, "", err
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	for _, set := range resp.Cookies() {
		p.cookies[set.Name] = set.Value
	}
	page, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(page), err
}

var formToken = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// signIn fills in the sign-in page, and gives the status of what comes of it.
func (p *person) signIn(name, password string) (int, error) {
	status, page, err := p.send(http.MethodGet, "/auth/sign-in", nil)
	if status == http.StatusSeeOther || err != nil {
		return status, err // signed in already
	}
	token := formToken.FindStringSubmatch(page)
	if token == nil {
		return status, fmt.Errorf("the page to sign in on is %d, without a form: %s", status, page)
	}
	status, _, err = p.send(http.MethodPost, "/auth/sign-in",
		url.Values{"name": {name}, "password": {password}, "csrf": {token[1]}})
	return status, err
}

// guess tries a wrong password at Ann's account, or at one that somebody made up.
func (s *siege) guess(r *rand.Rand) error {
	if r.IntN(3) == 0 {
		return s.guessAt(fmt.Sprintf("made-up-%d", r.IntN(1000)))
	}
	return s.guessAt("ann")
}

// guessAt tries a wrong password at an account.
func (s *siege) guessAt(name string) error {
	p := person{s.address, map[string]string{}}
	status, err := p.signIn(name, "a guess")
	if status == http.StatusInternalServerError || status == http.StatusSeeOther {
		return fmt.Errorf("a guess is answered %d: %w", status, err)
	}
	return nil
}

// signsIn signs Ann in from her own browser, which the guesses of others keep nobody from, and out again.
func (w *worker) signsIn(p *person) error {
	if status, err := p.signIn("ann", hostilePassword); status != http.StatusSeeOther {
		return fmt.Errorf("Ann's sign-in is answered %d, %v", status, err)
	}
	status, page, err := p.send(http.MethodGet, "/auth/manage", nil)
	if status != http.StatusOK || err != nil {
		return fmt.Errorf("Ann's apps are answered %d, %v", status, err)
	}
	token := formToken.FindStringSubmatch(page)
	if token == nil {
		_, page, err = p.send(http.MethodGet, "/auth/sign-out", nil)
		if token = formToken.FindStringSubmatch(page); token == nil {
			return fmt.Errorf("there is no form to sign out, %v", err)
		}
	}
	status, _, err = p.send(http.MethodPost, "/auth/sign-out", url.Values{"csrf": {token[1]}})
	if status != http.StatusSeeOther {
		return fmt.Errorf("Ann's sign-out is answered %d, %v", status, err)
	}
	return nil
}
