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

// DayOfWeek writes a date with the day of the week.
func (s *Shell) DayOfWeek(t time.Time) string { return t.In(s.Zone).Format("Monday 2 January 2006") }

// Date writes a FHIR date, which may be without day or month, as people say it.
func Date(date string) string {
	for _, layout := range [][2]string{{"2006-01-02", "2 January 2006"}, {"2006-01", "January 2006"}} {
		if t, err := time.Parse(layout[0], date); err == nil {
			return t.Format(layout[1])
		}
	}
	return date
}

// When writes a FHIR date, dateTime or instant as people say it: with the time of day if it has one.
func (s *Shell) When(date string) string {
	if t, err := time.Parse(time.RFC3339, date); err == nil {
		return s.Moment(t)
	}
	return Date(date)
}

// On writes the day of a FHIR date, dateTime or instant as people say it.
func (s *Shell) On(date string) string {
	if t, err := time.Parse(time.RFC3339, date); err == nil {
		return s.Day(t)
	}
	return Date(date)
}

// Clock writes the time of day.
func (s *Shell) Clock(t time.Time) string { return t.In(s.Zone).Format("3:04pm") }
