// Package report shows what was measured: as a text table, and as JSON whose
// field names are stable.
//
// What may not live here: measurement (package measure) and flags.
package report
