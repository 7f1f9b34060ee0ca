package xml_test

import (
	"bytes"
	"encoding/json"
	stdxml "encoding/xml"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/codec"
	"frontdesk/fhir/codec/xml"
)

// root is the repository's root, seen from this package.
const root = "../../.."

// files are those of a folder with a suffix, by their path under it.
func files(t testing.TB, dir, suffix string) map[string][]byte {
	t.Helper()
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s is not here; it is real data that the repository doesn't carry", dir)
	}
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, suffix) {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func ours(t testing.TB) map[string][]byte {
	return files(t, filepath.Join(root, "testdata", "r4"), ".json")
}

func corpus(t testing.TB, folder, suffix string) map[string][]byte {
	return files(t, filepath.Join(root, "..", "shared", "corpus", folder), suffix)
}

// generous are limits that no example meets.
var generous = codec.Limits{Bytes: 1 << 30, Depth: 200}

// values are a JSON text's, numbers as they are spelled.
func values(t testing.TB, text []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
	return v
}

// checkJSON takes JSON to XML and back.
func checkJSON(t *testing.T, name string, text []byte) {
	t.Helper()
	document, err := xml.AppendXML(nil, text, false)
	if err != nil {
		t.Errorf("%s can't be written: %v", name, err)
		return
	}
	back, err := xml.ToJSON(document, generous)
	if err != nil {
		t.Errorf("%s can't be read back: %v in %.2000s", name, err, document)
		return
	}
	if !reflect.DeepEqual(values(t, text), values(t, back)) {
		t.Errorf("%s comes back otherwise:\n%.3000s\n%.3000s", name, text, back)
	}
}

func TestJSONToXMLAndBackKeepsEveryValue(t *testing.T) {
	for name, text := range ours(t) {
		checkJSON(t, name, text)
	}
	for _, folder := range []string{"hl7-r4", "synthea", "nhs"} {
		t.Run(folder, func(t *testing.T) {
			for name, text := range corpus(t, folder, ".json") {
				if _, err := codec.Decode(text, codec.Limits{Bytes: 1 << 30, Conditional: true}); err == nil {
					checkJSON(t, name, text)
				}
			}
		})
	}
}

// canonical are the tokens of a document that mean something: names with their namespaces, attributes in order, the
// text of narratives.
func canonical(t testing.TB, document []byte) (tokens []string) {
	t.Helper()
	d := stdxml.NewDecoder(bytes.NewReader(document))
	narrative := 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			return tokens
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case stdxml.StartElement:
			attributes := []string{}
			for _, a := range x.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" && a.Name.Local != "schemaLocation" {
					attributes = append(attributes, a.Name.Space+" "+a.Name.Local+"="+spaces.Replace(a.Value))
				}
			}
			slices.Sort(attributes)
			tokens = append(tokens, "<"+x.Name.Space+" "+x.Name.Local+" "+strings.Join(attributes, " "))
			if narrative > 0 || x.Name.Space != "http://hl7.org/fhir" {
				narrative++
			}
		case stdxml.EndElement:
			tokens = append(tokens, ">")
			narrative = max(0, narrative-1)
		case stdxml.CharData:
			if narrative == 0 {
				break
			}
			if n := len(tokens) - 1; strings.HasPrefix(tokens[n], "text ") { // encoding/xml gives CDATA apart
				tokens[n] += string(x)
				break
			}
			tokens = append(tokens, "text "+string(x))
		}
	}
}

// spaces are what encoding/xml doesn't do for attributes (XML 1.0, 3.3.3). No example has a line feed or a tab that is
// meant.
var spaces = strings.NewReplacer("\n", " ", "\t", " ")

func TestUKCoreXMLToJSONAndBackIsCanonicallyEqual(t *testing.T) {
	faulty := map[string]string{ // what is truly wrong with them
		"codesystems/CodeSystem-UKCore-EthnicCategoryScotland.xml":     "CodeSystem.concept[3]: At line 37, column 41: text",
		"examples/Extension-UKCore-CodingSCT-IllicitDrugs-Example.xml": "Observation: At line 4, column 3: <text> comes too late",
	}
	n := 0
	for name, document := range corpus(t, "ukcore", ".xml") {
		text, err := xml.ToJSON(document, generous)
		if want, ok := faulty[name]; ok && err != nil && strings.HasPrefix(err.Error(), want) {
			continue
		}
		if err != nil || faulty[name] != "" {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, pretty := range []bool{false, true} {
			back, err := xml.AppendXML(nil, text, pretty)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if want, got := canonical(t, document), canonical(t, back); !slices.Equal(want, got) {
				for i := range want {
					if i >= len(got) || want[i] != got[i] {
						t.Errorf("%s: token %d: want %q, got %q", name, i, want[i], got[min(i, len(got)-1)])
						break
					}
				}
			}
		}
		n++
	}
	t.Logf("%d documents", n)
}
