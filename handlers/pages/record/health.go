package record

import (
	"net/url"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/store"
)

// part is a part of the record that is a list of entries: a row.
type part struct {
	name, section string // as the path and access.tsv call it
	typ, query    string
	title, empty  string   // texts' keys
	columns       []string // texts' keys
	row           func(v *pages.Visit, st *store.Item) ([]pages.Cell, error)
}

// partPage is what a part's page shows.
type partPage struct {
	Table pages.Table
	Pages pages.Pages
}

// healthPage is what the page of the whole record shows: its parts.
type healthPage struct{ Parts []pages.Task }

// health lists the parts of the record that are open (I2: no other is mentioned).
func health(v *pages.Visit) (*pages.Answer, error) {
	var data healthPage
	for _, p := range parts {
		if v.Opens(p.section) {
			data.Parts = append(data.Parts, pages.Task{Title: v.T(p.title), Href: v.To("/record/health/" + p.name)})
		}
	}
	return v.Show("health", v.T("record.health"), data), nil
}

// onePart shows the entries of a part, a page of them at a time.
func onePart(v *pages.Visit) (*pages.Answer, error) {
	for _, p := range parts {
		if p.name != v.Path("part") || !v.Opens(p.section) {
			continue
		}
		query, err := p.asked(v, "25")
		if err != nil {
			return nil, err
		}
		found, links, err := v.Browse(p.typ, query)
		if err != nil {
			return nil, err
		}
		table, err := p.table(v, found)
		return v.Show("part", v.T(p.title), partPage{table, links}), err
	}
	return nil, fhir.Errorf(fhir.NotFound, "", "%s", v.T("error.nowhere"))
}

// asked is the search for a part's entries.
func (p *part) asked(v *pages.Visit, count string) (url.Values, error) {
	query, err := url.ParseQuery(p.query)
	if err != nil {
		return nil, fhir.Fault("the part "+p.name, err)
	}
	query.Set("patient", patient(v))
	query.Set("_count", count)
	return query, nil
}

// table has a row for each entry that was found.
func (p *part) table(v *pages.Visit, found *store.Page) (pages.Table, error) {
	table := pages.Table{Caption: v.T(p.title), Hidden: true, Empty: v.T(p.empty)}
	for _, key := range p.columns {
		table.Columns = append(table.Columns, pages.Column{Text: v.T(key)})
	}
	for i := range found.Items {
		if found.Items[i].Key.Type != p.typ {
			continue
		}
		row, err := p.row(v, &found.Items[i])
		if err != nil {
			return table, err
		}
		table.Rows = append(table.Rows, row)
	}
	return table, nil
}
