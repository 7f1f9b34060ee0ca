package mongotest_test

import (
	"os"
	"strings"
	"testing"
)

// javaURI is a mongo-java-server, on which everything runs that needs no transaction: it is a second opinion of what
// MongoDB does, by people who know it, where no MongoDB can be had.
var javaURI = os.Getenv("FRONTDESK_TEST_MONGO_JAVA_URI")

// knownOfJava are the cases in which mongo-java-server does otherwise than MongoDB, each by the name of its test, and
// how. The backend sends no such filter, sort or update.
var knownOfJava = map[string]string{
	filtersOf + `{"v":[{"$numberInt":"1"},{"$numberInt":"9"}]}`:                                                           wholeArray,
	filtersOf + `{"v":{"$all":[[{"$numberInt":"1"},{"$numberInt":"9"}]]}}`:                                                wholeArray,
	filtersOf + `{"v":{"$gt":{"$numberInt":"5"}}}`:                                                                        noNumber,
	filtersOf + `{"v":{"$gte":{"$numberInt":"5"}}}`:                                                                       noNumber,
	filtersOf + `{"v":{"$not":{"$gt":{"$numberInt":"5"}}}}`:                                                               noNumber,
	filtersOf + `{"v":{"$gt":{"$numberInt":"2"},"$lt":{"$numberInt":"4"}}}`:                                               "two bounds must be met by one element, as if they stood in $elemMatch",
	filtersOf + `{"v":{"$gte":null}}`:                                                                                     "null is no lower bound",
	filtersOf + `{"v":{"$all":[{"$elemMatch":{"x":{"$numberInt":"3"}}},{"$elemMatch":{"x":{"$numberInt":"1"}}}]}}`:        "$all knows no $elemMatch",
	filtersOf + `{"v.x":null}`:                                                                                            pathsInArrays,
	filtersOf + `{"v.z":null}`:                                                                                            pathsInArrays,
	filtersOf + `{"v.x":{"$exists":false}}`:                                                                               pathsInArrays,
	"TestSortsGoByTypeAndByTheEndOfAnArray/1":                                                                             "the order of types, and of arrays in it, is another",
	"TestSortsGoByTypeAndByTheEndOfAnArray/-1":                                                                            "the order of types, and of arrays in it, is another",
	`TestUpdatesDoWhatTheManualSays/{"$set":{"b":{"$numberInt":"2"},"a":{"$numberInt":"1"}}}_of_{"n":{"$numberInt":"1"}}`: "new fields come in the order of the update, as before MongoDB 5.0",
	`TestUpdatesDoWhatTheManualSays/{"$inc":{"n":{"$numberInt":"1"}}}_of_{"n":{"$numberLong":"9223372036854775807"}}`:     "64 bits run over without an error",
}

// What several of them come from.
const (
	filtersOf     = "TestFiltersFindWhatTheManualSays/"
	wholeArray    = "an array is compared with a field as a whole only, not with its elements too"
	noNumber      = "NaN is greater than every number"
	pathsInArrays = "a path into an array without documents is null, and into an empty array it isn't missing"
)

// wrong fails a test by an answer that isn't MongoDB's. On mongo-java-server one that is known is told, and the rest
// skipped.
func wrong(t *testing.T, format string, args ...any) {
	t.Helper()
	name, _, _ := strings.Cut(t.Name(), "#") // of the same with an index
	if why := knownOfJava[name]; javaURI != "" && why != "" {
		t.Logf(format, args...)
		skipped(t, why)
	}
	t.Errorf(format, args...)
}

// notOnJava skips what mongo-java-server hasn't got.
func notOnJava(t testing.TB, why string) {
	t.Helper()
	if javaURI != "" {
		skipped(t, why)
	}
}

// skipped says so in a line that .ci/mongo/run lists.
func skipped(t testing.TB, why string) {
	t.Helper()
	t.Skipf("mongo-java-server: %s: %s", t.Name(), why)
}
