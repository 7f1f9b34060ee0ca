package xml_test

import (
	"bytes"
	stdxml "encoding/xml"
	"io"
	"testing"

	"frontdesk/fhir/codec"
	"frontdesk/fhir/codec/xml"
)

// BenchmarkToJSON measures what XML costs beside decoding the JSON it means, in the same run: json is codec.Decode
// alone, xml is ToJSON and codec.Decode, append is AppendXML, and encoding/xml reads the tokens only.
func BenchmarkToJSON(b *testing.B) {
	examples := ours(b)
	for name, text := range map[string][]byte{
		"Patient":     examples["Patient-amina-hussain.json"],
		"Observation": examples["Observation-blood-pressure.json"],
		"Bundle":      examples["Bundle-transaction.json"],
	} {
		document, err := xml.AppendXML(nil, text, false)
		if err != nil {
			b.Fatal(err)
		}
		minified, err := xml.ToJSON(document, codec.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		for _, way := range []struct {
			name string
			do   func() error
		}{
			{"json", func() error { _, err := codec.Decode(minified, codec.Limits{}); return err }},
			{"xml", func() error {
				text, err := xml.ToJSON(document, codec.Limits{})
				if err == nil {
					_, err = codec.Decode(text, codec.Limits{})
				}
				return err
			}},
			{"append", func() error { _, err := xml.AppendXML(nil, minified, false); return err }},
			{"encoding-xml", func() error {
				d := stdxml.NewDecoder(bytes.NewReader(document))
				for {
					if _, err := d.RawToken(); err == io.EOF {
						return nil
					} else if err != nil {
						return err
					}
				}
			}},
		} {
			b.Run(name+"/"+way.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := way.do(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
