package wire

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"frontdesk/fhir"
)

// ETag is a version as an entity tag: W/"3" (R4 http 3.1.0.1.3).
func ETag(version int64) string {
	return `W/"` + strconv.FormatInt(version, 10) + `"`
}

// IfMatch is the version a client wants to change; 0 if the header is empty. A well-formed tag that can't be a version of
// ours is fhir.StaleVersion, anything else fhir.Invalid.
func IfMatch(header string) (int64, error) {
	if header == "" {
		return 0, nil
	}
	tag, ok := opaque(header)
	if !ok {
		return 0, fhir.Errorf(fhir.Invalid, "", `If-Match must be one entity tag, as W/"3".`)
	}
	version, err := strconv.ParseInt(tag, 10, 64)
	if err != nil || version < 1 {
		return 0, fhir.Errorf(fhir.StaleVersion, "",
			"If-Match names a version that is not the current one. Read the resource again and repeat the change on it.")
	}
	return version, nil
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

// opaque is what an entity tag has between its quotes. Strong and weak count the same: FHIR compares by version.
func opaque(tag string) (string, bool) {
	tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
	if len(tag) < 2 || tag[0] != '"' || tag[len(tag)-1] != '"' || strings.Contains(tag[1:len(tag)-1], `"`) {
		return "", false
	}
	return tag[1 : len(tag)-1], true
}

// Unmodified says that the client already has this representation, so that a read is answered by 304 (R4 http 3.1.0.1.4).
// If-None-Match goes before If-Modified-Since (RFC 9110 13.1.3); what can't be read of either changes nothing.
func Unmodified(ifNoneMatch, ifModifiedSince, etag string, updated time.Time) bool {
	if ifNoneMatch == "*" {
		return true
	}
	if ifNoneMatch != "" {
		want, _ := opaque(etag)
		for part := range strings.SplitSeq(ifNoneMatch, ",") {
			if got, ok := opaque(part); ok && got == want {
				return true
			}
		}
		return false
	}
	if ifModifiedSince == "" {
		return false
	}
	since, err := http.ParseTime(ifModifiedSince)
	return err == nil && !updated.IsZero() && !updated.Truncate(time.Second).After(since)
}
