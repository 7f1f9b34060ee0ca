package practice_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"frontdesk/handlers/audit"
)

// ask is a request; path "{next}" is the last link to another page.
type ask struct{ method, path, body, header string }

func one[T any](w *twins, of ...T) T { return of[w.IntN(len(of))] }

// ids are those that the types have: seen, withheld, of who asks in between, or never there.
func (w *twins) id(typ string) string {
	all := map[string][]string{
		"Condition": {"h-cond"}, "Observation": {"weight", "hba1c", "h-weight", "h-lab", "h-early", "h-closed"}, "MedicationRequest": {"inhaler", "h-plan"},
		"Communication": {"h-said", "h-closed"}, "Appointment": {"h-visit"}, "Task": {"h-order"}, "DocumentReference": {"h-letter"}, "Binary": {"h-scan"},
		"DiagnosticReport": {"report", "h-report"}, "List": {"list"}, "Encounter": {"met"}, "Immunization": {"h-early"}, "Procedure": {"h-closed"}, "Slot": {"s1", "s2"},
	}[typ]
	return one(w, append(all, "never", fmt.Sprintf("new-%06d", 1+w.IntN(8)))...)
}

var types = []string{"Condition", "Observation", "Observation", "MedicationRequest", "Communication", "Appointment", "Task", "DocumentReference", "Binary", "DiagnosticReport",
	"DiagnosticReport", "List", "Encounter", "Immunization", "Procedure", "Slot"}

// any is any request.
func (w *twins) any() ask {
	switch n := w.IntN(20); {
	case n < 7:
		return w.search()
	case n < 9:
		return ask{method: "GET", path: "{next}"}
	case n < 13:
		return w.read()
	case n < 18:
		return w.write()
	}
	var entries []string
	for range 1 + w.IntN(3) {
		a := w.write()
		if w.IntN(3) == 0 {
			a = w.read()
		}
		entry := fmt.Sprintf(`{"request":{"method":%q,"url":%q}`, a.method, strings.TrimPrefix(a.path, "/"))
		if a.method == "PATCH" {
			continue
		}
		if a.body != "" {
			entry += `,"resource":` + a.body
		}
		entries = append(entries, entry+"}")
	}
	return ask{"POST", "", `{"resourceType":"Bundle","type":"` + one(w, "batch", "transaction") + `","entry":[` + strings.Join(entries, ",") + `]}`, "Prefer: return=representation"}
}

func (w *twins) read() ask {
	typ := one(w, types...)
	path := "/" + typ + "/" + w.id(typ) + one(w, "", "", "?_summary=true", "/_history", "/_history?_count=1", "/_history/1", "/_history/2")
	return ask{method: one(w, "GET", "GET", "GET", "HEAD"), path: one(w, path, path, path, "/"+typ+"/_history?_count=2", "/_history?_count=3")}
}

func (w *twins) search() ask {
	typ := one(w, types...)
	path := "/" + typ + "?" + one(w, "_total=accurate", "patient=ann&_count=1", "_summary=count", "_sort=-_lastUpdated&_count=2", "_include=*", "_id="+w.id(typ), "_include=*&_include:iterate=*",
		"_elements=id", "_id:not="+w.id(typ), "_lastUpdated=gt2020")
	if typ == "Slot" {
		path = "/Slot?status=" + one(w, "free", "busy")
	}
	return ask{method: "GET", path: one(w, path, path, "/DiagnosticReport?result="+w.id("Observation"), "/DiagnosticReport?result:missing="+one(w, "true", "false"),
		"/DiagnosticReport?result.code:text=weight", "/Observation?_has:DiagnosticReport:result:_id=report", "/Encounter?reason-reference="+w.id("Condition"), "/Encounter?appointment="+w.id("Appointment"),
		"/List?item="+w.id("Condition"), "/List?item:missing=true", "/Observation?_revinclude=DiagnosticReport:result&_revinclude=List:item", "/Patient/ann/$everything?_count=3",
		"/Patient/ann/$everything", "/Patient/ann/Observation?_total=accurate", "/Patient/ann/*?_count=5", "/Observation/$lastn?patient=ann&category=laboratory,vital-signs",
		"/Observation?code:text=weight&_total=accurate", "/Observation?_content=secret", "/?_type=Observation,Condition,Task&_count=4", "/Task?focus=MedicationRequest/"+w.id("MedicationRequest"),
		"/Patient?_has:Observation:patient:_id="+w.id("Observation"), "/Patient?_has:Condition:patient:code:text=secret", "/DocumentReference?_include=*", "/Appointment?date=gt2020&_total=accurate")}
}

