package sqlite

import (
	"strconv"
	"time"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
	"zombiezen.com/go/sqlite"
)

// test is a question to the entries kept beside a version: whether a value of param meets is (nil: whether it has one
// at all), or by which value it is sorted.
type test struct {
	p     int64
	param *spec.Param
	is    expr.Criterion
	desc  bool
}

// functions gives SQL access to the entries of a version, so that package search decides what SQL can't:
//
//	holds(entries, i)   whether test i of the running query is met
//	rank(entries, i)    the value test i sorts by, NULL if there is none
//	says(words, i)      whether words meet test i
//	targets(entries, p) the nodes that references of parameter p point to, as a JSON array
func (c *conn) functions() error {
	for name, do := range map[string]func(in []byte, arg int64) (sqlite.Value, error){
		"says":    func(words []byte, i int64) (sqlite.Value, error) { return says(string(words), c.testing[i]) },
		"holds":   func(entries []byte, i int64) (sqlite.Value, error) { return holds(entries, c.testing[i]) },
		"rank":    func(entries []byte, i int64) (sqlite.Value, error) { return rank(entries, c.testing[i]) },
		"targets": targets,
	} {
		err := c.db.CreateFunction(name, &sqlite.FunctionImpl{NArgs: 2, Deterministic: true,
			Scalar: func(_ sqlite.Context, args []sqlite.Value) (sqlite.Value, error) {
				return do(args[0].Blob(), args[1].Int64())
			}})
		if err != nil {
			return err
		}
	}
	return nil
}

func says(words string, t test) (sqlite.Value, error) {
	if meets(t, search.Prose{Words: words}) {
		return sqlite.IntegerValue(1), nil
	}
	return sqlite.IntegerValue(0), nil
}

func holds(entries []byte, t test) (sqlite.Value, error) {
	found := int64(0)
	err := scan(entries, t.p, func(e entry) bool {
		if t.is == nil || meets(t, e.value) {
			found = 1
		}
		return found == 0
	})
	return sqlite.IntegerValue(found), err
}

// meets asks package search whether one value is as asked.
func meets(t test, v search.Value) bool {
	return search.Match(expr.Test{Param: t.param, Is: t.is}, &search.Doc{Entries: []search.Entry{{Param: t.param, Value: v}}}, time.Time{}, nil)
}

func rank(entries []byte, t test) (sqlite.Value, error) {
	var best search.Rank
	found := false
	err := scan(entries, t.p, func(e entry) bool {
		r := search.RankOf(e.value)
		if c := r.Compare(best); !found || c < 0 && !t.desc || c > 0 && t.desc {
			best, found = r, true
		}
		return true
	})
	switch {
	case err != nil || !found:
		return sqlite.Value{}, err
	case t.param.Kind == spec.Date:
		return sqlite.IntegerValue(best.Time), nil
	}
	return sqlite.TextValue(best.Text), nil
}

func targets(entries []byte, p int64) (sqlite.Value, error) {
	out := []byte{'['}
	err := scan(entries, p, func(e entry) bool {
		if e.nid != 0 {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = strconv.AppendInt(out, e.nid, 10)
		}
		return true
	})
	return sqlite.TextValue(string(append(out, ']'))), err
}
