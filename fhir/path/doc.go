// Package path is FHIRPath (FHIRPath 2.0, with R4's additions): one lexer, one parser, a checker of types, and a
// three-valued evaluator. Who only needs the language takes the syntax tree of Parse: fhir/spec makes steps over
// messages of search parameters, and fhir/codec makes conditions of R4's constraints that are checked while a
// resource is read. Both are hot, so they compile. All else asks an Expression: constraints that need the whole
// language, FHIRPath Patch, profiles, filters of subscriptions.
//
// An Expression is asked of the resource's JSON, not of its message. So each value knows where it stands: its path
// with indexes, its JSON pointer, its bytes (Element), which a patch changes and a fault points at. Decimals and
// dates are what was written, to the last digit; messages have lost some of that. What the decoder refuses can be
// asked about too, as a validator must. The tree is read in one go and its elements are made as they are asked for,
// so that asking much of one resource is cheap.
//
// Bounds: the source's length and depth, the steps of an evaluation, and how long lists, texts and numbers get.
// Regular expressions are Go's, which are linear in the text; look-ahead and back references are errors.
//
// What HL7's test suite asks for beyond FHIRPath 2.0 is here too: defineVariable, sort, matchesFull, the boundaries,
// and others. UCUM is here as far as quantities are compared (package system). Terminology and profiles are asked of
// Env's functions; without them memberOf is empty. Dates without an offset are taken for UTC where they are compared
// with one that has an offset.
//
// lex.go, parse.go and parseterm.go make Nodes; check.go finds what can't be; tree.go and element.go are the
// resource; eval.go and operator.go evaluate, and function.go lists the functions, which are in filter.go, set.go,
// text.go, convert.go, number.go, boundary.go and fhir.go.
package path
