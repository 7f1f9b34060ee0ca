// Package capability writes what the server promises (R4 http 3.1.0.10): CapabilityStatement and
// TerminologyCapabilities, from the route table and the Registry alone, so that nothing is promised that isn't wired
// (I6). It is plain data in and JSON out: it imports neither the handlers, which import it, nor the store.
package capability
