package pages

// View is what a template is given.
type View struct {
	Title   string // in words, as the browser's tab shows it
	Root    string // the path that all pages are below
	Auth    string // the path that the pages of package signin are below
	Brand   Brand
	Logo    string  // the path of the practice's picture
	Accent  string  // the path of the style of its own colour, "" for none
	Account string  // who is signed in, by name; "" if nobody
	For     string  // for whom, if that is another: "Tom Jones"
	Switch  bool    // there are others for whom the person can act
	Nav     []Link  // the pages of the audience
	Exit    bool    // there is a button that leaves at once
	Wide    bool    // the page has use for a wide screen
	Request string  // the id of an app's request that waits, for links and forms to keep
	CSRF    string  // for forms to send back
	Token   string  // by which a form that is sent twice counts once
	As      string  // for whom the page is, for forms to send back
	Faults  []Fault // what must be put right in a form
	Notice  string  // what has just been done, in words
	Scripts []string
	Data    any // the page's own
}

// Fault is something in a form to be put right: the id of the field, and what to do.
type Fault struct{ Field, Text string }

// Fault is what is wrong with a field, "" if nothing is.
func (v View) Fault(field string) string {
	for _, f := range v.Faults {
		if f.Field == field {
			return f.Text
		}
	}
	return ""
}

// Asset is the path of something that pages refer to.
func (v View) Asset(name string) string { return v.Root + "/assets/" + assetNames[name] }
