package text

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

//go:embed en
var files embed.FS

// folders are the languages there are, by folder; the first is the one that is complete.
var folders = []struct{ folder, tag string }{{"en", "en-GB"}}

// Language says the texts of pages in one language. It is safe for concurrent use.
type Language struct {
	Name    string // the tag, as "en-GB" (BCP 47)
	printer *message.Printer
	known   map[string]bool
}

var languages = load()

// Languages are all there are.
func Languages() []*Language { return languages }

// English is the one that has every text.
func English() *Language { return languages[0] }

// Say is the text of a key, with what is put in. A key that there isn't is an error.
func (l *Language) Say(key string, args ...any) (string, error) {
	if !l.known[key] {
		return "", fmt.Errorf("there is no text %q", key)
	}
	return l.printer.Sprintf(message.Key(key, key), args...), nil
}

// Knows says that there is a text of this key.
func (l *Language) Knows(key string) bool { return l.known[key] }

// Keys are those of all texts, sorted.
func (l *Language) Keys() []string {
	var keys []string
	for key := range l.known {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// load can only fail by a fault in what is embedded, which every test would find.
func load() (all []*Language) {
	texts := catalog.NewBuilder(catalog.Fallback(language.BritishEnglish))
	known := map[string]bool{}
	for _, f := range folders {
		tag := language.MustParse(f.tag)
		for key, forms := range read(f.folder) {
			if err := texts.Set(tag, key, forms.message()); err != nil {
				panic(fmt.Sprintf("%s: %s: %v", f.folder, key, err))
			}
			known[key] = true
		}
		all = append(all, &Language{Name: f.tag, printer: message.NewPrinter(tag, message.Catalog(texts)),
			known: known})
	}
	return all
}

// forms are what a key says: by the form of the number (CLDR's names of them), or under "" whatever the number.
type forms map[string]string

func (f forms) message() catalog.Message {
	if whole, ok := f[""]; ok {
		return catalog.String(whole)
	}
	var cases []any
	for _, form := range []string{"zero", "one", "two", "few", "many", "other"} {
		if said, ok := f[form]; ok {
			cases = append(cases, form, said)
		}
	}
	return plural.Selectf(1, "%d", cases...)
}

// read is a language's texts by key.
func read(folder string) map[string]forms {
	names, err := fs.Glob(files, folder+"/*.txt")
	if err != nil {
		panic(err)
	}
	texts := map[string]forms{}
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		for number, line := range lines(string(content)) {
			key, said, ok := strings.Cut(line, " = ")
			key, form, _ := strings.Cut(strings.TrimSpace(key), "#")
			if texts[key] == nil {
				texts[key] = forms{}
			}
			if _, twice := texts[key][form]; !ok || twice {
				panic(fmt.Sprintf("%s, text %d: not a key, \" = \" and a text, or there twice: %s", path.Base(name),
					number+1, line))
			}
			texts[key][form] = strings.TrimSpace(said)
		}
	}
	return texts
}

// lines are the texts of a file, without comments; each whole, however many lines it takes.
func lines(content string) (all []string) {
	for line := range strings.Lines(content) {
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "" || line[0] == '#':
		case line[0] == ' ' && len(all) > 0:
			all[len(all)-1] += " " + trimmed
		default:
			all = append(all, trimmed)
		}
	}
	return all
}
