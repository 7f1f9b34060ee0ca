package record

import (
	"net/url"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
)

// overTimePage is what is shown of one kind of result or measurement.
type overTimePage struct {
	Title string
	Chart *pages.Chart // nil: it has no numbers, or one alone
	Table pages.Table
	Back  string
	All   string // what the link back says
}

// resultOverTime is one kind of result, and measurementOverTime one kind of measurement.
func resultOverTime(v *pages.Visit) (*pages.Answer, error) {
	return overTime(v, url.Values{"category": {laboratory}}, "/record/results", v.T("record.results.back"))
}

func measurementOverTime(v *pages.Visit) (*pages.Answer, error) {
	return overTime(v, url.Values{"category:not": {laboratory}}, "/record/health/measurements",
		v.T("record.measurements.back"))
}

// overTime shows all of one kind as a chart, and the same as a table.
func overTime(v *pages.Visit, query url.Values, back, all string) (*pages.Answer, error) {
	if v.Value("code") == "" {
		return v.Goto(back), nil
	}
	query.Set("patient", patient(v))
	query.Set("code", searched.Replace(v.Value("code")))
	query.Set("_sort", "-date")
	query.Set("_count", "200")
	found, err := v.Search("Observation", query)
	if err != nil {
		return nil, err
	}
	if len(found.Items) == 0 {
		return nil, fhir.Errorf(fhir.NotFound, "", "%s", v.T("record.results.missing"))
	}
	data := overTimePage{Back: v.To(back), All: all}
	series := map[string]*pages.Series{}
	for _, item := range found.Items {
		var o observation
		if err := datatypes.Read(item.Stored, &o); err != nil {
			return nil, err
		}
		if data.Title == "" {
			data.Title = o.Code.Words()
		}
		when := v.Shell().When(o.when())
		data.Table.Rows = append(data.Table.Rows, []pages.Cell{{Text: when}, {Text: o.value()}, {Text: o.usual(v)},
			{Tag: o.finding(v)}, {Text: strings.Join(o.notes(), " ")}})
		for name, p := range o.points(when + ": " + o.value()) {
			if series[name] == nil {
				series[name] = &pages.Series{Name: name}
			}
			series[name].Points = append(series[name].Points, p)
		}
	}
	data.Table.Caption, data.Table.Columns = v.T("record.overtime.table"), []pages.Column{
		{Text: v.T("appointment.when")}, {Text: v.T("record.results.value"), Number: true},
		{Text: v.T("record.results.usual"), Number: true}, {Text: v.T("record.results.finding")},
		{Text: v.T("record.results.comment")}}
	data.Table.Narrow()
	data.Chart = charted(v, data.Title, series)
	return v.Show("overtime", data.Title, data), nil
}

// searched are the characters of a token that mean something in a search, but for the bar.
var searched = strings.NewReplacer(`\`, `\\`, ",", `\,`, "$", `\$`)

// charted is the chart of series, nil where there is nothing to see in one.
func charted(v *pages.Visit, title string, series map[string]*pages.Series) *pages.Chart {
	var all []pages.Series
	points := 0
	for _, s := range series {
		slices.SortFunc(s.Points, func(a, b pages.Point) int { return a.At.Compare(b.At) })
		points = max(points, len(s.Points))
		all = append(all, *s)
	}
	if points < 2 {
		return nil
	}
	slices.SortFunc(all, func(a, b pages.Series) int { return strings.Compare(a.Name, b.Name) })
	first, last := all[0].Points[0], all[0].Points[len(all[0].Points)-1]
	chart := pages.MakeChart(title, v.T("record.overtime.about", points, first.Text, last.Text), all, v.Shell().Day)
	return &chart
}
