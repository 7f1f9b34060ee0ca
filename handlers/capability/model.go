package capability

// statement is a CapabilityStatement (R4 capabilitystatement), as far as it is used here.
type statement struct {
	ResourceType   string         `json:"resourceType"`
	URL            string         `json:"url"`
	Version        string         `json:"version,omitempty"`
	Name           string         `json:"name"`
	Title          string         `json:"title"`
	Status         string         `json:"status"`
	Date           string         `json:"date"`
	Description    string         `json:"description"`
	Kind           string         `json:"kind"`
	Instantiates   []string       `json:"instantiates,omitempty"`
	Software       software       `json:"software"`
	Implementation implementation `json:"implementation"`
	FHIRVersion    string         `json:"fhirVersion,omitempty"`
	Format         []string       `json:"format,omitempty"`
	PatchFormat    []string       `json:"patchFormat,omitempty"`
	Rest           []rest         `json:"rest,omitempty"`
}

type software struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

type implementation struct {
	Description string `json:"description"`
	URL         string `json:"url"`
}

type rest struct {
	Mode          string        `json:"mode"`
	Documentation string        `json:"documentation"`
	Security      *security     `json:"security,omitempty"`
	Resource      []resource    `json:"resource"`
	Interaction   []interaction `json:"interaction,omitempty"`
	SearchParam   []searchParam `json:"searchParam,omitempty"`
	Operation     []operation   `json:"operation,omitempty"`
	Compartment   []string      `json:"compartment,omitempty"`
}

type interaction struct {
	Code          string `json:"code"`
	Documentation string `json:"documentation,omitempty"`
}

type resource struct {
	Type              string        `json:"type"`
	Interaction       []interaction `json:"interaction"`
	Versioning        string        `json:"versioning"`
	ReadHistory       bool          `json:"readHistory"`
	UpdateCreate      bool          `json:"updateCreate"`
	ConditionalCreate bool          `json:"conditionalCreate"`
	ConditionalRead   string        `json:"conditionalRead"`
	ConditionalUpdate bool          `json:"conditionalUpdate"`
	ConditionalDelete string        `json:"conditionalDelete"`
	ReferencePolicy   []string      `json:"referencePolicy"`
	SearchInclude     []string      `json:"searchInclude,omitempty"`
	SearchRevInclude  []string      `json:"searchRevInclude,omitempty"`
	SearchParam       []searchParam `json:"searchParam,omitempty"`
	Operation         []operation   `json:"operation,omitempty"`
}

type searchParam struct {
	Name          string `json:"name"`
	Definition    string `json:"definition"`
	Type          string `json:"type"`
	Documentation string `json:"documentation,omitempty"`
}
