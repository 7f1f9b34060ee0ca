package sqlite

import (
	"context"
	"errors"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"zombiezen.com/go/sqlite"
)

// refused tells errors by which a Batch was turned down before anything was written.
func refused(err error) bool {
	var r *store.Rejected
	var e *fhir.Error
	return errors.As(err, &r) || errors.As(err, &e) && e.Kind != fhir.Internal && e.Kind != fhir.Unavailable && e.Kind != fhir.TimedOut
}

// Apply commits a Batch.
func (b *Backend) Apply(ctx context.Context, batch store.Batch) ([]store.Result, error) {
	if b.lock == nil && len(batch.Writes) > 0 {
		return nil, errBeside
	}
	for _, write := range batch.Writes {
		if b.dict().types[write.Key.Type] == 0 {
			return nil, unknownType(write.Key.Type)
		}
	}
	b.recent.begin(batch)
	var results []store.Result
	err := b.writer.submit(ctx, func(w *writer) (err error) {
		results, err = w.apply(ctx, batch)
		return err
	})
	b.recent.end(batch)
	if b.tally.Note(batch); b.lock == nil {
		b.notifyProcesses()
	}
	if err != nil {
		return nil, err
	}
	if batch.Changes() {
		b.news.Tell()
	}
	return results, nil
}

func unknownType(name string) *fhir.Error {
	return fhir.Errorf(fhir.UnknownType, "", "%q is not a resource type of FHIR R4. Type names are case-sensitive, as in \"Patient\".", name)
}

// apply checks every precondition first, and writes only when all of them hold.
func (w *writer) apply(ctx context.Context, b store.Batch) ([]store.Result, error) {
	if b.Registry != nil && b.Registry != w.d.registry {
		return nil, &store.Rejected{Reason: store.RegistryChanged}
	}
	heads := make([]head, len(b.Writes))
	for i, write := range b.Writes {
		var err error
		if heads[i], err = w.head(write.Key); err != nil {
			return nil, err
		}
		if heads[i].version != write.Key.Version-1 {
			return nil, &store.Rejected{Reason: store.VersionChanged, Index: i, Current: heads[i].key(write.Key)}
		}
		if err := w.noMatch(ctx, i, write.NoMatch); err != nil {
			return nil, err
		}
	}
	if err := w.require(b); err != nil {
		return nil, err
	}
	results := make([]store.Result, len(b.Writes))
	for i, write := range b.Writes {
		var err error
		if results[i], err = w.write(heads[i], write); err != nil {
			return nil, err
		}
	}
	for _, r := range b.Records {
		if err := w.record(r); err != nil {
			return nil, err
		}
	}
	return results, w.mark(b.Marks)
}

// mark sets facts where they are looked for and where they are read.
func (w *writer) mark(marks []store.Mark) error {
	for _, m := range marks {
		h, err := w.head(m.Key)
		if err != nil {
			return err
		}
		f := m.Facts
		if err := w.noteMark(h, m); err != nil {
			return err
		}
		for _, table := range []string{"version", "body"} {
			if err := w.c.exec(`UPDATE `+table+` SET section=?, recorded=?, release=?, hidden=?, suspended=? WHERE seq=?`,
				f.Section, f.Recorded.UnixMicro(), f.Release.UnixMicro(), f.Hidden, f.Suspended, h.seq); err != nil {
				return err
			}
		}
	}
	return nil
}

// require checks what doesn't belong to a write.
func (w *writer) require(b store.Batch) error {
	for i, key := range b.Require {
		h, err := w.head(key)
		if err != nil {
			return err
		}
		if h.version == 0 || h.version != key.Version {
			return &store.Rejected{Reason: store.RequiredChanged, Index: i, Current: h.key(key)}
		}
	}
	for i, known := range b.Known {
		facts, err := w.facts(known.Key)
		if err != nil {
			return err
		}
		if !facts.Same(known.Facts) {
			return &store.Rejected{Reason: store.FactsChanged, Index: i, Current: known.Key}
		}
	}
	for i, r := range b.Records {
		revision, err := w.c.revision(r.Namespace, r.Key)
		if err != nil {
			return err
		}
		if r.Revision >= 0 && r.Revision != revision {
			return &store.Rejected{Reason: store.RecordChanged, Index: i}
		}
	}
	return nil
}

