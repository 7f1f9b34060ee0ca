package subset

import "bytes"

// What marks a resource that isn't whole (R4 search 3.1.1.5.8: a server SHOULD mark it, so that it isn't written back).
const (
	system = `"http://terminology.hl7.org/CodeSystem/v3-ObservationValue"`
	code   = `"SUBSETTED"`
	tag    = `{"system":` + system + `,"code":` + code + `}`
)

// meta writes meta with the tag, which a client's own copy may have brought along already.
func (c *cut) meta(json []byte) {
	var err error
	c.comma()
	c.out = append(c.out, `"meta":{`...)
	tagged := false
	for m := range members(json, &err) {
		c.comma()
		switch {
		case string(m.name) != "tag" || len(m.value) < 3:
			c.out = append(c.out, m.whole...)
			continue
		case marked(m.value):
			c.out = append(c.out, m.whole...)
		default:
			c.out = append(c.out, m.whole[:len(m.whole)-1]...)
			c.out = append(c.out, ","+tag+"]"...)
		}
		tagged = true
	}
	if !tagged {
		c.comma()
		c.out = append(c.out, `"tag":[`+tag+`]`...)
	}
	c.out = append(c.out, '}')
}

// marked says whether one of the tags is the mark.
func marked(tags []byte) bool {
	var err error
	for item := range items(tags, &err) {
		hits := 0
		for m := range members(item, &err) {
			if string(m.name) == "system" && bytes.Equal(m.value, []byte(system)) || string(m.name) == "code" && bytes.Equal(m.value, []byte(code)) {
				hits++
			}
		}
		if hits == 2 {
			return true
		}
	}
	return false
}
