package record

import (
	"net/url"

	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
	"frontdesk/store"
)

// report is what pages show of a DiagnosticReport.
type report struct {
	Code              datatypes.Concept
	Result            []datatypes.Reference
	Conclusion        string
	EffectiveDateTime string
	EffectivePeriod   datatypes.Period
	Issued            string
}

// resultGroup are the results of one report, or one that is in none.
type resultGroup struct {
	Title, On, Comment string
	Notes              []string
	Table              pages.Table
	report             string // its reference, "" if there is none
}

// resultsPage is what the list of results shows.
type resultsPage struct {
	Groups []resultGroup
	Pages  pages.Pages
}

// laboratory is the category by which results are told from measurements (access.tsv).
const laboratory = "laboratory"

// results are those from the laboratory, newest first, as they were reported together.
func results(v *pages.Visit) (*pages.Answer, error) {
	found, links, err := v.Browse("Observation", url.Values{"patient": {patient(v)}, "category": {laboratory},
		"_sort": {"-date"}, "_count": {"25"}, "_revinclude": {"DiagnosticReport:result"}})
	if err != nil {
		return nil, err
	}
	data := resultsPage{Pages: links}
	data.Groups, err = groups(v, found)
	return v.Show("results", v.T("record.results"), data), err
}

// groups are the results that were found, by their reports.
func groups(v *pages.Visit, found *store.Page) (all []resultGroup, err error) {
	of, reports := map[string]string{}, map[string]report{}
	for _, item := range found.Items {
		if item.Key.Type != "DiagnosticReport" {
			continue
		}
		var r report
		if err := datatypes.Read(item.Stored, &r); err != nil {
			return nil, err
		}
		name := item.Key.Current().String()
		reports[name] = r
		for _, result := range r.Result {
			of[result.Reference] = name
		}
	}
	places := map[string]int{}
	for _, item := range found.Items {
		if item.Key.Type != "Observation" {
			continue
		}
		var o observation
		if err := datatypes.Read(item.Stored, &o); err != nil {
			return nil, err
		}
		name := of[item.Key.Current().String()]
		at, known := places[name]
		if !known || name == "" {
			at = len(all)
			places[name] = at
			all = append(all, groupOf(v, name, reports, &o))
		}
		all[at].Table.Rows = append(all[at].Table.Rows, []pages.Cell{
			{Text: o.Code.Words(), Href: overTimeLink(v, "/record/results", o.Code)}, {Text: o.value()},
			{Text: o.usual(v)}, {Tag: o.finding(v)}})
		all[at].Notes = append(all[at].Notes, o.notes()...)
	}
	return all, nil
}

// groupOf begins a group with its first result.
func groupOf(v *pages.Visit, name string, reports map[string]report, first *observation) resultGroup {
	g := resultGroup{report: name, Title: first.Code.Words(), On: v.Shell().On(first.when())}
	if r, known := reports[name]; known {
		g.Title, g.Comment = r.Code.Words(), r.Conclusion
	}
	g.Table = pages.Table{Caption: g.Title + ", " + g.On, Hidden: true, Columns: []pages.Column{
		{Text: v.T("record.results.test")}, {Text: v.T("record.results.value"), Number: true},
		{Text: v.T("record.results.usual"), Number: true}, {Text: v.T("record.results.finding")}}}
	return g
}

// overTimeLink leads to all of one kind; "" if it has no code.
func overTimeLink(v *pages.Visit, below string, code datatypes.Concept) string {
	if code.Token() == "" {
		return ""
	}
	return v.To(below + "/over-time?" + url.Values{"code": {code.Token()}}.Encode())
}
