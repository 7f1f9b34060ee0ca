package pages

import "time"

// Day writes a date as people say it.
func (s *Shell) Day(t time.Time) string { return t.In(s.Zone).Format("2 January 2006") }

// Moment writes a date and time as people say it.
func (s *Shell) Moment(t time.Time) string { return t.In(s.Zone).Format("2 January 2006 at 3:04pm") }

// Weekday writes a date and time with the day of the week, as for an appointment.
func (s *Shell) Weekday(t time.Time) string {
	return t.In(s.Zone).Format("Monday 2 January 2006 at 3:04pm")
}

// Date writes a FHIR date, which may be without day or month, as people say it.
func Date(date string) string {
	for _, layout := range [][2]string{{"2006-01-02", "2 January 2006"}, {"2006-01", "January 2006"}} {
		if t, err := time.Parse(layout[0], date); err == nil {
			return t.Format(layout[1])
		}
	}
	return date
}
