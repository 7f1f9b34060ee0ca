package search

import (
	"frontdesk/fhir/search/expr"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search/prose"
)

// TestExamples sees to it that real resources are found by every value they are indexed by: ours, and if they are there
// HL7's.
func TestExamples(t *testing.T) {
	ours, _ := filepath.Glob("../../testdata/r4/*.json")
	if len(ours) == 0 {
		t.Fatal("testdata/r4 has no examples")
	}
	theirs, _ := filepath.Glob("../../../shared/corpus/hl7-r4/*.json")
	if len(theirs) == 0 {
		t.Log("HL7's examples are not there: only our own are tested")
	}
	entries, refused := 0, 0
	for _, file := range slices.Concat(ours, theirs) {
		json, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		res, err := codec.Decode(json, codec.Limits{})
		if err != nil {
			refused++ // package codec tests whether it's right to
			continue
		}
		entries += foundByAll(t, res)
	}
	t.Logf("%d values of %d resources were found by asking for them; %d resources are not valid", entries, len(ours)+len(theirs)-refused, refused)
}

func foundByAll(t *testing.T, res *fhir.Resource) int {
	typ, _ := registry(t).Type(res.Type)
	d := &Doc{Key: fhir.Key{Type: res.Type, ID: res.ID}, Updated: now, Entries: Index(typ, res.Message, options.Base)}
	again := Index(typ, res.Message, options.Base)
	seen := map[string]bool{}
	for i, e := range d.Entries {
		text := e.Param.Code + " " + show(e.Value)
		if seen[text] {
			t.Errorf("%s is indexed twice by %s", d.Key, text)
		}
		if seen[text] = true; text != again[i].Param.Code+" "+show(again[i].Value) {
			t.Errorf("%s is indexed differently the second time", d.Key)
		}
		query := asking(e)
		s, err := Parse(registry(t), []string{res.Type}, query, Options{Base: options.Base, Now: now, Lenient: false, MaxClauses: 1000})
		if err != nil {
			t.Errorf("%s has %s, and %s can't be asked: %v", d.Key, text, query, err)
		} else if !Match(s.From[0].Where, d, now, world{d}) {
			t.Errorf("%s has %s, and isn't found by %s", d.Key, text, expr.Print(s.From[0].Where))
		}
	}
	return len(d.Entries)
}

var protect = strings.NewReplacer(`\`, `\\`, ",", `\,`, "$", `\$`, "|", `\|`)

// asking is a query for one value.
func asking(e Entry) string {
	name, value := e.Param.Code, worded(e.Value)
	switch v := e.Value.(type) {
	case Text:
		name += ":exact"
		if strings.ContainsFunc(v.Raw, func(r rune) bool { return r < 0x20 }) || len(v.Raw) > MaxValue/2 {
			name, value = e.Param.Code+":missing", "false" // it can't stand in a query
		}
	case Token:
		if v.Code == "" && v.System == "" {
			name, value = name+":text", protect.Replace(v.Text)
		}
	case Ref:
		if v.ID == "" && v.Identifier != nil {
			name, value = name+":identifier", worded(*v.Identifier)
		} else if v.ID == "" && (v.URL == "" || v.URL[0] == '#') {
			name, value = name+":missing", "false"
		}
	case Tuple:
		if strings.Contains(value, "$$") || strings.HasPrefix(value, "$") || strings.HasSuffix(value, "$") {
			name, value = name+":missing", "false" // a part has only a text
		}
	}
	return name + "=" + url.QueryEscape(value)
}

func worded(v Value) string {
	switch v := v.(type) {
	case Token:
		if v.Code == "" && v.System == "" {
			return ""
		}
		return protect.Replace(v.System) + "|" + protect.Replace(v.Code)
	case Text:
		return protect.Replace(v.Raw)
	case URL:
		return protect.Replace(v.Value)
	case Ref:
		if v.ID != "" {
			return fhir.Key{Type: v.Type, ID: v.ID, Version: v.Version}.String()
		}
		return protect.Replace(v.URL)
	case DateRange:
		if v.Hi == MaxTime {
			return "ge" + time.UnixMicro(v.Lo).UTC().Format("2006-01-02T15:04:05.000000Z")
		}
		return "le" + time.UnixMicro(v.Hi).UTC().Format("2006-01-02T15:04:05.000000Z")
	case NumberRange:
		return v.Lo.String()
	case Amount:
		if v.Lo == Below {
			return "le" + v.Hi.String()
		}
		return "ge" + v.Lo.String()
	case Prose:
		first, _, _ := strings.Cut(v.Words, " "+prose.Break)
		words := strings.Fields(first)
		return `"` + strings.Join(words[:min(len(words), 4)], " ") + `"`
	case Tuple:
		parts := make([]string, len(v))
		for i, p := range v {
			parts[i] = worded(p)
		}
		return strings.Join(parts, "$")
	}
	return ""
}
