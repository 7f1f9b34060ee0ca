package sqlite

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// Beside a process that serves the store, a command may read all of it and write Records: accounts, clients, keys.
// SQLite sees to it that both are safe between processes. Resources are another matter: who writes them remembers much
// of what is written (writer, interns), and so there's only one.

var errBeside = fhir.Errorf(fhir.Unavailable, "", "The store is in use by another process, and only that one can write resources. Stop it first, or send them to it.")

// openBeside opens a store that another process has. Nothing is written by it, but by Apply.
func (b *Backend) openBeside(ctx context.Context, path string, r *spec.Registry) error {
	w := b.writer
	have, _, err := w.c.number(`SELECT value FROM meta WHERE name='schema'`)
	if err != nil {
		return err
	}
	if have != schemaVersion() {
		return fhir.Errorf(fhir.Unavailable, "", "The store is in use by another version of Frontdesk (schema %d; this one knows %d). Use the same version, or stop that one first.",
			have, schemaVersion())
	}
	if r, err = store.Extended(ctx, w.c.get, r, b.options.Logger); err != nil {
		return err
	}
	if err := w.c.rehearse(func() (err error) { w.d, err = w.c.load(r); return err }); err != nil {
		return err
	}
	b.dicts.Store(w.d)
	if b.readers, err = newPool(path, b.options.Readers, b.options.Logger); err != nil {
		return err
	}
	w.files, err = filesOf(path)
	return err
}

// rehearse runs do in a transaction that is always rolled back.
func (c *conn) rehearse(do func() error) error {
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := do()
	if rolled := c.rollback(); err == nil {
		err = rolled
	}
	return err
}
