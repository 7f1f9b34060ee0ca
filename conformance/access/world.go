package access

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed world.txt
var worldText string

// markerSign stands for a version's marker in world.txt.
const markerSign = "§"

// version is one version of a resource of the world, and who may see it.
type version struct {
	row           *row // nil for one that is in no world
	typ, id       string
	n             int // 1, 2, 3 …
	who           []string
	lab, deletion bool
	members       string // its JSON without resourceType, id and meta, and with markerSign in it
	marker        string // a word that no other version has
}

// row is a resource with its versions.
type row struct {
	versions []*version
	base     bool // who sees what rests upon it
}

func (r *row) last() *version  { return r.versions[len(r.versions)-1] }
func (v *version) key() string { return v.typ + "/" + v.id }

// json is the resource under an id and with a marker.
func (v *version) json(id, marker string) string {
	members := strings.TrimPrefix(strings.ReplaceAll(v.members, markerSign, marker), "{")
	return fmt.Sprintf(`{"resourceType":%q,"id":%q,"meta":{"tag":[{"system":"urn:w:marker","code":%q}]},%s`, v.typ, id, marker, members)
}

// readWorld reads world.txt. What is wrong with it is an error that names the line.
func readWorld(text string) (rows []*row, err error) {
	of := map[string]*row{}
	var last *version
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '{' && last != nil && !last.deletion && last.members == "":
			last.members = line
		default:
			head := strings.Split(line, "|")
			typ, id, named := strings.Cut(strings.TrimSpace(head[0]), "/")
			if len(head) != 3 || !named {
				return nil, fmt.Errorf("world.txt, line %d: not Type/id | who | flags", n)
			}
			r := of[typ+"/"+id]
			if r == nil {
				r = &row{}
				of[typ+"/"+id], rows = r, append(rows, r)
			}
			last = &version{row: r, typ: typ, id: id, n: len(r.versions) + 1, who: strings.Fields(head[1]), marker: fmt.Sprintf("zq%03dx", n)}
			r.versions = append(r.versions, last)
			for flag := range strings.FieldsSeq(head[2]) {
				switch flag {
				case "lab":
					last.lab = true
				case "base":
					r.base = true
				case "delete":
					last.deletion = true
				default:
					return nil, fmt.Errorf("world.txt, line %d: there is no flag %s", n, flag)
				}
			}
		}
	}
	return rows, nil
}
