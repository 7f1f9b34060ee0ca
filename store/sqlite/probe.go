package sqlite

import (
	"encoding/json"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// frag is a piece of SQL with its arguments.
type frag struct {
	sql  string
	args []any
}

func piece(sql string, args ...any) frag { return frag{sql, args} }

// never is the condition that nothing meets, always the one that everything does. They are arguments, for of a constant
// in its text SQLite draws the conclusion that no index is needed, and then refuses one that is asked for by INDEXED
// BY.
var never, always = piece("?", int64(0)), piece("?", int64(1))

// join puts conditions together, each in parentheses.
func join(with string, empty frag, fs []frag) frag {
	if len(fs) == 0 {
		return empty
	}
	var out frag
	for i, f := range fs {
		if i > 0 {
			out.sql += with
		}
		out.sql += "(" + f.sql + ")"
		out.args = append(out.args, f.args...)
	}
	return out
}

// and conjoins two conditions, either of which may be empty. They must be in parentheses where they need them.
func (f frag) and(g frag) frag { return f.then(" AND ", g) }

// or is the other one.
func (f frag) or(g frag) frag { return f.then(" OR ", g) }

// then puts a word and another piece behind this one, or takes either alone if the other is empty.
func (f frag) then(word string, g frag) frag {
	switch {
	case g.sql == "":
		return f
	case f.sql == "":
		return g
	}
	return frag{f.sql + word + g.sql, append(f.args[:len(f.args):len(f.args)], g.args...)}
}

// compiler turns conditions into SQL. It resolves names to integers as it goes, so it works on the state the query will
// see.
type compiler struct {
	c     *conn
	d     *dict
	most  int64 // rows that a query may read, 0 if it isn't asked
	now   time.Time
	tests []test
	depth int  // of subqueries, for their aliases
	sorts bool // what meets the conditions is sorted then
	nodes map[name]int64
	terms map[string]int64
}

// at is the row a condition is put to: the alias of something with columns seq and k, and its type.
type at struct {
	alias   string
	typ     *spec.Type
	version bool // it is a row of version, with all columns of that
}

// entriesOf reads the entries of the row.
func (a at) entries() string { return "(SELECT entries FROM posting WHERE seq=" + a.alias + ".seq)" }

// param is a parameter's number. One whose index isn't complete can't be searched by.
func (b *compiler) param(p *spec.Param) (int64, error) {
	id := b.d.params[p]
	if id == 0 || !b.d.state(p).Ready {
		return 0, fhir.Errorf(fhir.NotSupported, "", "The index of %s isn't complete yet. Search without it, or try again later.", p.Name())
	}
	return id, nil
}

// cond compiles a condition to a probe on one row.
func (b *compiler) cond(e expr.Expr, on at) (frag, error) {
	switch e := e.(type) {
	case expr.And:
		return b.all(" AND ", always, e, on)
	case expr.Or:
		return b.all(" OR ", never, e, on)
	case expr.Not:
		f, err := b.cond(e.Expr, on)
		f.sql = "NOT (" + f.sql + ")"
		return f, err
	case expr.Test:
		return b.test(e, on)
	case expr.Missing:
		f, err := b.holds(e.Param, nil, on)
		f.sql = "NOT " + f.sql
		return f, err
	case expr.Chain:
		return b.chain(e, on)
	case expr.Reverse:
		return b.reverse(e, on)
	case expr.IDs:
		return piece("EXISTS(SELECT 1 FROM version v WHERE v.seq="+on.alias+".seq AND v.id IN (SELECT value FROM json_each(?)))", array(e)), nil
	case expr.Compartment:
		nid, err := b.node(b.d.types["Patient"], e.Patient)
		return piece("EXISTS(SELECT 1 FROM comp WHERE patient=? AND type=? AND k="+on.alias+".k AND seq="+on.alias+".seq)",
			nid, b.d.types[on.typ.Name]), err
	case expr.Confined:
		return piece("EXISTS(SELECT 1 FROM version v WHERE v.seq="+on.alias+".seq AND v.compartments IN ('', ?))", e.Patient), nil
	case expr.Visible:
		return visible(e, b.now, on), nil
	case expr.Marked:
		f := marked(e, b.now, "v")
		return piece("EXISTS(SELECT 1 FROM version v WHERE v.seq="+on.alias+".seq AND "+f.sql+")", f.args...), nil
	case expr.Only: // no query has one
	}
	return never, nil
}

// all compiles several conditions.
func (b *compiler) all(with string, empty frag, es []expr.Expr, on at) (frag, error) {
	fs := make([]frag, 0, len(es))
	for _, e := range es {
		f, err := b.cond(e, on)
		if err != nil {
			return frag{}, err
		}
		fs = append(fs, f)
	}
	return join(with, empty, fs), nil
}

// test is a point look-up where the index has the value whole, and a look at the entries where it hasn't.
func (b *compiler) test(e expr.Test, on at) (frag, error) {
	if e.Param == spec.LastUpdated {
		if is, ok := e.Is.(search.DateIs); ok {
			return dates(is, on.alias+".seq", on.alias+".seq+1"), nil
		}
		return never, nil
	}
	p, err := b.param(e.Param)
	if err != nil {
		return frag{}, err
	}
	row := " AND k=" + on.alias + ".k AND seq=" + on.alias + ".seq"
	switch is := e.Is.(type) {
	case search.TokenIs:
		key, ok, err := b.token(p, e.Param, is)
		if ok {
			key.sql = "EXISTS(SELECT 1 FROM tok WHERE " + key.sql + row + ")"
			return key, err
		}
	case search.WordsIs:
		return b.worded(p, e.Param, is, on), nil
	case search.DateIs:
		rest, err := b.holds(e.Param, is, on)
		if on.typ != nil && e.Param == on.typ.Date {
			rest = decided(is, on.alias+".k").or(rest)
		}
		return rest, err
	case search.RefIs:
		nids, ok, err := b.targets(e.Param, is)
		if err != nil {
			return frag{}, err
		}
		if ok && is.Version == 0 && (is.URL == "" || is.Type == "") {
			if len(nids) == 1 {
				return piece("EXISTS(SELECT 1 FROM ref WHERE p=? AND target=?"+row+")", p, nids[0]), nil
			}
			return piece("EXISTS(SELECT 1 FROM ref WHERE p=? AND target IN (SELECT value FROM json_each(?))"+row+")", p, array(nids)), nil
		}
	}
	return b.holds(e.Param, e.Is, on)
}

// holds asks package search.
func (b *compiler) holds(param *spec.Param, is expr.Criterion, on at) (frag, error) {
	if param == spec.ID || param == spec.LastUpdated {
		return always, nil
	}
	p, err := b.param(param)
	b.tests = append(b.tests, test{p: p, param: param, is: is})
	return piece("holds("+on.entries()+", ?)", len(b.tests)-1), err
}

// token is the key of a token in tok, ok only if the index decides alone.
func (b *compiler) token(p int64, param *spec.Param, is search.TokenIs) (key frag, ok bool, err error) {
	if is.AnyCode || is.Type != "" || param.Kind != spec.Token {
		return frag{}, false, nil
	}
	key = piece("p=? AND code=?", p, codeKey(is.Code))
	if !is.AnySystem {
		sys, err := b.term(is.System)
		if err != nil {
			return frag{}, false, err
		}
		key.sql += " AND sys=?"
		key.args = append(key.args, sys)
	}
	return key, true, nil
}

// term is the number of a system, -1 if no resource has it.
func (b *compiler) term(system string) (int64, error) {
	if system == "" {
		return 0, nil
	}
	return known(&b.terms, system, func() (int64, bool, error) { return b.c.number(`SELECT id FROM term WHERE text=?`, system) })
}

// node is the nid of a resource or URL, -1 if nobody ever mentioned it.
func (b *compiler) node(typ int64, id string) (int64, error) {
	return known(&b.nodes, name{typ, id}, func() (int64, bool, error) { return b.c.number(`SELECT nid FROM node WHERE type=? AND id=?`, typ, id) })
}

// known looks a number up once for each query, for the path and the probes ask for the same.
func known[K comparable](memo *map[K]int64, key K, look func() (int64, bool, error)) (int64, error) {
	if n, ok := (*memo)[key]; ok {
		return n, nil
	}
	n, ok, err := look()
	if !ok {
		n = -1
	}
	if *memo == nil {
		*memo = map[K]int64{}
	}
	(*memo)[key] = n
	return n, err
}

// targets are the nodes a criterion names; ok is false if they can't be told.
func (b *compiler) targets(param *spec.Param, is search.RefIs) (nids []int64, ok bool, err error) {
	names := []string{is.Type}
	switch {
	case is.URL != "":
		nid, err := b.node(0, is.URL)
		return []int64{nid}, true, err
	case is.ID == "":
		return nil, false, nil
	case is.Type == "" && len(param.Targets) > 0:
		names = param.Targets
	case is.Type == "":
		names = b.d.registry.Names()
	}
	for _, name := range names {
		nid, err := b.node(b.d.types[name], is.ID)
		if err != nil {
			return nil, false, err
		}
		if nid > 0 {
			nids = append(nids, nid)
		}
	}
	return nids, true, nil
}

// visible compares the facts beside the resource.
func visible(e expr.Visible, now time.Time, on at) frag {
	f := piece("v.seq="+on.alias+".seq AND v.hidden=0 AND v.release<=? AND v.recorded>=?", now.UnixMicro(), e.From.UnixMicro())
	if e.Sections != nil {
		f.sql += " AND v.section IN (SELECT value FROM json_each(?))"
		f.args = append(f.args, array(e.Sections))
	}
	f.sql = "EXISTS(SELECT 1 FROM version v WHERE " + f.sql + ")"
	return f
}

// marked compares them with a mark; row is the alias of version.
func marked(e expr.Marked, now time.Time, row string) frag {
	switch e.Mark {
	case expr.Hidden:
		return piece(row + ".hidden=1")
	case expr.HeldBack:
		return piece(row+".release>?", now.UnixMicro())
	case expr.Suspended:
		return piece(row + ".suspended=1")
	}
	return never
}

// array is a list as one argument, so that the SQL text doesn't depend on its length.
func array[T any](list []T) string {
	out, _ := json.Marshal(list) // strings and integers can be marshalled
	return string(out)
}

// decided is a condition on k, the low end of a value of the main date, under which that value is as asked whatever its
// high end is. Most rows are decided so, and their entries needn't be read.
func decided(is search.DateIs, k string) frag {
	switch is.Op {
	case search.Ge: // it ends within what is asked for, or beyond
		return piece(k+">=?", is.Lo)
	case search.Gt, search.Sa:
		return piece(k+">=?", is.Hi)
	case search.Lt, search.Le:
		return piece(k+">? AND "+k+"<?", int64(noDate), is.Lo)
	}
	return frag{}
}

// dates compares the range [lo, hi) of a row with the query's (search.Op).
func dates(is search.DateIs, lo, hi string) frag {
	equal := lo + ">=? AND " + hi + "<=?"
	switch is.Op {
	case search.Eq:
		return piece(equal, is.Lo, is.Hi)
	case search.Ne:
		return piece("NOT ("+equal+")", is.Lo, is.Hi)
	case search.Gt:
		return piece(hi+">?", is.Hi)
	case search.Lt:
		return piece(lo+"<?", is.Lo)
	case search.Ge:
		return piece(equal+" OR "+hi+">?", is.Lo, is.Hi, is.Hi)
	case search.Le:
		return piece(equal+" OR "+lo+"<?", is.Lo, is.Hi, is.Lo)
	case search.Sa:
		return piece(lo+">=?", is.Hi)
	case search.Eb:
		return piece(hi+"<=?", is.Lo)
	}
	return piece(lo+"<? AND "+hi+">?", is.Hi, is.Lo) // Ap
}
