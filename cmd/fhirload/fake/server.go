package fake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// base is the path of the server's FHIR base URL.
const base = "/fhir"

// Server is the fake. Base is its FHIR base URL.
type Server struct {
	Base string

	mu     sync.Mutex
	next   int
	rows   []*row
	counts map[string]int
	fail   func(*http.Request) int
}

// row is a stored resource.
type row struct {
	kind, id string
	body     map[string]any
}

// New starts a fake server that cleanup (testing.TB.Cleanup) stops.
func New(cleanup func(func())) *Server {
	s := &Server{counts: map[string]int{}}
	listener := httptest.NewServer(http.HandlerFunc(s.serve))
	cleanup(listener.Close)
	s.Base = listener.URL + base
	return s
}

// Fail makes the server answer with the status that fail returns, unless it is 0.
func (s *Server) Fail(fail func(*http.Request) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// Count returns how many requests of a kind came: "POST Patient", "GET
// Patient?", "PUT Observation/id", "POST ".
func (s *Server) Count(kind string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[kind]
}

// Len returns how many resources of a type are stored.
func (s *Server) Len(kind string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.rows {
		if r.kind == kind {
			n++
		}
	}
	return n
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.Trim(strings.TrimPrefix(r.URL.Path, base), "/")
	kind, id, instance := strings.Cut(path, "/")
	s.count(r, kind, instance)
	if s.fail != nil {
		if status := s.fail(r); status != 0 {
			answer(w, status, outcome("told to fail"))
			return
		}
	}
	switch {
	case r.Method == http.MethodPost && path == "":
		s.transaction(w, body)
	case r.Method == http.MethodPost && !instance:
		s.create(w, kind, body)
	case r.Method == http.MethodGet && !instance:
		s.search(w, kind, r.URL.Query())
	default:
		s.onInstance(w, r.Method, kind, id, body)
	}
}

func (s *Server) count(r *http.Request, kind string, instance bool) {
	name := r.Method + " " + kind
	switch {
	case instance:
		name += "/id"
	case r.Method == http.MethodGet:
		name += "?"
	}
	s.counts[name]++
}

func (s *Server) create(w http.ResponseWriter, kind string, body []byte) {
	added, err := s.add(kind, body)
	if err != nil {
		answer(w, http.StatusUnprocessableEntity, outcome(err.Error()))
		return
	}
	if !s.book(added) {
		s.rows = s.rows[:len(s.rows)-1]
		answer(w, http.StatusConflict, outcome("the slot is not free"))
		return
	}
	w.Header().Set("Location", s.Base+"/"+kind+"/"+added.id+"/_history/1")
	answer(w, http.StatusCreated, added.body)
}

// add stores a new resource, which must be of kind and refer to what exists.
func (s *Server) add(kind string, body []byte) (*row, error) {
	r := &row{kind: kind}
	if err := json.Unmarshal(body, &r.body); err != nil {
		return nil, err
	}
	if r.body["resourceType"] != kind || r.body["id"] != nil {
		return nil, fmt.Errorf("a %v with id %v was posted to %s", r.body["resourceType"], r.body["id"], kind)
	}
	if err := s.checkSubject(r); err != nil {
		return nil, err
	}
	s.next++
	r.id = fmt.Sprintf("r%d", s.next)
	r.body["id"] = r.id
	s.rows = append(s.rows, r)
	return r, nil
}

// book takes the slot of an Appointment that has one, and says whether it was free.
func (s *Server) book(r *row) bool {
	named, _ := r.body["slot"].([]any)
	if len(named) == 0 {
		return true
	}
	i := s.find("Slot", strings.TrimPrefix(text(named[0], "reference"), "Slot/"))
	if i < 0 || s.rows[i].body["status"] != "free" {
		return false
	}
	s.rows[i].body["status"] = "busy"
	return true
}

func (s *Server) checkSubject(r *row) error {
	if r.kind != "Observation" {
		return nil
	}
	subject, _ := r.body["subject"].(map[string]any)["reference"].(string)
	kind, id, _ := strings.Cut(subject, "/")
	if s.find(kind, id) < 0 {
		return fmt.Errorf("subject %q does not exist", subject)
	}
	return nil
}

func (s *Server) find(kind, id string) int {
	for i, r := range s.rows {
		if r.kind == kind && r.id == id {
			return i
		}
	}
	return -1
}

func (s *Server) onInstance(w http.ResponseWriter, method, kind, id string, body []byte) {
	i := s.find(kind, id)
	if i < 0 {
		answer(w, http.StatusNotFound, outcome("no "+kind+"/"+id))
		return
	}
	switch method {
	case http.MethodPut:
		changed := &row{kind: kind, id: id}
		if err := json.Unmarshal(body, &changed.body); err != nil || changed.body["id"] != id || changed.body["resourceType"] != kind {
			answer(w, http.StatusBadRequest, outcome("the body is not that of "+kind+"/"+id))
			return
		}
		s.rows[i] = changed
	case http.MethodDelete:
		s.rows = append(s.rows[:i], s.rows[i+1:]...)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(w, http.StatusOK, s.rows[i].body)
}

// transaction stores the entries in their order, which is the order the
// generator refers in.
func (s *Server) transaction(w http.ResponseWriter, body []byte) {
	var bundle struct {
		Type  string
		Entry []struct {
			FullURL  string `json:"fullUrl"`
			Resource json.RawMessage
			Request  struct{ Method, URL string }
		}
	}
	if err := json.Unmarshal(body, &bundle); err != nil || bundle.Type != "transaction" {
		answer(w, http.StatusBadRequest, outcome("not a transaction"))
		return
	}
	var entries []any
	resolved := []string{}
	for _, e := range bundle.Entry {
		resource := []byte(strings.NewReplacer(resolved...).Replace(string(e.Resource)))
		added, err := s.add(e.Request.URL, resource)
		if err != nil {
			answer(w, http.StatusUnprocessableEntity, outcome(err.Error()))
			return
		}
		if added.kind == "Patient" {
			resolved = append(resolved, e.FullURL, "Patient/"+added.id)
		}
		entries = append(entries, map[string]any{"response": map[string]any{"status": "201 Created", "location": added.kind + "/" + added.id + "/_history/1"}})
	}
	answer(w, http.StatusOK, map[string]any{"resourceType": "Bundle", "type": "transaction-response", "entry": entries})
}

func outcome(text string) map[string]any {
	return map[string]any{"resourceType": "OperationOutcome", "issue": []any{map[string]any{"severity": "error", "code": "invalid", "diagnostics": text}}}
}

func answer(w http.ResponseWriter, status int, body any) {
	var buf bytes.Buffer
	// Values decoded from JSON always encode.
	_ = json.NewEncoder(&buf).Encode(body)
	w.Header().Set("Content-Type", "application/fhir+json")
	w.WriteHeader(status)
	_, _ = w.Write(buf.Bytes())
}
