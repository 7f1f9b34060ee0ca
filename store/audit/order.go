package audit

import (
	"bytes"
	"regexp"
	"slices"

	"frontdesk/fhir"
)

// unaltered is nil if a filed AuditEvent, number i of a link, is what the link says. Earlier releases filed the details
// of one type in either order, so that of links of rendition 1 is no alteration.
func (v *verifier) unaltered(k fhir.Key, l link, i int, e entry, filed []byte) error {
	if digest(filed) == e.Hash {
		return nil
	}
	if l.Rendition == 1 {
		made, err := l.documents(nil)
		if err != nil {
			return err
		}
		if bytes.Equal(orderedDetails(filed), orderedDetails(made[i].json)) {
			return nil
		}
	}
	return v.altered(k, "was altered")
}

// detail is how an AuditEvent counts what was shown of a record: the type and the number. No text of a client can look
// so, for its quotes are escaped.
var detail = regexp.MustCompile(`\{"type":"([A-Za-z]+)","valueString":"([0-9]+)"\}`)

// orderedDetails is an AuditEvent in which of two details of one type that follow each other the smaller text comes
// first. There are never more than two: of what is open to the patient, and of what is withheld.
func orderedDetails(auditEvent []byte) []byte {
	out := slices.Clone(auditEvent)
	found := detail.FindAllSubmatchIndex(auditEvent, -1)
	for n := 1; n < len(found); n++ {
		a, b := found[n-1], found[n]
		first, second := auditEvent[a[0]:a[1]], auditEvent[b[0]:b[1]]
		if a[1]+1 == b[0] && bytes.Equal(auditEvent[a[2]:a[3]], auditEvent[b[2]:b[3]]) && bytes.Compare(first, second) > 0 {
			copy(out[a[0]:], slices.Concat(second, []byte{','}, first))
		}
	}
	return out
}
