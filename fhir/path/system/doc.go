// Package system is FHIRPath's own types, those of its namespace System (FHIRPath 2.0, 4.1): exact decimals, dates
// and times of partial precision, and quantities with as much of UCUM as it takes to compare them. Boolean, Integer
// and String are Go's bool, int64 and string.
//
// What can't be told is said as such: comparing 2026 with 2026-05 has no answer, and neither has 1 year with 1 'a'.
package system
