package workload

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// bodySize is room enough for one generated resource.
const bodySize = 2 << 10

var (
	// logicalID is what R4 datatypes 2.24.0.1 allows as a logical id.
	logicalID = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)
	// failedEntry is the status of an entry of a batch-response that failed.
	failedEntry = regexp.MustCompile(`"status"\s*:\s*"[45]\d\d`)
	fullURL     = []byte(`"fullUrl"`)
)

// idIn returns the logical id in a Location or a reference, absolute or
// relative, versioned or not: [base]/Type/id/_history/1.
func idIn(location, resourceType string) (string, bool) {
	location, _, _ = strings.Cut(location, "/_history/")
	before, last, ok := cutLast(location)
	if !ok || !logicalID.MatchString(last) {
		return "", false
	}
	return last, before == resourceType || strings.HasSuffix(before, "/"+resourceType)
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// countEntries returns how many entries a searchset has, without decoding it:
// each has one fullUrl (R4 bundle 2.36.4).
func countEntries(body []byte) int { return bytes.Count(body, fullURL) }

// bundle is what the preparation reads of a Bundle.
type bundle struct {
	ResourceType string `json:"resourceType"`
	Type         string `json:"type"`
	Total        int    `json:"total"`
	Link         []struct {
		Relation string `json:"relation"`
		URL      string `json:"url"`
	} `json:"link"`
	Entry []entry `json:"entry"`
}

type entry struct {
	Resource resource `json:"resource"`
	Response struct {
		Location string `json:"location"`
	} `json:"response"`
}

// resource is what the preparation reads of a Patient or an Observation.
type resource struct {
	ResourceType string   `json:"resourceType"`
	ID           string   `json:"id"`
	Identifier   []coding `json:"identifier"`
	Name         []struct {
		Family string `json:"family"`
	} `json:"name"`
	Code struct {
		Coding []coding `json:"coding"`
	} `json:"code"`
	Effective string `json:"effectiveDateTime"`
}

// coding is a Coding or an Identifier: both are a token to search for.
type coding struct {
	System string `json:"system"`
	Code   string `json:"code"`
	Value  string `json:"value"`
}

func (b bundle) next() string {
	for _, link := range b.Link {
		if link.Relation == "next" {
			return link.URL
		}
	}
	return ""
}

func decodeBundle(body []byte) (bundle, error) {
	var b bundle
	if err := json.Unmarshal(body, &b); err != nil {
		return b, fmt.Errorf("the server's answer is not the JSON of a Bundle: %w", err)
	}
	if b.ResourceType != "Bundle" {
		return b, fmt.Errorf("the server answered with %q instead of a Bundle", b.ResourceType)
	}
	return b, nil
}
