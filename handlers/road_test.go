package handlers_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/handlers"
	"frontdesk/store"
)

// asking is one request, to be sent on every road. In its strings # is the number of the case.
type asking struct{ method, url, resource, header string }

// What the generated requests are made up of: every method, addresses, resources and conditions that are right, and
// wrong in each way.
var (
	askMethods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
	askURLs    = []string{
		"Patient", "Patient/there-#", "Patient/absent-#", "Patient/gone-#", "Patient/bad_id", "Nowhere", "Nowhere/1", "Patient/there-#/_history",
		"Patient/there-#/_history/1", "Patient/there-#/_history/01", "Patient/there-#/_history/9", "Patient?identifier=urn:x|there-#",
		"Patient?identifier=urn:x|absent-#", "Patient?identifer=x", "Patient?identifier=", "Patient?_format=json", "Patient?_format=json&identifier=urn:x|there-#",
		"Patient/there-#?_pretty=true", "Patient/there-#?_format=json", "Patient/there-#?_format=pdf", "Patient/there-#?identifier=x", "Patient/there-#?_summary=true",
		"Patient/there-#/Observation", "Patient/there-#/Medication", "Patient/there-#/$nonsense", "Patient?_pretty=perhaps", "Patient?%zz=1",
	}
	askResources = []string{
		"", `{"resourceType":"Patient","id":"there-#","identifier":[{"system":"urn:x","value":"there-#"}]}`,
		`{"resourceType":"Patient","identifier":[{"system":"urn:x","value":"there-#"}]}`,
		`{"resourceType":"Patient","id":"absent-#","active":true}`, `{"resourceType":"Basic","code":{"text":"x"}}`,
		`{"resourceType":"Patient","id":"there-#","gender":"x","birthDate":"yesterday"}`,
		`{"resourceType":"Patient","id":"there-#","meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}}`,
	}
	askPatches = []string{`[{"op":"add","path":"/active","value":true}]`, `[{"op":"test","path":"/active","value":true}]`, `[{"op":"fly"}]`, `{}`,
		`[{"op":"add","path":"/gender","value":"x"}]`}
	askHeaders = []string{
		"", "", "", `If-Match: W/"1"`, `If-Match: W/"7"`, `If-Match: W/"01"`, "If-Match: 1", "If-None-Match: *", `If-None-Match: W/"1"`, "If-None-Match: nonsense",
		"If-None-Exist: identifier=urn:x|there-#", "If-None-Exist: identifier=urn:x|absent-#", "If-None-Exist: identifer=x",
	}
)

// askings are requests of all kinds: those without a condition and a sample of those with one, or with
// FRONTDESK_ROAD_ALL every one.
func askings() (all []asking) {
	for _, method := range askMethods {
		resources := askResources[:1]
		switch method {
		case "POST", "PUT":
			resources = askResources
		case "PATCH":
			resources = askPatches
		}
		for _, url := range askURLs {
			for _, resource := range resources {
				for _, header := range askHeaders[2:] {
					all = append(all, asking{method, url, resource, header})
				}
			}
		}
	}
	if os.Getenv("FRONTDESK_ROAD_ALL") != "" {
		return all
	}
	r := rand.New(rand.NewPCG(1, 2))
	return slices.DeleteFunc(all, func(a asking) bool { return a.header != "" && r.IntN(12) > 0 })
}

func (a asking) number(n int) asking {
	in := func(s string) string { return strings.ReplaceAll(s, "#", fmt.Sprint(n)) }
	return asking{a.method, in(a.url), in(a.resource), in(a.header)}
}

// entry is the request as an entry of a Bundle.
func (a asking) entry() string {
	resource := a.resource
	if a.method == "PATCH" {
		resource = `{"resourceType":"Binary","contentType":"application/json-patch+json","data":"` + base64.StdEncoding.EncodeToString([]byte(resource)) + `"}`
	}
	var more []string
	if name, value, ok := strings.Cut(a.header, ": "); ok {
		name = strings.ReplaceAll(name, "-", "")
		more = append(more, fmt.Sprintf("%q:%q", strings.ToLower(name[:1])+name[1:], value))
	}
	return sent(resource, a.method, a.url, more...)
}

// diagnostics is what a road answers: a status, and of a refusal each issue's code, expression and text.
type diagnostics struct {
	status string
	issues []string
}

