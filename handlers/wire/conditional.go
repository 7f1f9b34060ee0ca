package wire

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"frontdesk/fhir"
)

// ETag is a version as an entity tag: W/"3" (R4 http 3.1.0.1.3).
func ETag(version int64) string {
	return `W/"` + strconv.FormatInt(version, 10) + `"`
}

// IfMatch are the versions of which a client wants to change one (RFC 9110 13.1.1): 0, for *, is whichever is current,
// and none is an empty header. Well-formed tags of which none can be a version of ours are fhir.StaleVersion, anything
// else fhir.Invalid.
func IfMatch(header string) (versions []int64, err error) {
	header = strings.TrimSpace(header)
	switch header {
	case "":
		return nil, nil
	case "*":
		return []int64{0}, nil
	}
	tags, ok := entityTags(header)
	if !ok {
		return nil, fhir.Errorf(fhir.Invalid, "", `If-Match must be *, or entity tags with commas between, as W/"3".`)
	}
	for _, tag := range tags {
		if version := Version(tag); version > 0 {
			versions = append(versions, version)
		}
	}
	if versions == nil {
		return nil, fhir.Errorf(fhir.StaleVersion, "",
			"If-Match names a version that is not the current one. Read the resource again and repeat the change on it.")
	}
	return versions, nil
}

// Version is the version that a client names as we do, 0 if it names none of ours: tags are opaque, and "01" isn't "1"
// (RFC 9110 8.8.3).
func Version(text string) int64 {
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v < 1 || strconv.FormatInt(v, 10) != text {
		return 0
	}
	return v
}

// IfNone reads If-None-Match of an update: only * has a meaning there, "it must not exist yet" (RFC 9110 13.1.2).
func IfNone(header string) (bool, error) {
	switch strings.TrimSpace(header) {
	case "":
		return false, nil
	case "*":
		return true, nil
	}
	return false, fhir.Errorf(fhir.Invalid, "", "With an update, If-None-Match can only be *. To update a known version send If-Match.")
}

// entityTag is what a list of entity tags begins with (RFC 9110 8.8.3 and 5.6.1): one of them, up to the comma behind
// it.
var entityTag = regexp.MustCompile(`^[ \t,]*(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,|$)[ \t,]*`)

// entityTags are the tags of a list, what is between their quotes; ok is false if it is none. Strong and weak count the
// same: FHIR compares by version.
func entityTags(list string) (tags []string, ok bool) {
	for list != "" {
		found := entityTag.FindStringSubmatch(list)
		if found == nil {
			return nil, false
		}
		tags, list = append(tags, found[1]), list[len(found[0]):]
	}
	return tags, len(tags) > 0
}

// Unmodified says that the client already has this representation, so that a read is answered by 304 (R4 http
// 3.1.0.1.4). If-None-Match goes before If-Modified-Since (RFC 9110 13.1.3); what can't be read of either changes
// nothing.
func Unmodified(ifNoneMatch, ifModifiedSince, etag string, updated time.Time) bool {
	if strings.TrimSpace(ifNoneMatch) == "*" {
		return true
	}
	if ifNoneMatch != "" {
		current, _ := entityTags(etag)
		have, _ := entityTags(ifNoneMatch)
		return slices.ContainsFunc(have, func(tag string) bool { return slices.Contains(current, tag) })
	}
	if ifModifiedSince == "" {
		return false
	}
	since, err := http.ParseTime(ifModifiedSince)
	return err == nil && !updated.IsZero() && !updated.Truncate(time.Second).After(since)
}
