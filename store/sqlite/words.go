package sqlite

import (
	"strings"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
)

// words are what the full-text index has of a version: those of the narrative, and the other ones.
type words struct{ narrative, content string }

// columns are those of table prose in which a parameter's words stand, in FTS5's syntax for a filter; none is all of
// them.
var columns = map[string]string{"_text": "{narrative}: "}

// take notes the words of a parameter. A content begins with the narrative's words, which come with _text, and loses
// them.
func (w *words) take(code string, p search.Prose) {
	if columns[code] != "" {
		w.narrative = p.Words
	} else {
		w.content = p.Words
	}
}

// parted is the words with none of them in both columns.
func (w words) parted() words {
	if rest, ok := strings.CutPrefix(w.content, w.narrative); ok && (rest == "" || rest[0] == ' ') {
		w.content = rest
	}
	return w
}

// read takes note of a version's words, to be put into the full-text index with others: each commit that writes to that
// costs it a segment, however short.
func (w *writer) read(seq int64, words words) error {
	w.waiting++
	return w.c.exec(`INSERT INTO unread VALUES(?,?,?)`, seq, words.narrative, words.content)
}

// unread takes a version's words out, wherever they are.
func (w *writer) unread(seq int64) error {
	if err := w.c.exec(`DELETE FROM unread WHERE seq=?`, seq); err != nil || w.c.db.Changes() > 0 {
		return err
	}
	return w.c.exec(`DELETE FROM prose WHERE rowid=?`, seq)
}

// readAll puts into the full-text index what waits, if that is enough. If the transaction is rolled back, it waits for
// the next time.
func (w *writer) readAll() error {
	if w.waiting < w.wordsMax {
		return nil
	}
	w.waiting = 0
	err := w.c.exec(`INSERT INTO prose(rowid, narrative, content) SELECT seq, narrative, content FROM unread`)
	if err == nil {
		err = w.c.exec(`DELETE FROM unread`)
	}
	return err
}

// wordsPath goes through the full-text index, and through the few texts that wait for it.
func (b *compiler) wordsPath(p int64, param *spec.Param, is search.WordsIs) *path {
	typ := b.d.types[param.Type]
	says := b.says(p, param, is)
	// seq is the table's own column, not version's that is equal to it: only so SQLite sees that the rows come in
	// order.
	arm := func(seq string, rows frag) path {
		return path{name: "words", exact: true, from: frag{"(SELECT " + seq + " AS seq, v.k AS k FROM " + rows.sql + ") d", rows.args}}
	}
	return &path{name: "words", inSeq: true, once: true, exact: true, arms: []path{
		arm("f.rowid", piece("prose f CROSS JOIN version v ON v.seq=f.rowid WHERE f.prose MATCH ? AND v.type=?", match(param.Code, is.Query), typ)),
		arm("f.seq", piece("unread f CROSS JOIN version v ON v.seq=f.seq WHERE v.type=?", typ).and(says)),
	}}
}

// worded is the same as a condition on one row.
func (b *compiler) worded(p int64, param *spec.Param, is search.WordsIs, on at) frag {
	waits := piece("f.seq=" + on.alias + ".seq").and(b.says(p, param, is))
	return frag{"EXISTS(SELECT 1 FROM prose f WHERE f.prose MATCH ? AND f.rowid=" + on.alias + ".seq) OR EXISTS(SELECT 1 FROM unread f WHERE " + waits.sql + ")",
		append([]any{match(param.Code, is.Query)}, waits.args...)}
}

// says asks package search about a row of unread.
func (b *compiler) says(p int64, param *spec.Param, is search.WordsIs) frag {
	b.tests = append(b.tests, test{p: p, param: param, is: is})
	text := "f.narrative||f.content"
	if columns[param.Code] != "" {
		text = "f.narrative"
	}
	return piece("says("+text+", ?)", len(b.tests)-1)
}

// match is a question in FTS5's syntax. Each phrase stands in quotation marks, and has no character in it but letters,
// digits and spaces: nothing that a client sends can be taken for syntax.
func match(code string, q prose.Query) string { return columns[code] + "(" + phrases(q) + ")" }

func phrases(q prose.Query) string {
	of, with := q.All, " AND "
	switch {
	case q.Phrase != "" && q.Prefix:
		return `"` + q.Phrase + `" *`
	case q.Phrase != "":
		return `"` + q.Phrase + `"`
	case q.Any != nil:
		of, with = q.Any, " OR "
	}
	parts := make([]string, len(of))
	for i, part := range of {
		parts[i] = phrases(part)
	}
	return "(" + strings.Join(parts, with) + ")"
}
