// Package transfer moves records in and out in bulk: Import reads files, folders and streams of FHIR JSON into a store
// and can be stopped and resumed; Export writes a file of ndjson for each type. Both go through a store.Session like
// every other caller. No flags and no terminal here: the commands own those.
package transfer
