package pages

import (
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"

	"frontdesk/handlers/pages/text"
)

// Set is the pages of a package by name, each within the layout, in each language.
type Set map[string]map[string]*template.Template

// own are the pages that the shell itself has: errors.
var own = MustParse(files)

// shared are the templates that every page can use.
var shared = []string{"templates/layout.html", "templates/components.html", "templates/fields.html"}

// MustParse makes a Set of the files templates/*.html; those whose name begins with "part-" are parts that each of the
// others can use. It can only fail by a fault in what is embedded, which every test would find.
func MustParse(of fs.FS) Set {
	names, err := fs.Glob(of, "templates/*.html")
	if err != nil {
		panic(err)
	}
	isPart := func(file string) bool { return strings.HasPrefix(path.Base(file), "part-") }
	parts := slices.DeleteFunc(slices.Clone(names), func(file string) bool { return !isPart(file) })
	names = slices.DeleteFunc(names, isPart)
	set := Set{}
	for _, language := range text.Languages() {
		layout := template.Must(template.New("layout.html").Funcs(functions(language)).ParseFS(files, shared...))
		if len(parts) > 0 {
			template.Must(layout.ParseFS(of, parts...))
		}
		pages := map[string]*template.Template{}
		for _, file := range names {
			pages[strings.TrimSuffix(path.Base(file), ".html")] = template.Must(template.Must(layout.Clone()).ParseFS(
				of, file))
		}
		set[language.Name] = pages
	}
	return set
}

// functions are what templates call: t for a text of the catalogue, th for one that has markup of its own around what
// is put in, row for a field with the fault that it has.
func functions(language *text.Language) template.FuncMap {
	return template.FuncMap{
		"lang": func() string { return language.Name },
		"t":    language.Say,
		"th": func(key string, args ...any) (template.HTML, error) {
			safe := make([]any, len(args))
			for i, arg := range args {
				if safe[i] = arg; !plain(arg) {
					safe[i] = template.HTMLEscapeString(fmt.Sprint(arg))
				}
			}
			said, err := language.Say(key, safe...)
			return template.HTML(said), err
		},
		"field": func(v View, f Field) Field { return f.In(v) },
		"list":  func(items ...any) []any { return items },
	}
}

// plain says that a value is a number, by which a text may choose its form.
func plain(arg any) bool {
	switch arg.(type) {
	case int, int64, float64:
		return true
	}
	return false
}
