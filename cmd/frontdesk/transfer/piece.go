package transfer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"frontdesk/fhir"
	"github.com/go-json-experiment/json/jsontext"
)

// piece is what is committed together: one transaction Bundle, or up to batchSize resources that need nothing of
// each other. Its lines depend only on the source, so that a later run finds the same pieces again.
type piece struct {
	source *Source
	key    string // of its checkpoint; "" if the source can't be resumed
	lines  []line
	bytes  int64 // of the source that it took, for the progress bar
	alone  bool  // a document that isn't one resource a line
}

// line is one resource or Bundle as it stands in a source.
type line struct {
	number int // of its first line, from 1
	json   []byte
}

// batchSize is how many resources share a commit: enough that a disk's fsync is spread thin, few enough that a faulty one
// costs little to find.
const batchSize = 100

// split reads a source into pieces. A line or document of more than max bytes is reported and passed over.
func split(s *Source, max int, fault func(line int, err error), emit func(piece) error) error {
	f, err := s.open()
	if err != nil {
		return fhir.Errorf(fhir.Invalid, "", "Can't read %s: %w.", s.Name, err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<16)
	if !s.Lines || s.stream && oneDocument(r) {
		return document(s, r, max, fault, emit)
	}
	return lines(s, r, max, fault, emit)
}

// oneDocument looks whether a stream's first line is the beginning of a longer JSON value, as in a pretty-printed Bundle.
func oneDocument(r *bufio.Reader) bool {
	head, _ := r.Peek(r.Size())
	first, _, ended := bytes.Cut(bytes.TrimLeft(head, " \t\r\n"), []byte("\n"))
	if !ended {
		return false
	}
	_, err := jsontext.NewDecoder(bytes.NewReader(first)).ReadValue()
	return errors.Is(err, io.ErrUnexpectedEOF)
}

func document(s *Source, r io.Reader, max int, fault func(int, error), emit func(piece) error) error {
	json, err := io.ReadAll(io.LimitReader(r, int64(max)+1))
	if err != nil {
		return fhir.Errorf(fhir.Invalid, "", "Can't read %s: %w.", s.Name, err)
	}
	if len(json) > max {
		fault(1, tooLarge(max))
		return nil
	}
	return emit(piece{source: s, key: checkpoint(s, 1), lines: []line{{1, json}}, bytes: int64(len(json)), alone: true})
}

func lines(s *Source, r *bufio.Reader, max int, fault func(int, error), emit func(piece) error) error {
	p := piece{source: s, key: checkpoint(s, 1)}
	for n := 1; ; n++ {
		json, size, err := readLine(r, max)
		p.bytes += size
		if err != nil && err != io.EOF {
			return fhir.Errorf(fhir.Invalid, "", "Can't read %s, line %d: %w.", s.Name, n, err)
		}
		switch trimmed := bytes.TrimSpace(json); {
		case size > int64(max):
			fault(n, tooLarge(max))
		case len(trimmed) > 0:
			p.lines = append(p.lines, line{n, trimmed})
		}
		if n%batchSize == 0 || err == io.EOF {
			if len(p.lines) > 0 {
				if err := emit(p); err != nil {
					return err
				}
			}
			p = piece{source: s, key: checkpoint(s, n+1)}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// readLine reads to the end of a line, keeping no more than max bytes of it. size counts them all.
func readLine(r *bufio.Reader, max int) (line []byte, size int64, err error) {
	for {
		part, err := r.ReadSlice('\n')
		size += int64(len(part))
		if size <= int64(max) {
			line = append(line, part...)
		}
		if err != bufio.ErrBufferFull {
			return line, size, err
		}
	}
}

func tooLarge(max int) error {
	return fhir.Errorf(fhir.TooLarge, "", "This is longer than %d bytes. Split it, or raise --max-body.", max)
}

func checkpoint(s *Source, firstLine int) string {
	if s.Digest == "" {
		return ""
	}
	return fmt.Sprintf("%s/%012d", s.Digest, firstLine)
}

// isBundle looks for the top-level resourceType without reading more than it must.
func isBundle(json []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(json), jsontext.AllowDuplicateNames(true))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return false
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return false
		}
		if name.String() == "resourceType" {
			v, err := d.ReadToken()
			return err == nil && v.Kind() == '"' && v.String() == "Bundle"
		}
		if d.SkipValue() != nil {
			return false
		}
	}
	return false
}

// lineOf is the line, from 1, on which entry n of a Bundle begins; 1 if it can't be told.
func lineOf(json []byte, entry int) int {
	d := jsontext.NewDecoder(bytes.NewReader(json), jsontext.AllowDuplicateNames(true))
	want := jsontext.Pointer(fmt.Sprintf("/entry/%d", entry))
	for {
		if _, err := d.ReadToken(); err != nil {
			return 1
		}
		if d.StackPointer() == want {
			return 1 + bytes.Count(json[:d.InputOffset()], []byte("\n"))
		}
	}
}
