package transfer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"io"

	"frontdesk/fhir"
)

// piece is some lines of a source that are decoded together. Where it is cut depends only on the source, so that a
// later run finds the same pieces again.
type piece struct {
	source *Source
	key    string // names it among all checkpoints
	lines  []line
	bytes  int64 // of the source that it took
	faulty bool  // it lacks a line that was too long
	// document says that it is one document and not lines.
	document bool
}

// line is one resource or Bundle as it stands in a source.
type line struct {
	number int    // of its first line, from 1
	text   []byte // JSON, or XML
}

// A piece has up to batchSize lines or batchBytes: enough that a disk's fsync is spread thin, few enough that a faulty
// line costs little to find.
const (
	batchSize  = 100
	batchBytes = 1 << 20
)

// split reads a source into pieces. A line or document of more than max bytes is reported and passed over.
func split(s *Source, max int, fault func(line int, err error), emit func(piece) error) error {
	f, err := s.open()
	if err != nil {
		return fhir.Errorf(fhir.Invalid, "", "Can't read %s: %w.", s.Name, err)
	}
	defer f.Close()
	r, err := unpacked(f)
	if err != nil {
		return fhir.Errorf(fhir.Invalid, "", "Can't read %s: %w.", s.Name, err)
	}
	if s.document(r) {
		return document(s, r, max, fault, emit)
	}
	return lines(s, r, max, fault, emit)
}

func document(s *Source, r io.Reader, max int, fault func(int, error), emit func(piece) error) error {
	text, err := io.ReadAll(io.LimitReader(r, int64(max)+1))
	if err != nil {
		return fhir.Errorf(fhir.Invalid, "", "Can't read %s: %w.", s.Name, err)
	}
	if len(text) > max {
		fault(1, tooLarge(max))
		return nil
	}
	h := sha256.New()
	h.Write(text)
	return emit(piece{source: s, key: checkpoint(h), lines: []line{{1, text}}, bytes: int64(len(text)), document: true})
}

func lines(s *Source, r *bufio.Reader, max int, fault func(int, error), emit func(piece) error) error {
	p, h := piece{source: s}, sha256.New()
	for n, read := 1, 1; ; n, read = n+1, read+1 {
		json, size, err := readLine(r, max, h)
		p.bytes += size
		if err != nil && err != io.EOF {
			return fhir.Errorf(fhir.Invalid, "", "Can't read %s, line %d: %w.", s.Name, n, err)
		}
		switch trimmed := bytes.TrimSpace(json); {
		case size > int64(max):
			fault(n, tooLarge(max))
			p.faulty = true
		case len(trimmed) > 0:
			p.lines = append(p.lines, line{n, trimmed})
		}
		ended := err == io.EOF
		if read == batchSize || p.bytes >= batchBytes || ended {
			if p.key = checkpoint(h); len(p.lines) > 0 {
				if err := emit(p); err != nil {
					return err
				}
			}
			p, read = piece{source: s}, 0
		}
		if ended {
			return nil
		}
	}
}

// readLine reads to the end of a line, keeping no more than max bytes of it. size counts them all, and h takes them all
// in.
func readLine(r *bufio.Reader, max int, h hash.Hash) (line []byte, size int64, err error) {
	for {
		part, err := r.ReadSlice('\n')
		h.Write(part)
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

// checkpoint names a piece by all that its source holds up to its end. So a source that was read halfway, or that has
// grown, is taken up where it was left, by whatever name and even if it is a stream.
func checkpoint(h hash.Hash) string { return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16]) }
