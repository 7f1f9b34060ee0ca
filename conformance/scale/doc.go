// Package scale shows that what a search costs follows the page asked for and not the size of the store. It makes
// practices of given sizes, asks each twelve named searches, and prints how long they take:
//
//	FRONTDESK_SCALE=10000,100000,1000000 go test ./conformance/scale -run TestScale -v -timeout 2h
//
// Only tests live here: it measures, and nothing is built on it.
package scale
