package codec

import (
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"

	"frontdesk/fhir"
)

// reader makes the message of a primitive from its text, or says what is wrong with the text (R4 datatypes, 2.24.0.1).
type reader func(t *typ, v string) (m proto.Message, complaint string)

var readers = [kinds]reader{
	kindString:   readString,
	kindMarkdown: readMarkdown,
	kindCode:     readCode,
	kindTextCode: readTextCode,
	kindID:       readID,
	kindOID:      readOID,
	kindUUID:     readUUID,
	kindURI: func(_ *typ, v string) (proto.Message, string) {
		return &dpb.Uri{Value: v}, checkURI(v)
	},
	kindURL: func(_ *typ, v string) (proto.Message, string) {
		return &dpb.Url{Value: v}, checkURI(v)
	},
	kindCanonical: func(_ *typ, v string) (proto.Message, string) {
		return &dpb.Canonical{Value: v}, checkURI(v)
	},
	kindDate:     readDate,
	kindDateTime: readDateTime,
	kindInstant:  readInstant,
	kindTime:     readTime,
	kindBase64:   readBase64,
}

const (
	wantOID  = "is not an oid; write it as \"urn:oid:1.2.3\""
	wantUUID = "is not a uuid; write it in lower case, as \"urn:uuid:c757873d-ec9a-4326-a141-556f43239520\""
)

const (
	blankText = "holds nothing but white space; leave the element out"
	spacedURI = "is not a uri: it must have no white space"
)

// blank says whether there is nothing to read. R4 treats such a string as one that could be trimmed to an invalid empty
// one.
func blank(v string) bool {
	return v[0] <= ' ' && strings.TrimSpace(v) == "" || v[0] >= 0x80 && strings.TrimSpace(v) == ""
}

func readString(_ *typ, v string) (proto.Message, string) {
	if blank(v) {
		return nil, blankText
	}
	return &dpb.String{Value: v}, ""
}

func readMarkdown(_ *typ, v string) (proto.Message, string) {
	if blank(v) {
		return nil, blankText
	}
	return &dpb.Markdown{Value: v}, ""
}

func readCode(_ *typ, v string) (proto.Message, string) {
	return &dpb.Code{Value: v}, checkCode(v)
}

func readTextCode(t *typ, v string) (proto.Message, string) {
	m := reflect.New(t.typ)
	m.Elem().Field(t.value.index).SetString(v)
	return m.Interface().(proto.Message), checkCode(v)
}

// checkCode: a code has no white space at its ends, and none within but single spaces.
func checkCode(v string) string {
	space := true
	for _, r := range v {
		if unicode.IsSpace(r) && (space || r != ' ') {
			return "is not a code: codes have no white space at their ends and none but single spaces within"
		}
		space = r == ' '
	}
	if space {
		return "is not a code: codes have no white space at their ends"
	}
	return ""
}

func readID(_ *typ, v string) (proto.Message, string) {
	if !fhir.ValidID(v) {
		return nil, "is not an id; use 1 to 64 of the characters A-Z a-z 0-9 - ."
	}
	return &dpb.Id{Value: v}, ""
}

func readOID(_ *typ, v string) (proto.Message, string) {
	if !isOID(v) {
		return nil, wantOID
	}
	return &dpb.Oid{Value: v}, ""
}

func readUUID(_ *typ, v string) (proto.Message, string) {
	if !isUUID(v) {
		return nil, wantUUID
	}
	return &dpb.Uuid{Value: v}, ""
}

func isOID(v string) bool {
	v, ok := strings.CutPrefix(v, "urn:oid:")
	first, rest, more := strings.Cut(v, ".")
	if !ok || !more || len(first) != 1 || first > "2" || first < "0" {
		return false
	}
	for part := range strings.SplitSeq(rest, ".") {
		if part == "" || digits(part, 0) != len(part) || part[0] == '0' && len(part) > 1 {
			return false
		}
	}
	return true
}

func isUUID(v string) bool {
	v, ok := strings.CutPrefix(v, "urn:uuid:")
	if !ok || len(v) != 36 {
		return false
	}
	for i := range len(v) {
		c := v[i]
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash && c != '-' ||
			!dash && (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// uriPlain are the bytes of a uri that need no thought.
var uriPlain = func() (p [256]bool) {
	for c := '!'; c < 0x7f; c++ {
		p[c] = c != '%'
	}
	return p
}()

// checkURI: a uri has no white space (R4 datatypes: \S*), its % escapes are whole, and an urn of a kind R4 knows is
// well formed.
func checkURI(v string) string {
	wide := false
	for i := range len(v) {
		c := v[i]
		if uriPlain[c] {
			continue
		}
		if c <= ' ' || c == 0x7f {
			return spacedURI
		}
		wide = wide || c >= utf8.RuneSelf
		if c == '%' && (i+2 >= len(v) || !isHex(v[i+1]) || !isHex(v[i+2])) {
			return "is not a uri: a % must be followed by two hexadecimal digits"
		}
	}
	if wide && strings.ContainsFunc(v, unicode.IsSpace) {
		return spacedURI
	}
	if !strings.HasPrefix(v, "urn:") {
		return ""
	}
	v, _, _ = strings.Cut(v, "#") // which is behind any URI (RFC 3986 3.5)
	if strings.HasPrefix(v, "urn:oid:") && !isOID(v) {
		return wantOID
	}
	if strings.HasPrefix(v, "urn:uuid:") && !isUUID(strings.ToLower(v)) { // only the type uuid insists on lower case
		return wantUUID
	}
	return ""
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }
