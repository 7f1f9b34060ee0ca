package record

import (
	"embed"

	"frontdesk/handlers/pages"
)

//go:embed templates
var files embed.FS

// Part is the pages of this package.
func Part() pages.Part {
	return pages.Part{
		Set: pages.MustParse(files), For: pages.Record,
		Nav:    []pages.Link{{Href: "/record", Text: "record.nav.home"}},
		Routes: []pages.Route{{Path: "/record", For: pages.Record, Get: home}},
	}
}

// homePage is what the home page shows.
type homePage struct {
	Name string
	Next []pages.Row // of the next appointment; none if there is none
}

// home is where a patient begins: what comes next.
func home(v *pages.Visit) (*pages.Answer, error) {
	next, err := v.NextAppointment("patient", "Patient/"+v.Role.Patient)
	if err != nil {
		return nil, err
	}
	return v.Show("home", v.T("record.home.title"), homePage{Name: v.Role.Name, Next: next}), nil
}
