package codec_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"frontdesk/fhir/codec"
)

func TestDecodeBundle(t *testing.T) {
	in := ours(t)["Bundle-transaction.json"]
	b, err := codec.DecodeBundle(in, codec.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if b.Type != "transaction" || len(b.Entries) != 5 {
		t.Fatalf("want a transaction of 5 entries, got a %s of %d", b.Type, len(b.Entries))
	}
	var raw struct {
		Entry []struct {
			FullURL  string          `json:"fullUrl"`
			Resource json.RawMessage `json:"resource"`
			Request  codec.Request   `json:"request"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(in, &raw); err != nil {
		t.Fatal(err)
	}
	for i, e := range b.Entries {
		want := raw.Entry[i]
		if e.Faults != nil || e.FullURL != want.FullURL || e.Request != want.Request {
			t.Errorf("entry %d: got %+v, want %+v", i, e, want)
		}
		if (e.Resource == nil) != (want.Resource == nil) {
			t.Errorf("entry %d: a resource is missing or too many", i)
		}
		if e.Resource == nil {
			continue
		}
		alone, err := codec.Decode(want.Resource, codec.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(e.Resource.JSON, alone.JSON) || !proto.Equal(e.Resource.Message.Interface(), alone.Message.Interface()) ||
			fmt.Sprint(e.Resource.Spans, e.Resource.Links) != fmt.Sprint(alone.Spans, alone.Links) || e.Resource.ID != alone.ID {
			t.Errorf("entry %d differs from the same resource decoded alone:\n%+v\n%+v", i, e.Resource, alone)
		}
	}
}

// batch is a batch of the given entries' resources.
func batch(resources ...string) string {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Bundle","type":"batch","entry":[`)
	for i, r := range resources {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"resource":` + r + `,"request":{"method":"POST","url":"Patient"}}`)
	}
	return b.String() + `]}`
}

func TestBundleFaultsAreTheEntrys(t *testing.T) {
	flood := pat(strings.TrimSuffix(strings.Repeat(`"nonsense":1,`, 400), ","))
	b, err := codec.DecodeBundle([]byte(batch(pat(`"active":true`), pat(`"gender":"MALE"`), flood, `null`, pat(`"contained":[{"resourceType":"Patient"}]`), pat(`"active":false`))), codec.Limits{Faults: 5})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		faults     int
		expression string
	}{{0, ""}, {1, "Bundle.entry[1].resource.gender"}, {6, "Bundle.entry[2].resource.nonsense"}, {1, "Bundle.entry[3].resource"},
		{1, "Bundle.entry[4].resource.contained[0]"}, {0, ""}} {
		e := b.Entries[i]
		switch {
		case want.faults == 0 && (e.Faults != nil || e.Resource == nil):
			t.Errorf("entry %d: want a resource, got %v", i, e.Faults)
		case want.faults > 0 && (e.Faults == nil || e.Resource != nil || len(e.Faults.Issues) != want.faults || e.Faults.Issues[0].Expression != want.expression):
			t.Errorf("entry %d: want %d faults at %s and no resource, got %v", i, want.faults, want.expression, e.Faults)
		}
	}
	if got := string(b.Entries[5].Resource.JSON); got != pat(`"active":false`) {
		t.Errorf("the entry behind the faulty ones has %s", got)
	}
}

func TestBundleEnvelope(t *testing.T) {
	entry := func(typ, e string) string {
		return `{"resourceType":"Bundle","type":"` + typ + `","entry":[` + e + `]}`
	}
	for _, c := range []struct{ in, want string }{
		{pat(`"active":true`), "must be a Bundle; found a Patient"},
		{`{"resourceType":"Bundle","entry":[]}`, "Bundle.entry: An array must not be empty"},
		{`{"resourceType":"Bundle"}`, "Bundle must have type"},
		{`{"resourceType":"Bundle","type":"parcel"}`, "Bundle.type"},
		{`{"resourceType":"Bundle","type":"collection","total":1}`, "bdl-1"},
		{batch(pat(`"active":true`))[:60], "cut off"},
		{`{"resourceType":"Bundle","type":"batch","entry":[` + strings.TrimSuffix(strings.Repeat(`{"x":1},`, 5000), ",") + `]}`, "more faults than are listed"},
	} {
		if _, err := codec.DecodeBundle([]byte(c.in), codec.Limits{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60s: want %q, got %.200v", c.in, c.want, err)
		}
	}
	for _, c := range []struct{ in, want string }{
		{entry("batch", `{"resource":`+pat(`"active":true`)+`}`), "Bundle.entry[0].request: An entry of a batch must have a request (bdl-3)"},
		{entry("collection", `{"request":{"method":"GET","url":"Patient"}}`), "bdl-3"},
		{entry("searchset", `{"resource":`+pat(`"active":true`)+`,"response":{"status":"200"}}`), "bdl-4"},
		{entry("collection", `{"resource":`+pat(`"active":true`)+`,"search":{"mode":"match"}}`), "bdl-2"},
		{entry("collection", `{"fullUrl":"http://a.b/Patient/1"}`), "bdl-5"},
		{entry("collection", `{"fullUrl":"http://a.b/Patient/1/_history/1","resource":`+pat(`"active":true`)+`}`), "bdl-8"},
		{entry("batch", `{"request":{"method":"get","url":"Patient"}}`), "Bundle.entry[0].request.method"},
		{entry("batch", `{"request":{"method":"GET"}}`), "Bundle.entry[0].request.url"},
	} {
		b, err := codec.DecodeBundle([]byte(c.in), codec.Limits{})
		if err != nil || len(b.Entries) != 1 || b.Entries[0].Faults == nil || !strings.Contains(b.Entries[0].Faults.Error(), c.want) {
			t.Errorf("%s: want the entry's fault %q, got %v", c.in, c.want, err)
		}
		if _, err := codec.Decode([]byte(c.in), codec.Limits{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s as a resource: want %q, got %v", c.in, c.want, err)
		}
	}
}

// Local references belong to their own entry.
func TestBundleScopes(t *testing.T) {
	inner := `{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"x"}],"managingOrganization":{"reference":"#o"}}`
	if _, err := codec.Decode([]byte(batch(inner, inner)), codec.Limits{}); err != nil {
		t.Error(err)
	}
	_, err := codec.Decode([]byte(batch(inner, pat(`"managingOrganization":{"reference":"#o"}`))), codec.Limits{})
	if err == nil || !strings.Contains(err.Error(), "Bundle.entry[1].resource.managingOrganization.reference") {
		t.Errorf("a reference into another entry's contained resource: %v", err)
	}
}

// A total on a request means nothing, and some clients send it: it isn't held against them (R4 bdl-1).
func TestATotalOfATransactionIsTakenAsItIs(t *testing.T) {
	for _, typ := range []string{"batch", "transaction"} {
		if _, err := codec.DecodeBundle([]byte(`{"resourceType":"Bundle","type":"`+typ+`","total":1}`), codec.Limits{}); err != nil {
			t.Error(err)
		}
	}
}
