package sqlite

import (
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
)

// path is a way to come to the resources that meet a condition. Its SQL gives rows d with columns seq and k.
type path struct {
	name  string // for the printed plan
	from  frag
	where frag
	dated bool   // rows come by k, then seq
	inSeq bool   // rows come by seq
	once  bool   // no resource comes twice
	exact bool   // it gives no resource that doesn't meet the condition
	arms  []path // if not empty it is the union of these, and from and where are empty
	both  bool   // it also answers the compartment it was bound to
	// size is what is counted instead to estimate how many rows are read, where coming to the path's own is dear:
	// resources of sizeOf.
	size   *path
	sizeOf *spec.Type
}

// patientOf is the Patient to whom a query is bound, nid -1 if nobody knows him.
type patientOf struct {
	nid    int64
	member bool  // by the compartment, not by a mere reference
	by     int64 // the parameter it refers by, 0 if that doesn't decide
	bound  bool
}

// path is the way to the resources that meet one condition, nil if none is better than looking at all.
func (b *compiler) path(e expr.Expr, t *spec.Type, who patientOf) (*path, error) {
	switch e := e.(type) {
	case expr.Test:
		return b.testPath(e, t, who)
	case expr.Or:
		return b.union(e, t, who)
	case expr.And:
		return b.narrowest(e, t, who)
	case expr.IDs:
		return &path{name: "ids", from: piece("node n CROSS JOIN version d ON d.seq=n.seq"), once: true, exact: true,
			where: piece("n.type=? AND n.id IN (SELECT value FROM json_each(?)) AND d.current=1", b.d.types[t.Name], array(e))}, nil
	case expr.Compartment:
		nid, err := b.node(b.d.types["Patient"], e.Patient)
		return &path{name: "compartment", from: piece("comp d"), where: piece("d.patient=? AND d.type=?", nid, b.d.types[t.Name]),
			dated: true, once: true, exact: true}, err
	case expr.Marked:
		return b.markedPath(e, t), nil
	case expr.Chain:
		return b.chainPath(e)
	case expr.Reverse:
		return b.reversePath(e, t)
	case expr.Not, expr.Missing, expr.Only, expr.Confined, expr.Visible:
	}
	return nil, nil
}

// markedPath goes through what has a mark, which is little; nil if there is no index for it.
func (b *compiler) markedPath(e expr.Marked, t *spec.Type) *path {
	index, also := "version_"+e.Mark.Code(), frag{}
	if e.Mark == expr.HeldBack {
		if b.now.UnixMicro() < 0 { // the index has what is of our time
			return nil
		}
		index, also = "version_held", piece("d.release>0")
	}
	where := piece("d.type=? AND d.current=1", b.d.types[t.Name]).and(also).and(marked(e, b.now, "d"))
	return &path{name: e.Mark.Code(), from: piece("version d INDEXED BY " + index), where: where,
		dated: e.Mark != expr.HeldBack, once: true, exact: true}
}

// narrowest takes the first of several conditions by which a path leads; which of them is best isn't weighed below the
// top.
func (b *compiler) narrowest(e expr.And, t *spec.Type, who patientOf) (*path, error) {
	for _, x := range e {
		p, err := b.path(x, t, who)
		if p != nil || err != nil {
			if p != nil {
				p.exact = p.exact && len(e) == 1
			}
			return p, err
		}
	}
	return nil, nil
}

// maxArms is how many paths a union has at the most. SQLite takes no more than 500 in one statement.
const maxArms = 400

// union leads to what one of several conditions finds, if there is a path for each.
func (b *compiler) union(e expr.Or, t *spec.Type, who patientOf) (*path, error) {
	u := &path{name: "union", dated: true, inSeq: true, exact: true, once: true, both: true}
	for _, x := range e {
		p, err := b.path(x, t, who)
		if p == nil || err != nil {
			return nil, err
		}
		u.dated, u.inSeq, u.exact, u.both = u.dated && p.dated, u.inSeq && p.inSeq, u.exact && p.exact, u.both && p.both
		if len(p.arms) > 0 {
			u.arms = append(u.arms, p.arms...)
		} else {
			u.arms = append(u.arms, *p)
		}
		if len(u.arms) > maxArms {
			return nil, nil
		}
	}
	switch len(u.arms) {
	case 0:
		return &path{name: "nothing", from: piece("version d"), where: never, once: true, exact: true, dated: true}, nil
	case 1:
		return &u.arms[0], nil
	}
	u.name = "union of " + u.arms[0].name
	return u, nil
}

// testPath goes through the index of one parameter.
func (b *compiler) testPath(e expr.Test, t *spec.Type, who patientOf) (*path, error) {
	if e.Param == spec.LastUpdated {
		is, ok := e.Is.(search.DateIs)
		if !ok || is.Op == search.Ne {
			return nil, nil
		}
		bounds := dates(is, "d.seq", "d.seq+1")
		low, high := limits(is)
		return &path{name: "_lastUpdated", from: piece("version d"), once: true, exact: true, where: frag{
			"d.type=? AND d.current=1 AND d.seq>=? AND d.seq<=? AND (" + bounds.sql + ")", append([]any{b.d.types[t.Name], low, high}, bounds.args...)}}, nil
	}
	p, err := b.param(e.Param)
	if err != nil {
		return nil, err
	}
	way, err := b.criterion(p, e.Param, e.Is, who)
	if way != nil {
		way.name = way.name + " of " + e.Param.Name()
	}
	return way, err
}

