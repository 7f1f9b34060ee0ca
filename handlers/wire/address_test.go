package wire_test

import (
	"net/http/httptest"
	"net/netip"
	"testing"

	"frontdesk/handlers/wire"
)

// TestClientAddress: only a trusted proxy's word counts, and of what it says only what trusted proxies have written.
func TestClientAddress(t *testing.T) {
	proxies := wire.Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}
	for _, c := range []struct {
		what, peer string
		headers    [][2]string
		want       string
	}{
		{"no proxy", "192.0.2.1:5000", nil, "192.0.2.1"},
		{"a client that makes one up", "192.0.2.1:5000", [][2]string{{"X-Forwarded-For", "10.1.1.1"}}, "192.0.2.1"},
		{"a proxy", "10.0.0.1:5000", [][2]string{{"X-Forwarded-For", "198.51.100.7"}}, "198.51.100.7"},
		{"a proxy that says nothing", "10.0.0.1:5000", nil, "10.0.0.1"},
		{"two proxies", "10.0.0.1:5000", [][2]string{{"X-Forwarded-For", "198.51.100.7, 10.0.0.2"}}, "198.51.100.7"},
		{"two lines", "10.0.0.1:5000", [][2]string{{"X-Forwarded-For", "198.51.100.7"}, {"X-Forwarded-For", "10.0.0.2"}}, "198.51.100.7"},
		{"a client that makes one up behind a proxy", "10.0.0.1:5000", [][2]string{{"X-Forwarded-For", "203.0.113.9, 198.51.100.7"}}, "198.51.100.7"},
		{"only proxies", "10.0.0.1:5000", [][2]string{{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}, "10.0.0.3"},
		{"nonsense", "10.0.0.1:5000", [][2]string{{"X-Forwarded-For", "<script>"}}, "10.0.0.1"},
		{"IPv6", "[2001:db8:1::1]:5000", [][2]string{{"X-Forwarded-For", "2001:db8:2::7"}}, "2001:db8:2::7"},
		{"with ports", "10.0.0.1:5000", [][2]string{{"X-Forwarded-For", "[2001:db8:2::7]:99, 10.0.0.2:80"}}, "2001:db8:2::7"},
		{"Forwarded", "10.0.0.1:5000", [][2]string{{"Forwarded", `for="[2001:db8:2::7]:4711";proto=https;by=10.0.0.1, FOR=10.0.0.2`}}, "2001:db8:2::7"},
		{"Forwarded goes first", "10.0.0.1:5000", [][2]string{{"Forwarded", "for=198.51.100.7"}, {"X-Forwarded-For", "203.0.113.9"}}, "198.51.100.7"},
		{"a proxy that hides it", "10.0.0.1:5000", [][2]string{{"Forwarded", "for=_hidden"}}, "10.0.0.1"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:5000", [][2]string{{"X-Forwarded-For", "198.51.100.7"}}, "198.51.100.7"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		for _, h := range c.headers {
			r.Header.Add(h[0], h[1])
		}
		if got := proxies.Client(r); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}
