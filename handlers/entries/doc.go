// Package entries reads what the entries of a batch or transaction Bundle ask for (R4 bundle, Bundle.entry.request): where
// each is addressed to, and which change it wants. It is pure: no store is asked and nothing is written, so that the
// RESTful API and the import read Bundles by the same rules. Running the plan is the caller's part.
package entries
