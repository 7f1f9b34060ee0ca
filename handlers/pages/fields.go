package pages

// Field is one question of a form, for the templates of templates/fields.html: "input", "textarea", "select",
// "radios", "checkboxes" and "date" take one. A handler makes them without the fault; the templates bring it in by
// {{field $ .Data.Name}}.
type Field struct {
	ID       string // of the field, and its name in the form
	Label    string
	Hint     string
	Value    string
	Type     string // of an input: "text" if it is "", "tel", "email", "password", "file"
	Mode     string // of the keyboard (inputmode): "numeric" or ""
	Complete string // what browsers may fill in (autocomplete); "" for nothing
	Size     string // of an input: "", "middling", "four" or "two"
	Rows     int    // of a textarea; default 6
	Most     int    // characters that a textarea takes, which its hint has to say; 0: any
	Options  []Option
	Date     DateValue
	Heading  bool // the label is the page's heading
	Fault    string
}

// Option is one answer to choose.
type Option struct {
	Value, Label, Hint string
	On                 bool
}

// DateValue is a date as it was typed. In the form its parts are ID-day, ID-month and ID-year.
type DateValue struct{ Day, Month, Year string }

// In is the field with the fault that a view has of it.
func (f Field) In(v View) Field {
	f.Fault = v.Fault(f.ID)
	return f
}

// Lines is how high a textarea is.
func (f Field) Lines() int {
	if f.Rows > 0 {
		return f.Rows
	}
	return 6
}

// InputType is the type of an input.
func (f Field) InputType() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// DescribedBy are the ids of what says more of the field.
func (f Field) DescribedBy() string {
	if f.Hint != "" {
		return f.ID + "-hint " + f.ID + "-fault"
	}
	return f.ID + "-fault"
}

// DateOf is what was typed for the date of an id.
func (v *Visit) DateOf(id string) DateValue {
	return DateValue{v.Value(id + "-day"), v.Value(id + "-month"), v.Value(id + "-year")}
}
