package sqlite

import (
	"fmt"
	"sync"

	"frontdesk/fhir/spec"
	"frontdesk/store"
	"zombiezen.com/go/sqlite"
)

// dict is what the small integers of the tables stand for. There is one for each Registry.
type dict struct {
	registry *spec.Registry
	types    map[string]int64
	names    map[int64]*spec.Type
	params   map[*spec.Param]int64
	byID     map[int64]*spec.Param

	mu       sync.RWMutex
	building map[string]store.IndexState // by type: how far it has been indexed anew
	fresh    map[*spec.Param]bool        // parameters that wait for that
	many     map[string]bool             // types some of whose resources have had several main dates

	estimates estimates
}

// fingerprint changes when the index rows made for a parameter change: its values, whether it is hot, and the main
// date, which stands in most rows of the type.
func fingerprint(t *spec.Type, p *spec.Param) string {
	date := ""
	if t.Date != nil {
		date = t.Date.Code
	}
	return fmt.Sprintf("%s hot=%v date=%s", p.Fingerprint, p.Hot, date)
}

// load compares the Registry with the database, and notes down which types must be indexed anew. Types without
// resources are done at once, as is a new database. It is part of a transaction.
func (c *conn) load(r *spec.Registry) (*dict, error) {
	d := &dict{registry: r, types: map[string]int64{}, names: map[int64]*spec.Type{}, params: map[*spec.Param]int64{},
		byID: map[int64]*spec.Param{}, building: map[string]store.IndexState{}, fresh: map[*spec.Param]bool{}, many: map[string]bool{}}
	for _, name := range r.Names() {
		t, _ := r.Type(name)
		if err := c.loadType(d, t); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// typeRow is a row of table type.
type typeRow struct {
	id, n, many, upto, done, total int64
	goal                           string
}

func (c *conn) loadType(d *dict, t *spec.Type) error {
	if err := c.exec(`INSERT INTO type(name) VALUES(?) ON CONFLICT DO NOTHING`, t.Name); err != nil {
		return err
	}
	var row typeRow
	err := c.query(`SELECT id, n, many, upto, done, total, goal FROM type WHERE name=?`, []any{t.Name}, func(s *sqlite.Stmt) error {
		row = typeRow{s.ColumnInt64(0), s.ColumnInt64(1), s.ColumnInt64(2), s.ColumnInt64(3), s.ColumnInt64(4), s.ColumnInt64(5), s.ColumnText(6)}
		return nil
	})
	if err != nil {
		return err
	}
	d.types[t.Name], d.names[row.id], d.many[t.Name] = row.id, t, row.many != 0
	goal, changed, err := c.loadParams(d, t, row.id, row.n == 0)
	switch {
	case err != nil:
		return err
	case row.upto != 0 && row.goal == goal: // go on where it stopped
	case changed && row.n == 0:
		return c.dropStale(d, row.id)
	case changed:
		row.done, row.total = 0, row.n
		err = c.exec(`UPDATE type SET at=0, done=0, total=n, goal=?, upto=(SELECT max(seq) FROM version) WHERE id=?`, goal, row.id)
	default:
		return nil
	}
	d.building[t.Name] = store.IndexState{Done: row.done, Total: row.total}
	return err
}

// loadParams gives every indexed parameter of a type its id, and all together a name. changed tells that there are new
// ones, or that there are rows of some that are no longer in the Registry. Those aren't ready again if they come back.
func (c *conn) loadParams(d *dict, t *spec.Type, id int64, empty bool) (goal string, changed bool, err error) {
	have := map[string]int64{} // "code fingerprint"
	ready := map[int64]bool{}
	err = c.query(`SELECT id, code, fingerprint, ready FROM param WHERE type=?`, []any{id}, func(s *sqlite.Stmt) error {
		have[s.ColumnText(1)+" "+s.ColumnText(2)] = s.ColumnInt64(0)
		ready[s.ColumnInt64(0)] = s.ColumnBool(3)
		return nil
	})
	if err != nil {
		return "", false, err
	}
	for _, code := range t.Codes {
		p := t.Params[code]
		if !p.Indexed() {
			continue
		}
		pid, ok := have[code+" "+fingerprint(t, p)]
		if !ok {
			if err := c.exec(`INSERT INTO param(type, code, fingerprint, ready) VALUES(?,?,?,?)`, id, code, fingerprint(t, p), empty); err != nil {
				return "", false, err
			}
			pid, changed = c.db.LastInsertRowID(), true
		} else {
			changed = changed || !ready[pid]
		}
		delete(have, code+" "+fingerprint(t, p))
		d.params[p], d.byID[pid] = pid, p
		if !ready[pid] && !empty {
			d.fresh[p] = true
		}
		goal += fmt.Sprint(pid, " ")
	}
	for _, stale := range have {
		if err := c.exec(`UPDATE param SET ready=0 WHERE id=?`, stale); err != nil {
			return "", false, err
		}
	}
	return goal, changed || len(have) > 0, nil
}

// dropStale removes the parameters of a type that the Registry no longer has, once no row of theirs is left, and
// declares the others ready.
func (c *conn) dropStale(d *dict, typ int64) error {
	var stale []int64
	err := c.query(`SELECT id FROM param WHERE type=?`, []any{typ}, func(s *sqlite.Stmt) error {
		if d.byID[s.ColumnInt64(0)] == nil {
			stale = append(stale, s.ColumnInt64(0))
		}
		return nil
	})
	for _, id := range stale {
		if err == nil {
			err = c.exec(`DELETE FROM param WHERE id=?`, id)
		}
	}
	if err == nil {
		err = c.exec(`UPDATE param SET ready=1 WHERE type=?`, typ)
	}
	if err == nil {
		err = c.exec(`UPDATE type SET at=0, upto=0, done=0, total=0, goal='' WHERE id=?`, typ)
	}
	return err
}

// state tells how far the index of a parameter is.
func (d *dict) state(p *spec.Param) store.IndexState {
	if p == spec.ID || p == spec.LastUpdated {
		return store.IndexState{Ready: true}
	}
	if len(p.Branches) > 0 {
		worst := store.IndexState{Ready: true}
		for _, b := range p.Branches {
			if s := d.state(b.Param); !s.Ready {
				worst = s
			}
		}
		return worst
	}
	if d.params[p] == 0 {
		return store.IndexState{}
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.fresh[p] {
		return d.building[p.Type]
	}
	return store.IndexState{Ready: true}
}

// rebuilding tells whether a type is being indexed anew.
func (d *dict) rebuilding(typ string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	_, yes := d.building[typ]
	return yes
}

// progress notes how far a type is; done declares all its parameters ready.
func (d *dict) progress(t *spec.Type, s store.IndexState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !s.Ready {
		d.building[t.Name] = s
		return
	}
	delete(d.building, t.Name)
	for _, p := range t.Params {
		delete(d.fresh, p)
	}
}

// manyDates tells whether some resource of the type has had several main dates.
func (d *dict) manyDates(typ string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.many[typ]
}

// setMany notes that one has.
func (d *dict) setMany(typ string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.many[typ] = true
}
