package desk

import (
	"embed"

	"frontdesk/handlers/pages"
)

//go:embed templates
var files embed.FS

// Part is the pages of this package.
func Part() pages.Part {
	return pages.Part{
		Set: pages.MustParse(files), For: pages.Desk,
		Nav:    []pages.Link{{Href: "/desk", Text: "desk.nav.today"}},
		Routes: []pages.Route{{Path: "/desk", For: pages.Desk, Get: today}},
	}
}

// todayPage is what the first page shows.
type todayPage struct {
	Name string
	Next []pages.Row // of the next appointment; none if there is none
}

// today is where a member of staff begins.
func today(v *pages.Visit) (*pages.Answer, error) {
	next, err := v.NextAppointment("actor", v.Role.As)
	if err != nil {
		return nil, err
	}
	return v.Show("today", v.T("desk.today.title"), todayPage{Name: v.Name, Next: next}), nil
}
