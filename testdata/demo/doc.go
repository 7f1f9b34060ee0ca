// Package demo holds the word lists and clinical tables from which the demo practice is generated.
//
// Everything in it was written for this project: the people, the practice and its messages are invented, telephone
// numbers are from the range Ofcom keeps for drama (01632 960xxx, 07700 900xxx), post codes are from the ZZ99 block
// that is no place. Codes are of SNOMED CT, dm+d, LOINC, UCUM and CVX. No Go code but this embedding may live here.
package demo

import "embed"

// Files are the tables, one JSON document each, named after what they list (people.json, medicines.json …).
//
//go:embed *.json
var Files embed.FS
