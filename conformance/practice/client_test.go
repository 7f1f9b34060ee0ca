package practice_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"frontdesk/handlers/smart/state"
)

// client is an app with a token.
type client struct {
	*practice
	approval state.Approval
	token    string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request. path is below the base; headers are "Name: value".
func (c *client) do(method, path, body string, headers ...string) answer {
	c.Helper()
	r := httptest.NewRequest(method, base+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+c.token)
	switch {
	case body == "":
	case method == http.MethodPatch:
		r.Header.Set("Content-Type", "application/json-patch+json")
	default:
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

func (c *client) get(path string) answer { c.Helper(); return c.do(http.MethodGet, path, "") }

// post, put and patch ask for what was written.
func (c *client) post(path, body string, headers ...string) answer {
	c.Helper()
	return c.do(http.MethodPost, path, body, headers...)
}

func (c *client) put(path, body string, headers ...string) answer {
	c.Helper()
	return c.do(http.MethodPut, path, body, headers...)
}

func (c *client) patch(path, body string, headers ...string) answer {
	c.Helper()
	return c.do(http.MethodPatch, path, body, headers...)
}

func (c *client) delete(path string) answer { c.Helper(); return c.do(http.MethodDelete, path, "") }

// is fails the story unless the answer has a status. It gives the answer on.
func (c *client) is(status int, a answer) answer {
	c.Helper()
	if a.status != status {
		c.Fatalf("status %d, not %d: %s", a.status, status, a.body)
	}
	return a
}

// version is the ETag, for If-Match.
func (a answer) version() string { return "If-Match: " + a.header.Get("ETag") }

// key is "Type/id" of what was created, from Location.
func (a answer) key() string {
	rest := strings.TrimPrefix(a.header.Get("Location"), base+"/")
	rest, _, _ = strings.Cut(rest, "/_history")
	return rest
}

// found are "Type/id" of a Bundle's matches, sorted.
func (a answer) found() (keys []string) {
	var b struct {
		Entry []struct {
			Resource struct{ ResourceType, ID string }
		}
	}
	if json.Unmarshal([]byte(a.body), &b) == nil {
		for _, e := range b.Entry {
			keys = append(keys, e.Resource.ResourceType+"/"+e.Resource.ID)
		}
	}
	slices.Sort(keys)
	return keys
}

// sees fails the story unless a search finds just these.
func (c *client) sees(path string, want ...string) {
	c.Helper()
	a := c.get(path)
	slices.Sort(want)
	if got := a.found(); a.status != http.StatusOK || !slices.Equal(got, want) {
		c.Errorf("%s: %d %v, want %v", path, a.status, got, want)
	}
}

// issue is the first of an OperationOutcome.
func (a answer) issue() (code, coding, text string) {
	var o struct {
		Issue []struct {
			Code    string
			Details struct {
				Coding []struct{ Code string }
				Text   string
			}
		}
	}
	if json.Unmarshal([]byte(a.body), &o) != nil || len(o.Issue) == 0 {
		return "", "", ""
	}
	i := o.Issue[0]
	if len(i.Details.Coding) > 0 {
		coding = i.Details.Coding[0].Code
	}
	return i.Code, coding, i.Details.Text
}
