package openapi

// document is an OpenAPI document (OpenAPI 3.1, 4.8.1), as far as it is used here.
type document struct {
	OpenAPI    string                `json:"openapi"`
	Info       info                  `json:"info"`
	Servers    []server              `json:"servers"`
	Security   []map[string][]string `json:"security,omitempty"`
	Tags       []tag                 `json:"tags"`
	Paths      map[string]pathItem   `json:"paths"`
	Components components            `json:"components"`
}

type info struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

type server struct {
	URL string `json:"url"`
}

type tag struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// pathItem is the operations of a path by method, in lower case.
type pathItem map[string]*operation

type operation struct {
	OperationID string                 `json:"operationId"`
	Summary     string                 `json:"summary"`
	Description string                 `json:"description,omitempty"`
	Tags        []string               `json:"tags"`
	Security    *[]map[string][]string `json:"security,omitempty"`
	Parameters  []any                  `json:"parameters,omitempty"`
	RequestBody *body                  `json:"requestBody,omitempty"`
	Responses   map[string]ref         `json:"responses"`
}

type body struct {
	Required bool                 `json:"required"`
	Content  map[string]mediaType `json:"content"`
}

type mediaType struct {
	Schema any `json:"schema"`
}

type ref struct {
	Ref string `json:"$ref"`
}

type parameter struct {
	Name        string `json:"name"`
	In          string `json:"in"`
	Required    bool   `json:"required,omitempty"`
	Description string `json:"description,omitempty"`
	Schema      schema `json:"schema"`
}

type schema struct {
	Type       string            `json:"type"`
	Enum       []string          `json:"enum,omitempty"`
	Pattern    string            `json:"pattern,omitempty"`
	Required   []string          `json:"required,omitempty"`
	Properties map[string]schema `json:"properties,omitempty"`
}

type response struct {
	Description string               `json:"description"`
	Content     map[string]mediaType `json:"content,omitempty"`
}

type components struct {
	SecuritySchemes map[string]any       `json:"securitySchemes,omitempty"`
	Parameters      map[string]parameter `json:"parameters"`
	Responses       map[string]response  `json:"responses"`
	Schemas         map[string]schema    `json:"schemas"`
}
