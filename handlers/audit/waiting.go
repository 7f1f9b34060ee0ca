package audit

import (
	"bytes"

	"github.com/klauspost/compress/s2"
)

// packer packs documents. It keeps its room from one link to the next, and is used by one goroutine.
type packer struct{ lines, packed []byte }

// pack is the JSON of documents as it waits to be filed: a line each, compressed. AuditEvents are much alike.
func (p *packer) pack(documents []document) []byte {
	p.lines = p.lines[:0]
	for _, d := range documents {
		p.lines = append(append(p.lines, d.json...), '\n')
	}
	if most := s2.MaxEncodedLen(len(p.lines)); cap(p.packed) < most {
		p.packed = make([]byte, most)
	}
	return bytes.Clone(s2.Encode(p.packed[:cap(p.packed)], p.lines))
}

// unpack is what pack was given, without the ids.
func unpack(packed []byte) ([][]byte, error) {
	lines, err := s2.Decode(nil, packed)
	if err != nil {
		return nil, err
	}
	return bytes.Split(bytes.TrimSuffix(lines, []byte{'\n'}), []byte{'\n'}), nil
}
