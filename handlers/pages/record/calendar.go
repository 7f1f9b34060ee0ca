package record

import (
	"strings"
	"time"
	"unicode/utf8"

	"frontdesk/handlers/pages"
)

// calendarTime is how iCalendar writes a moment in UTC (RFC 5545, 3.3.5).
const calendarTime = "20060102T150405Z"

// escaped are the characters that mean something in a text of iCalendar (RFC 5545, 3.3.11).
var escaped = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`, "\r", "")

// calendar is an appointment as a file that calendars take in (RFC 5545). It says no more than where and when: a
// calendar is often seen by others.
func calendar(v *pages.Visit) (*pages.Answer, error) {
	b, err := readAppointment(v, v.Path("id"))
	if err != nil {
		return nil, err
	}
	place := ""
	for _, p := range b.Participant {
		if strings.HasPrefix(p.Actor.Reference, "Location/") {
			place = b.Places[p.Actor.Reference]
		}
	}
	status := "CONFIRMED"
	if b.Status == "cancelled" {
		status = "CANCELLED"
	}
	var out strings.Builder
	for _, line := range []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Frontdesk//EN", "BEGIN:VEVENT",
		"UID:appointment-" + b.Key.ID + "@" + v.Request.Host, "DTSTAMP:" + v.Now().UTC().Format(calendarTime),
		"DTSTART:" + b.Start.UTC().Format(calendarTime), "DTEND:" + b.End.UTC().Format(calendarTime),
		"SUMMARY:" + escaped.Replace(v.T("record.calendar.title")), "LOCATION:" + escaped.Replace(place),
		"STATUS:" + status, "END:VEVENT", "END:VCALENDAR",
	} {
		out.WriteString(folded(line) + "\r\n")
	}
	name := "appointment-" + b.Start.In(v.Shell().Zone).Format(time.DateOnly) + ".ics"
	return v.File("text/calendar; charset=utf-8", name, []byte(out.String())), nil
}

// folded is a line in pieces of 75 bytes at the most, of which none ends within a character (RFC 5545, 3.1).
func folded(line string) string {
	var out strings.Builder
	width := 0
	for _, r := range line {
		size := utf8.RuneLen(r)
		if width+size > 75 {
			out.WriteString("\r\n ")
			width = 1
		}
		out.WriteRune(r)
		width += size
	}
	return out.String()
}
