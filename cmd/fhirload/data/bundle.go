package data

import (
	"encoding/binary"
	"encoding/hex"
)

// BundleSize is the number of entries of a generated transaction Bundle.
const BundleSize = 100

// Contents is what a generated Bundle holds, in the order of its entries: the
// Patient first, then the Readings.
type Contents struct {
	Person   Person
	Readings []Reading
}

// Transaction returns a transaction Bundle of BundleSize entries: a Patient
// and Observations that refer to it by urn:uuid (R4 http 3.1.0.11.2). Half of
// them are of one code, as for a patient who is followed for one condition, so
// that a search by patient and code has a page to fill.
func (s *Source) Transaction() ([]byte, Contents) {
	var held Contents
	buf := make([]byte, 0, BundleSize*1800)
	buf = append(buf, `{"resourceType":"Bundle","type":"transaction","entry":[`...)
	subject := s.urn()
	buf = openEntry(buf, subject)
	buf, held.Person = s.Patient(buf, "", s.Identifier())
	buf = closeEntry(buf, "Patient")
	followed := s.Code()
	for i := 1; i < BundleSize; i++ {
		code := followed
		if i%2 == 0 {
			code = s.Code()
		}
		var reading Reading
		buf = openEntry(append(buf, ','), s.urn())
		buf, reading = s.Observation(buf, "", s.Identifier(), subject, code)
		buf = closeEntry(buf, "Observation")
		held.Readings = append(held.Readings, reading)
	}
	return append(buf, `]}`...), held
}

// Patients returns a transaction Bundle of n Patients, for workloads that only
// need someone for their Observations to refer to.
func (s *Source) Patients(n int) []byte {
	return s.bundle("Patient", n, func(buf []byte, _ int) []byte {
		buf, _ = s.Patient(buf, "", s.Identifier())
		return buf
	})
}

// bundle returns a transaction Bundle that creates n resources of a type; add
// appends the i-th.
func (s *Source) bundle(resourceType string, n int, add func(buf []byte, i int) []byte) []byte {
	buf := append([]byte(nil), `{"resourceType":"Bundle","type":"transaction","entry":[`...)
	for i := range n {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = closeEntry(add(openEntry(buf, s.urn()), i), resourceType)
	}
	return append(buf, `]}`...)
}

func openEntry(buf []byte, fullURL string) []byte {
	buf = append(buf, `{"fullUrl":"`...)
	buf = append(buf, fullURL...)
	return append(buf, `","resource":`...)
}

func closeEntry(buf []byte, resourceType string) []byte {
	buf = append(buf, `,"request":{"method":"POST","url":"`...)
	buf = append(buf, resourceType...)
	return append(buf, `"}}`...)
}

// urn returns a random version 4 UUID as a urn (RFC 9562).
func (s *Source) urn() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], s.Uint64())
	binary.BigEndian.PutUint64(b[8:], s.Uint64())
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return "urn:uuid:" + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
