package codec_test

import (
	"fmt"
	"testing"

	"frontdesk/fhir/codec"
)

func TestMeasureCountsAllThatIsWritten(t *testing.T) {
	for resource, want := range map[string]string{
		`{"resourceType":"Communication","status":"completed","payload":[{"contentString":"h\u00e9llo"}],` +
			`"note":[{"text":"ab"}],"topic":{"text":"c"}}`: "8 []",
		`{"resourceType":"Communication","extension":[{"url":"urn:x","valueString":"abc"}],` +
			`"sender":{"reference":"Patient/1","display":"de"}}`: "5 []",
		`{"resourceType":"Communication","extension":[{"url":"urn:x","valueAttachment":{"data":"aGVsbG8="}}]` +
			`}`: "8 []",
		`{"resourceType":"Communication","contained":[{"resourceType":"Binary","id":"b","contentType":"text/plain",` +
			`"data":"aGVsbG8="}]}`: "8 []",
		`{"resourceType":"Communication","payload":[{"contentAttachment":{"title":"t","data":"aGVsbG8="}}]` +
			`}`: "1 [{Communication.payload[0].contentAttachment.data 5}]",
		`{"resourceType":"Binary","contentType":"text/plain",` +
			`"data":"aGVsbG8h"}`: "0 [{Binary.data 6}]",
		`{"resourceType":"Communication","text":{"status":"generated","div":"<div>a</div>"}` +
			`}`: "12 []",
	} {
		got, err := codec.Measure([]byte(resource))
		if text := fmt.Sprint(got.Words, " ", got.Attached); err != nil || text != want {
			t.Errorf("%s: %s, want %s; %v", resource, text, want, err)
		}
	}
	got, _ := codec.Measure([]byte(`{"resourceType":"Binary","data":"aGVsbG8h"}`))
	if want := len(`{"resourceType":"Binary","data":""}`); got.Characters != want {
		t.Errorf("%d characters, want %d", got.Characters, want)
	}
}
