package sqlite

import (
	"slices"
	"strconv"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
)

// alias is a new name for a row.
func (b *compiler) alias(of string) string {
	b.depth++
	return of + strconv.Itoa(b.depth)
}

// exists begins a subquery of which the first row decides. SQLite makes a join of it, which is quicker; but if what is
// found is sorted, it leaves that join with the last row, not the first (3.51: a row that comes behind the LIMIT skips
// the way out). The sign keeps it from that.
func (b *compiler) exists() string {
	if b.sorts {
		return "+EXISTS"
	}
	return "EXISTS"
}

// chain looks at what the row's references point to.
func (b *compiler) chain(e expr.Chain, on at) (frag, error) {
	p, err := b.param(e.Param)
	if err != nil {
		return frag{}, err
	}
	to := at{alias: b.alias("v"), version: true}
	cond, err := b.to(e.To, to)
	return frag{b.exists() + "(SELECT 1 FROM json_each(targets(" + on.entries() + ", ?)) j CROSS JOIN node n ON n.nid=j.value CROSS JOIN version " +
		to.alias + " ON " + to.alias + ".seq=n.seq WHERE " + to.alias + ".current=1 AND (" + cond.sql + "))", append([]any{p}, cond.args...)}, err
}

// to is the condition on the resource a chain leads to; of several for one type the first counts.
func (b *compiler) to(froms []expr.From, on at) (frag, error) {
	var arms []frag
	seen := map[string]bool{}
	for _, f := range froms {
		if seen[f.Type.Name] {
			continue
		}
		seen[f.Type.Name] = true
		on.typ = f.Type
		cond, err := b.cond(f.Where, on)
		if err != nil {
			return frag{}, err
		}
		arms = append(arms, frag{on.alias + ".type=? AND (" + cond.sql + ")", append([]any{b.d.types[f.Type.Name]}, cond.args...)})
	}
	return join(" OR ", never, arms), nil
}

// reverse looks at what points to the row.
func (b *compiler) reverse(e expr.Reverse, on at) (frag, error) {
	p, err := b.param(e.Param)
	if err != nil {
		return frag{}, err
	}
	by, conds := at{alias: b.alias("r"), typ: e.By.Type}, flat(e.By.Where, nil)
	from, where, nid := b.self(on)
	table, key := "ref", piece(by.alias+".p=? AND "+by.alias+".target="+nid, p)
	if on.typ != nil && on.typ.Name == "Patient" {
		token, others, err := b.hotToken(conds)
		if err != nil {
			return frag{}, err
		}
		if token.sql != "" {
			// ctok has the Patient and the token in one key, so that a Patient who isn't meant costs one look-up,
			// however much there is of his.
			table, conds = "ctok", others
			key = piece(by.alias + ".patient=" + nid).and(token).and(piece("("+by.alias+".via=? OR EXISTS(SELECT 1 FROM ref WHERE p=? AND target="+nid+
				" AND k="+by.alias+".k AND seq="+by.alias+".seq))", p, p))
		}
	}
	cond, err := b.all(" AND ", always, conds, by)
	out := piece(b.exists()+"(SELECT 1 FROM "+from+table+" "+by.alias).then(" WHERE ", piece(where).and(key)).then(" AND (", cond)
	out.sql += "))"
	return out, err
}

// self is how a subquery begins to come to the row's nid: tables, a condition, and the column.
func (b *compiler) self(on at) (from, where, nid string) {
	if on.version {
		return "", "", on.alias + ".nid"
	}
	v := b.alias("v")
	return "version " + v + " CROSS JOIN ", v + ".seq=" + on.alias + ".seq", v + ".nid"
}

// hotToken takes from conditions one by which ctok finds, and gives its key and the others; the key is empty if there
// is none.
func (b *compiler) hotToken(conds []expr.Expr) (key frag, others []expr.Expr, err error) {
	for i, c := range conds {
		test, _ := c.(expr.Test)
		is, ok := test.Is.(search.TokenIs)
		if !ok || !test.Param.Hot {
			continue
		}
		p, err := b.param(test.Param)
		if err != nil {
			return frag{}, nil, err
		}
		if key, ok, err = b.token(p, test.Param, is); ok || err != nil {
			return key, slices.Delete(slices.Clone(conds), i, i+1), err
		}
	}
	return frag{}, nil, nil
}