// write is a change: mostly one that a patient may ask for.
func (w *twins) write() ask {
	typ := one(w, types...)
	id := w.id(typ)
	start := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Minute)
	message := fmt.Sprintf(`{"resourceType":"Communication","status":"completed","subject":{"reference":"Patient/ann"},"sender":{"reference":"Patient/ann"},"recipient":[{"reference":"Organization/north"}],`+
		`"payload":[{"contentString":"Hello"}]%s}`, one(w, "", `,"inResponseTo":[{"reference":"Communication/`+w.id("Communication")+`"}]`, `,"partOf":[{"reference":"Communication/`+w.id("Communication")+`"}]`))
	n := w.IntN(6)
	return one(w,
		ask{method: "POST", path: "/Communication", body: message},
		ask{"POST", "/Communication", message, "If-None-Exist: _id=" + w.id("Communication")},
		ask{method: "POST", path: "/Task", body: ordering("ann", w.id("MedicationRequest"))},
		ask{method: "POST", path: "/Task", body: ordering("ann", "inhaler")},
		ask{"POST", "/Task", ordering("ann", "inhaler"), "If-None-Exist: patient=ann&status=requested"},
		ask{method: "PATCH", path: "/Task/" + w.id("Task"), body: to("cancelled")},
		ask{method: "POST", path: "/Appointment", body: booking("ann", start.Add(time.Duration(n)*slotLength), fmt.Sprint("s", n))},
		ask{"POST", "/Appointment", booking("bob", start.Add(time.Duration(n)*slotLength), fmt.Sprint("s", n)), "Prefer: return=representation"},
		ask{"PATCH", "/Appointment/" + w.id("Appointment"), `[{"op":"replace","path":"/status","value":"cancelled"},{"op":"add","path":"/cancelationReason","value":{"text":"ill"}}]`, `If-Match: W/"1"`},
		ask{method: "DELETE", path: "/" + typ + "/" + id},
		ask{method: "PUT", path: "/" + typ + "/" + id, body: fmt.Sprintf(`{"resourceType":%q,"id":%q}`, typ, id)},
		ask{method: "PATCH", path: "/" + typ + "/" + id, body: `[{"op":"test","path":"/id","value":"x"}]`},
		ask{method: "PATCH", path: "/" + typ + "?_id=" + id, body: `[]`},
		ask{method: "POST", path: "/" + typ + "/" + id + "/$hide", body: because},
	)
}

// behind is what happens to what is withheld, where it is: the EHR sends it again, staff read it, or hide it again.
func (w *twins) behind() {
	key := one(w, withheldByHand...)
	switch c := w.staff[0]; w.IntN(4) {
	case 0:
		if a := c.get("/" + key); a.status == http.StatusOK {
			w.practices[0].load(a.body)
		}
	case 1:
		for key, result := range unreleased {
			w.practices[0].load(result)
			c.is(http.StatusOK, c.get("/"+key))
		}
	case 2:
		path := one(w, "/Condition?", "/Task?", "/MedicationRequest?") + "patient=ann"
		for _, c := range w.staff { // of what Ann sees too, she reads that it was looked at
			c.is(http.StatusOK, c.do(http.MethodGet, path, "", theSame))
		}
	default:
		c.is(http.StatusOK, c.post("/"+key+"/$hide", because))
	}
}

// sequence is a few requests by one person or several. It gives how many.
func (w *twins) sequence(said map[int]int) int {
	n := 5 + w.IntN(8)
	for range n {
		if w.IntN(6) == 0 {
			w.behind()
		}
		a, who := w.any(), w.IntN(len(w.people[0]))
		w.both(a, who, said)
	}
	return n
}

