package handlers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir/search"
	"frontdesk/handlers"
	"frontdesk/store"
	"frontdesk/store/sqlite"
)

// parameterBackends are those that search parameters are posted to.
func parameterBackends(t *testing.T) map[string]store.Backend {
	t.Helper()
	r, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	embedded, err := sqlite.Open(t.Context(), t.TempDir(), r, sqlite.Options{Base: base, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	mem := memory.Open(r)
	mem.Indexer = search.Indexer{Base: base}
	return map[string]store.Backend{"memory": mem, "sqlite": embedded}
}

// onBackends runs a test with a client of each.
func onBackends(t *testing.T, test func(*testing.T, client)) {
	r, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range parameterBackends(t) {
		t.Run(name, func(t *testing.T) {
			st := store.Open(b, r, store.Options{Base: base})
			t.Cleanup(func() {
				if err := st.Close(); err != nil {
					t.Error(err)
				}
			})
			now := time.Now()
			test(t, newClient(t, func(o *handlers.Options) {
				o.Store = st
				o.Now = func() time.Time { now = now.Add(time.Minute); return now } // so that /metadata is made anew each time
			}))
		})
	}
}

// searchParameter is a resource with some elements changed; nil removes one.
func searchParameter(id string, change map[string]any) string {
	p := map[string]any{"resourceType": "SearchParameter", "id": id, "url": "http://practice.example/" + id, "name": "Test", "status": "active",
		"description": "Of a test", "code": id, "base": []string{"Patient"}, "type": "string", "expression": "Patient.extension('urn:maiden').value as string"}
	for name, value := range change {
		if p[name] = value; value == nil {
			delete(p, name)
		}
	}
	b, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func called(id, maiden string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"extension":[{"url":"urn:maiden","valueString":%q}],"name":[{"family":"Smith","text":"Text %[1]s"}]}`, id, maiden)
}

// built asks until the index of a parameter is complete. Until then every answer must say how far it is.
func (c client) built(url string) answer {
	c.Helper()
	for tick := time.Tick(time.Millisecond); ; <-tick {
		a := c.do("GET", url, "")
		if a.status == http.StatusOK {
			return a
		}
		a.is(http.StatusBadRequest).says("its index is being built")
		if c.Context().Err() != nil {
			c.Fatal("the index isn't complete when the test ends")
		}
	}
}

// advertised says whether /metadata lists Patient's parameter.
func (c client) advertised(code string) bool {
	c.Helper()
	var st struct {
		Rest []struct {
			Resource []struct {
				Type        string
				SearchParam []struct{ Name, Definition string }
			}
		}
	}
	if err := json.Unmarshal([]byte(c.do("GET", "/metadata", "").is(http.StatusOK).body), &st); err != nil {
		c.Fatal(err)
	}
	for _, r := range st.Rest[0].Resource {
		for _, p := range r.SearchParam {
			if r.Type == "Patient" && p.Name == code {
				return true
			}
		}
	}
	return false
}

// A parameter's life: unknown, posted, searched by, changed, retired, active again, deleted.
func TestSearchParameterPosted(t *testing.T) {
	onBackends(t, func(t *testing.T, c client) {
		c.do("PUT", "/Patient/a", called("a", "Ash")).is(http.StatusCreated)
		c.do("PUT", "/Patient/b", called("b", "Birch")).is(http.StatusCreated)
		c.do("GET", "/Patient?maiden=ash", "").is(http.StatusBadRequest).says("no search parameter")
		before := c.do("GET", "/metadata", "").header.Get("ETag")

		c.do("PUT", "/SearchParameter/maiden", searchParameter("maiden", map[string]any{"status": "draft"})).is(http.StatusCreated)
		c.do("GET", "/Patient?maiden=ash", "").is(http.StatusBadRequest).says("no search parameter")
		c.do("PUT", "/SearchParameter/maiden", searchParameter("maiden", nil)).is(http.StatusOK)
		c.built("/Patient?maiden=ash").says("Patient/a").hasNo("Patient/b")
		if !c.advertised("maiden") {
			t.Error("what can be searched by isn't advertised")
		}
		if c.do("GET", "/metadata", "").header.Get("ETag") == before {
			t.Error("/metadata has changed and its ETag hasn't")
		}
		c.do("PUT", "/Patient/c", called("c", "Ashley")).is(http.StatusCreated)
		c.do("GET", "/Patient?maiden=ash", "").is(http.StatusOK).says("Patient/c")
		c.do("GET", "/Patient?maiden:exact=Ash&_sort=maiden", "").is(http.StatusOK).says("Patient/a").hasNo("Patient/c")

		patch := `[{"op":"replace","path":"/expression","value":"Patient.name.text | Patient.contact.name.text"}]`
		c.do("PATCH", "/SearchParameter/maiden", patch, "Content-Type: application/json-patch+json").is(http.StatusOK)
		c.built("/Patient?maiden=text%20b").says("Patient/b").hasNo("Patient/a")

		c.do("PUT", "/SearchParameter/maiden", searchParameter("maiden", map[string]any{"status": "retired"})).is(http.StatusOK)
		c.do("GET", "/Patient?maiden=ash", "").is(http.StatusBadRequest).says("no search parameter")
		if c.advertised("maiden") {
			t.Error("what is retired is advertised")
		}
		c.do("POST", "", fmt.Sprintf(`{"resourceType":"Bundle","type":"transaction","entry":[{"resource":%s,"request":{"method":"PUT","url":"SearchParameter/maiden"}},
			{"resource":%s,"request":{"method":"PUT","url":"Patient/d"}}]}`, searchParameter("maiden", nil), called("d", "Ashby"))).is(http.StatusOK)
		c.built("/Patient?maiden=ashb").says("Patient/d").hasNo("Patient/a")
		c.do("DELETE", "/SearchParameter/maiden", "").is(http.StatusNoContent)
		c.do("GET", "/Patient?maiden=ash", "").is(http.StatusBadRequest).says("no search parameter")
	})
}

func TestSearchParameterRefused(t *testing.T) {
	long := "Patient.name.text" + strings.Repeat(" | Patient.name.text", 300)
	onBackends(t, func(t *testing.T, c client) {
		c.do("PUT", "/SearchParameter/there", searchParameter("there", nil)).is(http.StatusCreated)
		for _, tt := range []struct {
			name   string
			change map[string]any
			status int
			says   []string
		}{
			{"syntax", map[string]any{"expression": "Patient.name..text"}, 422, []string{"at character 14", `"SearchParameter.expression"`}},
			{"element", map[string]any{"expression": "Patient.nose"}, 422, []string{"hasn't got: nose", "at character 1"}},
			{"function", map[string]any{"expression": "Patient.name.first()"}, 422, []string{"first()"}},
			{"kind", map[string]any{"type": "quantity"}, 422, []string{"can't search in a"}},
			{"special", map[string]any{"type": "special"}, 422, []string{"special", "supported"}},
			{"none", map[string]any{"expression": nil}, 422, []string{"needs an expression"}},
			{"long", map[string]any{"expression": long}, 422, []string{"too long"}},
			{"code", map[string]any{"code": "a.b"}, 422, []string{"the code must be"}},
			{"result", map[string]any{"code": "_count"}, 422, []string{"are FHIR's own", `"SearchParameter.code"`}},
			{"built in", map[string]any{"code": "family"}, 409, []string{"has a search parameter"}},
			{"another", map[string]any{"code": "there"}, 409, []string{"has a search parameter"}},
			{"url", map[string]any{"url": "http://practice.example/there"}, 409, []string{"canonical URL"}},
		} {
			id := strings.ReplaceAll(tt.name, " ", "-")
			a := c.do("PUT", "/SearchParameter/"+id, searchParameter(id, tt.change)).is(tt.status)
			for _, text := range tt.says {
				a.says(strings.ReplaceAll(text, `"`, ``))
			}
			c.do("GET", "/SearchParameter/"+id, "").is(http.StatusNotFound)
		}
		bundle := `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":%s,"request":{"method":"PUT","url":"SearchParameter/x"}}]}`
		c.do("POST", "", fmt.Sprintf(bundle, searchParameter("x", map[string]any{"expression": "Patient.nose"}))).is(422).says("Bundle.entry[0].resource.expression")
		c.do("PUT", "/SearchParameter/there", searchParameter("there", nil)).is(http.StatusOK)
	})
}

