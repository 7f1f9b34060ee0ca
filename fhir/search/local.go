package search

import (
	"net/url"
	"path"
	"strings"

	"frontdesk/fhir"
)

// Local is the current resource on this server that a reference or a URI names: "Type/id", with a version or without,
// also under our own base URL, however that is written: who follows it finds the same resource. ok is false for a text
// of any other form.
func Local(reference, base string) (key fhir.Key, ok bool) {
	key, ok = LocalVersion(reference, base)
	return key.Current(), ok
}

// LocalVersion is Local with the version that the reference names, 0 for none or one that can't be.
func LocalVersion(reference, base string) (key fhir.Key, ok bool) {
	r, ok := refOf(reference, base)
	if !ok {
		below, _ := Own(reference, base)
		parts := strings.SplitN(below, "/", 3)
		if len(parts) < 2 {
			return fhir.Key{}, false
		}
		if r, ok = relative(below); !ok {
			r, ok = relative(parts[0] + "/" + parts[1])
		}
	}
	return fhir.Key{Type: r.Type, ID: r.ID, Version: r.Version}, ok && r.ID != ""
}

// Own is what a URL says below our own base URL, without query, fragment and what a canonical has behind "|"; false if
// it leads to another server. Letters of scheme and host may be large or small, the scheme may be missing or http for
// https, the host may have its default port, the path empty segments, dots and escapes (RFC 3986 4.2, 6.2.2). Without a
// base, and of a relative path, it is that path.
func Own(text, base string) (below string, ours bool) {
	scheme, rest, absolute := strings.Cut(text, "//")
	if !absolute || scheme != "" && !strings.EqualFold(scheme, "http:") && !strings.EqualFold(scheme, "https:") {
		rest, root := strings.CutPrefix(text, "/")
		if head, _, _ := strings.Cut(rest, "/"); strings.Contains(head, ":") {
			return "", false // of another scheme
		}
		if !root || base == "" {
			return plain(rest), true
		}
		return under(rest, base)
	}
	_, there, _ := strings.Cut(base, "//")
	host, at := parted(rest)
	ourHost, _ := parted(there)
	if base == "" || !strings.EqualFold(host, ourHost) {
		return "", false
	}
	return under(at, base)
}

// under is what a path on our own host says below our base.
func under(at, base string) (string, bool) {
	_, there, _ := strings.Cut(base, "//")
	_, root := parted(there)
	if root == "" {
		return plain(at), true
	}
	return strings.CutPrefix(plain(at), plain(root)+"/")
}

// parted are host and path of what stands behind "//", without what makes no difference to where it leads.
func parted(s string) (host, at string) {
	host = s
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		host, at = s[:i], strings.TrimPrefix(s[i:], "/")
	}
	host = host[strings.LastIndexByte(host, '@')+1:]
	for _, port := range []string{":80", ":443", ":"} {
		host = strings.TrimSuffix(host, port)
	}
	return strings.TrimSuffix(host, "."), at
}

// plain is a path in its shortest form, with neither "/" at its beginning nor at its end.
func plain(at string) string {
	if i := strings.IndexAny(at, "?#|"); i >= 0 {
		at = at[:i]
	}
	if strings.Contains(at, "%") {
		if as, err := url.PathUnescape(at); err == nil {
			at = as
		}
	}
	return strings.TrimPrefix(path.Clean("/"+at), "/")
}

// Elsewhere says that no URL that begins with a text leads to this server.
func Elsewhere(text, base string) bool {
	scheme, rest, absolute := strings.Cut(text, ":")
	if !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return absolute
	}
	rest, slashes := strings.CutPrefix(rest, "//")
	_, there, _ := strings.Cut(base, "//")
	host, _ := parted(rest)
	ourHost, _ := parted(there)
	return slashes && strings.ContainsAny(rest, "/?#") && !strings.EqualFold(host, ourHost)
}
