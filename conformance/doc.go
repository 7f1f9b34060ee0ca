// Package conformance holds every part of Frontdesk to what it promises, by suites that know the promise and not the
// part: TestBackend, TestAtomic, TestConcurrent, TestRegistry, TestCrash and TestRegistryCrash to the comments of
// store.Backend, TestAgreement to search.Match, which is the meaning of R4 search as one Go function. Its own test
// keeps imports pointing one way.
//
// Below it are rest, which walks a running server's /metadata and tries
// every claim; memory, the backend that is simple enough to be the oracle of the others; scale, which measures.
//
// Only tests import what is here. Nothing here may know one backend.
package conformance
