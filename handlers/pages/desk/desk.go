package desk

import (
	"context"
	"embed"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/store"
)

//go:embed templates
var files embed.FS

// Options are what the pages of staff are made with.
type Options struct {
	// Call carries out an operation of the API: handlers.Server.Call.
	Call func(ctx context.Context, session *store.Session, method, name string, on fhir.Key, with *fhir.Resource) (
		[]byte, error)
	Look Look // finds support references
}

// staff answers for the pages.
type staff struct{ Options }

// Part is the pages of this package.
func Part(o Options) pages.Part {
	s := staff{o}
	return pages.Part{
		Set: pages.MustParse(files), For: pages.Desk,
		Nav: []pages.Link{{Href: "/desk", Text: "desk.nav.today"},
			{Href: "/desk/patients", Text: "desk.nav.patients"}, {Href: "/desk/support", Text: "desk.nav.support"}},
		Routes: []pages.Route{
			{Path: "/desk", For: pages.Desk, Get: today},
			{Path: "/desk/work/{queue}", For: pages.Desk, Get: work, Post: s.deal},
			{Path: "/desk/results/normal", For: pages.Desk, Get: normal, Post: s.releaseNormal},
			{Path: "/desk/patients", For: pages.Desk, Get: patients},
			{Path: "/desk/patients/{id}", For: pages.Desk, Get: s.person, Post: s.decideAccess},
			{Path: "/desk/support", For: pages.Desk, Get: s.support},
		},
	}
}
