// Package subset cuts a stored resource down to what _summary and _elements ask for (R4 search 3.1.1.5.8, 3.1.1.5.9).
// It works on bytes: what is kept keeps its bytes and its order, and nothing is decoded. It knows nothing of HTTP or
// the store.
package subset
