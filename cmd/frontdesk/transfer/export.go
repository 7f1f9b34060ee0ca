package transfer

import (
	"bufio"
	"context"
	"os"
	"path/filepath"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// Exporter writes a file of ndjson for each type that has resources: Folder/Patient.ndjson, one resource a line, as stored. A
// file that an earlier export left for a type that has none any more is removed.
type Exporter struct {
	Session  *store.Session
	Folder   string
	Progress func(resources int)
}

// exportPage is how many resources are read at a time.
const exportPage = 500

// Count is how many resources of these types there are.
func (x *Exporter) Count(ctx context.Context, types []*spec.Type) (n int64, err error) {
	for _, t := range types {
		q := everyOne(t)
		q.Limit, q.Query.Total = 0, search.AllMatches
		page, err := x.Session.Search(ctx, q)
		if err != nil {
			return n, err
		}
		n += page.Total
	}
	return n, nil
}

// everyOne finds the resources of a type, oldest change first.
func everyOne(t *spec.Type) *search.Search {
	return &search.Search{Query: search.Query{
		From:  []search.From{{Type: t, Where: search.And{}}},
		Sort:  []search.Sort{{Param: spec.LastUpdated}},
		Limit: exportPage,
	}}
}

// Run exports types in order and returns how many resources each had. A resource that is changed meanwhile may stand in
// its file twice; the later line is the later version, so importing the file gives the right one.
func (x *Exporter) Run(ctx context.Context, types []*spec.Type) (map[string]int, error) {
	if err := os.MkdirAll(x.Folder, 0o700); err != nil {
		return nil, fhir.Errorf(fhir.Invalid, "", "Can't write to %s: %w.", x.Folder, err)
	}
	counts := map[string]int{}
	for _, t := range types {
		n, err := x.export(ctx, t)
		if err != nil {
			return counts, err
		}
		if n > 0 {
			counts[t.Name] = n
		}
	}
	return counts, nil
}

// export writes one type. The file gets its name only when it is whole, so that a broken export can't be taken for one.
func (x *Exporter) export(ctx context.Context, t *spec.Type) (n int, err error) {
	q, name := everyOne(t), filepath.Join(x.Folder, t.Name+".ndjson")
	var out *lineFile
	defer func() { err = out.finish(err) }()
	for {
		page, err := x.Session.Search(ctx, q)
		if err != nil {
			return n, err
		}
		for _, item := range page.Items {
			if out == nil {
				if out, err = createLines(name); err != nil {
					return n, err
				}
			}
			out.write(item.JSON)
		}
		n += len(page.Items)
		x.Progress(len(page.Items))
		if page.Next == nil {
			return n, x.clear(name, out)
		}
		q.After = page.Next
	}
}

// clear removes what an earlier export left under a name, if nothing is written there now.
func (x *Exporter) clear(name string, out *lineFile) error {
	if out != nil {
		return nil
	}
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return fhir.Errorf(fhir.Invalid, "", "Can't remove %s, which an earlier export left: %w.", name, err)
	}
	return nil
}

// lineFile is a file of lines that appears under its name only once it is finished.
type lineFile struct {
	*bufio.Writer
	f    *os.File
	name string
}

func createLines(name string) (*lineFile, error) {
	// 0600: an export is a record of patients, and nobody else's on this machine.
	f, err := os.OpenFile(name+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fhir.Errorf(fhir.Invalid, "", "Can't write %s: %w.", name, err)
	}
	return &lineFile{bufio.NewWriterSize(f, 1<<18), f, name}, nil
}

// write adds a line. A failure is kept by the bufio.Writer and told by finish.
func (l *lineFile) write(json []byte) {
	l.Write(json)
	l.WriteByte('\n')
}

// finish names the file if all went well, and removes it if not. It does nothing for a nil lineFile.
func (l *lineFile) finish(err error) error {
	if l == nil {
		return err
	}
	for _, step := range []func() error{l.Flush, l.f.Sync, l.f.Close} {
		if e := step(); e != nil && err == nil {
			err = fhir.Errorf(fhir.Internal, "", "Can't write %s: %w.", l.name, e)
		}
	}
	if err != nil {
		os.Remove(l.name + ".part")
		return err
	}
	if err := os.Rename(l.name+".part", l.name); err != nil {
		return fhir.Errorf(fhir.Internal, "", "Can't write %s: %w.", l.name, err)
	}
	return nil
}
