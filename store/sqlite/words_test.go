package sqlite

import (
	"context"
	"fmt"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

func TestMatchSyntax(t *testing.T) {
	q, err := prose.ParseQuery(`(bone or "liver NEAR") and narr* -`)
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{
		"_text":    `{narrative}: ((("bone" OR "liver near") AND "narr" *))`,
		"_content": `((("bone" OR "liver near") AND "narr" *))`,
	} {
		if got := match(code, q); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
}

// TestWaitingWords: words are found while they wait for the full-text index, when they are in it, and after the store
// was closed; not any more when the resource is gone.
func TestWaitingWords(t *testing.T) {
	dir := t.TempDir()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	typ, _ := r.Type("Condition")
	var b *Backend
	open := func() {
		if b, err = Open(context.Background(), dir, r, Options{WordsMax: 3}); err != nil {
			t.Fatal(err)
		}
	}
	apply := func(id int, version int64, method fhir.Method) {
		t.Helper()
		w := store.Write{Key: fhir.Key{Type: "Condition", ID: fmt.Sprint(id), Version: version}, Method: method}
		if method != fhir.Delete {
			w.Body = body("Condition", w.Key.ID)
			w.Index = []search.Entry{{Param: typ.Params["_text"], Value: search.Prose{Words: "sore throat"}},
				{Param: typ.Params["_content"], Value: search.Prose{Words: "sore throat " + prose.Break + " acute"}}}
		}
		if _, err := b.Apply(t.Context(), store.Batch{Writes: []store.Write{w}}); err != nil {
			t.Fatal(err)
		}
	}
	finds := func(want, waiting int64) {
		t.Helper()
		for _, c := range []struct {
			code, words string
			want        int64
		}{{"_text", "throat", want}, {"_text", "acute", 0}, {"_content", "acute", want}, {"_content", `"throat acute"`, 0}, {"_content", "sore acute", want}} {
			q, err := prose.ParseQuery(c.words)
			if err != nil {
				t.Fatal(err)
			}
			page, err := b.Find(t.Context(), &search.Query{From: []search.From{{Type: typ, Where: search.Test{Param: typ.Params[c.code], Is: search.WordsIs{Query: q}}}},
				Sort: []search.Sort{{Param: spec.ID}}, Total: search.AllMatches})
			if err != nil || page.Total != c.want {
				t.Errorf("%s=%s finds %+v, %v, want %d", c.code, c.words, page, err, c.want)
			}
		}
		err := b.read(t.Context(), func(c *conn) error {
			n, _, err := c.number(`SELECT count(*) FROM unread`)
			if n != waiting {
				t.Errorf("%d texts wait, want %d", n, waiting)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	reopen := func() {
		t.Helper()
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		open()
	}
	open()
	apply(1, 1, fhir.Put)
	apply(2, 1, fhir.Put)
	finds(2, 2)
	reopen()
	finds(2, 2)
	apply(3, 1, fhir.Put)
	finds(3, 0)
	apply(4, 1, fhir.Put)
	apply(1, 2, fhir.Delete)
	finds(3, 1)
	apply(4, 2, fhir.Delete)
	apply(2, 2, fhir.Put)
	finds(2, 1)
	reopen()
	finds(2, 1)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}
