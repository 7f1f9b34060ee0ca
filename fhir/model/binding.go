package model

// Binding is an element's to a value set (R4 terminologies 4.1.5).
type Binding struct {
	Strength string // required, extensible, preferred or example
	ValueSet string // its canonical URL, without the version
}

// bind gives elements their bindings.
func (m *Model) bind() {}
