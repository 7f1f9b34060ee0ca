package sqlite

// internKept is how many names each generation of a cache keeps.
const internKept = 50_000

// name is what a node is known by: a resource's type and id, or 0 and a URL.
type name struct {
	typ int64
	id  string
}

// interns gives nodes and terms their integers. Only the writer uses it; what it learned in a transaction that was
// rolled back must be forgotten.
type interns struct {
	c     *conn
	nodes cache[name]
	terms cache[string]
}

func newInterns(c *conn) *interns {
	n := &interns{c: c}
	n.forget()
	return n
}

func (n *interns) forget() {
	n.nodes, n.terms = cache[name]{}, cache[string]{}
}

// node is the nid of a name, which is new if need be.
func (n *interns) node(typ int64, id string) (int64, error) {
	key := name{typ, id}
	if nid, ok := n.nodes.get(key); ok {
		return nid, nil
	}
	nid, ok, err := n.c.number(`SELECT nid FROM node WHERE type=? AND id=?`, typ, id)
	if err == nil && !ok {
		err = n.c.exec(`INSERT INTO node(type, id) VALUES(?,?)`, typ, id)
		nid = n.c.db.LastInsertRowID()
	}
	if err == nil {
		n.nodes.put(key, nid)
	}
	return nid, err
}

// term is the number of a system.
func (n *interns) term(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if id, ok := n.terms.get(text); ok {
		return id, nil
	}
	id, ok, err := n.c.number(`SELECT id FROM term WHERE text=?`, text)
	if err == nil && !ok {
		err = n.c.exec(`INSERT INTO term(text) VALUES(?)`, text)
		id = n.c.db.LastInsertRowID()
	}
	if err == nil {
		n.terms.put(text, id)
	}
	return id, err
}

// cache keeps the names used last in two generations: when the young one is full it becomes the old one.
type cache[K comparable] struct{ young, old map[K]int64 }

func (c *cache[K]) get(key K) (int64, bool) {
	if v, ok := c.young[key]; ok {
		return v, true
	}
	v, ok := c.old[key]
	if ok {
		c.put(key, v)
	}
	return v, ok
}

func (c *cache[K]) put(key K, v int64) {
	if c.young == nil || len(c.young) >= internKept {
		c.young, c.old = map[K]int64{}, c.young
	}
	c.young[key] = v
}
