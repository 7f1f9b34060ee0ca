package handlers_test

import (
	"context"
	"net/http"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers"
)

// TestX2_RefusalsCanBeReadToo: a page must see the 401 that says its token is too old.
func TestX2_RefusalsCanBeReadToo(t *testing.T) {
	const app = "https://app.example"
	c := newClient(t, func(o *handlers.Options) {
		o.Grant = func(*http.Request) (access.Grant, error) {
			return access.Grant{}, fhir.Errorf(fhir.Unauthenticated, "", "Send a token.")
		}
		o.Origin = func(_ context.Context, origin string) bool { return origin == app }
	})
	c.do("GET", "/Patient/1", "", "Origin: "+app).is(http.StatusUnauthorized).has("Access-Control-Allow-Origin", app)
	c.do("GET", "/Patient/1", "", "Origin: https://other.example").is(http.StatusUnauthorized).has("Access-Control-Allow-Origin", "")
	c.do("OPTIONS", "/Patient/1", "", "Origin: "+app, "Access-Control-Request-Method: PUT").is(http.StatusNoContent).
		has("Access-Control-Allow-Origin", app)
	c.do("OPTIONS", "/Patient/1", "").is(http.StatusNoContent).has("Access-Control-Allow-Origin", "")
}

func TestX1_AnyPageMayReadMetadataOfAServerWithoutOrigins(t *testing.T) {
	c := newClient(t)
	c.do("GET", "/metadata", "", "Origin: https://anybody.example").is(http.StatusOK).has("Access-Control-Allow-Origin", "*")
	c.do("GET", "/Patient", "", "Origin: https://anybody.example").is(http.StatusOK).has("Access-Control-Allow-Origin", "")
}
