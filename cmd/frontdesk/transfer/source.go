package transfer

import (
	"bufio"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"

	"frontdesk/fhir"
)

// Source is one input: a file, or a stream that can be read only once.
type Source struct {
	Name   string // as the user gave it, for messages
	Size   int64  // bytes; -1 if it isn't known
	form   form
	stream bool
	open   func() (io.ReadCloser, error)
}

// form is what a source's name says of its inside.
type form uint8

const (
	anyForm  form = iota
	lineForm      // newline-delimited: one resource a line
	docForm       // one document, of JSON or XML
)

var forms = map[string]form{".json": docForm, ".xml": docForm, ".ndjson": lineForm, ".jsonl": lineForm}

// formOf is the form that a name tells, without the .gz of one that is packed.
func formOf(path string) form {
	path, _ = strings.CutSuffix(strings.ToLower(path), packed)
	return forms[filepath.Ext(path)]
}

// packed ends the names of gzipped files.
const packed = ".gz"

// unpacked is what is read of a source: gzip is told by how it begins, whatever the name, also on standard input.
func unpacked(r io.Reader) (*bufio.Reader, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	if head, _ := b.Peek(2); string(head) != "\x1f\x8b" {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, err
	}
	return bufio.NewReaderSize(z, 1<<16), nil
}

// Sources finds the inputs that args name: files, folders (searched for .json, .ndjson and .xml, each
// also as .gz, in order of name) and "-" for
// stdin. fhir.Invalid if one can't be read or a folder holds none.
func Sources(args []string, stdin io.Reader) ([]Source, error) {
	var out []Source
	for _, arg := range args {
		if arg == "-" {
			out = append(out, Source{Name: "standard input", Size: -1, stream: true, open: func() (io.ReadCloser, error) {
				return io.NopCloser(stdin), nil
			}})
			continue
		}
		found, err := walk(arg)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func walk(arg string) ([]Source, error) {
	info, err := os.Stat(arg)
	if err != nil {
		return nil, fhir.Errorf(fhir.Invalid, "", "Can't read %s: %w. Name a file, a folder, or - for standard input.", arg, err)
	}
	if !info.IsDir() {
		return []Source{file(arg, info.Size())}, nil
	}
	var out []Source
	err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || formOf(path) == anyForm {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if err == nil {
			out = append(out, file(path, info.Size()))
		}
		return err
	})
	if err != nil {
		return nil, fhir.Errorf(fhir.Invalid, "", "Can't read folder %s: %w.", arg, err)
	}
	if len(out) == 0 {
		return nil, fhir.Errorf(fhir.Invalid, "", "Folder %s holds no .json, .ndjson or .xml file, nor any of these as .gz.", arg)
	}
	return out, nil
}

func file(path string, size int64) Source {
	if strings.HasSuffix(strings.ToLower(path), packed) {
		size = -1 // progress counts bytes as they are unpacked
	}
	return Source{Name: path, Size: size, form: formOf(path), open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// Generated is a source that makes its lines anew, and the same, each time it is opened.
func Generated(name string, open func() (io.ReadCloser, error)) Source {
	return Source{Name: name, Size: -1, form: lineForm, open: open}
}

// Total is the size of all sources together, or -1 if that of one isn't known.
func Total(sources []Source) int64 {
	var sum int64
	for _, s := range sources {
		if s.Size < 0 {
			return -1
		}
		sum += s.Size
	}
	return sum
}