func (x diagnostics) same(y diagnostics) bool {
	return x.status == y.status && slices.Equal(x.issues, y.issues)
}

// refused reads an OperationOutcome. Where the expression tells no element of the entry (it is a header's, a
// parameter's or none), the entry itself is taken: only a Bundle has elements for those.
func refused(t *testing.T, body []byte) (issues []string) {
	t.Helper()
	var o struct {
		Issue []struct {
			Severity, Code string
			Details        struct{ Text string }
			Expression     []string
		}
	}
	if len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, &o); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for _, is := range o.Issue {
		at := "entry"
		for _, e := range is.Expression {
			if rest, ok := strings.CutPrefix(e, "Bundle.entry[0].resource"); ok {
				at = "resource" + rest
			} else if typ, rest, _ := strings.Cut(e, "."); typ == "Patient" || typ == "Basic" {
				at = strings.TrimSuffix("resource."+rest, ".")
			}
		}
		issues = append(issues, is.Code+" at "+at+": "+is.Details.Text)
	}
	slices.Sort(issues)
	return issues
}

// road is one way for a request to come.
type road struct {
	client
	carry func(a asking) diagnostics
}

func single(c client) func(asking) diagnostics {
	return func(a asking) diagnostics {
		headers := []string{}
		if a.header != "" {
			headers = append(headers, a.header)
		}
		if a.method == "PATCH" {
			headers = append(headers, "Content-Type: application/json-patch+json")
		} else if a.resource == "" {
			headers = append(headers, "Content-Type: application/fhir+json")
		}
		got := c.do(a.method, "/"+a.url, a.resource, headers...)
		out := diagnostics{status: fmt.Sprint(got.status)}
		if got.status >= 400 && a.method != "HEAD" {
			out.issues = refused(c.TB.(*testing.T), []byte(got.body))
		}
		return out
	}
}

func bundled(c client, typ string) func(asking) diagnostics {
	return func(a asking) diagnostics {
		t := c.TB.(*testing.T)
		got := c.do("POST", "", bundleOf(typ, a.entry()))
		if got.status >= 400 {
			return diagnostics{fmt.Sprint(got.status), refused(t, []byte(got.body))}
		}
		var b struct{ Entry []entryAnswer }
		if err := json.Unmarshal([]byte(got.body), &b); err != nil || len(b.Entry) != 1 {
			t.Fatalf("%v: %s", err, got.body)
		}
		out := diagnostics{status: b.Entry[0].Response.Status[:3]}
		if out.status >= "400" && a.method != "HEAD" {
			out.issues = refused(t, b.Entry[0].Response.Outcome)
		}
		return out
	}
}

// imported is what an import makes of the request. It has no status but whether it is written.
func imported(t *testing.T, st *store.Store, a asking) (issues []string) {
	t.Helper()
	b, err := codec.DecodeBundle([]byte(bundleOf("batch", a.entry())), codec.Limits{Conditional: true})
	if err != nil {
		t.Fatal(err)
	}
	changes, err := handlers.Changes(st, handlers.Limits{})(b)
	if err == nil {
		_, err = st.As(access.Everything("import"), store.Unobserved).Transact(t.Context(), changes)
	}
	if err == nil {
		return nil
	}
	for _, is := range fhir.AsError(err).Issues {
		at := "entry"
		if rest, ok := strings.CutPrefix(is.Expression, "Bundle.entry[0].resource"); ok {
			at = "resource" + rest
		}
		issues = append(issues, at+": "+is.Text)
	}
	slices.Sort(issues)
	return issues
}

// except is where a road rightly differs from a single request, by which sentence; "" is nowhere.
func except(a asking, typ string, alone, here diagnostics) string {
	switch {
	case typ == "transaction" && (alone.status == "404" || alone.status == "405") && here.status == "400" && slices.Equal(alone.issues, here.issues):
		return "RFC 9110 15.5.5, 15.5.6: 404 and 405 are about the target of the request itself, and that is the base"
	case strings.Contains(a.url, "%zz") && alone.status == here.status:
		return "R4 bundle: Bundle.entry.request.url is a uri, and is read as one"
	case a.method == "HEAD" && typ == "transaction" && alone.status >= "400" && here.status >= "400":
		return "R4 http 3.1.0.11.2: a transaction that is refused has an OperationOutcome of its own"
	case strings.HasPrefix(a.url, "Patient?") && a.method == "POST" && strings.Contains(alone.status+here.status, "415"):
		return "no body of a form in an entry"
	}
	return ""
}

