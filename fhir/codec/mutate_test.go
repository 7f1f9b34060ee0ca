package codec_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"frontdesk/fhir/codec"
)

// mutant makes one change somewhere in a tree of JSON values.
type mutant struct {
	*rand.Rand
	nodes []any // all values of the tree, for one to be put in another's place
}

func (m *mutant) collect(v any) {
	m.nodes = append(m.nodes, v)
	switch v := v.(type) {
	case map[string]any:
		for _, k := range sortedKeys(v) {
			m.collect(v[k])
		}
	case []any:
		for _, c := range v {
			m.collect(c)
		}
	}
}

func sortedKeys(v map[string]any) []string {
	keys := make([]string, 0, len(v))
	for k := range v {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// strangers are put in where they may not belong.
var strangers = []any{nil, true, json.Number("-1"), json.Number("1.50"), "", " ", "x", "2026", "Patient/1", "#x", "http://a.b",
	map[string]any{}, []any{}, []any{nil}, map[string]any{"id": "x"}, map[string]any{"reference": "Patient/1"},
	map[string]any{"extension": []any{map[string]any{"url": "http://a.b", "valueCode": "c"}}}}

func (m *mutant) other() any {
	if m.IntN(3) == 0 {
		return m.nodes[m.IntN(len(m.nodes))]
	}
	return strangers[m.IntN(len(strangers))]
}

// change gives the tree with one change: a value replaced, a member removed, renamed or given a sibling.
func (m *mutant) change(v any) any {
	switch v := v.(type) {
	case map[string]any:
		keys := sortedKeys(v)
		out := map[string]any{}
		for k, c := range v {
			out[k] = c
		}
		if len(keys) == 0 {
			return out
		}
		switch k := keys[m.IntN(len(keys))]; m.IntN(8) {
		case 0:
			delete(out, k)
		case 1:
			out["_"+k] = m.other()
		case 2:
			out[k+"x"] = m.other()
		case 3:
			out[k] = m.other()
		default:
			out[k] = m.change(v[k])
		}
		return out
	case []any:
		if out := slices.Clone(v); len(out) > 0 {
			i := m.IntN(len(out))
			out[i] = m.change(out[i])
			return out
		}
	}
	return m.other()
}

// TestMutants changes the examples in many small ways and compares the two decoders on each.
func TestMutants(t *testing.T) {
	oracle := newOracle(t)
	accepted, refused := 0, 0
	for name, in := range ours(t) {
		d := json.NewDecoder(bytes.NewReader(in))
		d.UseNumber()
		var tree any
		if err := d.Decode(&tree); err != nil {
			t.Fatal(err)
		}
		m := &mutant{Rand: rand.New(rand.NewPCG(1, uint64(len(in))))}
		m.collect(tree)
		for range 120 {
			changed, err := json.Marshal(m.change(tree))
			if err != nil {
				t.Fatal(err)
			}
			got, err := codec.Decode(changed, codec.Limits{})
			if err != nil {
				refused++
				continue
			}
			accepted++
			checkPlaces(t, got)
			want, err := oracle.Unmarshal(bytes.Clone(changed))
			switch {
			case err != nil && !excused(changed, err):
				t.Errorf("%s: jsonformat refuses %s: %v", name, changed, err)
			case err == nil && !proto.Equal(got.Message.Interface(), within(want).Interface()):
				t.Errorf("%s: the message differs for %s", name, changed)
			}
		}
	}
	if accepted < 100 || refused < 1000 {
		t.Errorf("%d mutants are accepted and %d refused; the changes test too little", accepted, refused)
	}
}
