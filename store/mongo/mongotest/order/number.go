package order

import (
	"encoding/binary"
	"math"
)

// Numbers of all types compare by value. Their encoding is the nearest double and, because a 64-bit integer may lie
// between two doubles, by how much it differs from that one.
const (
	notNumber = 0x01 // NaN is smaller than every number and equal to itself
	isNumber  = 0x02
)

func appendDouble(dst []byte, f float64) []byte {
	if math.IsNaN(f) {
		return append(dst, notNumber)
	}
	return appendNumber(dst, f, 0)
}

func appendInteger(dst []byte, i int64) []byte {
	f := float64(i)
	if f >= 1<<63 { // rounded up to what int64 can't hold
		return appendNumber(dst, f, int16(i-math.MaxInt64-1))
	}
	return appendNumber(dst, f, int16(i-int64(f)))
}

func appendNumber(dst []byte, f float64, rest int16) []byte {
	if f == 0 {
		f = 0 // -0 equals 0
	}
	bits := math.Float64bits(f)
	if bits>>63 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 63
	}
	dst = binary.BigEndian.AppendUint64(append(dst, isNumber), bits)
	return binary.BigEndian.AppendUint16(dst, uint16(rest)^1<<15)
}

// IsNaN says whether an encoding is that of NaN, which is neither above nor below anything in a filter.
func IsNaN(key []byte) bool { return len(key) == 2 && key[0] == byte(Number) && key[1] == notNumber }
