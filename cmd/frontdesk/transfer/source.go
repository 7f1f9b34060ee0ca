package transfer

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"frontdesk/fhir"
)

// Source is one input: a file, or a stream that can be read only once.
type Source struct {
	Name   string // as the user gave it, for messages
	Size   int64  // bytes; -1 if it isn't known
	Lines  bool   // newline-delimited: one resource a line
	Digest string // names the content, so that a second run knows what the first has done; "" if it can't be resumed
	stream bool   // it may turn out to be one document
	open   func() (io.ReadCloser, error)
}

// digestSample is how much of either end of a file goes into its Digest. Hashing all of a large file would cost more than
// it tells: the size and both ends differ for any two exports.
const digestSample = 1 << 20

// Sources finds the inputs that args name: files, folders (searched for .json and .ndjson, in order of name) and "-" for
// stdin. fhir.Invalid if one can't be read or a folder holds none.
func Sources(args []string, stdin io.Reader) ([]Source, error) {
	var out []Source
	for _, arg := range args {
		if arg == "-" {
			out = append(out, Source{Name: "standard input", Size: -1, Lines: true, stream: true, open: func() (io.ReadCloser, error) {
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
		s, err := file(arg, info.Size())
		return []Source{s}, err
	}
	var out []Source
	err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !importable(path) {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		s, err := file(path, info.Size())
		out = append(out, s)
		return err
	})
	if err != nil {
		return nil, fhir.Errorf(fhir.Invalid, "", "Can't read folder %s: %w.", arg, err)
	}
	if len(out) == 0 {
		return nil, fhir.Errorf(fhir.Invalid, "", "Folder %s holds no .json or .ndjson file.", arg)
	}
	return out, nil
}

func importable(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".json" || ext == ".ndjson" || ext == ".jsonl"
}

func file(path string, size int64) (Source, error) {
	digest, err := digestOf(path, size)
	if err != nil {
		return Source{}, fhir.Errorf(fhir.Invalid, "", "Can't read %s: %w.", path, err)
	}
	return Source{
		Name:   path,
		Size:   size,
		Lines:  strings.ToLower(filepath.Ext(path)) != ".json",
		Digest: digest,
		open:   func() (io.ReadCloser, error) { return os.Open(path) },
	}, nil
}

func digestOf(path string, size int64) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	binary.Write(h, binary.BigEndian, size)
	if _, err := io.CopyN(h, f, digestSample); err != nil && err != io.EOF {
		return "", err
	}
	if size > 2*digestSample {
		if _, err := f.Seek(-digestSample, io.SeekEnd); err != nil {
			return "", err
		}
	}
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16]), nil
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