// A composite can't lose what it is made of.
func TestSearchParameterBuiltOn(t *testing.T) {
	onBackends(t, func(t *testing.T, c client) {
		c.do("PUT", "/SearchParameter/part", searchParameter("part", map[string]any{"base": []string{"Observation"}, "expression": "Observation.value as string"})).is(http.StatusCreated)
		c.do("PUT", "/SearchParameter/both", searchParameter("both", map[string]any{"base": []string{"Observation"}, "type": "composite", "expression": "Observation",
			"component": []any{map[string]any{"definition": "http://hl7.org/fhir/SearchParameter/clinical-code", "expression": "code"},
				map[string]any{"definition": "http://practice.example/part", "expression": "value as string"}}})).is(http.StatusCreated)
		c.do("PUT", "/Observation/o", `{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"code":"k"}]},"valueString":"yes"}`).is(http.StatusCreated)
		c.built("/Observation?both=k$yes").says("Observation/o")
		c.do("DELETE", "/SearchParameter/part", "").is(http.StatusConflict).says("built on")
		c.do("DELETE", "/SearchParameter/both", "").is(http.StatusNoContent)
		c.do("DELETE", "/SearchParameter/part", "").is(http.StatusNoContent)
	})
}

// What R4 lacks and Frontdesk adds works, and is defined where /metadata says it is.
func TestOwnParameters(t *testing.T) {
	onBackends(t, func(t *testing.T, c client) {
		for path, json := range map[string]string{
			"Slot/s":              `{"resourceType":"Slot","id":"s","schedule":{"reference":"Schedule/x"},"status":"free","start":"2026-03-01T09:00:00Z","end":"2026-03-01T09:10:00Z"}`,
			"Appointment/a":       `{"resourceType":"Appointment","id":"a","status":"booked","start":"2026-03-01T09:00:00Z","end":"2026-03-01T09:10:00Z","participant":[{"status":"accepted","actor":{"reference":"Patient/p"}}]}`,
			"Communication/c":     `{"resourceType":"Communication","id":"c","status":"completed","inResponseTo":[{"reference":"Communication/b"}]}`,
			"MedicationRequest/m": `{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","medicationCodeableConcept":{"text":"x"},"subject":{"reference":"Patient/p"},"basedOn":[{"reference":"MedicationRequest/l"}]}`,
		} {
			c.do("PUT", "/"+path, json).is(http.StatusCreated)
		}
		for query, found := range map[string]string{
			"Slot?end=2026-03-01T09:10:00Z": "Slot/s", "Slot?end=lt2026-03-01T09:10:00Z": "",
			"Appointment?start=2026-03-01": "Appointment/a", "Appointment?start=2026-03-02": "",
			"Communication?in-response-to=Communication/b": "Communication/c", "Communication?in-response-to=Communication/c": "",
			"MedicationRequest?based-on=MedicationRequest/l": "MedicationRequest/m", "MedicationRequest?based-on=MedicationRequest/m": "",
		} {
			if a := c.do("GET", "/"+query, "").is(http.StatusOK); found == "" {
				a.hasNo(`"entry"`)
			} else {
				a.says(found)
			}
		}
		statement := c.do("GET", "/metadata", "").is(http.StatusOK)
		for _, id := range []string{"frontdesk-slot-end", "frontdesk-appointment-start", "frontdesk-communication-in-response-to", "frontdesk-medicationrequest-based-on"} {
			url := base + "/SearchParameter/" + id
			statement.says(url)
			definition := c.do("GET", "/SearchParameter/"+id, "").is(http.StatusOK).says(url).says("expression").body
			c.do("PUT", "/SearchParameter/"+id, definition).is(http.StatusUnprocessableEntity)
		}
	})
}
