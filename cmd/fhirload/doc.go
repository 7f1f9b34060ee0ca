// Command fhirload loads any FHIR R4 server through its HTTP API, measures it,
// and compares two servers side by side.
//
//	fhirload crud --base http://127.0.0.1:8080/fhir --concurrency 32 --duration 30s
//	fhirload search --base http://a/fhir --base http://b/fhir --seed-data 100000
//	fhirload import --base http://127.0.0.1:8080/fhir --folder bundles/
//
// What lives here: flags, and putting the packages below together. It imports
// no package of the server, so that it treats every server alike.
//
//	data      synthetic resources, seeded
//	workload  what is sent, in which proportions
//	load      HTTP client and closed loop of workers
//	measure   recorders and summaries
//	report    text and JSON
//
// Two servers are run one after the other with the same seed, since at the
// same time they would take the processors from each other. A second run with
// a seed repeats its identifiers, so use an empty server or another seed.
package main
