package audit

import (
	"bytes"

	"github.com/klauspost/compress/s2"
)

// pack is the JSON of documents as it waits to be filed: a line each, compressed. AuditEvents are much alike.
func pack(documents []document) []byte {
	size := 0
	for _, d := range documents {
		size += len(d.json) + 1
	}
	lines := make([]byte, 0, size)
	for _, d := range documents {
		lines = append(append(lines, d.json...), '\n')
	}
	return s2.Encode(nil, lines)
}

// unpack is what pack was given, without the ids.
func unpack(packed []byte) ([][]byte, error) {
	lines, err := s2.Decode(nil, packed)
	if err != nil {
		return nil, err
	}
	return bytes.Split(bytes.TrimSuffix(lines, []byte{'\n'}), []byte{'\n'}), nil
}
