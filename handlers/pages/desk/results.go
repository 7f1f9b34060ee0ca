package desk

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
	"frontdesk/store"
)

// results are reports that their patients don't see yet (P5).
var results = source{"DiagnosticReport", url.Values{"_tag": {search.MarkSystem + "|" + expr.HeldBack.Code()},
	"_sort": {"issued"}, "_include": {"DiagnosticReport:subject", "DiagnosticReport:result"}}, showReport}

// report is what is shown of a DiagnosticReport.
type report struct {
	Code                      datatypes.Concept
	Subject                   datatypes.Reference
	EffectiveDateTime, Issued string
	Conclusion                string
	Result                    []datatypes.Reference
}

// tests are the results of a report that were found with it, in its order. whole says that all were.
func (r *report) tests(found *store.Page) (all []*pages.Observation, whole bool, err error) {
	for _, reference := range r.Result {
		at := slices.IndexFunc(found.Items, func(i store.Item) bool {
			return i.Key.Current().String() == reference.Reference
		})
		if at < 0 {
			continue
		}
		o := &pages.Observation{}
		if err := datatypes.Read(found.Items[at].Stored, o); err != nil {
			return nil, false, err
		}
		all = append(all, o)
	}
	return all, len(all) == len(r.Result), nil
}

// normal says that every test of a report is there and normal.
func (r *report) normal(found *store.Page) (bool, error) {
	all, whole, err := r.tests(found)
	abnormal := slices.ContainsFunc(all, func(o *pages.Observation) bool { return !o.Normal() })
	return whole && len(all) > 0 && !abnormal, err
}

// showReport shows a report with its tests.
func showReport(v *pages.Visit, found *store.Page, p *piece) error {
	var r report
	if err := first(found, &r); err != nil {
		return err
	}
	p.subject = r.Subject.Reference
	p.Rows = []pages.Row{{Key: v.T("desk.result.test"), Value: r.Code.Words()},
		{Key: v.T("desk.result.taken"), Value: v.Shell().On(r.EffectiveDateTime)}}
	if r.Conclusion != "" {
		p.Rows = append(p.Rows, pages.Row{Key: v.T("desk.result.conclusion"), Value: r.Conclusion})
	}
	tests, _, err := r.tests(found)
	p.Table = &pages.Table{Caption: v.T("desk.result.tests"), Empty: v.T("desk.result.none"), Columns: []pages.Column{
		{Text: v.T("desk.result.test")}, {Text: v.T("desk.result.value"), Number: true},
		{Text: v.T("desk.result.range")}, {Text: v.T("desk.result.flag")}}}
	for _, o := range tests {
		p.Table.Rows = append(p.Table.Rows, []pages.Cell{{Text: o.Code.Words()}, {Text: o.Result()}, {Text: o.Range()},
			{Tag: flag(v, o)}})
	}
	p.Normal = true
	p.Text = pages.Field{ID: "text", Label: v.T("desk.result.comment"), Hint: v.T("desk.result.comment.hint"), Rows: 3,
		Most: 2000}
	p.Do = []button{{"release", v.T("desk.result.release"), ""}}
	return err
}

// flag is what the laboratory says of a test.
func flag(v *pages.Visit, o *pages.Observation) pages.Tag {
	switch {
	case o.Normal():
		return pages.Tag{Text: v.T("desk.result.normal"), Kind: "good"}
	case len(o.Interpretation) > 0:
		return pages.Tag{Text: o.Interpretation[0].Words(), Kind: "bad"}
	}
	return pages.Tag{}
}

// releaseOne shows a report to its patient, with a comment if there is one.
func (s staff) releaseOne(v *pages.Visit, p *piece, _ string) error {
	return s.release(v, p.Key, p.Text.Value)
}

// release is the operation.
func (s staff) release(v *pages.Visit, key fhir.Key, comment string) error {
	with, err := parameters(map[string]string{"comment": comment})
	if err != nil {
		return err
	}
	_, err = s.Call(v.Context(), v.Session, http.MethodPost, "release", key.Current(), with)
	return err
}

// normalPage is what the page shows that releases several results.
type normalPage struct{ Choose pages.Field }

// mostNormal is how many results are released at once.
const mostNormal = "50"

// normalReports are reports in which everything is normal, as options, with which of them there are.
func normalReports(v *pages.Visit) (options []pages.Option, keys []fhir.Key, err error) {
	query := url.Values{"_count": {mostNormal}}
	for name, values := range results.query {
		query[name] = values
	}
	found, err := v.Search(results.typ, query)
	if err != nil {
		return nil, nil, err
	}
	for _, item := range found.Items {
		if item.Key.Type != results.typ {
			continue
		}
		var r report
		if err := datatypes.Read(item.Stored, &r); err != nil {
			return nil, nil, err
		}
		if ok, err := r.normal(found); err != nil || !ok {
			if err != nil {
				return nil, nil, err
			}
			continue
		}
		who, err := patientOf(found, r.Subject.Reference)
		if err != nil {
			return nil, nil, err
		}
		keys = append(keys, item.Key)
		options = append(options, pages.Option{Value: item.Key.String(), On: true,
			Label: v.T("desk.normal.one", who.Called(), r.Code.Words()), Hint: v.Shell().On(r.EffectiveDateTime)})
	}
	return options, keys, nil
}

// normal lists the reports in which everything is normal.
func normal(v *pages.Visit) (*pages.Answer, error) {
	options, _, err := normalReports(v)
	data := normalPage{pages.Field{ID: "report", Label: v.T("desk.normal"), Hint: v.T("desk.normal.hint"),
		Heading: true, Options: options}}
	return v.Show("normal", v.T("desk.normal"), data), err
}

// releaseNormal releases those that were chosen. One that has changed since, or isn't normal any more, stays.
func (s staff) releaseNormal(v *pages.Visit) (*pages.Answer, error) {
	_, keys, err := normalReports(v)
	if err != nil {
		return nil, err
	}
	chosen := v.Request.PostForm["report"]
	for _, key := range keys {
		if !slices.Contains(chosen, key.String()) {
			continue
		}
		if err := s.release(v, key, ""); err != nil {
			return nil, err
		}
	}
	return v.Goto("/desk/work/results?done=results.release"), nil
}

// parameters are what an operation is called with; what is "" is left out.
func parameters(values map[string]string) (*fhir.Resource, error) {
	var all []map[string]any
	for name, value := range values {
		if value != "" {
			all = append(all, map[string]any{"name": name, "valueString": value})
		}
	}
	return parametersOf(all)
}

// parametersOf is a Parameters resource, nil if there is nothing in it.
func parametersOf(all []map[string]any) (*fhir.Resource, error) {
	if len(all) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(map[string]any{"resourceType": "Parameters", "parameter": all})
	if err != nil {
		return nil, fhir.Fault("writing what an operation is called with", err)
	}
	return codec.Decode(text, codec.Limits{})
}
