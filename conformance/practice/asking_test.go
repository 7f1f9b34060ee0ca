package practice_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"frontdesk/store/audit"
)

// ask is a request; path "{next}" is the last link to another page. body "{read}" is what is read there, with old words
// replaced by new ones, and If-Match its version.
type ask struct {
	method, path, body, header string
	old, new                   string
}

func one[T any](w *twins, of ...T) T { return of[w.IntN(len(of))] }

// ids are those that the types have: seen, withheld, of who asks in between, or never there.
func (w *twins) id(typ string) string {
	all := map[string][]string{
		"Condition": {"h-cond"}, "Observation": {"weight", "hba1c", "h-weight", "h-lab", "h-early", "h-closed"}, "MedicationRequest": {"inhaler", "h-plan"},
		"Communication": {"said", "h-said", "h-closed"}, "Appointment": {"visit", "visit", "h-visit"}, "Task": {"order", "order", "h-order"}, "DocumentReference": {"h-letter"}, "Binary": {"h-scan"},
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
	case n < 16:
		return w.write()
	case n < 18:
		return w.change()
	}
	var entries []string
	for range 1 + w.IntN(3) {
		a := w.write()
		if w.IntN(3) == 0 {
			a = w.read()
		}
		entry := fmt.Sprintf(`{"request":{"method":%q,"url":%q}`, a.method, strings.TrimPrefix(a.path, "/"))
		if a.method == "PATCH" {
			continue // it would have to come as a Binary; the same code judges it
		}
		if a.body != "" {
			entry += `,"resource":` + a.body
		}
		entries = append(entries, entry+"}")
	}
	return ask{method: "POST", body: `{"resourceType":"Bundle","type":"` + one(w, "batch", "transaction") + `","entry":[` + strings.Join(entries, ",") + `]}`, header: "Prefer: return=representation"}
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
		tagged("/"+typ, one(w, "hidden", "held-back", "suspended")), "/Observation?_tag:missing=true&_total=accurate",
		"/Slot/south-1", "/Patient/eve", "/Patient?_has:Observation:patient:_id="+w.id("Observation"),
		"/Patient?_has:Condition:patient:code:text=secret", "/DocumentReference?_include=*",
		"/Appointment?date=gt2020&_total=accurate")}
}

// write is a change: mostly one that a patient may ask for.
func (w *twins) write() ask {
	typ := one(w, types...)
	id := w.id(typ)
	start := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Minute)
	message := fmt.Sprintf(`{"resourceType":"Communication","status":%q,"subject":{"reference":"Patient/ann"},"sender":{"reference":"Patient/ann"},"recipient":[{"reference":"Organization/north"}],`+
		`"payload":[{"contentString":"Hello"}]%s}`, one(w, "in-progress", "in-progress", "completed"), one(w, "", `,"inResponseTo":[{"reference":"Communication/`+w.id("Communication")+`"}]`, `,"partOf":[{"reference":"Communication/`+w.id("Communication")+`"}]`))
	n := w.IntN(6)
	return one(w,
		ask{method: "POST", path: "/Communication", body: message},
		ask{method: "POST", path: "/Communication", body: message, header: "If-None-Exist: _id=" + w.id("Communication")},
		ask{method: "POST", path: "/Task", body: ordering("ann", w.id("MedicationRequest"))},
		ask{method: "POST", path: "/Task", body: ordering("ann", "inhaler")},
		ask{method: "POST", path: "/Task", body: ordering("ann", "inhaler"), header: "If-None-Exist: patient=ann&status=requested"},
		ask{method: "PATCH", path: "/Task/" + w.id("Task"), body: to("cancelled")},
		ask{method: "POST", path: "/Appointment", body: booking("ann", start.Add(time.Duration(n)*slotLength), fmt.Sprint("s", n))},
		ask{method: "POST", path: "/Appointment", body: booking("bob", start.Add(time.Duration(n)*slotLength), fmt.Sprint("s", n)), header: "Prefer: return=representation"},
		ask{method: "POST", path: "/Appointment", body: booking(one(w, "eve", "ann"), start, one(w, "south-1", "s0"))},
		ask{method: "PATCH", path: "/Appointment/" + w.id("Appointment"), body: `[{"op":"replace","path":"/status","value":"cancelled"},{"op":"add","path":"/cancelationReason","value":{"text":"ill"}}]`, header: `If-Match: W/"1"`},
		ask{method: "DELETE", path: "/" + typ + "/" + id},
		ask{method: "PUT", path: "/" + typ + "/" + id, body: fmt.Sprintf(`{"resourceType":%q,"id":%q}`, typ, id)},
		ask{method: "PATCH", path: "/" + typ + "/" + id, body: `[{"op":"test","path":"/id","value":"x"}]`},
		ask{method: "PATCH", path: "/" + typ + "?_id=" + id, body: `[]`},
		ask{method: "POST", path: "/" + typ + "/" + id + "/$hide", body: because},
	)
}

