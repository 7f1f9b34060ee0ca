package handlers

import (
	"context"
	"errors"
	"hash/fnv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/capability"
	"frontdesk/handlers/subset"
	"frontdesk/handlers/wire"
)

// fresh is how long a statement is served without looking whether another index has become complete.
const fresh = 5 * time.Second

// statements are the answers of /metadata as they were last made, by mode.
type statements struct {
	sync.Mutex
	made map[string]statement
}

type statement struct {
	json     []byte
	etag     string
	registry *spec.Registry // that it was made of
	at       time.Time
}

// capabilities is GET /metadata?mode= (R4 http 3.1.0.10): what is wired, and nothing else (I6). It needs no grant, and
// any web page may read it (public).
func (s *Server) capabilities(_ context.Context, r *Request) (*Response, error) {
	mode := r.Params["mode"]
	if mode == "" {
		mode = "full"
	}
	st, err := s.statement(mode)
	if err != nil {
		return nil, err
	}
	resp := &Response{Status: http.StatusOK, Body: st.json, Header: map[string]string{
		"Cache-Control": "public, no-cache",
		"ETag":          st.etag,
	}}
	if r.Params["_summary"] != "" || r.Params["_elements"] != "" {
		if resp.Body, err = s.brief(st, r); err != nil {
			return nil, err
		}
		st.etag = entityTag(resp.Body)
		resp.Header["ETag"] = st.etag
	}
	if wire.Unmodified(r.Header.IfNoneMatch, "", st.etag, time.Time{}) {
		resp.Status, resp.Body = http.StatusNotModified, nil
	}
	return resp, nil
}

// Statement is the CapabilityStatement as it is now.
func (s *Server) Statement() ([]byte, error) {
	st, err := s.statement("full")
	return st.json, err
}

// brief is what _summary and _elements leave of a statement.
func (s *Server) brief(st statement, r *Request) ([]byte, error) {
	t, ok := st.registry.Type("CapabilityStatement")
	if r.Params["mode"] == "terminology" {
		t, ok = st.registry.Type("TerminologyCapabilities")
	}
	if !ok {
		return nil, fhir.Fault("making a part of the statement", errors.New("its type is not known"))
	}
	query := url.Values{}
	for _, name := range shape {
		if value := r.Params[name]; value != "" {
			query.Set(name, value)
		}
	}
	look, err := search.Parse(st.registry, []string{t.Name}, query.Encode(), s.options(r))
	if err != nil {
		return nil, err
	}
	return subset.Of(st.json, t, look.Summary, look.Elements)
}

func entityTag(body []byte) string {
	hash := fnv.New64a()
	hash.Write(body)
	return `W/"` + strconv.FormatUint(hash.Sum64(), 16) + `"`
}

// statement is the one last made, if it can't have changed; else a new one.
func (s *Server) statement(mode string) (statement, error) {
	return s.statements.fresh(mode, s.store.Registry(), s.now(), func() ([]byte, error) {
		return capability.Statement(s.capability(mode))
	})
}

// fresh is what was last made by a name, if it can't have changed; else it is made anew.
func (c *statements) fresh(
	name string, registry *spec.Registry, now time.Time, make func() ([]byte, error),
) (statement, error) {
	c.Lock()
	defer c.Unlock()
	if st := c.made[name]; st.json != nil && st.registry == registry && now.Sub(st.at) < fresh {
		return st, nil
	}
	json, err := make()
	if err != nil {
		return statement{}, err
	}
	st := statement{json, entityTag(json), registry, now}
	if c.made == nil {
		c.made = map[string]statement{}
	}
	c.made[name] = st
	return st, nil
}

// capability is the route table and the Registry as package capability wants them.
func (s *Server) capability(mode string) capability.Input {
	in := capability.Input{
		Mode: mode, Base: s.base, Version: s.version, Date: s.started,
		Registry: s.store.Registry(), Ready: s.store.Ready, Without: s.without, Security: s.security,
		Totals: s.store.Totals(),
	}
	in.Operations = s.router.called()
	for _, r := range s.router.routes {
		if r.Interaction == "operation" { // told of by their rows
			continue
		}
		for code := range strings.FieldsSeq(r.Interaction) {
			in.Interactions = append(in.Interactions, capability.Interaction{
				Code: code, System: r.Level == System, Conditional: r.Conditional, Method: r.Method, Pattern: r.Pattern, Except: r.Except,
			})
		}
	}
	for _, name := range in.Registry.Names() {
		if in.Registry.Compartment(name) != nil {
			in.Compartments = append(in.Compartments, name)
		}
	}
	return in
}
