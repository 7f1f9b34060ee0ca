package codec

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"frontdesk/fhir"
)

// Size is how large a resource is.
type Size struct {
	Characters int // of its JSON, but for what is attached
	// Words are those that people read or that hide anything: of type string, markdown, base64Binary or xhtml.
	Words int
	// Attached is each Binary.data, and Attachment.data that isn't within an extension or a contained resource.
	Attached []Attached
}

// Attached is something that is attached within a resource.
type Attached struct {
	At    string // as "Communication.payload[2].contentAttachment.data"
	Bytes int
}

// Measure is the size of a resource.
func Measure(resource []byte) (Size, error) {
	m := measurer{}
	m.object(resource, nil, "", true)
	if m.err != nil {
		return Size{}, fhir.Fault("measuring a resource", m.err)
	}
	m.size.Characters += utf8.RuneCount(resource)
	return m.size, nil
}

// MeasureChanged is the size of those members of a resource that are not the same in an earlier version of it.
func MeasureChanged(resource, before []byte) (Size, error) {
	now, err := split(resource)
	if err != nil {
		return Size{}, fhir.Fault("measuring a resource", err)
	}
	was, err := split(before)
	if err != nil {
		return Size{}, fhir.Fault("measuring a resource", err)
	}
	for i := range now {
		same := slices.ContainsFunc(was, func(g given) bool {
			return g.name == now[i].name && bytes.Equal(g.value, now[i].value)
		})
		if !same || now[i].name == "resourceType" {
			now[i].kept = now[i].value
		}
	}
	return Measure(joined(now))
}

// measurer adds up what it walks through.
type measurer struct {
	size Size
	err  error
}

// object measures an object; one of a resource has no plan. plainly says that what is attached stands where R4 has it.
func (s *measurer) object(raw []byte, p *plan, at string, plainly bool) {
	members, err := split(raw)
	if err != nil {
		s.err = err
		return
	}
	if p == nil {
		p = planOf(members)
	}
	if at == "" {
		at = p.name
	}
	plainly = plainly && p.name != "Extension"
	for _, g := range members {
		m := p.members[g.name]
		if plainly && g.name == "data" && (p.name == "Attachment" || p.name == "Binary") && g.value[0] == '"' {
			s.attached(g.value, at+".data")
			continue
		}
		s.value(g.value, m, at+"."+g.name, plainly && g.name != "contained")
	}
}

// attached measures base64, in quotes.
func (s *measurer) attached(data []byte, at string) {
	data = bytes.Trim(data, `"`)
	s.size.Characters -= len(data)
	s.size.Attached = append(s.size.Attached, Attached{at, len(bytes.TrimRight(data, "=")) * 3 / 4})
}

func (s *measurer) value(raw []byte, m *member, at string, plainly bool) {
	switch raw[0] {
	case '{':
		s.object(raw, within(m), at, plainly)
	case '[':
		all, err := elements(raw)
		if err != nil {
			s.err = err
		}
		for i, one := range all {
			s.value(one, m, fmt.Sprintf("%s[%d]", at, i), plainly)
		}
	case '"':
		if m == nil || m.typ != nil && m.typ.kind.worded() {
			text, _ := quoted(raw)
			s.size.Words += utf8.RuneCountInString(text)
		}
	}
}
