package engine

import (
	"bytes"
	"slices"
	"strings"

	"frontdesk/store/mongo/mongotest/fail"
)

// CreateCollection makes an empty collection; NamespaceExists if there is one.
func (e *Engine) CreateCollection(namespace string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.collections[namespace] != nil {
		return fail.New(fail.NamespaceExists, "Collection %s already exists.", namespace)
	}
	_, err := e.create(nil, namespace)
	return err
}

// Namespaces are the collections of a database, sorted.
func (e *Engine) Namespaces(database string) []string {
	e.mu.RLock()
	defer e.mu.RUnlock()
	var out []string
	for namespace := range e.collections {
		if strings.HasPrefix(namespace, database+".") {
			out = append(out, namespace)
		}
	}
	slices.Sort(out)
	return out
}

// Drop removes a collection, or every one of a database if the namespace ends with a dot.
func (e *Engine) Drop(namespace string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for name := range e.collections {
		if name == namespace || strings.HasSuffix(namespace, ".") && strings.HasPrefix(name, namespace) {
			delete(e.collections, name)
		}
	}
}

// CreateIndexes makes indexes, and the collection if there is none. What is there already is left; a different index of
// the same name or the same keys is an error. It gives the number of indexes before and after.
func (e *Engine) CreateIndexes(namespace string, specs []Index) (before, after int, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.collections[namespace] == nil {
		if _, err := e.create(nil, namespace); err != nil {
			return 0, 0, err
		}
	}
	before = len(e.collections[namespace].indexes)
	for _, spec := range specs {
		x, err := newIndex(spec)
		if err != nil {
			return 0, 0, err
		}
		known, err := e.collections[namespace].known(spec)
		if err != nil {
			return 0, 0, err
		}
		if known {
			continue
		}
		if err := e.writable(namespace).build(x); err != nil {
			return 0, 0, err
		}
	}
	return before, len(e.collections[namespace].indexes), nil
}

// known says whether an index is there already.
func (c *Collection) known(spec Index) (bool, error) {
	for _, x := range c.indexes {
		same := bytes.Equal(x.Key, spec.Key) && bytes.Equal(x.Partial, spec.Partial)
		equal := same && x.Unique == spec.Unique && x.Sparse == spec.Sparse && x.Expires == spec.Expires
		switch {
		case x.Name == spec.Name && equal:
			return true, nil
		case x.Name == spec.Name && same:
			return false, fail.New(fail.IndexOptionsConflict, "Index already exists with the same name and different options: %s", x.Name)
		case x.Name == spec.Name:
			return false, fail.New(fail.IndexKeySpecsConflict, "An existing index has the same name as the requested index: %s", spec.Name)
		case same:
			return false, fail.New(fail.IndexOptionsConflict, "Index already exists with a different name: %s", x.Name)
		}
	}
	return false, nil
}

// build fills an index with what is in the collection, which must not be shared.
func (c *Collection) build(x *index) error {
	var failed error
	c.records.Ascend(func(r *Record) bool {
		keys, arrays, err := x.keys(r)
		for _, key := range keys {
			if _, taken := x.holder(key, r.id); taken && x.Unique {
				err = x.duplicate(c.name, r.Doc)
			}
			x.tree.ReplaceOrInsert(entry{key, r.id})
		}
		for i := range arrays {
			x.arrays[i] |= arrays[i]
		}
		failed = err
		return err == nil
	})
	if failed == nil {
		c.indexes = append(slices.Clip(c.indexes), x)
	}
	return failed
}

// DropIndex removes an index by its name.
func (e *Engine) DropIndex(namespace, name string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.collections[namespace] == nil {
		return fail.New(fail.NamespaceNotFound, "ns not found %s", namespace)
	}
	if name == "_id_" {
		return fail.New(fail.InvalidOptions, "cannot drop _id index")
	}
	c := e.writable(namespace)
	kept := slices.DeleteFunc(slices.Clone(c.indexes), func(x *index) bool { return x.Name == name })
	if len(kept) == len(c.indexes) {
		return fail.New(fail.IndexNotFound, "index not found with name [%s]", name)
	}
	c.indexes = kept
	return nil
}

// Indexes are those of a collection; NamespaceNotFound if there is none.
func (e *Engine) Indexes(namespace string) ([]Index, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	c := e.collections[namespace]
	if c == nil {
		return nil, fail.New(fail.NamespaceNotFound, "ns does not exist: %s", namespace)
	}
	out := make([]Index, len(c.indexes))
	for i, x := range c.indexes {
		out[i] = x.Index
	}
	return out, nil
}
