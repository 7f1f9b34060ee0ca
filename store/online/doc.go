// Package online is what a practice, a patient and a proxy's patient have decided about online access: which sections
// of the record, from when, and the practice's rules for booking, results and messages. It is kept in the Backend's
// Records (I8), one for each, and what is in force for one person and one record is worked out by a pure function. No
// HTTP, and no rule of what a write means: those are in store/rules and ask here.
package online
