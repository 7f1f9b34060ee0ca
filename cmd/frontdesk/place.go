package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"frontdesk/store/mongo/cluster"
)

// place is where records are kept: just one of the two is set.
type place struct {
	folder string // of the embedded store
	uri    string // of a MongoDB
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
	return place{}, fmt.Errorf("%q is neither sqlite:FOLDER, as sqlite:/var/lib/frontdesk, nor mongodb://HOST/DATABASE?replicaSet=NAME", s.Store)
}
