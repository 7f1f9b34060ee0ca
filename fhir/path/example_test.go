package path_test

import (
	"fmt"

	"frontdesk/fhir/path"
)

func ExampleExpression_Evaluate() {
	r, err := path.NewResource([]byte(`{"resourceType":"Patient","name":[{"given":["Amina","Noor"]},{"given":["Mina"]}]}`))
	if err != nil {
		panic(err)
	}
	x, err := path.Compile("name.given.where(startsWith('M'))", r.Type)
	if err != nil {
		panic(err)
	}
	found, err := x.Evaluate(path.Env{}, r)
	if err != nil {
		panic(err)
	}
	for _, v := range found {
		fmt.Println(v.Text(), "at", v.Element.Path(), v.Element.Pointer())
	}
	// Output: Mina at Patient.name[1].given[0] /name/1/given/0
}
