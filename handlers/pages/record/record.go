package record

import (
	"embed"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
)

//go:embed templates
var files embed.FS

// Part is the pages of this package. What belongs to a section of the record is there while that is open (I2).
func Part() pages.Part {
	return pages.Part{
		Set: pages.MustParse(files), For: pages.Record,
		Nav: []pages.Link{
			{Href: "/record", Text: "record.nav.home"},
			{Href: "/record/appointments", Text: "record.nav.appointments", Section: "appointments"},
			{Href: "/record/prescriptions", Text: "record.nav.prescriptions", Section: "prescriptions"},
			{Href: "/record/results", Text: "record.nav.results", Section: "results"},
			{Href: "/record/health", Text: "record.nav.health"},
		},
		Routes: []pages.Route{
			{Path: "/record", For: pages.Record, Get: home},
			seen("/record/appointments", "appointments", appointments),
			seen("/record/appointments/{id}", "appointments", oneAppointment),
			seen("/record/appointments/{id}/calendar", "appointments", calendar),
			acted("/record/appointments/free", "appointments", freeTimes, nil),
			acted("/record/appointments/book", "appointments", askBook, book),
			acted("/record/appointments/{id}/cancel", "appointments", askCancel, cancel),
			{Path: "/record/prescriptions", For: pages.Record, Section: "prescriptions", Get: prescriptions,
				Post: managed("prescriptions", order)},
			{Path: "/record/prescriptions/orders/{id}", For: pages.Record, Section: "prescriptions", Get: oneOrder,
				Post: managed("prescriptions", withdraw)},
			seen("/record/results", "results", results),
			seen("/record/results/over-time", "results", resultOverTime),
			{Path: "/record/health", For: pages.Record, Get: health},
			{Path: "/record/health/{part}", For: pages.Record, Get: onePart},
			seen("/record/health/measurements/over-time", "measurements", measurementOverTime),
			seen("/record/letters/{id}", "documents", oneLetter),
			seen("/record/letters/{id}/file", "documents", letterFile),
		},
	}
}

// seen is a page of what is in a section.
func seen(path, section string, get pages.Handler) pages.Route {
	return pages.Route{Path: path, For: pages.Record, Section: section, Get: get}
}

// acted is a page on which something is done in a section.
func acted(path, section string, get, post pages.Handler) pages.Route {
	return pages.Route{Path: path, For: pages.Record, Section: section, Acts: true, Get: get, Post: post}
}

// managed is a form on a page of what is in a section: it is there while the section is open to be acted on.
func managed(section string, post pages.Handler) pages.Handler {
	return func(v *pages.Visit) (*pages.Answer, error) {
		if !v.Manages(section) {
			return nil, fhir.Errorf(fhir.NotFound, "", "%s", v.T("error.nowhere"))
		}
		return post(v)
	}
}

// patient is a reference to whose record it is.
func patient(v *pages.Visit) string { return "Patient/" + v.Role.Patient }
