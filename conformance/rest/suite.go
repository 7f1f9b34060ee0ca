package rest

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// Server is a server under test.
type Server struct {
	Base     string // its FHIR base URL, without a trailing slash
	Client   *http.Client
	Examples map[string][]byte // R4 resources by a name for messages; those that refer to one another may do so by Type/id
	// Report, if it isn't nil, is told how many of the claims about search were proven on a value, and how many only by
	// an answer, because no example has such a value.
	Report func(proven, answered int)
}

// Test exercises all that the server's /metadata claims.
func Test(t *testing.T, server Server) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := &suite{Server: server, registry: r, run: "r" + strings.ToLower(rand.Text()[:10]), byType: map[string][]*seed{}}
	s.claims = s.statement(t)
	if len(s.claims.Rest) != 1 || len(s.claims.Rest[0].Resource) == 0 {
		t.Fatal("/metadata claims no resource types")
	}
	t.Run("statement", s.statements)
	for _, c := range s.claims.Rest[0].Resource {
		s.features(t, c)
	}
	t.Run("transport", s.transport)
	t.Run("refusals", s.refusals)
	t.Run("formats", s.formats)
	t.Run("interactions", s.interactions)
	t.Run("conditional", s.conditional)
	t.Run("history", s.history)
	t.Run("shape", s.shape)
	t.Run("bundles", s.bundles)
	s.seed(t)
	t.Run("search", s.search)
	t.Run("include", s.includes)
	t.Run("results", s.results)
	t.Run("compartments", s.compartments)
	t.Run("operations", s.operations)
	t.Run("paging", s.paging)
	t.Run("marks", s.marked)
	if s.Report != nil {
		s.Report(s.proven, s.answered)
	}
}

// suite is one run.
type suite struct {
	Server
	registry         *spec.Registry
	run              string // marks what this run stores
	claims           statement
	byType           map[string][]*seed
	proven, answered int
}

// seed is an example as the server stored it.
type seed struct {
	typ, id string
	entries []search.Entry
}

// statement is what this suite reads of a CapabilityStatement.
type statement struct {
	ResourceType, Status, Date, Kind, FHIRVersion string
	Format, PatchFormat                           []string
	Software                                      struct{ Name string }
	Implementation                                struct{ URL string }
	Rest                                          []struct {
		Documentation string
		Interaction   []struct{ Code string }
		SearchParam   []struct{ Name, Type, Definition string }
		Resource      []claim
		Operation     []operationClaim
		Compartment   []string
	}
}

// claim is what is said of one type.
type claim struct {
	Type                                           string
	Interaction                                    []struct{ Code string }
	Versioning, ConditionalRead, ConditionalDelete string
	ReadHistory, UpdateCreate                      bool
	ConditionalCreate, ConditionalUpdate           bool
	SearchInclude, SearchRevInclude                []string
	SearchParam                                    []paramClaim
	Operation                                      []operationClaim
}

type paramClaim struct{ Name, Type, Definition, Documentation string }

// has says whether an interaction is claimed.
func (c claim) has(code string) bool {
	for _, i := range c.Interaction {
		if i.Code == code {
			return true
		}
	}
	return false
}

// claimed is what is said of a type; the zero claim if nothing is.
func (s *suite) claimed(typ string) claim {
	for _, c := range s.claims.Rest[0].Resource {
		if c.Type == typ {
			return c
		}
	}
	return claim{}
}

// system says whether an interaction at system level is claimed.
func (s *suite) system(code string) bool {
	for _, i := range s.claims.Rest[0].Interaction {
		if i.Code == code {
			return true
		}
	}
	return false
}
