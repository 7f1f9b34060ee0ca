package patch_test

import (
	stdxml "encoding/xml"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"encoding/json"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/codec/xml"
	"frontdesk/fhir/patch"
)

// TestHL7sCases are HL7's own for FHIRPath Patch.
func TestHL7sCases(t *testing.T) {
	name := filepath.Join("..", "..", "..", "shared", "corpus", "patch", "fhir-patch-tests.xml")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Skipf("%s is not here; it is HL7's, and the repository doesn't carry it", name)
	}
	type inner struct {
		XML string `xml:",innerxml"`
	}
	var all struct {
		Case []struct {
			Name   string `xml:"name,attr"`
			Input  inner  `xml:"input"`
			Diff   inner  `xml:"diff"`
			Output *inner `xml:"output"`
		} `xml:"case"`
	}
	if err := stdxml.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	resource := func(i inner) []byte {
		document := i.XML
		for _, root := range []string{"Patient", "Parameters"} {
			document = strings.Replace(document, "<"+root+">", "<"+root+` xmlns="http://hl7.org/fhir" xmlns:html="http://www.w3.org/1999/xhtml">`, 1)
		}
		json, err := xml.ToJSON([]byte(document), codec.Limits{})
		if err != nil {
			t.Fatalf("%v in %s", err, document)
		}
		return json
	}
	for _, c := range all.Case {
		got, err := patch.Apply(resource(c.Diff), resource(c.Input))
		if c.Output == nil {
			if fhir.KindOf(err) != fhir.Unprocessable || err == nil {
				t.Errorf("%s: %s, %v", c.Name, got, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if want := resource(*c.Output); !same(t, want, got) {
			t.Errorf("%s:\n got %s\nwant %s", c.Name, got, want)
		}
	}
	if len(all.Case) < 20 {
		t.Errorf("only %d cases were found", len(all.Case))
	}
}

func same(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	for text, v := range map[*[]byte]*any{&a: &x, &b: &y} {
		d := json.NewDecoder(strings.NewReader(string(*text)))
		d.UseNumber()
		if err := d.Decode(v); err != nil {
			t.Fatalf("%v in %s", err, *text)
		}
	}
	return reflect.DeepEqual(x, y)
}
