package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/klauspost/compress/s2"

	"frontdesk/fhir"
)

// fact is an event as the chain keeps it.
type fact struct {
	ID uuid.UUID `json:"id"` // what the ids of its AuditEvents are made of
	Event
}

// id is that of an event's AuditEvent number i. It looks like any other time-ordered UUID: whoever sees one can't tell
// how many there are, nor which it is.
func (f *fact) id(i int) string {
	seed := binary.BigEndian.AppendUint32(f.ID[:len(f.ID):len(f.ID)], uint32(i))
	sum := sha256.Sum256(seed)
	id := f.ID // its time, version and variant, and bits of the sum (RFC 9562 5.7)
	copy(id[9:], sum[9:])
	id[7], id[8] = sum[7], id[8]&0xc0|sum[8]&0x3f
	id[6] = id[6]&0xf0 | sum[6]&0x0f
	return id.String()
}

// weight is about how many AuditEvents an event makes.
func (f *fact) weight() int { return max(1, len(f.Shown)+len(f.Named)) }

// packer packs facts. It keeps its room from one link to the next, and is used by one goroutine.
type packer struct {
	lines  bytes.Buffer
	packed []byte
}

// pack is facts as the chain keeps them: a line of JSON each, compressed, for events are much alike.
func (p *packer) pack(facts []fact) ([]byte, error) {
	p.lines.Reset()
	out := json.NewEncoder(&p.lines)
	out.SetEscapeHTML(false)
	for i := range facts {
		if err := out.Encode(&facts[i]); err != nil {
			return nil, fhir.Fault("write an event of the audit trail", err)
		}
	}
	if most := s2.MaxEncodedLen(p.lines.Len()); cap(p.packed) < most {
		p.packed = make([]byte, most)
	}
	return s2.Encode(p.packed[:cap(p.packed)], p.lines.Bytes()), nil
}

// lines are what was packed.
func lines(packed []byte) ([][]byte, error) {
	text, err := s2.Decode(nil, packed)
	if err != nil {
		return nil, fhir.Fault("unpack a link of the audit chain", err)
	}
	return bytes.Split(bytes.TrimSuffix(text, []byte{'\n'}), []byte{'\n'}), nil
}