// noMatch looks for a resource that a conditional create would repeat.
func (w *writer) noMatch(ctx context.Context, i int, q *search.Query) error {
	if q == nil {
		return nil
	}
	w.c.bound(ctx)
	defer w.c.unbound()
	f := &finder{c: w.c, d: w.d, most: w.most}
	page, err := f.find(ctx, &search.Query{From: q.From, Now: q.Now, Sort: []search.Sort{{Param: spec.LastUpdated, Desc: true}}, Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return err
	}
	return &store.Rejected{Reason: store.MatchFound, Index: i, Current: page.Items[0].Key}
}

// head is the newest version of a resource, as the writer needs it. The zero head is that of one that never was.
type head struct {
	nid, seq, version, k int64
	alive                bool
	patients             []string
}

// key is what is current, version 0 if there is nothing.
func (h head) key(k fhir.Key) fhir.Key {
	k.Version = h.version
	return k
}

func (w *writer) head(key fhir.Key) (h head, err error) {
	err = w.c.query(`SELECT v.nid, v.seq, v.version, v.current, v.k, v.compartments FROM node n CROSS JOIN version v ON v.seq=n.seq
		WHERE n.type=? AND n.id=?`, []any{w.d.types[key.Type], key.ID}, func(s *sqlite.Stmt) error {
		h = head{nid: s.ColumnInt64(0), seq: s.ColumnInt64(1), version: s.ColumnInt64(2), alive: s.ColumnInt64(3) != 0, k: s.ColumnInt64(4),
			patients: strings.Fields(s.ColumnText(5))}
		return nil
	})
	return h, err
}

// facts are those of the newest version of a resource.
func (w *writer) facts(key fhir.Key) (f fhir.Facts, err error) {
	err = w.c.query(`SELECT v.section, v.recorded, v.release, v.hidden, v.suspended
		FROM node n CROSS JOIN version v ON v.seq=n.seq WHERE n.type=? AND n.id=?`,
		[]any{w.d.types[key.Type], key.ID}, func(s *sqlite.Stmt) error {
			f = factsAt(s, 0)
			return nil
		})
	return f, err
}

// write makes one version the current one.
func (w *writer) write(h head, in store.Write) (result store.Result, err error) {
	typ := w.d.types[in.Key.Type]
	if h.alive {
		if err := w.retire(typ, h); err != nil {
			return result, err
		}
	}
	x := &index{typ: typ, seq: w.tick(), k: noDate}
	result.Updated = micros(x.seq)
	nid, _, err := w.c.number(`INSERT INTO node(type, id, seq) VALUES(?,?,?) ON CONFLICT(type, id) DO UPDATE SET seq=excluded.seq RETURNING nid`, typ, in.Key.ID, x.seq)
	if err != nil {
		return result, err
	}
	alive := in.Method != fhir.Delete
	if alive {
		if err := w.index(x, in.Key.Type, in.Index, in.Compartments); err != nil {
			return result, err
		}
		if err := w.insert(x); err != nil {
			return result, err
		}
		result.JSON = in.Body.Stamp(in.Key.Version, result.Updated)
		w.counts[typ]++
	}
	return result, w.version(x, nid, in, alive, result.JSON)
}

// version writes the rows that stay: as what it is looked for, and as what it is read.
func (w *writer) version(x *index, nid int64, in store.Write, current bool, json []byte) error {
	f, patients := in.Facts, strings.Join(in.Compartments, " ")
	err := w.c.exec(`INSERT INTO version VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		x.seq, nid, x.typ, in.Key.ID, in.Key.Version, current,
		x.k, patients, f.Section, f.Recorded.UnixMicro(), f.Release.UnixMicro(), f.Hidden, f.Suspended)
	if err != nil {
		return err
	}
	if json == nil {
		json = []byte{}
	}
	return w.c.exec(`INSERT INTO body VALUES(?,?,?,?,?,?,?,?,?,?,?,?)`,
		x.seq, x.typ, in.Key.ID, in.Key.Version, int64(in.Method),
		patients, f.Section, f.Recorded.UnixMicro(), f.Release.UnixMicro(), f.Hidden, json, f.Suspended)
}

// retire takes a version out of the index. It stays as history.
func (w *writer) retire(typ int64, h head) error {
	if err := w.unindex(typ, h); err != nil {
		return err
	}
	w.counts[typ]--
	return w.c.exec(`UPDATE version SET current=0 WHERE seq=?`, h.seq)
}

// unindex removes the index rows of a version.
func (w *writer) unindex(typ int64, h head) error {
	x := &index{typ: typ, seq: h.seq, k: h.k}
	err := w.c.query(`SELECT entries FROM posting WHERE seq=?`, []any{h.seq}, func(s *sqlite.Stmt) error {
		return scan(blob(s, 0), 0, func(e entry) bool {
			if _, ok := e.value.(search.Prose); ok {
				x.prose = true
			}
			x.entries = append(x.entries, e)
			return true
		})
	})
	if err != nil {
		return fault("read index entries", err)
	}
	if err := w.patients(x, h.patients); err != nil {
		return err
	}
	err = x.rows(w.interns, func(r row) error { return w.c.exec(r.remove, r.args[:r.keys]...) })
	if err == nil && x.prose {
		err = w.unread(h.seq)
	}
	if err == nil {
		err = w.c.exec(`DELETE FROM posting WHERE seq=?`, h.seq)
	}
	return err
}

// index fills x in from what is to be indexed.
func (w *writer) index(x *index, typ string, entries []search.Entry, compartments []string) error {
	date := w.d.names[x.typ].Date
	dates := 0
	for _, in := range entries {
		p := w.d.params[in.Param]
		if p == 0 {
			continue
		}
		e := entry{p: p, hot: in.Param.Hot, value: in.Value}
		if err := w.target(&e); err != nil {
			return err
		}
		if v, ok := in.Value.(search.Prose); ok {
			x.prose = true
			x.words.take(in.Param.Code, v)
		}
		x.entries = append(x.entries, e)
		if v, ok := in.Value.(search.DateRange); ok && in.Param == date {
			x.k = max(x.k, v.Lo)
			dates++
		}
	}
	if dates > 1 {
		w.many[typ] = true
	}
	x.words = x.words.parted()
	x.entries = normalize(x.entries)
	return w.patients(x, compartments)
}

// target interns what a reference points to. A type R4 doesn't have can't be searched for, so it needs no node.
func (w *writer) target(e *entry) (err error) {
	ref, ok := e.value.(search.Ref)
	switch {
	case !ok:
	case ref.URL != "":
		e.nid, err = w.interns.node(0, ref.URL)
	case ref.ID != "" && w.d.types[ref.Type] != 0:
		e.nid, err = w.interns.node(w.d.types[ref.Type], ref.ID)
	}
	return err
}

// patients fills in whose compartment the version is in, and which other Patients it refers to.
func (w *writer) patients(x *index, ids []string) error {
	patient := w.d.types["Patient"]
	for _, id := range ids {
		nid, err := w.interns.node(patient, id)
		if err != nil {
			return err
		}
		x.patients = append(x.patients, nid)
	}
	for _, e := range x.entries {
		ref, ok := e.value.(search.Ref)
		if ok && ref.Type == "Patient" && e.nid != 0 && !slices.Contains(x.patients, e.nid) && !slices.Contains(x.referred, e.nid) {
			x.referred = append(x.referred, e.nid)
		}
	}
	return nil
}

// insert writes the index rows of a version, and the entries they were made of.
func (w *writer) insert(x *index) error {
	entries := []byte{} // not NULL, also for a resource that nothing finds
	for _, e := range x.entries {
		entries = appendEntry(entries, e)
	}
	if err := w.c.exec(`INSERT INTO posting VALUES(?,?)`, x.seq, entries); err != nil {
		return err
	}
	if x.prose {
		if err := w.read(x.seq, x.words); err != nil {
			return err
		}
	}
	return x.rows(w.interns, func(r row) error { return w.c.exec(r.insert, r.args...) })
}
