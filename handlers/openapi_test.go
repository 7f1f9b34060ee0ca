package handlers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"frontdesk/handlers"
	"frontdesk/handlers/openapi"
)

// TestTheAPIIsDescribedInOpenAPI: the document is valid, and each route of the table is in it, for each type.
func TestTheAPIIsDescribedInOpenAPI(t *testing.T) {
	c := newClient(t)
	got := c.do(http.MethodGet, "/openapi.json", "", "Accept: application/json").is(http.StatusOK).has("Content-Type",
		"application/json; charset=utf-8")
	doc, err := openapi3.NewLoader().LoadFromData([]byte(got.body))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	registry, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range handlers.Routes(registry) {
		for _, typ := range registry.Names() {
			path := openapi.Path(route.Pattern, typ)
			if strings.HasPrefix(route.Pattern, "/:type/:id") || !strings.HasPrefix(route.Pattern, "/:type") {
				path = openapi.Path(route.Pattern, "")
			} else if route.Except == typ || route.Operation != nil && !route.Operation.For(typ) {
				continue
			}
			item := doc.Paths.Find(path)
			if item == nil || item.GetOperation(route.Method) == nil {
				t.Fatalf("%s %s isn't described as %s", route.Method, route.Pattern, path)
			}
		}
	}
	if op := doc.Paths.Find("/Patient").Get; op.Parameters.GetByInAndName("query", "birthdate") == nil {
		t.Error("searches of Patients have no birthdate")
	}
	for name, spoil := range map[string]func(map[string]any){
		"no info":         func(m map[string]any) { delete(m, "info") },
		"a lost response": func(m map[string]any) { m["components"].(map[string]any)["responses"] = map[string]any{} },
	} {
		var m map[string]any
		if err := json.Unmarshal([]byte(got.body), &m); err != nil {
			t.Fatal(err)
		}
		spoil(m)
		text, _ := json.Marshal(m)
		if doc, err := openapi3.NewLoader().LoadFromData(text); err == nil && doc.Validate(t.Context()) == nil {
			t.Errorf("with %s it is valid", name)
		}
	}
}
