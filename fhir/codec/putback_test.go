package codec_test

import (
	"strings"
	"testing"

	"frontdesk/fhir/codec"
)

func TestPutBackStandsWhereItStood(t *testing.T) {
	const gone, kept = `{"reference":"Condition/gone"}`, `{"reference":"Condition/kept"}`
	for _, c := range []struct{ what, stored, sent, want string }{
		{"nothing was changed", `{"a":1,"reasonReference":[G,K],"status":"x"}`, `{"a":1,"reasonReference":[K],"status":"x"}`, `{"a":1,"reasonReference":[G,K],"status":"x"}`},
		{"another element was", `{"status":"x","reasonReference":[G],"comment":"c"}`, `{"status":"y","comment":"c"}`, `{"status":"y","reasonReference":[G],"comment":"c"}`},
		{"in another order", `{"status":"x","reasonReference":[G],"comment":"c"}`, `{"comment":"c","status":"x"}`, `{"comment":"c","status":"x","reasonReference":[G]}`},
		{"one was added", `{"reasonReference":[K,G]}`, `{"reasonReference":[K,{"reference":"Condition/new"}]}`, `{"reasonReference":[K,G,{"reference":"Condition/new"}]}`},
		{"where there was none to be seen", `{"reasonReference":[G]}`, `{"reasonReference":[K]}`, `{"reasonReference":[G,K]}`},
		{"all that could be seen were removed", `{"reasonReference":[K,G]}`, `{}`, `{"reasonReference":[G]}`},
		{"one in a single element's place", `{"subject":G}`, `{"subject":K}`, `{"subject":K}`},
		{"within a part that was changed", `{"participant":[{"status":"a","actor":G},{"status":"b","actor":K}]}`, `{"participant":[{"status":"c"},{"status":"b","actor":K}]}`,
			`{"participant":[{"status":"c","actor":G},{"status":"b","actor":K}]}`},
		{"within a part that is no more", `{"participant":[{"status":"a","actor":G},{"status":"b","actor":K}]}`, `{"participant":[{"status":"b","actor":K}]}`,
			`{"participant":[{"status":"b","actor":K}]}`},
		{"what requires it", `{"slot":[K],"extension":[{"url":"urn:x","valueReference":G},{"url":"urn:y","valueCode":"y"}]}`, `{"slot":[K],"extension":[{"url":"urn:y","valueCode":"z"}]}`,
			`{"slot":[K],"extension":[{"url":"urn:x","valueReference":G},{"url":"urn:y","valueCode":"z"}]}`},
		{"words", `{"text":{"status":"generated","div":"<div>Asthma</div>"},"reasonReference":[G]}`, `{"comment":"c"}`,
			`{"text":{"status":"generated","div":"<div>Asthma</div>"},"reasonReference":[G],"comment":"c"}`},
		{"words of one's own", `{"text":{"status":"generated","div":"<div>Asthma</div>"},"comment":"c"}`, `{"text":{"status":"generated","div":"<div>Mine</div>"}}`,
			`{"text":{"status":"generated","div":"<div>Mine</div>"}}`},
	} {
		text := func(s string) []byte {
			if s == "{}" {
				s = `{"resourceType":"Appointment"}`
			} else {
				s = `{"resourceType":"Appointment",` + s[1:]
			}
			return []byte(strings.NewReplacer("G", gone, "K", kept).Replace(s))
		}
		hides := func(pointer string) bool { return strings.HasSuffix(pointer, "/gone") }
		got, err := codec.MergeRedacted(text(c.stored), text(c.sent), hides)
		if err != nil || string(got) != string(text(c.want)) {
			t.Errorf("%s: became %s (%v)\nwant %s", c.what, got, err, text(c.want))
		}
		served, _ := codec.Without(got, hides)
		if want, _ := codec.Without(text(c.sent), hides); string(served) != string(want) {
			t.Errorf("%s: served as %s, sent was %s", c.what, served, want)
		}
	}
}
