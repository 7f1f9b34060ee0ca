package path

import (
	"strings"

	"frontdesk/fhir/codec/narrative"
	"frontdesk/fhir/model"
	"frontdesk/fhir/path/system"
)

// trees are navigation, types, time, and the functions that R4 adds (FHIRPath 2.0, 5.8, 5.9; R4 fhirpath 2.9.1.5).
func trees() map[string]function {
	return map[string]function{
		"children": {0, 0, children, "unordered", ""}, "descendants": {0, 0, descendants, "unordered", ""},
		"type": {0, 0, func(_ *run, _ *Node, _ *frame, in Collection) (out Collection) {
			for _, v := range in {
				out = append(out, of(v.info()))
			}
			return out
		}, "", ""},
		"now":       {0, 0, clock("2006-01-02T15:04:05.000Z07:00", system.DateTime), "DateTime", ""},
		"today":     {0, 0, clock("2006-01-02", system.Date), "Date", ""},
		"timeOfDay": {0, 0, clock("15:04:05.000", system.Time), "Time", ""},
		"extension": {1, 1, extension, "Extension", ""},
		"hasValue":  {0, 0, hasValue, "Boolean", ""},
		"getValue":  {0, 0, getValue, "", ""},
		"resolve":   {0, 0, resolve, "", ""},
		"memberOf":  {1, 1, memberOf, "Boolean", ""}, "conformsTo": {1, 1, conformsTo, "Boolean", ""},
		"htmlChecks": {0, 0, htmlChecks, "Boolean", ""}, "htmlChecks2": {0, 0, htmlChecks, "Boolean", ""},
		"checkModifiers": {0, 20, func(_ *run, _ *Node, _ *frame, in Collection) Collection { return in }, "same", ""},
		"subsumes":       {1, 1, subsumes, "Boolean", ""}, "subsumedBy": {1, 1, subsumes, "Boolean", ""},
		"comparable": {1, 1, comparable_, "Boolean", ""},
	}
}

func children(_ *run, _ *Node, _ *frame, in Collection) (out Collection) {
	for _, v := range in {
		if v.Element != nil {
			for _, k := range v.Element.Children() {
				out = append(out, Value{Element: k})
			}
		}
	}
	return out
}

func descendants(r *run, n *Node, f *frame, in Collection) (out Collection) {
	for at := in; len(at) > 0; {
		at = children(r, n, f, at)
		r.step(n, len(at))
		if out = append(out, at...); len(out) > maxResult {
			r.fail(n, "the expression gives too many values")
		}
	}
	return out
}

// clock is now(), today() or timeOfDay(): the same throughout an evaluation.
func clock(layout string, k system.MomentKind) func(*run, *Node, *frame, Collection) Collection {
	return func(r *run, _ *Node, _ *frame, _ Collection) Collection {
		m, _ := system.ParseMoment(k, r.env.Now.Format(layout))
		return one(m)
	}
}

func extension(r *run, n *Node, f *frame, in Collection) (out Collection) {
	url, ok := r.string(n, r.arg(n, 0, f))
	for _, v := range in {
		if v.Element == nil || !ok {
			continue
		}
		for _, e := range v.Element.Named("extension") {
			if u := e.Named("url"); len(u) == 1 && u[0].Text() == url {
				out = append(out, Value{Element: e})
			}
		}
	}
	return out
}

func hasValue(_ *run, _ *Node, _ *frame, in Collection) Collection {
	return one(len(in) == 1 && in[0].System() != nil && !in[0].composed())
}

func getValue(r *run, n *Node, f *frame, in Collection) Collection {
	if b, _ := hasValue(r, n, f, in)[0].System().(bool); b {
		return one(in[0].System())
	}
	return nil
}

// resolve finds what references and URLs point at. What can't be found is left out.
func resolve(r *run, _ *Node, _ *frame, in Collection) (out Collection) {
	for _, v := range in {
		to, _ := v.System().(string)
		if e := v.Element; e != nil && e.Type != nil && e.Type.Name == "Reference" {
			if ref := e.Named("reference"); len(ref) == 1 {
				to = ref[0].Text()
			}
		}
		if to == "" {
			continue
		}
		if e := r.find(v.Element, to); e != nil {
			out = append(out, Value{Element: e})
		}
	}
	return out
}

// find is what a reference from an element points at: something contained, an entry of the same Bundle, or what
// Env.Resolve knows.
func (r *run) find(from *Element, to string) *Element {
	if from == nil {
		from = r.context
	}
	root := from.Root()
	if id, local := strings.CutPrefix(to, "#"); local && root != nil {
		if id == "" {
			return root
		}
		for _, c := range root.Named("contained") {
			if i := c.Named("id"); len(i) == 1 && i[0].Text() == id {
				return c
			}
		}
		return nil
	}
	if root != nil && root.Parent != nil && root.Parent.Parent != nil {
		for _, entry := range root.Parent.Parent.Named("entry") {
			url, resource := entry.Named("fullUrl"), entry.Named("resource")
			if len(url) == 1 && len(resource) == 1 && (url[0].Text() == to || strings.HasSuffix(url[0].Text(), "/"+to)) {
				return resource[0]
			}
		}
	}
	if r.env.Resolve == nil {
		return nil
	}
	return r.env.Resolve(to)
}

// memberOf is empty where nobody knows the value set.
func memberOf(r *run, n *Node, f *frame, in Collection) Collection {
	v, ok1 := r.single(n, in)
	set, ok2 := r.string(n, r.arg(n, 0, f))
	if !ok1 || !ok2 || r.env.MemberOf == nil {
		return nil
	}
	if in, known := r.env.MemberOf(v, set); known {
		return one(in)
	}
	return nil
}

// subsumes needs a terminology service, which Env has none of yet.
func subsumes(*run, *Node, *frame, Collection) Collection { return nil }

// definitions begins the URLs of R4's own types and profiles.
const definitions = "http://hl7.org/fhir/StructureDefinition/"

func conformsTo(r *run, n *Node, f *frame, in Collection) Collection {
	v, ok1 := r.single(n, in)
	profile, ok2 := r.string(n, r.arg(n, 0, f))
	if !ok1 || !ok2 || v.Element == nil {
		return nil
	}
	if r.env.ConformsTo != nil {
		if conforms, known := r.env.ConformsTo(v.Element, profile); known {
			return one(conforms)
		}
	}
	if t := model.R4().Type(strings.TrimPrefix(profile, definitions)); t != nil && strings.HasPrefix(profile, definitions) {
		return one(v.Element.Type != nil && v.Element.Type.Is(t))
	}
	r.fail(n, "the profile %s is not known", profile)
	return nil
}

// htmlChecks is what R4 asks of narrative (R4 narrative, txt-1 and txt-2).
func htmlChecks(_ *run, _ *Node, _ *frame, in Collection) Collection {
	for _, v := range in {
		if s, ok := v.System().(string); ok && narrative.Check(s) != "" {
			return one(false)
		}
	}
	return one(true)
}

// comparable_ says whether two quantities are of the same dimension.
func comparable_(r *run, n *Node, f *frame, in Collection) Collection {
	v, ok1 := r.single(n, in)
	w, ok2 := r.single(n, r.arg(n, 0, f))
	if !ok1 || !ok2 {
		return nil
	}
	q, ok1 := quantity(v.System()).(system.Quantity)
	p, ok2 := quantity(w.System()).(system.Quantity)
	return one(ok1 && ok2 && q.Comparable(p))
}
