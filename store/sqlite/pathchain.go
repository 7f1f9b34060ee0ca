package sqlite

import (
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// chainPath finds the targets first, then what refers to them: for chains whose other end is selective.
func (b *compiler) chainPath(e expr.Chain) (*path, error) {
	p, err := b.param(e.Param)
	if err != nil {
		return nil, err
	}
	var arms []path
	seen := map[string]bool{}
	for _, f := range e.To {
		if seen[f.Type.Name] {
			continue
		}
		seen[f.Type.Name] = true
		_, set, err := b.set(f)
		if set == nil || err != nil {
			return nil, err
		}
		set.sql = "(SELECT DISTINCT v.nid AS nid FROM " + set.sql + ") t CROSS JOIN ref d"
		arms = append(arms, path{name: "chain by " + e.Param.Name(), from: *set, where: piece("d.p=? AND d.target=t.nid", p), exact: true})
	}
	switch len(arms) {
	case 0:
		return nil, nil
	case 1:
		return &arms[0], nil
	}
	return &path{name: arms[0].name, arms: arms, once: true, exact: true}, nil
}

// reversePath finds what refers here first.
func (b *compiler) reversePath(e expr.Reverse, t *spec.Type) (*path, error) {
	p, err := b.param(e.Param)
	if err != nil {
		return nil, err
	}
	way, set, err := b.set(e.By)
	if set == nil || err != nil {
		return nil, err
	}
	from := frag{"(SELECT DISTINCT j.value AS nid FROM " + set.sql + " CROSS JOIN posting o ON o.seq=v.seq CROSS JOIN json_each(targets(o.entries, ?)) j) t" +
		" CROSS JOIN node n ON n.nid=t.nid CROSS JOIN version d ON d.seq=n.seq", append(set.args, p)}
	return &path{name: "reverse by " + e.Param.Name(), from: from, where: piece("d.current=1 AND d.type=?", b.d.types[t.Name]), once: true, exact: true, size: way, sizeOf: e.By.Type}, nil
}

// set is what a From finds by a path of its own, as a join whose v is the version, and that path; nil if there is none.
func (b *compiler) set(f expr.From) (*path, *frag, error) {
	way, err := b.path(f.Where, f.Type, patientOf{})
	if way == nil || err != nil {
		return nil, nil, err
	}
	var cond frag
	if !way.exact {
		if cond, err = b.cond(f.Where, at{alias: "d", typ: f.Type}); err != nil {
			return nil, nil, err
		}
		cond.sql = "(" + cond.sql + ")"
	}
	rows := way.rows(cond)
	rows.sql = "(" + rows.sql + ") w CROSS JOIN version v ON v.seq=w.seq"
	return way, &rows, nil
}
