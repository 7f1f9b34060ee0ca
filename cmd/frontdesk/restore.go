package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dustin/go-humanize"

	"frontdesk/store/sqlite"
)

// restoreCommand makes an embedded store of a backup.
type restoreCommand struct {
	File string `arg:"" type:"existingfile" help:"The file that frontdesk backup wrote."`
}

// Run copies the backup into the folder of --store, which must have no store in it yet, and looks at it there: what
// can't be served isn't left.
func (r *restoreCommand) Run(ctx context.Context, s *Settings, c console) error {
	at, err := s.place()
	if err != nil {
		return err
	}
	if at.folder == "" {
		return errors.New("a MongoDB is brought back by its own tools: mongorestore --oplogReplay. store/mongo/README.md says how")
	}
	if _, err := os.Stat(filepath.Join(at.folder, sqlite.DatabaseFile)); err == nil {
		return fmt.Errorf("there is a store in %s already. Restore into an empty folder, as --store sqlite:restored, and serve that", at.folder)
	}
	size, err := copyInto(r.File, at.folder)
	if err != nil {
		return err
	}
	st, err := s.open(ctx, s.logger(c.Err))
	if err == nil {
		err = st.Close()
	}
	if err != nil {
		_ = os.Remove(filepath.Join(at.folder, sqlite.DatabaseFile)) // the reason is what matters
		return fmt.Errorf("%s can't be restored. Is it whole, and did frontdesk backup write it? What was found: %s",
			r.File, plain(err))
	}
	fmt.Fprintf(c.Out, "%s restored into %s. Ask frontdesk audit verify whether its audit trail is whole, then serve it.\n", humanize.Bytes(uint64(size)), at.folder)
	return nil
}

// copyInto copies a backup to where a store has its database, so that it is on disk before it has its name.
func copyInto(file, folder string) (size int64, err error) {
	in, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return 0, err
	}
	out, err := os.CreateTemp(folder, "restoring-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(out.Name())
	size, err = out.ReadFrom(in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return 0, err
	}
	return size, os.Rename(out.Name(), filepath.Join(folder, sqlite.DatabaseFile))
}
