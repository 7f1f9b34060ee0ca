package index

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// HomeField is the shard key of resources.
const HomeField = "p"

// shared is the home of what is in several Patients' compartments. No id has a "*" in it.
const shared = "*"

// Home is where a resource lives on a sharded cluster: with the Patient in whose compartment alone it is, so that a
// record lies together and a search in it asks one shard; with all that several Patients share; or, in nobody's
// compartment, by itself.
func Home(typ, id string, compartments []string) string {
	switch len(compartments) {
	case 0:
		return typ + "/" + id
	case 1:
		return compartments[0]
	}
	return shared
}

// At finds a resource by its key, by its home too if the key tells where that can be.
func At(t *spec.Type, id string) bson.D {
	out := bson.D{{Key: "_id", Value: t.Name + "/" + id}}
	if homes := homesOf(t, id); homes != nil {
		out = append(out, inHomes(homes))
	}
	return out
}

// homesOf are the homes that a resource of a type can have, nil if they can't be told from the key: then all shards are
// asked.
func homesOf(t *spec.Type, id string) []string {
	alone := t.Name + "/" + id
	switch {
	case t.Name == "Patient": // in its own compartment, and perhaps in that of one it is linked to
		return []string{id, shared, alone}
	case len(t.Patients()) == 0:
		return []string{alone}
	}
	return nil
}

func inHomes(homes []string) bson.E {
	if len(homes) == 1 {
		return bson.E{Key: HomeField, Value: homes[0]}
	}
	return bson.E{Key: HomeField, Value: bson.D{{Key: "$in", Value: homes}}}
}

// mostHomes is up to how many ids a search names the homes of.
const mostHomes = 100

// homes are those of all resources that can meet a condition, nil if they can be anywhere.
func homes(t *spec.Type, e expr.Expr) []string {
	for part := range expr.Necessary(e) {
		if id := homeOf(t, part); id != "" {
			return []string{id, shared}
		}
		if ids, ok := part.(expr.IDs); ok {
			if all := homesOfAll(t, ids); all != nil {
				return all
			}
		}
	}
	return nil
}

// homeOf is the Patient in whose compartment all is that meets a condition, "" if there is none.
func homeOf(t *spec.Type, e expr.Expr) string {
	if in, ok := e.(expr.Compartment); ok {
		return in.Patient
	}
	test, _ := e.(expr.Test)
	if is, ok := test.Is.(search.RefIs); ok && is.Type == "Patient" && compartmental(t, test.Param) {
		return is.ID
	}
	return ""
}

func homesOfAll(t *spec.Type, ids []string) []string {
	if len(ids) > mostHomes {
		return nil
	}
	var all []string
	for _, id := range ids {
		some := homesOf(t, id)
		if some == nil {
			return nil
		}
		all = append(all, some...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// compartmental says that who refers to a Patient by a parameter is in that Patient's compartment. Only R4's own
// definition counts: it is the same for all that was ever stored.
func compartmental(t *spec.Type, p *spec.Param) bool {
	return slices.ContainsFunc(t.Compartments["Patient"], func(in *spec.Param) bool {
		return slices.ContainsFunc(in.Answers(), func(b spec.Branch) bool {
			return (b.Target == "" || b.Target == "Patient") && b.Param.Indexed() && Name(b.Param) == Name(p)
		})
	})
}
