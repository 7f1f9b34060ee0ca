package transfer

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/gzip"

	"frontdesk/fhir"
	"frontdesk/fhir/codec/xml"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// Exporter writes what there is of each type, as stored: Folder/Patient.ndjson with a resource a line, or as XML, in
// batches that an import takes, Folder/Patient-00001.xml and so on. What an earlier export left of a type, in whatever
// form, and this one doesn't write is removed.
type Exporter struct {
	Session  *store.Session
	Folder   string
	XML      bool
	Gzip     bool // each file is packed, and has .gz behind its name
	Progress func(resources int)
}

// Name is what the files of a type are called.
func (x *Exporter) Name(typ string) string {
	name := typ + ".ndjson"
	if x.XML {
		name = typ + "-*.xml"
	}
	if x.Gzip {
		name += packed
	}
	return name
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

// export writes one type. The files get their names only when they are whole, and if it breaks off all are removed, so
// that a broken export can't be taken for one.
func (x *Exporter) export(ctx context.Context, t *spec.Type) (n int, err error) {
	q, w := everyOne(t), &typeWriter{Exporter: x, typ: t.Name, written: map[string]bool{}}
	defer func() { err = w.finish(err) }()
	for {
		page, err := x.Session.Search(ctx, q)
		if err != nil {
			return n, err
		}
		if len(page.Items) > 0 {
			if err := w.write(page.Items); err != nil {
				return n, err
			}
		}
		n += len(page.Items)
		x.Progress(len(page.Items))
		if page.Next == nil {
			return n, nil
		}
		q.After = page.Next
	}
}

// typeWriter writes the files of one type.
type typeWriter struct {
	*Exporter
	typ     string
	lines   *dataFile       // of ndjson; nil before the first line
	written map[string]bool // the files that have their names
}

// write adds a page: to the file of lines, or as a file of XML of its own.
func (w *typeWriter) write(items []store.Item) (err error) {
	if w.XML {
		f, err := w.create(fmt.Sprintf("%s-%05d.xml", w.typ, len(w.written)+1))
		if err != nil {
			return err
		}
		document, err := batchOf(items)
		if err == nil {
			f.Write(document)
		}
		return w.named(f, err)
	}
	if w.lines == nil {
		if w.lines, err = w.create(w.typ + ".ndjson"); err != nil {
			return err
		}
	}
	for _, item := range items { // a failure is kept by the bufio.Writer and told by finish
		w.lines.Write(item.JSON)
		w.lines.WriteByte('\n')
	}
	return nil
}

// named finishes a file, and remembers what has its name.
func (w *typeWriter) named(f *dataFile, err error) error {
	if err = f.finish(err); err == nil {
		w.written[f.name] = true
	}
	return err
}

// batchOf is a batch in XML by which an import writes resources with their ids.
func batchOf(items []store.Item) ([]byte, error) {
	bundle := []byte(`{"resourceType":"Bundle","type":"batch","entry":[`)
	for i, item := range items {
		if i > 0 {
			bundle = append(bundle, ',')
		}
		bundle = append(append(bundle, `{"resource":`...), item.JSON...)
		bundle = append(bundle, `,"request":{"method":"PUT","url":"`+item.Key.Current().String()+`"}}`...)
	}
	return xml.AppendXML(nil, append(bundle, `]}`...), false)
}

// finish ends what is written of the type, and removes what isn't of this export.
func (w *typeWriter) finish(err error) error {
	if w.lines != nil {
		err = w.named(w.lines, err)
	}
	for _, pattern := range []string{".ndjson", ".ndjson" + packed, "-[0-9]*.xml", "-[0-9]*.xml" + packed} {
		names, _ := filepath.Glob(filepath.Join(w.Folder, w.typ+pattern)) // an error only for a pattern that is none
		for _, name := range names {
			if w.written[name] == (err == nil) {
				continue
			}
			if e := os.Remove(name); e != nil && err == nil {
				err = fhir.Errorf(fhir.Invalid, "", "Can't remove %s, which an earlier export left: %w.", name, e)
			}
		}
	}
	return err
}

// dataFile is a file that appears under its name only once it is finished.
type dataFile struct {
	*bufio.Writer
	pack *gzip.Writer // nil if it isn't packed
	f    *os.File
	name string
}

func (w *typeWriter) create(name string) (*dataFile, error) {
	if name = filepath.Join(w.Folder, name); w.Gzip {
		name += packed
	}
	// 0600: an export is a record of patients, and nobody else's on this machine.
	f, err := os.OpenFile(name+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fhir.Errorf(fhir.Invalid, "", "Can't write %s: %w.", name, err)
	}
	out := &dataFile{f: f, name: name}
	if w.Gzip {
		out.pack = gzip.NewWriter(f)
		out.Writer = bufio.NewWriterSize(out.pack, 1<<18)
	} else {
		out.Writer = bufio.NewWriterSize(f, 1<<18)
	}
	return out, nil
}

// finish names the file if all went well, and removes it if not.
func (l *dataFile) finish(err error) error {
	steps := []func() error{l.Flush, l.f.Sync, l.f.Close}
	if l.pack != nil {
		steps = slices.Insert(steps, 1, l.pack.Close)
	}
	for _, step := range steps {
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