// TestB9_ARequestIsAnsweredAlikeOnEveryRoad: the same request sent by itself, in a batch, in a transaction and by
// import gets the same status and the same issues, at the same elements.
func TestB9_ARequestIsAnsweredAlikeOnEveryRoad(t *testing.T) {
	alone, batch, transaction := newClient(t), newClient(t), newClient(t)
	var st *store.Store
	imports := newClient(t, func(o *handlers.Options) { st = o.Store })
	roads := map[string]road{"batch": {batch, bundled(batch, "batch")}, "transaction": {transaction, bundled(transaction, "transaction")}}
	first, seen, differ := single(alone), map[string]int{}, 0
	for n, a := range askings() {
		a = a.number(n)
		for _, c := range []client{alone, batch, transaction, imports} {
			c.do("PUT", fmt.Sprintf("/Patient/there-%d", n), a.there(n)).is(201)
			c.do("PUT", fmt.Sprintf("/Patient/gone-%d", n), fmt.Sprintf(`{"resourceType":"Patient","id":"gone-%d"}`, n)).is(201)
			c.do("DELETE", fmt.Sprintf("/Patient/gone-%d", n), "").is(204)
		}
		want := first(a)
		seen[want.status]++
		for typ, r := range roads {
			if got := r.carry(a); !got.same(want) && except(a, typ, want, got) == "" {
				differ++
				t.Errorf("%+v\nby itself %s %q\nin a %s %s %q", a, want.status, want.issues, typ, got.status, got.issues)
			}
		}
		if a.method != "GET" && a.method != "HEAD" {
			var issues []string
			for _, is := range want.issues {
				_, is, _ = strings.Cut(is, " at ")
				issues = append(issues, is)
			}
			slices.Sort(issues)
			if got := imported(t, st, a); !slices.Equal(got, issues) && !strings.Contains(a.url, "%zz") {
				differ++
				t.Errorf("%+v\nby itself %s %q\nby import %q", a, want.status, issues, got)
			}
		}
		if differ > 20 {
			t.Fatal("and so on")
		}
	}
	for _, status := range []string{"200", "201", "204", "400", "404", "405", "410", "412", "422"} {
		if seen[status] == 0 {
			t.Errorf("no request was answered with %s; the requests are one-sided: %v", status, seen)
		}
	}
}

func (a asking) there(n int) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":"there-%d","active":true,"identifier":[{"system":"urn:x","value":"there-%d"}]}`, n, n)
}

// Whatever an entry asks, it ends up in one place (a change, a read or a fault), and each fault says where it is.
func FuzzEntries(f *testing.F) {
	r, err := registry()
	if err != nil {
		f.Fatal(err)
	}
	changes := handlers.Changes(store.Open(memory.Open(r), r, store.Options{Base: base}), handlers.Limits{})
	f.Add("POST", "Patient", "", "", "identifier=a|b")
	f.Add("PUT", base+"/Patient/1", `W/"1"`, "*", "")
	f.Add("DELETE", "Patient?name=x&_format=json", "", "", "")
	f.Add("GET", "/Patient/1/_history/2?_summary=true", "", `W/"1"`, "")
	f.Add("PATCH", "Patient/$x#?", "x", "x", "%zz")
	f.Add("POST", "/", "", "", "")
	f.Fuzz(func(t *testing.T, method, url, ifMatch, ifNoneMatch, ifNoneExist string) {
		request := codec.Request{Method: method, URL: url, IfMatch: ifMatch, IfNoneMatch: ifNoneMatch, IfNoneExist: ifNoneExist}
		if method == "" || url == "" {
			return // codec refuses it
		}
		got, err := changes(&codec.Bundle{Type: "transaction", Entries: []codec.Entry{{Request: request}}})
		if len(got) == 1 && err != nil {
			t.Fatalf("%v, %v", got, err)
		}
		if err == nil {
			return
		}
		e := fhir.AsError(err)
		if e.Kind == fhir.Internal || len(e.Issues) == 0 {
			t.Fatalf("error is %v", err)
		}
		for _, is := range e.Issues {
			if !strings.HasPrefix(is.Expression, "Bundle.entry[0]") || is.Text == "" {
				t.Errorf("fault %+v", is)
			}
		}
	})
}
