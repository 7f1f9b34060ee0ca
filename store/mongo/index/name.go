package index

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"sync"

	"frontdesk/fhir/spec"
)

// names are those that Name has made, by *spec.Param: a search must not cost a digest for every parameter.
var names sync.Map

// Name is how documents call a parameter: eight letters that are others as soon as anything else is to be indexed by it
// (spec.Param.Fingerprint), so that what was indexed for a parameter of the same code before can't be taken for the new
// one's. The odds that two of 2,000 parameters have the same are 1 in 10^8.
func Name(p *spec.Param) string {
	if name, ok := names.Load(p); ok {
		return name.(string)
	}
	name := digest(p.Type, p.Code, p.Fingerprint)
	names.Store(p, name)
	return name
}

// Names are those of all Indexed parameters of a type, sorted.
func Names(t *spec.Type) []string {
	var all []string
	for _, p := range t.Params {
		if p.Indexed() {
			all = append(all, Name(p))
		}
	}
	slices.Sort(all)
	return all
}

// Goal tells one set of parameters of a type from another: a document has the one it was indexed for.
func Goal(t *spec.Type) string { return digest(append([]string{t.Name}, Names(t)...)...) }

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}
