package pages

import "slices"

// What the templates of templates/components.html take. All texts are words already: what is a key's is said by
// Visit.T.

// Row is one of a summary list ("summary"): what it is, what it says, and a link to change it.
type Row struct {
	Key, Value string
	Lines      []string // more of the value, each on a line of its own
	Tag        Tag
	Href       string // of the link; "" for none
	Action     string // what the link says, as "Change"
}

// Tag is a state in a word or two ("tag"). Kind is "", "good", "wait" or "bad"; the text says it too.
type Tag struct{ Text, Kind string }

// Task is one of a task list ("tasks"): something to open, and how it stands.
type Task struct {
	Title, Href, Hint string
	Tag               Tag
}

// Tabs are views of one page ("tabs"), each a link.
type Tabs struct {
	Label string // what they are of, for who can't see that
	Tabs  []Link
}

// Pages lead to the page before and the one after ("pagination"); a link is "" where there is none.
type Pages struct{ Previous, Next string }

// Table has a header for each column ("table"). What is in Numbers is set to the right.
type Table struct {
	Caption string
	Hidden  bool // the caption is said, and not shown
	Columns []Column
	Rows    [][]Cell // the first cell of a row names it
	Empty   string   // what is said where there are no rows
}

// Narrow takes the columns out in which nothing is said.
func (t *Table) Narrow() {
	for at := len(t.Columns) - 1; at > 0; at-- {
		said := slices.ContainsFunc(t.Rows, func(row []Cell) bool { return row[at] != Cell{} })
		if said || len(t.Rows) == 0 {
			continue
		}
		t.Columns = slices.Delete(t.Columns, at, at+1)
		for i := range t.Rows {
			t.Rows[i] = slices.Delete(t.Rows[i], at, at+1)
		}
	}
}

// Column is the header of one.
type Column struct {
	Text   string
	Number bool
}

// Cell is a text, with a link or a tag in place of it.
type Cell struct {
	Text, Href string
	Tag        Tag
}

// Banner is something to know before all else ("banner").
type Banner struct {
	Title, Text string
	Kind        string // "", "good" or "bad"
	Href, Link  string // where to go next, and what that link says
}
