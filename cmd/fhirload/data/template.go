package data

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed patient.json
var patientJSON []byte

//go:embed observation.json
var observationJSON []byte

var (
	patientTemplate = compile(patientJSON,
		"id", "identifier", "family", "given", "gender", "birth", "phone", "line", "city", "postcode")
	observationTemplate = compile(observationJSON,
		"id", "identifier", "subject", "date", "value", "category", "code", "display", "unit", "ucum", "low", "high")
)

var number = regexp.MustCompile(`"\$#(\w+)\$"`)

// template is minified JSON cut at its slots: text[i], then the value of slot
// slots[i], and so on; the last text has no slot after it.
type template struct {
	text  []string
	slots []int
}

// compile cuts a template at $name$. A number is written "$#name$" in the
// file, so that the file stays JSON, and loses its quotes here. names gives the
// order in which append takes the values. It panics on a template that is not
// JSON or names an unknown slot: the templates are part of the program.
func compile(source []byte, names ...string) template {
	var small bytes.Buffer
	if err := json.Compact(&small, source); err != nil {
		panic(fmt.Sprintf("data: template is not JSON: %v", err))
	}
	// A new resource has no id member, so the whole member is the slot's value.
	text := strings.Replace(small.String(), `"id":"$id$",`, `$id$`, 1)
	return cut(number.ReplaceAllString(text, `$$$1$$`), names)
}

func cut(text string, names []string) template {
	var t template
	for i, part := range strings.Split(text, "$") {
		if i%2 == 0 {
			t.text = append(t.text, part)
			continue
		}
		slot := slices.Index(names, part)
		if slot < 0 {
			panic(fmt.Sprintf("data: template slot %q has no value", part))
		}
		t.slots = append(t.slots, slot)
	}
	return t
}

// append adds the filled template to buf. Values are not escaped: they come
// from this package's vocabulary or are FHIR ids, which need no escaping.
func (t template) append(buf []byte, values ...string) []byte {
	for i, slot := range t.slots {
		buf = append(buf, t.text[i]...)
		buf = append(buf, values[slot]...)
	}
	return append(buf, t.text[len(t.text)-1]...)
}
