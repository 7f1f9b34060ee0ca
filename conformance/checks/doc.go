// Package checks counts what the suites have checked, by suite and backend, so that .ci/checks can hold the backends
// side by side: a suite that asks less of one of them proves less of it. Only tests and suites use it.
package checks