// change is a change of what may refer to something that is withheld, as an app makes it that has read the resource: of
// all that stands there, and of places where more may stand.
func (w *twins) change() ask {
	typ := one(w, "Appointment", "Task", "List", "Encounter", "Communication", "DiagnosticReport")
	id := map[string]string{"Appointment": "visit", "Task": "order", "List": "list", "Encounter": "met", "Communication": "said", "DiagnosticReport": "report"}[typ]
	path, hidden := "/"+typ+"/"+id, "Condition/h-cond"
	if w.IntN(2) == 0 {
		a := ask{method: "PUT", path: path, body: "{read}", header: "Prefer: return=representation"}
		a.old = one(w, "", `"status":"booked"`, `"status":"requested"`, `"id":`, `"id":`, `"subject":`, `{"reference":"Observation/weight"}`, `"status":"current"`, `"mode":"working"`)
		a.new = one(w, a.old, a.old+`"x",`, `"status":"cancelled","cancelationReason":{"text":"ill"}`, `"status":"cancelled"`, `"reasonReference":[{"reference":"`+hidden+`"}],`+a.old, `"title":"Mine",`+a.old,
			`{"reference":"Observation/`+w.id("Observation")+`"}`, `"encounter":{"reference":"Encounter/met"},`+a.old, `"entry":[{"item":{"reference":"`+hidden+`"}}],`+a.old,
			`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},`+a.old)
		return a
	}
	at := one(w, "/reasonReference", "/reasonReference/0", "/reasonReference/1", "/basedOn", "/supportingInformation", "/supportingInformation/0/reference", "/focus", "/focus/reference", "/entry", "/entry/0",
		"/entry/1", "/entry/2/item/reference", "/result/1", "/appointment", "/inResponseTo/0", "/partOf", "/about", "/text", "/text/div", "/status", "/comment", "/title", "/note", "/input/0")
	value := one(w, `"x"`, `{"reference":"`+hidden+`"}`, `[{"reference":"`+hidden+`"}]`, `"cancelled"`, `{"item":{"reference":"Observation/weight"}}`, `"`+hidden+`"`, `null`)
	op := one(w, `{"op":"test","path":"%[1]s","value":%[2]s}`, `{"op":"remove","path":"%[1]s"}`, `{"op":"add","path":"%[1]s","value":%[2]s}`, `{"op":"add","path":"%[1]s/-","value":%[2]s}`,
		`{"op":"replace","path":"%[1]s","value":%[2]s}`, `{"op":"copy","from":"%[1]s","path":"/title"}`, `{"op":"move","from":"%[1]s","path":"/description"}`, `{"op":"copy","from":"%[1]s","path":"%[1]s"}`)
	return ask{method: "PATCH", path: path, body: "[" + fmt.Sprintf(op, at, value) + "]", header: fmt.Sprintf(`If-Match: W/"%d"`, 1+w.IntN(3))}
}

// behind is what happens to what is withheld, where it is: the EHR sends it again, staff read it, or hide it again.
func (w *twins) behind() {
	key := one(w, withheldByHand...)
	switch c := w.staff[0]; w.IntN(5) {
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
		path := one(w, "/Condition?patient=ann", "/Task?patient=ann", "/MedicationRequest?subject=Patient/ann&_include=*", "/Patient/ann/Immunization", "/Condition?code:text=secret", "/Procedure?_include=*",
			"/Observation?_lastUpdated=gt2020", "/Patient/ann/$everything", "/Communication/_history",
			tagged("/Patient/ann/Condition", "hidden"), tagged("/Observation", "held-back")+"&patient=ann",
			"/DiagnosticReport?_include=DiagnosticReport:result")
		for _, c := range w.staff { // whatever is found, Ann reads of those that name her
			c.is(http.StatusOK, c.do(http.MethodGet, path, "", theSame))
		}
	case 3:
		for _, key := range []string{"Observation/h-early", "Immunization/h-early", "Procedure/h-closed", key} { // nobody else is told of these
			_ = c.get("/" + key)
			_ = c.get("/" + key + "/_history")
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

// apart fails the story if anything of one practice was given to the other, or taken by it.
func (w *twins) apart() {
	for _, p := range w.practices {
		ehr := p.ehr()
		a := ehr.is(http.StatusOK, ehr.get("/Appointment?_count=1000"))
		var b struct {
			Entry []struct{ Resource json.RawMessage }
		}
		p.must(json.Unmarshal([]byte(a.body), &b))
		for _, e := range b.Entry {
			visit := string(e.Resource)
			if strings.Contains(visit, `"Slot/south`) != strings.Contains(visit, `"Patient/eve"`) {
				p.Errorf("booked at the other's practice: %s", visit)
			}
		}
		kept := []string{"Patient/eve", "Patient/ann", "Schedule/south", "Schedule/book", "Location/s-room"}
		for _, key := range kept {
			if a := ehr.is(http.StatusOK, ehr.get("/"+key)); a.header.Get("ETag") != `W/"1"` {
				p.Errorf("%s was changed: %s", key, a.body)
			}
		}
	}
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
		body := a.body
		if body == "{read}" {
			read := w.people[i][who].do(http.MethodGet, path, "", theSame)
			body = strings.Replace(read.body, a.old, a.new, 1)
			headers = append(headers, read.version())
		}
		got := w.people[i][who].do(a.method, path, body, headers...)
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
