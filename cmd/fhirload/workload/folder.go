package workload

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"frontdesk/cmd/fhirload/load"
)

// leaders are the names Synthea gives the files that the others refer to by
// conditional reference: they must be on the server before the rest.
var leaders = []string{"hospitalInformation", "practitionerInformation"}

// Folder imports the Bundles of a folder, each once per round.
type Folder struct {
	files []file
	// leading is how many of files must be answered before the rest is sent.
	leading int
	next    atomic.Int64
	pending atomic.Int64
	ready   chan struct{}
}

type file struct {
	path    string
	entries int
}

// NewFolder lists the *.json files of folder, which must all be Bundles of
// type transaction or batch, and sends them rounds times.
func NewFolder(folder string, rounds int) (*Folder, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no *.json file in %q: give a folder of transaction Bundles", folder)
	}
	f := &Folder{ready: make(chan struct{})}
	var rest []file
	for _, path := range paths {
		one, err := inspect(path)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(leaders, func(p string) bool { return strings.HasPrefix(filepath.Base(path), p) }) {
			f.files = append(f.files, one)
		} else {
			rest = append(rest, one)
		}
	}
	f.leading = len(f.files)
	for range rounds {
		f.files = append(f.files, rest...)
	}
	f.pending.Store(int64(f.leading))
	if f.leading == 0 {
		close(f.ready)
	}
	return f, nil
}

// inspect reads a file once before the run, so that a wrong one stops it early.
func inspect(path string) (file, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return file{}, err
	}
	var b struct {
		ResourceType string            `json:"resourceType"`
		Type         string            `json:"type"`
		Entry        []json.RawMessage `json:"entry"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return file{}, fmt.Errorf("%s: %w", path, err)
	}
	if b.ResourceType != "Bundle" || (b.Type != "transaction" && b.Type != "batch") {
		return file{}, fmt.Errorf("%s is not a Bundle of type transaction or batch: move it out of the folder", path)
	}
	return file{path: path, entries: len(b.Entry)}, nil
}

// Operations names the one operation.
func (f *Folder) Operations() []string { return importNames }

// Worker returns a worker; all share the list of files.
func (f *Folder) Worker(int) load.Worker { return &folderWorker{folder: f} }

type folderWorker struct {
	folder *Folder
	// index is that of the file in flight.
	index int
}

// Next takes the next file, and waits for the leading files when there are any.
func (w *folderWorker) Next(ctx context.Context) (load.Request, bool, error) {
	w.index = int(w.folder.next.Add(1)) - 1
	if w.index >= len(w.folder.files) {
		return load.Request{}, false, nil
	}
	if w.index >= w.folder.leading {
		select {
		case <-w.folder.ready:
		case <-ctx.Done():
			return load.Request{}, false, nil
		}
	}
	body, err := os.ReadFile(w.folder.files[w.index].path)
	return bundleRequest(body), err == nil, err
}

// Done counts the entries, if none of them failed.
func (w *folderWorker) Done(_ load.Request, reply load.Reply) load.Verdict {
	if w.index < w.folder.leading && w.folder.pending.Add(-1) == 0 {
		close(w.folder.ready)
	}
	return judgeBundle(reply, w.folder.files[w.index].entries)
}
