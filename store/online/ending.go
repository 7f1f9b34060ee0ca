package online

import "time"

// Ends is when a proxy's access ends by itself, or has ended: when was decided, or for a parent at the patient's
// birthday at which a practice asks for it to be agreed anew; zero: never. What was agreed at that birthday or
// later goes on. born is the first moment of the day of birth, in the practice's zone; zero if it isn't known.
func (p Person) Ends(practice Practice, parent bool, born time.Time) time.Time {
	end := p.Until
	if !parent || born.IsZero() || practice.ParentAge <= 0 {
		return end
	}
	birthday := born.AddDate(practice.ParentAge, 0, 0) // of 29 February it is 1 March where there is none
	if p.Agreed.Before(birthday) {
		end = Sooner(end, birthday)
	}
	return end
}

// Sooner is the earlier of two ends, of which zero is never.
func Sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
