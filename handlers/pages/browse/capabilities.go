package browse

import (
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/pages"
)

// claims are what the statement can claim of a type's interactions, in the order of the table that shows them.
var claims = []struct{ code, short string }{
	{"read", "read"}, {"vread", "vread"}, {"search-type", "search"}, {"create", "create"}, {"update", "update"}, {"patch", "patch"},
	{"delete", "delete"}, {"history-instance", "history"}, {"history-type", "history of all"},
}

// overview is what the page on the whole API shows.
type overview struct {
	Rows                []pages.Row // what it is, and of which version
	Security            string
	Formats, Operations []string
	System              []string // interactions at the base
	Types               []typeRow
	Not                 []string // what is not offered, and why
	JSON, XML, OpenAPI  string
	Proofs              []proof
}

// typeRow is one resource type in the overview.
type typeRow struct {
	Name, Href, Can string
	Params          int
}

// proof is what shows that a claim is true: a suite that asks the server for it.
type proof struct{ Claim, Suite string }

// proofs are the suites by what they prove. A test holds them to packages that there are.
var proofs = []proof{
	{"browse.proof.interactions", "./conformance/rest"}, {"browse.proof.access", "./conformance/access"},
	{"browse.proof.practice", "./conformance/practice"}, {"browse.proof.smart", "./handlers/smart"}, {"browse.proof.stores", "./conformance/memory"},
}

// capabilities shows what the server can do.
func (b *Viewer) capabilities(v *pages.Visit, n node) {
	rest := n.at("rest")
	data := overview{Security: rest.says("security", "description"), JSON: b.path + "/metadata?_format=json",
		XML:     b.path + "/metadata?_format=xml",
		OpenAPI: b.path + "/openapi.json"}
	for _, line := range [][2]string{
		{"browse.base", n.says("implementation", "url")}, {"browse.version", n.says("software", "version")}, {"browse.fhir", n.says("fhirVersion")},
	} {
		data.Rows = append(data.Rows, pages.Row{Key: v.T(line[0]), Value: line[1]})
	}
	for _, format := range n.all("format") {
		if strings.Contains(format.text, "/") {
			data.Formats = append(data.Formats, format.text)
		}
	}
	for _, one := range rest.kidsAt("interaction") {
		data.System = append(data.System, one.says("code"))
	}
	operations := map[string]bool{}
	for _, resource := range rest.kidsAt("resource") {
		data.Types = append(data.Types, b.typeRow(resource))
		for _, operation := range resource.all("operation") {
			operations["$"+operation.says("name")] = true
		}
	}
	for name := range operations {
		data.Operations = append(data.Operations, name)
	}
	slices.Sort(data.Operations)
	data.Not = sentences(rest.says("documentation"))
	for _, p := range proofs {
		data.Proofs = append(data.Proofs, proof{v.T(p.Claim), p.Suite})
	}
	b.site.Present(v, set, v.Show("capabilities", v.T("browse.can"), data).Wide().Script("filter.js"))
}

// typeRow is a resource type in a line.
func (b *Viewer) typeRow(resource node) typeRow {
	name := resource.says("type")
	row := typeRow{Name: name, Href: b.site.Root + "/capabilities/" + name, Params: len(resource.all("searchParam"))}
	var can []string
	for _, claim := range claims {
		if slices.ContainsFunc(resource.all("interaction"), func(i node) bool { return i.says("code") == claim.code }) {
			can = append(can, claim.short)
		}
	}
	row.Can = strings.Join(can, ", ")
	return row
}

// kidsAt are the elements of an array, of an element that is an array of one itself.
func (n node) kidsAt(name string) []node { return n.at(name).kids }

// sentences parts a text.
func sentences(text string) []string {
	var all []string
	for sentence := range strings.SplitSeq(text, ". ") {
		if sentence = strings.TrimSuffix(strings.TrimSpace(sentence), "."); sentence != "" {
			all = append(all, sentence+".")
		}
	}
	return all
}

// typePage is what the page on one type shows.
type typePage struct {
	Name, Try, Metadata string
	Rows                []pages.Row
	Long                []long // what there is too much of for a row
	Params              pages.Table
	Not                 []pages.Row // parameters of R4 that aren't offered, and why
}

// long is a list with a name.
type long struct {
	Name string
	List []string
}

// Part is the pages on each type. statement is the CapabilityStatement as it is now.
func (b *Viewer) Part(registry func() *spec.Registry, statement func() ([]byte, error)) pages.Part {
	return pages.Part{Set: set, Routes: []pages.Route{{Path: "/capabilities/{type}",
		Get: func(v *pages.Visit) (*pages.Answer, error) {
			text, err := statement()
			if err != nil {
				return nil, err
			}
			n, err := b.statement.of(text)
			if err != nil {
				return nil, err
			}
			for _, resource := range n.at("rest").kidsAt("resource") {
				if name := resource.says("type"); name == v.Path("type") {
					t, _ := registry().Type(name)
					return v.Show("type", name, b.typePage(v, resource, t)).Wide(), nil
				}
			}
			return nil, fhir.Errorf(fhir.NotFound, "", "%s", v.T("browse.notype"))
		}}}}
}

// typePage is all that is claimed of one type.
func (b *Viewer) typePage(v *pages.Visit, resource node, t *spec.Type) typePage {
	data := typePage{Name: resource.says("type"), Params: pages.Table{Caption: v.T("browse.params"),
		Empty: v.T("browse.params.none"),
		Columns: []pages.Column{{Text: v.T("browse.param")}, {Text: v.T("browse.param.type")},
			{Text: v.T("browse.param.about")}}}}
	data.Try, data.Metadata = b.path+"/"+data.Name, b.path+"/metadata"
	for _, list := range [][2]string{{"browse.interactions", "interaction"}, {"browse.operations", "operation"}} {
		var all []string
		for _, one := range resource.all(list[1]) {
			all = append(all, one.says("code")+said("$", one.says("name"), ""))
		}
		if all != nil {
			data.Rows = append(data.Rows, pages.Row{Key: v.T(list[0]), Value: strings.Join(all, ", ")})
		}
	}
	for _, list := range [][2]string{{"browse.includes", "searchInclude"}, {"browse.revincludes", "searchRevInclude"}} {
		named := long{Name: v.T(list[0])}
		for _, one := range resource.all(list[1]) {
			named.List = append(named.List, one.text)
		}
		if named.List != nil {
			data.Long = append(data.Long, named)
		}
	}
	for _, one := range []string{"conditionalCreate", "conditionalUpdate", "conditionalDelete", "versioning"} {
		if said := resource.says(one); said != "" {
			data.Rows = append(data.Rows, pages.Row{Key: words(one), Value: said})
		}
	}
	for _, p := range resource.all("searchParam") {
		data.Params.Rows = append(data.Params.Rows, []pages.Cell{{Text: p.says("name")}, {Text: p.says("type")},
			{Text: p.says("documentation")}})
	}
	if t == nil {
		return data
	}
	for _, code := range t.Codes {
		if p := t.Params[code]; p.Unsupported != "" {
			data.Not = append(data.Not, pages.Row{Key: code, Value: p.Unsupported})
		}
	}
	return data
}
