package pagestest

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"frontdesk/handlers/pages/markup"
)

// Wrong is told what is wrong with a page, as testing.T.Errorf is.
type Wrong func(format string, args ...any)

// Sound tells all that is wrong with a page as far as its markup shows: WCAG 2.2's rules that need no eyes, and that
// nothing is from elsewhere.
func (a *Answer) Sound(wrong Wrong) {
	a.Headed(wrong)
	a.Labelled(wrong)
	a.ToldFaults(wrong)
	a.Named(wrong)
	a.SelfContained(wrong)
}

// Headed tells if a page has no language, no title, or not one heading of its own.
func (a *Answer) Headed(wrong Wrong) {
	if got := markup.Attr(a.All("html")[0], "lang"); got != "en-GB" { // WCAG 3.1.1
		wrong("lang is %q", got)
	}
	if title := a.All("title")[0].FirstChild.Data; !strings.Contains(title, " – ") { // WCAG 2.4.2
		wrong("title is %q", title)
	}
	if n := len(a.All("h1")); n != 1 {
		wrong("%d h1", n)
	}
	level := 0
	for _, h := range a.All("h1", "h2", "h3", "h4") {
		if next := int(h.Data[1] - '0'); a.ByClass("faults") == nil && next > level+1 {
			wrong("the heading %s follows one of level %d", h.Data, level)
		} else {
			level = next
		}
	}
	if n := len(a.All("main")); n != 1 || a.ByID("main") == nil { // WCAG 2.4.1: the skip link leads there
		wrong("%d main", n)
	}
	if !strings.Contains(markup.Attr(a.All("meta")[1], "content"), "width=device-width") {
		wrong("no viewport: it would not reflow (WCAG 1.4.10)")
	}
}

// typed are the elements into which something is entered.
var typed = []string{"input", "textarea", "select"}

// Labelled tells of fields without a label, ids that are there twice, and references that lead nowhere.
func (a *Answer) Labelled(wrong Wrong) {
	ids, labels := map[string]bool{}, map[string]bool{}
	for n := range a.Root.Descendants() {
		if id := markup.Attr(n, "id"); id != "" && ids[id] {
			wrong("two elements have the id %s", id)
		} else {
			ids[id] = true
		}
		if n.Data == "label" {
			labels[markup.Attr(n, "for")] = true
		}
	}
	for n := range a.Root.Descendants() {
		if slices.Contains(typed, n.Data) && markup.Attr(n, "type") != "hidden" &&
			!labels[markup.Attr(n, "id")] { // WCAG 1.3.1, 3.3.2
			wrong("the field %s has no label", markup.Attr(n, "name"))
		}
		if n.Data == "fieldset" && len(markup.Within(n, "legend")) != 1 {
			wrong("a group of fields has no legend")
		}
		for _, name := range []string{"aria-describedby", "aria-labelledby", "for"} {
			for _, id := range strings.Fields(markup.Attr(n, name)) {
				if !ids[id] {
					wrong("%s of %s leads to no %s", name, n.Data, id)
				}
			}
		}
		if link := markup.Attr(n, "href"); n.Data == "a" && strings.HasPrefix(link, "#") && !ids[link[1:]] {
			wrong("a link leads to no %s", link)
		}
	}
}

// ToldFaults tells if what must be put right isn't said first and at its field. It says whether there is anything.
func (a *Answer) ToldFaults(wrong Wrong) bool {
	summary := a.ByClass("faults")
	if summary == nil {
		return false
	}
	if markup.Attr(summary, "role") != "alert" || !markup.Has(summary, "autofocus") ||
		markup.Attr(summary, "tabindex") != "-1" {
		wrong("the summary isn't told and focused")
	}
	if !strings.HasPrefix(a.All("title")[0].FirstChild.Data, "Error: ") {
		wrong("the title doesn't say that there is an error")
	}
	for _, link := range markup.Within(summary, "a") {
		field := a.ByID(strings.TrimPrefix(markup.Attr(link, "href"), "#"))
		if text := link.FirstChild.Data; field == nil || strings.Count(a.Text(), text) < 2 &&
			markup.Attr(link, "href") != "#answer" {
			wrong("%q isn't said at its field too", text)
		}
	}
	return true
}

// Named tells of buttons that are called alike (WCAG 2.4.6), or nothing.
func (a *Answer) Named(wrong Wrong) {
	names := map[string]bool{}
	for _, button := range a.All("button") {
		name := strings.Join(strings.Fields(markup.Text(button)), " ")
		if name == "" || names[name] {
			wrong("two buttons are called %q", name)
		}
		names[name] = true
	}
}

// SelfContained tells of scripts and styles in the page, and of what is from elsewhere.
func (a *Answer) SelfContained(wrong Wrong) {
	for n := range a.Root.Descendants() {
		switch {
		case n.Type != html.ElementNode:
			continue
		case n.Data == "script" && (markup.Attr(n, "src") == "" ||
			n.FirstChild != nil): // only ours, and only from a file
			wrong("there is a script in the page")
		case slices.Contains([]string{"style", "iframe", "object", "base", "embed"}, n.Data):
			wrong("there is a %s", n.Data)
		}
		for _, at := range n.Attr {
			if at.Key == "style" || strings.HasPrefix(at.Key, "on") {
				wrong("%s has %s", n.Data, at.Key)
			}
			local := strings.HasPrefix(at.Val, "/") && !strings.HasPrefix(at.Val, "//") ||
				strings.HasPrefix(at.Val, a.Request.URL.Scheme+"://"+a.Request.URL.Host+"/")
			if (at.Key == "src" || at.Key == "action" || n.Data == "link" && at.Key == "href") && !local {
				wrong("%s is from %s", n.Data, at.Val)
			}
		}
	}
}

// ByClass is the first element of a class, nil if there is none.
func (a *Answer) ByClass(class string) *html.Node {
	for n := range a.Root.Descendants() {
		if slices.Contains(strings.Fields(markup.Attr(n, "class")), class) {
			return n
		}
	}
	return nil
}
