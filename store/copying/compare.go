package copying

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// Sum is what a store holds of one kind: a type of resources, or a namespace of records.
type Sum struct {
	Versions int64 // of resources: all of them; of records: how many there are
	Current  int64 // resources that searches find; of records 0
	Hash     string
}

// Row is what both stores hold of one kind, by name: "Patient", "records: account".
type Row struct {
	Name     string
	From, To Sum
}

// Same says whether they hold the same.
func (r Row) Same() bool { return r.From == r.To }

// shortly is how soon a record may expire for it not to be compared: it could be gone from one store while the other is
// read.
const shortly = 2 * time.Hour

// Compare reads both stores from end to end. The rows are in the order of their names; progress is told how many
// versions were read of either. The error is only of reading: look at each Row.Same.
func (c *Copy) Compare(ctx context.Context, progress func(versions int)) ([]Row, error) {
	var sums [2]map[string]Sum
	g, ctx := errgroup.WithContext(ctx)
	lasting := time.Now().Add(shortly)
	for i, b := range []store.Backend{c.From, c.To} {
		g.Go(func() (err error) {
			sums[i], err = sumsOf(ctx, b, lasting, progress)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(sums[0]))
	for name := range sums[1] {
		if _, both := sums[0][name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	rows := make([]Row, len(names))
	for i, name := range names {
		rows[i] = Row{name, sums[0][name], sums[1][name]}
	}
	return rows, nil
}

// sumsOf are those of one store.
func sumsOf(ctx context.Context, b store.Backend, lasting time.Time, progress func(int)) (map[string]Sum, error) {
	t := tally{}
	for w := (walk{from: b}); ; {
		versions, err := w.next(ctx)
		if err != nil {
			return nil, err
		}
		if versions == nil {
			break
		}
		for _, v := range versions {
			t.of(v.Key.Type).add(versionParts(v)...)
		}
		progress(len(versions))
	}
	err := b.AllRecords(ctx, func(r store.Record) bool {
		if r.Namespace != namespace && (r.Expires.IsZero() || r.Expires.After(lasting)) {
			t.of("records: "+r.Namespace).add([]byte(r.Key), r.Value, number(r.Revision), number(r.Expires.UnixMicro()))
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return t.sums(ctx, b)
}

// tally adds up, by name.
type tally map[string]*running

func (t tally) of(name string) *running {
	if t[name] == nil {
		t[name] = &running{}
	}
	return t[name]
}

// sums closes the tally with what searches find.
func (t tally) sums(ctx context.Context, b store.Backend) (map[string]Sum, error) {
	out := map[string]Sum{}
	for name, r := range t {
		s := Sum{Versions: r.n, Hash: hex.EncodeToString(r.hash[:])}
		if typ, ok := b.Registry().Type(name); ok {
			page, err := b.Find(ctx, &search.Query{From: []search.From{{Type: typ, Where: search.And{}}},
				Sort: []search.Sort{{Param: spec.LastUpdated}}, Total: search.AllMatches})
			if err != nil {
				return nil, err
			}
			s.Current = page.Total
		}
		out[name] = s
	}
	return out, nil
}

// running is a count and a hash that doesn't depend on the order.
type running struct {
	n    int64
	hash [sha256.Size]byte
}

// add adds one thing, made of parts. No two are the same, so that none can cancel another out.
func (r *running) add(parts ...[]byte) {
	h := sha256.New()
	for _, p := range parts {
		h.Write(number(int64(len(p))))
		h.Write(p)
	}
	for i, b := range h.Sum(nil) {
		r.hash[i] ^= b
	}
	r.n++
}

// versionParts is everything of a version.
func versionParts(v *fhir.Stored) [][]byte {
	f := v.Facts
	facts := fmt.Sprintf("%s %d %d %t %t", f.Section, f.Recorded.UnixMicro(), f.Release.UnixMicro(), f.Hidden, f.Suspended)
	return [][]byte{[]byte(v.Key.String()), number(v.Updated.UnixMicro()), {byte(v.Method)}, v.JSON, []byte(strings.Join(v.Compartments, " ")), []byte(facts)}
}

func number(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
