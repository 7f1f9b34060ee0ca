package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/dustin/go-humanize"

	"frontdesk/store/sqlite"
)

// backupCommand saves the embedded store.
type backupCommand struct {
	File string `arg:"" type:"path" help:"The file to write, which must not be there yet."`
}

// Run writes the backup, whether the store is being served or not.
func (b *backupCommand) Run(ctx context.Context, s *Settings, c console) error {
	at, err := s.place()
	if err != nil {
		return err
	}
	if at.folder == "" {
		return errors.New("a MongoDB is saved by its own tools: mongodump --oplog, or a snapshot of its disks. store/mongo/README.md says how")
	}
	if err := s.there(at); err != nil {
		return err
	}
	begun := time.Now()
	if err := sqlite.Backup(ctx, at.folder, b.File); err != nil {
		return err
	}
	info, err := os.Stat(b.File)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "%s in %.1f s, checked. To bring it back: frontdesk restore %s --store sqlite:FOLDER\n",
		humanize.Bytes(uint64(info.Size())), time.Since(begun).Seconds(), b.File)
	return nil
}
