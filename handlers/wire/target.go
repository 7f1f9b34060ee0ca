package wire

import (
	"strings"

	"frontdesk/fhir"
)

// Target is where an entry is addressed to: the path below the base with its slash in front ("/Patient/1"; "" is the
// base itself), and the query without its question mark. R4 bundle 2.36.4: the url is relative to the base; an absolute
// one is taken when it lies below ours, and is fhir.Invalid when it doesn't.
func Target(url, base string) (path, query string, err error) {
	path, query, _ = strings.Cut(url, "?")
	if strings.Contains(path, "://") {
		below, ok := strings.CutPrefix(path, base)
		if !ok || base == "" || below != "" && below[0] != '/' {
			return "", "", fhir.Errorf(fhir.Invalid, "",
				"The url is another server's. Make it relative, as Patient/1, or let it begin with this server's base URL.")
		}
		path = below
	}
	if strings.ContainsAny(url, "# ") {
		return "", "", fhir.Errorf(fhir.Invalid, "", "The url must have no fragment (#…) and no space. Write a space as %%20.")
	}
	if path = strings.Trim(path, "/"); path != "" {
		path = "/" + path
	}
	return path, query, nil
}