// trails files what was recorded, and has Ann read of it.
func (w *twins) trails(said map[int]int) {
	for _, p := range w.practices {
		p.must(p.audit.Flush(p.Context()))
		filer := audit.New(audit.Options{Store: p.store, Base: base, Log: quiet, Now: p.clock.now})
		p.must(filer.Flush(p.Context()))
		p.must(filer.Close(p.Context()))
	}
	w.both(ask{method: "GET", path: "/AuditEvent?patient=Patient/ann&_total=accurate&_summary=count"}, 0, said)
	var told [2][]string
	for i := range told { // those of one request have the same time, and come in any order
		told[i] = w.people[i][0].events("/AuditEvent?patient=Patient/ann&_count=1000&_elements=type,subtype,action,outcome,outcomeDesc,entity")
	}
	for n, event := range told[0] {
		if event != told[1][n] {
			w.practices[0].Fatalf("the trail tells, with what is withheld:\n%s\nwithout:\n%s", event, told[1][n])
		}
	}
}

// events are the AuditEvents on all pages of a search, sorted, without what differs by chance.
func (c *client) events(path string) (all []string) {
	for path != "" {
		a := c.is(http.StatusOK, c.get(path))
		var b struct {
			Entry []struct{ Resource json.RawMessage }
		}
		c.must(json.Unmarshal([]byte(a.body), &b))
		for _, e := range b.Entry {
			all = append(all, chance.ReplaceAllString(query.ReplaceAllStringFunc(string(e.Resource), plain), "…"))
		}
		path = nextOf(a)
	}
	slices.Sort(all)
	return all
}

// theSame is the reference of every request.
const theSame = "X-Request-Id: the-same-for-all"

// both asks both the same, and fails the story unless the answers are alike.
func (w *twins) both(a ask, who int, said map[int]int) {
	t := w.practices[0]
	t.Helper()
	var texts [2]string
	for i := range w.practices {
		path := a.path
		if path == "{next}" {
			if path = w.next[i]; path == "" {
				return
			}
		}
		headers := []string{theSame}
		if a.header != "" {
			headers = append(headers, a.header)
		}
		got := w.people[i][who].do(a.method, path, a.body, headers...)
		if texts[i] = alike(got); i == 0 {
			said[got.status]++
		}
		w.next[i] = nextOf(got)
	}
	if texts[0] != texts[1] || strings.HasPrefix(texts[0], "5") {
		t.Fatalf("%s %s %s\n%s\nas person %d, the section %q is closed. With what is withheld:\n%s\nwithout:\n%s", a.method, a.path, a.header, a.body, who, w.closed, texts[0], texts[1])
	}
}

func nextOf(a answer) string {
	var b struct {
		Link []struct{ Relation, URL string }
	}
	if json.Unmarshal([]byte(a.body), &b) == nil {
		for _, l := range b.Link {
			if l.Relation == "next" {
				return strings.TrimPrefix(l.URL, base)
			}
		}
	}
	return ""
}

// chance is what differs between any two answers: times of writing, positions in pages, and the ids of AuditEvents.
var chance = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z|_cursor=[A-Za-z0-9_-]+|approval/[A-Za-z0-9_-]+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// query is AuditEvent.entity.query, in base64.
var query = regexp.MustCompile(`"query":"[^"]*"`)

// plain is a query as it was sent: what differs in it by chance, as where a page begins, can be told only there.
func plain(member string) string {
	var encoded struct{ Query []byte }
	if err := json.Unmarshal([]byte("{"+member+"}"), &encoded); err != nil {
		return member
	}
	return `"query":"` + string(encoded.Query) + `"`
}

// alike is an answer without what differs by chance.
func alike(a answer) string {
	h := a.header.Clone()
	h.Del("Last-Modified")
	h.Del("Content-Length") // with times of less digits it is another
	var head strings.Builder
	_ = h.Write(&head) // a Builder takes everything
	return fmt.Sprint(a.status, "\n", head.String(), chance.ReplaceAllString(a.body, "…"))
}
