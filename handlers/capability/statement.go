package capability

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
)

// Input is what a statement is made of.
type Input struct {
	Mode         string // full, normative or terminology; "" is full
	Base         string // the FHIR base URL, without a trailing slash
	Version      string // of Frontdesk; "" leaves it out
	Date         time.Time
	Registry     *spec.Registry
	Ready        func(*spec.Param) bool // whether a parameter can be searched by now; nil takes all for ready
	Interactions []Interaction
	Operations   []Operation
	Compartments []string            // the types whose compartments can be searched
	Totals       int64               // as far as a search counts its matches though nobody asked; 0: it doesn't
	Without      map[string][]string // by type: the interactions that its resources don't have
	Security     *Security
}

// Interaction is one row of the route table.
type Interaction struct {
	Code        string // R4's code of it (type-restful-interaction, system-restful-interaction), as "read"
	System      bool   // it is about the whole server
	Conditional bool   // criteria name the resource
	Method      string // HTTP's
	Pattern     string // of the path below the base
	Except      string // a type that hasn't it; "" if all have
}

// normative are the resource types whose definition was normative in R4 (R4 versions, resource list).
var normative = []string{"Binary", "Bundle", "CapabilityStatement", "CodeSystem", "Observation", "OperationDefinition", "OperationOutcome",
	"Parameters", "Patient", "StructureDefinition", "ValueSet"}

// Statement is the resource that GET /metadata answers with in a mode: a CapabilityStatement of all or of what is
// normative in R4, or a TerminologyCapabilities.
func Statement(in Input) ([]byte, error) {
	s := in.about("CapabilityStatement", "FrontdeskCapabilities", "Frontdesk: what this server can do")
	types := in.Registry.Names()
	switch in.Mode {
	case "", "full":
	case "normative":
		types = slices.DeleteFunc(slices.Clone(types), func(name string) bool { return !slices.Contains(normative, name) })
	case "terminology":
		return marshal(in.terminology())
	default:
		return nil, fhir.Errorf(fhir.Invalid, "mode", "mode must be full, normative or terminology.")
	}
	s.FHIRVersion, s.Format = "4.0.1", []string{"application/fhir+json", "application/fhir+xml", "json", "xml"}
	if in.has("patch") {
		s.PatchFormat = []string{"application/json-patch+json", "application/xml-patch+xml", "application/fhir+json",
			"application/fhir+xml"}
	}
	s.Rest = []rest{in.rest(types)}
	if slices.ContainsFunc(in.Operations, func(o Operation) bool { return strings.HasPrefix(o.Standard, bulkData) }) {
		s.Instantiates = []string{bulkData + "CapabilityStatement/bulk-data"}
	}
	return marshal(s)
}

// bulkData is where the Bulk Data Access IG defines things.
const bulkData = "http://hl7.org/fhir/uv/bulkdata/"

// about is what both kinds of statement begin with.
func (in *Input) about(typ, name, title string) statement {
	return statement{
		ResourceType: typ, URL: in.Base + "/metadata", Version: in.Version, Name: name, Title: title,
		Status: "active", Date: in.Date.UTC().Format(time.RFC3339), Kind: "instance",
		Description:    "Generated from what is wired into the running server.",
		Software:       software{"Frontdesk", in.Version},
		Implementation: implementation{"FHIR R4 server for general practice", in.Base},
	}
}

// terminology says that there are no terminology services: no code system can be expanded or validated against here.
func (in *Input) terminology() statement {
	s := in.about("TerminologyCapabilities", "FrontdeskTerminology", "Frontdesk: terminology")
	s.Description = "This server has no terminology services: it offers no $expand, $validate-code, $lookup or $translate."
	return s
}

// has says whether there is an interaction of a code.
func (in *Input) has(code string) bool {
	return slices.ContainsFunc(in.Interactions, func(i Interaction) bool { return i.Code == code })
}

// of is the same for one type: with the interactions that its resources can have.
func (in *Input) of(typ string) *Input {
	one, without := *in, in.Without[typ]
	one.Interactions = slices.DeleteFunc(slices.Clone(in.Interactions), func(i Interaction) bool {
		return i.Except == typ || !i.System && slices.Contains(without, i.Code)
	})
	return &one
}

// conditional says whether there is one that criteria can be used with.
func (in *Input) conditional(code string) bool {
	return slices.ContainsFunc(in.Interactions, func(i Interaction) bool { return i.Code == code && i.Conditional })
}

func marshal(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fhir.Fault("writing the statement", err)
	}
	return b, nil
}
