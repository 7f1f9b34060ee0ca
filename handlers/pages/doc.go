// Package pages is the shell of what people see in a browser: the layout, the style, the texts, the headers, and the
// road from a click to the record. The pages themselves are in packages beside it, one for each audience: signin,
// welcome, record, desk, audit.
//
// # How a page is added
//
// A page is a row, a handler, a template and its texts. Of an audience's package, say record:
//
//	//go:embed templates
//	var files embed.FS
//
//	// Part is what patients and their proxies see.
//	func Part() pages.Part {
//		return pages.Part{Set: pages.MustParse(files), Nav: []pages.Link{{Href: "/record", Text: "record.nav.home"}},
//			Routes: []pages.Route{{Path: "/record/letters/{id}", For: pages.Record, Get: letter, Post: answerLetter}}}
//	}
//
// The handler asks by v.Session, which sees what the person's grant reaches and tells the audit. It never holds a
// store:
//
//	func letter(v *pages.Visit) (*pages.Answer, error) {
//		st, err := v.Session.Read(v.Context(), fhir.Key{Type: "DocumentReference", ID: v.Path("id")})
//		if err != nil {
//			return nil, err // a fhir.Error becomes a page: what went wrong, what to do next, a reference
//		}
//		return v.Show("letter", v.T("record.letter.title"), st), nil
//	}
//
// templates/letter.html has {{define "main"}}, and says everything by {{t "record.letter.title"}}, whose English is a
// line of text/en/record.txt. What the page was shown with is .Data. The components of templates/components.html are
// there too, as {{template "summary" .Data.Rows}}; the types they take are in components.go and fields.go.
//
// A form is POSTed to its page's path. It has {{template "form" .}} in it, by which the shell knows that it came from
// here, is for the same record as on the page, and wasn't sent before. What must be put right is shown on the same
// page:
//
//	func answerLetter(v *pages.Visit) (*pages.Answer, error) {
//		if v.Value("text") == "" {
//			fault := pages.Fault{Field: "text", Text: v.T("record.letter.empty")}
//			return v.Again("letter", v.T("record.letter.title"), data, fault), nil
//		}
//		to := "/record?done=answered" // the notice is the text "done.answered"
//		_, err := v.Session.Transact(v.Context(), changes, v.Once(to)) // once, however often it is sent
//		return v.Goto(to), err
//	}
//
// What may not be here: a Backend, redaction or audit by hand, a text in Go or in a template, a script that a page
// can't do without.
package pages
