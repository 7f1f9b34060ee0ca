package spec

import "testing"

func TestProbe(t *testing.T) {
	r, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	var n, un, br int
	for _, name := range r.Names() {
		ty, _ := r.Type(name)
		for _, c := range ty.Codes {
			p := ty.Params[c]
			n++
			if p.Unsupported != "" {
				un++
			} else if len(p.Branches) > 0 {
				br++
				if name == "Observation" || name == "Patient" || name == "Appointment" || name=="Composition" {
				for _, b := range p.Branches {
					t.Log(p.Name(), "<-", b.Param.Name(), b.Target)
				} }
			}
		}
	}
	t.Log(n, un, br)
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := load(); err != nil {
			b.Fatal(err)
		}
	}
}
