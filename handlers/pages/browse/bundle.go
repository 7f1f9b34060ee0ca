package browse

import "frontdesk/handlers/pages"

// bundle is a Bundle as people see it.
type bundle struct {
	Total   string // "" if it isn't known
	Entries []entry
	Pages   pages.Pages
}

// entry is one of a Bundle: what it is, and what it's about.
type entry struct {
	Name, Href, About, When string
	Status                  pages.Tag
}

// bundle puts a Bundle into words.
func (r *reader) bundle(n node) *bundle {
	b := &bundle{Total: n.says("total")}
	for _, one := range n.all("entry") {
		b.Entries = append(b.Entries, r.entry(one))
	}
	for _, link := range n.all("link") {
		to := r.link("url", link.says("url"))
		switch link.says("relation") {
		case "next":
			b.Pages.Next = to
		case "previous", "prev":
			b.Pages.Previous = to
		}
	}
	return b
}

// entry puts an entry into words. One without a resource is of something that was deleted.
func (r *reader) entry(one node) entry {
	resource := one.at("resource")
	typ, id := resource.says("resourceType"), resource.says("id")
	if typ == "" {
		e := entry{Name: one.says("fullUrl"), Status: pages.Tag{Text: one.says("request", "method")}}
		e.Href, e.When = r.link("url", e.Name), r.moment(one.says("response", "lastModified"))
		return e
	}
	e := entry{Name: typ, About: r.first(resource, titles), When: r.first(resource, dates),
		Status: pages.Tag{Text: resource.says("status")}}
	if id != "" {
		e.Name, e.Href = typ+"/"+id, r.here+"/"+typ+"/"+id
	}
	if version := resource.says("meta", "versionId"); one.at("request").kind == object && version != "" {
		e.Name, e.Href = e.Name+", version "+version, e.Href+"/_history/"+version
	}
	if mode := one.says("search", "mode"); mode != "" && mode != "match" {
		e.Status.Text = mode + said(" · ", e.Status.Text, "")
	}
	if typ == "OperationOutcome" {
		e.About = r.brief("", resource.at("issue"))
	}
	return e
}
