package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"frontdesk/store/mongo/cluster"
	"frontdesk/store/sqlite"
)

// place is where records are kept: just one of the two is set.
type place struct {
	folder string // of the embedded store
	uri    string // of a MongoDB
}

// String is the place as it may be shown: without the password of a database.
func (p place) String() string {
	if p.folder != "" {
		return "sqlite:" + p.folder
	}
	return cluster.WithoutSecrets(p.uri)
}

// system is which database it is, as OpenTelemetry names it.
func (p place) system() string {
	if p.folder != "" {
		return "sqlite"
	}
	return "mongodb"
}

// there refuses a folder that holds no store, unless the command may make one: a mistyped name must not pass for an
// empty practice.
func (s *Settings) there(at place) error {
	if at.folder == "" || s.mayMake {
		return nil
	}
	if _, err := os.Stat(filepath.Join(at.folder, sqlite.DatabaseFile)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no store in %s. Is --store right? A new one is made by frontdesk serve --new, or by frontdesk import", at.folder)
	}
	return nil // what else is wrong is told when it is opened
}

// place reads --store.
func (s *Settings) place() (place, error) {
	scheme, rest, _ := strings.Cut(s.Store, ":")
	switch {
	case scheme == "sqlite" && rest != "":
		return place{folder: filepath.Clean(rest)}, nil
	case scheme == "mongodb" || scheme == "mongodb+srv":
		if err := cluster.Check(s.Store); err != nil {
			return place{}, fmt.Errorf("it is no URI of a MongoDB, as mongodb://db.example.nhs.uk/frontdesk?replicaSet=rs0: %w", err)
		}
		return place{uri: s.Store}, nil
	}
	shown := s.Store
	if strings.Contains(shown, "@") {
		shown = cluster.WithoutSecrets(shown)
	}
	return place{}, fmt.Errorf("%q is neither sqlite:FOLDER, as sqlite:/var/lib/frontdesk, nor mongodb://HOST/DATABASE?replicaSet=NAME", shown)
}
