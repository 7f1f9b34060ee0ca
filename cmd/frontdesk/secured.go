package main

import (
	"net/netip"
	"net/url"
	"time"

	"frontdesk/handlers/wire"
)

// tokenLifeMax is the longest that an access token lives (SMART App Launch 2.2: expires_in should be at most an hour).
const tokenLifeMax = time.Hour

// Secured are the settings by which strangers are kept out.
type Secured struct {
	TLSCert        string    `name:"tls-cert" type:"path" placeholder:"FILE" help:"Certificate chain (PEM) to serve https with. It is read again when it changes." group:"TLS"`
	TLSKey         string    `name:"tls-key" type:"path" placeholder:"FILE" help:"Private key (PEM) of --tls-cert." group:"TLS"`
	TrustedProxies []Network `placeholder:"NETWORK" help:"Addresses of the proxies in front of the server, as 10.0.0.0/8: they do TLS, and tell who asks (Forwarded, X-Forwarded-For)." group:"TLS"`

	TokenLife     time.Duration `default:"1h" help:"How long an access token lives, an hour at most." group:"SMART"`
	SessionLife   time.Duration `default:"12h" help:"How long after signing in a person must do so again." group:"SMART"`
	SessionIdle   time.Duration `default:"30m" help:"How long a browser may be still before a person must sign in again." group:"SMART"`
	AuthorizeRate int           `default:"120" help:"How many requests of apps for access one address may begin in a minute. Many people can share an address: give more where they do." group:"SMART"`
	StaffMFA      string        `name:"staff-mfa" default:"on" enum:"on,off" help:"Whether staff who sign in with a password need a code from their phone too: on, or off, as in the demo. Others may set that up." group:"SMART"`
	Issuers       string        `type:"path" placeholder:"FILE" help:"Other issuers (YAML) whose access tokens are accepted." group:"SMART"`
	Upstream      string        `type:"path" placeholder:"FILE" help:"An OpenID provider (YAML), as NHS login, at which people can sign in." group:"SMART"`
}

// Network is a range of addresses, written as 10.0.0.0/8, or one address.
type Network netip.Prefix

// UnmarshalText reads a Network.
func (n *Network) UnmarshalText(text []byte) error {
	if one, err := netip.ParseAddr(string(text)); err == nil {
		*n = Network(netip.PrefixFrom(one, one.BitLen()))
		return nil
	}
	p, err := netip.ParsePrefix(string(text))
	*n = Network(p)
	return err
}

// validate adds to the faults of Settings.
func (s *Secured) validate(auth, base string, fault func(flag, format string, args ...any)) {
	if (s.TLSCert == "") != (s.TLSKey == "") {
		fault("tls-cert", "give --tls-cert and --tls-key both")
	}
	if u, err := url.Parse(base); auth == "smart" && err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		fault("base-url", "%s is not https, so tokens and records would go over the network in the clear", base)
	}
	for _, d := range []struct {
		flag  string
		value time.Duration
	}{{"token-life", s.TokenLife}, {"session-life", s.SessionLife}, {"session-idle", s.SessionIdle}} {
		if d.value <= 0 {
			fault(d.flag, "must be more than 0")
		}
	}
	if s.AuthorizeRate <= 0 {
		fault("authorize-rate", "must be more than 0")
	}
	if s.TokenLife > tokenLifeMax {
		fault("token-life", "must be at most %s; apps get a new token without asking again", tokenLifeMax)
	}
	if s.SessionIdle > s.SessionLife {
		fault("session-idle", "must be at most --session-life, %s", s.SessionLife)
	}
}

// proxies are those whose word on who asks is taken.
func (s *Secured) proxies() wire.Proxies {
	var out wire.Proxies
	for _, n := range s.TrustedProxies {
		out = append(out, netip.Prefix(n))
	}
	return out
}
