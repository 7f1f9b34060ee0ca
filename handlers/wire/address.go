package wire

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks of the proxies in front of the server whose word on who asks is taken.
type Proxies []netip.Prefix

// Client is the network address that a request comes from. Behind proxies that are trusted it is the last address in
// Forwarded (RFC 7239) or, without that, X-Forwarded-For that isn't one of theirs: what stands before it anybody may
// have made up.
func (p Proxies) Client(r *http.Request) string {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		peer = r.RemoteAddr
	}
	if !p.trusts(peer) {
		return peer
	}
	said := forwarded(r.Header)
	for _, address := range slices.Backward(said) {
		if _, err := netip.ParseAddr(address); err != nil {
			return peer // a proxy that hides it, or nonsense
		}
		if peer = address; !p.trusts(address) {
			break
		}
	}
	return peer
}

// trusts says whether an address is a trusted proxy's.
func (p Proxies) trusts(address string) bool {
	a, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(a.Unmap()) })
}

// forwarded are the addresses that proxies have written down, the farthest first.
func forwarded(h http.Header) (addresses []string) {
	if lines := h.Values("Forwarded"); lines != nil {
		for element := range strings.SplitSeq(strings.Join(lines, ","), ",") {
			addresses = append(addresses, host(forOf(element)))
		}
		return addresses
	}
	for address := range strings.SplitSeq(strings.Join(h.Values("X-Forwarded-For"), ","), ",") {
		if address = strings.TrimSpace(address); address != "" {
			addresses = append(addresses, host(address))
		}
	}
	return addresses
}

// forOf is the parameter "for" of an element of Forwarded (RFC 7239 5.2), "" if it has none.
func forOf(element string) string {
	for pair := range strings.SplitSeq(element, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if strings.EqualFold(name, "for") {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// host is an address without a port and brackets.
func host(address string) string {
	if h, _, err := net.SplitHostPort(address); err == nil {
		return h
	}
	return strings.Trim(address, "[]")
}