// limits are the bounds of seq for a _lastUpdated.
func limits(is search.DateIs) (low, high int64) {
	low, high = search.MinTime, search.MaxTime
	switch is.Op {
	case search.Eq, search.Ap:
		low, high = is.Lo-1, is.Hi
	case search.Gt, search.Sa:
		low = is.Hi - 1
	case search.Ge:
		low = min(is.Lo, is.Hi) - 1
	case search.Lt, search.Eb:
		high = is.Lo
	case search.Le:
		high = max(is.Lo, is.Hi)
	}
	return low, high
}

// criterion is the path by one criterion. Each kind of index has its shape.
func (b *compiler) criterion(p int64, param *spec.Param, is expr.Criterion, who patientOf) (*path, error) {
	switch is := is.(type) {
	case search.TokenIs:
		return b.tokenPath(p, param, is, who)
	case search.RefIs:
		if is.Identifier != nil {
			return b.tokenPath(p, param, *is.Identifier, patientOf{})
		}
		nids, ok, err := b.targets(param, is)
		if !ok || err != nil {
			return nil, err
		}
		way := &path{name: "reference", from: piece("ref d"), once: true, exact: is.Version == 0 && (is.URL == "" || is.Type == "")}
		if len(nids) == 1 {
			way.where, way.dated = piece("d.p=? AND d.target=?", p, nids[0]), true
		} else {
			way.where, way.once = piece("d.p=? AND d.target IN (SELECT value FROM json_each(?))", p, array(nids)), false
		}
		return way, nil
	case search.StringIs:
		return stringPath(p, param, is), nil
	case search.URIIs:
		return uriPath(p, is), nil
	case search.DateIs:
		if param.Kind == spec.Date {
			return datePath(p, is), nil
		}
	case search.NumberIs:
		return numberPath(p, is, true), nil
	case search.QuantityIs:
		return numberPath(p, is.NumberIs, is.AnyUnit), nil
	case search.WordsIs:
		return b.wordsPath(p, param, is), nil
	case search.CompositeIs:
		if len(is) == 0 || len(param.Components) == 0 || param.Components[0].Param.Kind == spec.Reference {
			return nil, nil // a reference within a composite has no row of its own
		}
		first := *param.Components[0].Param
		way, err := b.criterion(p, &first, is[0], patientOf{})
		if way != nil {
			way.exact = false
			for i := range way.arms {
				way.arms[i].exact = false
			}
		}
		return way, err
	}
	return nil, nil
}

// tokenPath is one range of tok, or if the query is bound to a Patient and the parameter is hot, of ctok.
func (b *compiler) tokenPath(p int64, param *spec.Param, is search.TokenIs, who patientOf) (*path, error) {
	if is.AnyCode {
		return nil, nil
	}
	way := &path{name: "token", from: piece("tok d"), where: piece("d.p=? AND d.code=?", p, codeKey(is.Code)), dated: true, exact: is.Type == "" && param.Kind == spec.Token}
	if who.bound && param.Hot {
		way.name, way.both, way.from = "compartment and token", true, piece("ctok d")
		way.where = piece("d.patient=? AND d.p=? AND d.code=?", who.nid, p, codeKey(is.Code))
	}
	if !is.AnySystem {
		sys, err := b.term(is.System)
		if err != nil {
			return nil, err
		}
		way.where.sql += " AND d.sys=?"
		way.where.args = append(way.where.args, sys)
		way.once = true
	}
	if way.both && who.member {
		way.where.sql += " AND d.member=1"
	}
	return way, nil
}

// stringPath goes through the strings that begin with the text.
func stringPath(p int64, param *spec.Param, is search.StringIs) *path {
	if is.Op == search.Contains || is.Op == search.EndsWith || param.Kind != spec.String {
		return nil
	}
	text := piece("x.p=? AND x.text=?", p, is.Text)
	switch is.Op {
	case search.Exact:
		text = piece("x.p=? AND x.text=?", p, prose.Fold(is.Text))
	case search.StartsWith:
		text = prefixed(piece("x.p=?", p), "x.text", is.Text)
	}
	return &path{name: "string", from: keyed("str", text), exact: is.Op != search.Exact}
}

// keyed are rows x of an index table as rows d of a path. The table has no k; SQLite leaves the join out where nothing
// asks for it.
func keyed(table string, where frag) frag {
	return frag{"(SELECT x.seq AS seq, v.k AS k FROM " + table + " x LEFT JOIN version v ON v.seq=x.seq WHERE " + where.sql + ") d", where.args}
}

// prefixed adds the range of texts that begin with prefix.
func prefixed(f frag, column, prefix string) frag {
	f.sql += " AND " + column + ">=?"
	f.args = append(f.args, prefix)
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff {
			f.sql += " AND " + column + "<?"
			f.args = append(f.args, prefix[:i]+string([]byte{prefix[i] + 1}))
			break
		}
	}
	return f
}

// uriPath goes through the URIs that are equal or begin alike.
func uriPath(p int64, is search.URIIs) *path {
	way := &path{name: "uri", from: piece("tok d")}
	switch is.Op {
	case search.SameURI:
		way.where, way.dated, way.exact, way.once = piece("d.p=? AND d.code=?", p, codeKey(is.URL)), true, is.Version == "", true
	case search.BelowURI:
		way.where = prefixed(piece("d.p=?", p), "d.code", is.URL[:min(len(is.URL), codeCut)])
	default:
		return nil
	}
	return way
}

// rows are those of a path that meet a further condition on d, as a SELECT of seq and k without repeats over its arms.
func (p *path) rows(cond frag) frag {
	arms := p.arms
	if len(arms) == 0 {
		arms = []path{*p}
	}
	var out frag
	for _, arm := range arms {
		out = out.then(" UNION ", piece("SELECT d.seq AS seq, d.k AS k FROM ").then("", arm.from).then(" WHERE ", arm.where.and(cond)))
	}
	return out
}
