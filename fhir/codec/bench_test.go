package codec_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"frontdesk/fhir/codec"
)

// BenchmarkDecode compares with jsonformat in the same run, on the five types the project is measured by.
func BenchmarkDecode(b *testing.B) {
	oracle, files := newOracle(b), ours(b)
	for name, in := range map[string][]byte{
		"Patient":           files["Patient-amina-hussain.json"],
		"Observation":       files["Observation-blood-pressure.json"],
		"MedicationRequest": files["MedicationRequest-ramipril.json"],
		"Appointment":       files["Appointment-booked.json"],
		"Communication":     files["Communication-question.json"],
		"Bundle":            files["Bundle-transaction.json"],
	} {
		b.Run(name+"/codec", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				if _, err := codec.Decode(in, codec.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/jsonformat", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				// A copy, because it decodes base64 within what it is given.
				if _, err := oracle.Unmarshal(bytes.Clone(in)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTokens is what jsontext alone takes to read the tokens that Decode turns into a message.
func BenchmarkTokens(b *testing.B) {
	in := ours(b)["Patient-amina-hussain.json"]
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		d := jsontext.NewDecoder(bytes.NewReader(in))
		for {
			if _, err := d.ReadToken(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}
