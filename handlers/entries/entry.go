package entries

import (
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/wire"
	"frontdesk/store"
)

// entry is one entry while it is read.
type entry struct {
	*codec.Entry
	at       string // "Bundle.entry[3]"
	registry *spec.Registry
	options  search.Options
	faults   faults
}

// actions are the methods that change something. GET and HEAD don't; the rest is refused by codec.
var actions = map[string]store.Action{"POST": store.Create, "PUT": store.Update, "PATCH": store.Patch, "DELETE": store.Delete}

// Check says what is wrong with an entry by itself, wherever it is addressed to. at is where it stands, as "Bundle.entry[3]".
func Check(e *codec.Entry, at string) error {
	own := entry{Entry: e, at: at}
	own.check()
	return own.faults.err()
}

func (e *entry) check() {
	if e.Faults != nil {
		e.faults.add(e.Faults)
	}
	if e.Request.Method != "" {
		e.headers(actions[e.Request.Method])
		e.body(actions[e.Request.Method])
	}
}

// read is the change that an entry asks for; nil for one that only reads.
func (e *entry) read() (*store.Change, error) {
	e.check()
	path, query, err := Target(e.Request.URL, e.options.Base)
	if err != nil {
		e.fault("request.url", err)
	}
	action := actions[e.Request.Method]
	if err != nil || e.Request.Method == "" || action == 0 {
		return nil, e.faults.err()
	}
	c := &store.Change{Action: action, FullURL: e.FullURL, At: e.at}
	if c.Key = e.key(path, query, action); c.Key.Type != "" {
		c.Match = e.criteria(c.Key, query)
		e.content(c)
	}
	e.conditions(c)
	return c, e.faults.err()
}

// body says whether there is a resource just when the method needs one.
func (e *entry) body(action store.Action) {
	switch needed := action != 0 && action != store.Delete; {
	case needed && e.Resource == nil && e.Faults == nil:
		e.faultf("resource", "A %s entry must have a resource.", e.Request.Method)
	case !needed && e.Resource != nil:
		e.faultf("resource", "A %s entry must not have a resource. Leave it out.", e.Request.Method)
	}
}

// headers refuses what has no meaning with the method (R4 bundle, Bundle.entry.request): it would be passed over in silence.
func (e *entry) headers(action store.Action) {
	r := e.Request
	for _, h := range []struct {
		name, value string
		with        bool
		methods     string
	}{
		{"ifMatch", r.IfMatch, action == store.Update || action == store.Patch || action == store.Delete, "PUT, PATCH and DELETE"},
		{"ifNoneMatch", r.IfNoneMatch, action == 0 || action == store.Update, "GET and PUT"},
		{"ifModifiedSince", r.IfModifiedSince, action == 0, "GET"},
		{"ifNoneExist", r.IfNoneExist, action == store.Create, "POST"},
	} {
		if h.value != "" && !h.with {
			e.faultf("request."+h.name, "%s has a meaning with %s only. Leave it out here.", h.name, h.methods)
		}
	}
}

// key is what a path names: a type, and an id unless the method makes one or a query finds one. The zero Key is a fault.
func (e *entry) key(path, query string, action store.Action) fhir.Key {
	typ, id, named := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	_, known := e.registry.Type(typ)
	switch {
	case typ == "":
		e.faultf("request.url", "The url names no resource type. Write it as in Patient or Patient/1; a Bundle can't be sent within a Bundle.")
	case strings.HasPrefix(typ, "$") || strings.HasPrefix(id, "$") || strings.Contains(id, "/$"):
		e.faultf("request.url", "An operation ($…) can't be part of a transaction. Call it on its own, or in a batch.")
	case id == "_search":
		e.faultf("request.url", "A search within a Bundle must be a GET entry: write its parameters behind %s?.", typ)
	case !known:
		e.faultf("request.url", "There is no resource type %q in FHIR R4. Check its spelling; case matters.", fhir.Clip(typ))
	case named && !fhir.ValidID(id):
		e.faultf("request.url", "The url must end with the id: 1 to 64 letters, digits, - or dots.")
	case action == store.Create && named:
		e.faultf("request.url", "A POST entry must name the type alone, as %s. To choose the id use PUT.", typ)
	case action == store.Create && query != "":
		e.faultf("request.url", "A POST entry takes no parameters. Criteria of a conditional create belong into ifNoneExist.")
	case action != store.Create && named && query != "":
		e.faultf("request.url", "The url has an id as well as search criteria. Use one of them.")
	case action != store.Create && !named && query == "":
		e.faultf("request.url", "Name the resource: by its id, as %s/1, or by search criteria, as %s?identifier=system|value.", typ, typ)
	default:
		return fhir.Key{Type: typ, ID: id}
	}
	return fhir.Key{}
}

// criteria are those by which a conditional change finds its resource (R4 http 3.1.0.11.1); nil if it isn't one.
func (e *entry) criteria(key fhir.Key, query string) *search.Search {
	at := "request.url"
	if e.Request.Method == "POST" {
		at, query = "request.ifNoneExist", e.Request.IfNoneExist
	}
	if query == "" {
		return nil
	}
	m, err := search.ParseCriteria(e.registry, key.Type, query, e.options)
	if err != nil {
		e.fault(at, err)
	}
	return m
}

// content is the resource or patch, which must fit the url (R4 http 3.1.0.4).
func (e *entry) content(c *store.Change) {
	r := e.Resource
	switch {
	case r == nil:
	case c.Action == store.Patch:
		var err error
		if c.Patch, err = Patch(r); err != nil {
			e.nested("resource", err)
		}
	case r.Type != c.Key.Type:
		e.faultf("resource", "A %s can't be sent to %s. Correct request.url or resourceType.", r.Type, c.Key.Type)
	case c.Action == store.Update && c.Key.ID != "" && r.ID == "":
		e.faultf("resource.id", "The resource has no id. Give it the one in request.url, %q.", c.Key.ID)
	case c.Action == store.Update && c.Key.ID != "" && r.ID != c.Key.ID:
		e.faultf("resource.id", "The resource's id is %q, but request.url says %q. Make them the same.", r.ID, c.Key.ID)
	default:
		c.Resource = r
	}
}

// conditions are ifMatch and ifNoneMatch.
func (e *entry) conditions(c *store.Change) {
	var err error
	if c.IfMatch, err = wire.IfMatch(e.Request.IfMatch); err != nil {
		e.fault("request.ifMatch", err)
	}
	if c.Action != store.Update {
		return
	}
	if c.IfNone, err = wire.IfNone(e.Request.IfNoneMatch); err != nil {
		e.fault("request.ifNoneMatch", err)
	}
}

// faultf notes what is wrong with an element of the entry.
func (e *entry) faultf(element, format string, args ...any) {
	e.faults.add(fhir.Errorf(fhir.Invalid, e.at+"."+element, format, args...))
}

// fault notes an error about an element, whatever expression it has itself.
func (e *entry) fault(element string, err error) {
	e.place(err, func(string) string { return element })
}

// nested notes an error whose expression is relative to an element.
func (e *entry) nested(element string, err error) {
	e.place(err, func(expression string) string {
		return strings.TrimSuffix(element+"."+expression, ".")
	})
}

func (e *entry) place(err error, where func(string) string) {
	c := *asError(err)
	c.Issues = append([]fhir.Issue(nil), c.Issues...)
	for i := range c.Issues {
		c.Issues[i].Expression = e.at + "." + where(c.Issues[i].Expression)
	}
	e.faults.add(&c)
}
