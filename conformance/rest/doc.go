// Package rest is the suite that holds a running FHIR R4 server to its own /metadata (I6): every interaction, search
// parameter, modifier, prefix, include and conditional feature that is claimed there is exercised over HTTP, and a
// claim that does not work fails. It needs a base URL and examples, nothing else of the server: what it stores carries
// a tag and ids of the run's own, so that it can be pointed at a server with other data on it. Only tests import it.
package rest
