package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// The namespaces of Records: of each Export how far it is, by its caller and id; its files, by its id and their number;
// and who works on it.
const (
	exports = "export"
	files   = "export.file"
	leases  = "export.lease"
)

// Export is an export as it is kept.
type Export struct {
	ID     string
	Order  Order
	Made   time.Time    // when it was ordered
	Moment store.Moment // of which the state is exported
	Files  []File       // those that are there by now
	Done   time.Time    // when it was; zero while it isn't
	Failed string       // why it never will be; "" if nothing failed

	// How far it is: Part is the index of a type in Order.Types, or their number when deletions are to be listed. After
	// and Upto say where in the type it is, for the search and for the state.
	Part  int
	After search.Position `json:",omitempty"`
	Upto  string          `json:",omitempty"`
	Tries int             `json:",omitempty"` // that failed since anything was done
}

// File is one file of an Export, by its place in Files.
type File struct {
	Type    string // of its resources; "Bundle" of deletions
	Lines   int
	Deleted bool // it lists what was deleted, each in a Bundle
}

// Lines is how many resources there are so far.
func (e *Export) Lines() (n int) {
	for _, f := range e.Files {
		n += f.Lines
	}
	return n
}

// owner is a part of the key of a caller's exports: the same with each token of the same app and person, so that what
// is another's can't be asked for at all.
func owner(of access.Identity) string {
	who := fmt.Sprintf("%q %q %q %q", of.Client, of.Account, of.Person, of.Patient)
	hash := sha256.Sum256([]byte(who))
	return hex.EncodeToString(hash[:16])
}

func exportKey(of access.Identity, id string) string { return owner(of) + "/" + id }

func fileKey(id string, n int) string { return fmt.Sprintf("%s/%06d", id, n) }

// load is an Export and the revision of its record. fhir.NotFound if the caller has none with this id.
func (x *Exports) load(ctx context.Context, key string) (*Export, int64, error) {
	rec, err := x.store.Records().Get(ctx, exports, key)
	if err != nil && fhir.KindOf(err) == fhir.NotFound {
		return nil, 0, fhir.Errorf(fhir.NotFound, "",
			"There is no such export here. It may have expired or been cancelled. Begin anew with $export.")
	}
	if err != nil {
		return nil, 0, err
	}
	e := &Export{}
	if err := json.Unmarshal(rec.Value, e); err != nil {
		return nil, 0, fhir.Fault("reading an export", err)
	}
	return e, rec.Revision, nil
}

// record is an Export as it is written.
func (x *Exports) record(key string, e *Export, revision int64) (store.RecordWrite, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return store.RecordWrite{}, fhir.Fault("writing an export", err)
	}
	return store.RecordWrite{Namespace: exports, Key: key, Value: text, Revision: revision,
		Expires: x.store.Now().Add(x.o.Kept)}, nil
}

// fileRecord is a file: a line for each version.
func (x *Exports) fileRecord(id string, n int, versions []fhir.Key) store.RecordWrite {
	var text []byte
	for _, v := range versions {
		text = append(text, v.Type...)
		text = append(text, '/')
		text = append(text, v.ID...)
		text = append(text, '/')
		text = strconv.AppendInt(text, v.Version, 10)
		text = append(text, '\n')
	}
	// As long as the export can be there; then it goes by itself.
	return store.RecordWrite{Namespace: files, Key: fileKey(id, n), Value: text, Revision: -1,
		Expires: x.store.Now().Add(2 * x.o.Kept)}
}

// versions are those that a file holds.
func versions(text []byte) (keys []fhir.Key, err error) {
	for line := range strings.Lines(string(text)) {
		part := strings.Split(strings.TrimSpace(line), "/")
		if len(part) != 3 {
			return nil, fhir.Fault("reading a file of an export", fmt.Errorf("%q names no version", line))
		}
		version, err := strconv.ParseInt(part[2], 10, 64)
		if err != nil {
			return nil, fhir.Fault("reading a file of an export", err)
		}
		keys = append(keys, fhir.Key{Type: part[0], ID: part[1], Version: version})
	}
	return keys, nil
}
