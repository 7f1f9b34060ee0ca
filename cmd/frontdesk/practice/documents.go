package practice

import (
	"encoding/base64"
	"strings"
	"time"
)

// correspond files letters, and for the ready patient the consent to online access.
func (c *chart) correspond() {
	letters := c.chance.IntN(2)
	if c.id == ReadyPatient {
		letters = len(c.documents)
	}
	for i := range letters {
		d := c.documents[(i+c.chance.IntN(len(c.documents)))%len(c.documents)]
		if c.id == ReadyPatient {
			d = c.documents[i]
		}
		c.file(d, c.daysAgo(5+c.chance.IntN(700)))
	}
	if c.id == ReadyPatient || c.id == ChildPatient {
		c.consent(c.daysAgo(400))
	}
}

func (c *chart) file(d document, received time.Time) {
	text := strings.ReplaceAll(d.Text, "{name}", c.person.given+" "+c.person.family)
	c.add("DocumentReference", object{
		{"status", "current"}, {"docStatus", "final"}, {"type", concept(snomed, d.Type, d.Display)},
		{"subject", ref(c.subject())}, {"date", instant(received)}, {"author", refs(c.practiceRef())},
		{"custodian", ref(c.practiceRef())}, {"description", d.Title},
		{"content", list{object{{"attachment", attachment(d.Title, text, received)}}}},
	})
}

func attachment(title, text string, created time.Time) object {
	return object{
		{"contentType", "text/plain"}, {"language", "en-GB"}, {"data", base64.StdEncoding.EncodeToString([]byte(text))},
		{"size", len(text)}, {"title", title}, {"creation", instant(created)},
	}
}

func (c *chart) consent(signed time.Time) {
	c.add("Consent", object{
		{"status", "active"}, {"scope", concept(hl7+"consentscope", "patient-privacy", "Privacy Consent")},
		{"category", list{concept(loinc, "59284-0", "Consent Document")}},
		{"patient", ref(c.subject())}, {"dateTime", instant(signed)}, {"performer", refs(c.speaker())},
		{"organization", refs(c.practiceRef())}, {"policyRule", concept(hl7+"v3-ActCode", "OPTIN", "opt-in")},
		{"provision", object{{"type", "permit"}, {"period", object{{"start", date(signed)}}}}},
	})
}
