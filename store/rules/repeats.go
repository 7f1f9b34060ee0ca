package rules

import (
	"context"
	"encoding/json"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// RepeatOrders is how a repeat prescription is ordered (P4): a patient asks with a Task for a repeat, a
// MedicationRequest that is a plan; the practice accepts or rejects it; to accept it is to prescribe, so that makes the
// MedicationRequest that is an order in the same commit. What can be ordered is in repeatplans.go.
type RepeatOrders struct{ Options }

// The code of a Task that orders a repeat, "renewal of prescription".
const (
	snomed  = "http://snomed.info/sct"
	renewal = "103742009"
)

// Apply is cheap for a commit without a Task or a prescription.
func (r RepeatOrders) Apply(ctx context.Context, c *store.Commit) error {
	if r.imports(c) {
		return nil
	}
	var all []*order
	for i := range c.Pending {
		switch typ := c.Batch.Writes[i].Key.Type; {
		case typ == "Task":
			o, err := r.order(c, i)
			if err != nil {
				return err
			}
			all = append(all, o)
		case slices.Contains(prescribed, typ) && c.Grant.Identity().Online():
			return refusal(fhir.Forbidden, "ACCESS_DENIED", c.Pending[i].At,
				"Only the practice prescribes. To order a repeat, send a Task with code %s|%s and the repeat as focus.", snomed, renewal).About(c.Batch.Writes[i].Key)
		}
	}
	counter := &counter{r.Options, c, all, map[fhir.Key]bool{}}
	for _, o := range all {
		if err := counter.serve(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// prescribed are the types that only those write who prescribe and dispense.
var prescribed = []string{"MedicationRequest", "MedicationDispense", "MedicationAdministration"}

// counter is where the orders of a commit are dealt with.
type counter struct {
	Options
	*store.Commit
	orders []*order
	made   map[fhir.Key]bool // the prescriptions that are made here
}

// order is one Task of the commit. before and after are nil where there is none, or it isn't an order.
type order struct {
	*store.Pending
	key           fhir.Key
	before, after *task
	patient       string   // the id of for whom it is, "" for nobody here
	plan          fhir.Key // the repeat
	// mirrored: a system that isn't used by a person puts it at an id of its own choice, or sends, however, one that is
	// in its last state. It tells of what was ordered elsewhere.
	mirrored bool
}

// task is what matters here of a Task.
type task struct {
	Status       string
	StatusReason struct{ Text string }
	Code         struct {
		Coding []struct{ System, Code string }
	}
	Focus, For, Requester referenceJSON
	Output                []json.RawMessage
	Input                 []input
}

// input is what an order is to be dealt with by, as the pharmacy that the patient chose for it (GP Connect,
// Prescriptions).
type input struct {
	Type struct {
		Coding []struct{ Code string }
		Text   string
	}
	ValueReference referenceJSON
}

// preferred is the code of an input that names who is to dispense.
const preferred = "preferred-performer"

// pharmacy is the one chosen for this order, "" if none was; at is which input names it.
func (t *task) pharmacy() (reference string, at int) {
	for i, in := range t.Input {
		for _, code := range in.Type.Coding {
			if code.Code == preferred {
				return in.ValueReference.Reference, i
			}
		}
	}
	return "", 0
}

func (r RepeatOrders) order(c *store.Commit, i int) (*order, error) {
	w, p := &c.Batch.Writes[i], &c.Pending[i]
	system := c.Grant.Identity().Person == ""
	o := &order{Pending: p, key: w.Key.Current(), mirrored: system && w.Method.Puts()}
	var err error
	if p.Before != nil && !p.Before.Deleted() {
		if o.before, err = ordering(p.Before.JSON); err != nil {
			return nil, err
		}
	}
	if p.After == nil {
		return o, nil
	}
	if o.after, err = ordering(p.After.JSON); err != nil || o.after == nil {
		return o, err
	}
	if of, local := search.Local(o.after.For.Reference, r.Base); local && of.Type == "Patient" {
		o.patient = of.ID
	}
	o.mirrored = o.mirrored || system && len(steps[o.after.Status]) == 0 && o.after.Status != ""
	if plan, local := search.Local(o.after.Focus.Reference, r.Base); local {
		o.plan = plan
	}
	return o, nil
}

// ordering reads a Task, nil if it orders no repeat.
func ordering(resource []byte) (*task, error) {
	var t task
	if err := read(resource, &t); err != nil {
		return nil, err
	}
	for _, code := range t.Code.Coding {
		if code.System == snomed && code.Code == renewal {
			return &t, nil
		}
	}
	return nil, nil
}

// serve judges one order, and prescribes what is accepted.
func (c *counter) serve(ctx context.Context, o *order) error {
	online := c.Grant.Identity().Online()
	switch {
	case !online && o.After == nil, o.before == nil && o.after == nil:
		return nil
	case o.After == nil:
		return refusal(fhir.Forbidden, "ACCESS_DENIED", o.At, "An order is cancelled, not deleted: update its status to cancelled while it is requested.").About(o.key)
	case o.after == nil:
		return o.invalid("Task.code", "An order for a repeat stays one. Leave its code as it was.")
	case o.after.Status == "rejected" && o.after.StatusReason.Text == "":
		return o.invalid("Task.statusReason", "Tell the patient why, in words: give a statusReason with a text.")
	case o.before == nil:
		return c.begins(ctx, o)
	}
	return c.moves(ctx, o)
}

// invalid refuses an order that can't be as it is.
func (o *order) invalid(element, format string, args ...any) *fhir.Error {
	return refusal(fhir.Unprocessable, "INVALID_RESOURCE", o.Where(element), format, args...)
}

// ruledOut refuses a step that can't be taken from where an order or its repeat stands.
func (o *order) ruledOut(kind fhir.Kind, element, format string, args ...any) *fhir.Error {
	e := refusal(kind, "", o.Where(element), format, args...)
	if e.Issues[0].Code = "business-rule"; kind == fhir.Unprocessable {
		e.Issues[0].Coding = "INVALID_RESOURCE"
	}
	return e
}
