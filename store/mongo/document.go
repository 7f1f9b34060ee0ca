package mongo

import (
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo/index"
)

// version is one version of a resource, as resources and history both have it.
type version struct {
	Type         string   `bson:"t"` // in resources "" of a tombstone, so that no search finds it
	ID           string   `bson:"id"`
	Number       int64    `bson:"v"`
	Updated      int64    `bson:"u"` // microseconds since 1970
	Method       int32    `bson:"m"`
	JSON         []byte   `bson:"j,omitempty"`
	Compartments []string `bson:"c,omitempty"`
	Facts        facts    `bson:"f"`
}

// facts are fhir.Facts. Times are microseconds since 1970, that of the zero time too.
type facts struct {
	Section  string `bson:"s"`
	Recorded int64  `bson:"r"`
	Release  int64  `bson:"l"`
	Hidden   bool   `bson:"h"`
	// Suspended isn't there if it is false, so that the facts of documents from before there was one are equal.
	Suspended bool `bson:"x,omitempty"`
}

// resource is a document of resources.
type resource struct {
	Key     string       `bson:"_id"` // Type/id
	Home    string       `bson:"p"`   // index.Home, the shard key
	Version version      `bson:",inline"`
	Index   index.Fields `bson:",inline"`
}

// past is a document of history.
type past struct {
	Key      string  `bson:"_id"` // Type/id/_history/n
	Resource string  `bson:"r"`   // Type/id
	Version  version `bson:",inline"`
	Until    int64   `bson:"until,omitempty"` // when the next version came; not there while this is current
	Commit   string  `bson:"tx"`              // which transaction wrote it
	Mark     string  `bson:"mark,omitempty"`  // which one marked it last
}

// storedFields are what a fhir.Stored is made of.
var storedFields = []string{"t", "id", "v", "u", "m", "j", "c", "f"}

// decidingFields are what search.Match looks at.
var decidingFields = []string{"t", "id", "v", "u", "c", "f", "e"}

func factsOf(f fhir.Facts) facts {
	return facts{f.Section, f.Recorded.UnixMicro(), f.Release.UnixMicro(), f.Hidden, f.Suspended}
}

func (f facts) read() fhir.Facts {
	return fhir.Facts{Section: f.Section, Recorded: micros(f.Recorded), Release: micros(f.Release),
		Hidden: f.Hidden, Suspended: f.Suspended}
}

// micros is a time as documents have it.
func micros(us int64) time.Time { return time.UnixMicro(us).UTC() }

func versionOf(w *store.Write, at time.Time) version {
	v := version{Type: w.Key.Type, ID: w.Key.ID, Number: w.Key.Version, Updated: at.UnixMicro(), Method: int32(w.Method),
		Compartments: w.Compartments, Facts: factsOf(w.Facts)}
	if w.Method != fhir.Delete {
		v.JSON = w.Body.Stamp(w.Key.Version, at)
	}
	return v
}

func (v *version) key() fhir.Key { return fhir.Key{Type: v.Type, ID: v.ID, Version: v.Number} }

// stored is the version as the Backend gives it. typ is the resource's type, which a tombstone doesn't say.
func (v *version) stored(typ string) *fhir.Stored {
	out := &fhir.Stored{Key: v.key(), Updated: micros(v.Updated), Method: fhir.Method(v.Method), JSON: v.JSON, Compartments: v.Compartments, Facts: v.Facts.read()}
	out.Key.Type = typ
	return out
}

// doc is a resource as search.Match sees it, with the entries of some parameters.
func (r *resource) doc(params map[string]*spec.Param) *search.Doc {
	return &search.Doc{Key: r.Version.key(), Updated: micros(r.Version.Updated), Entries: index.Entries(r.Index.Entries, params),
		Compartments: r.Version.Compartments, Facts: r.Version.Facts.read()}
}

// keyOf reads "Type/id".
func keyOf(id string) fhir.Key {
	typ, rest, _ := strings.Cut(id, "/")
	return fhir.Key{Type: typ, ID: rest}
}
