package rules

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// steps are the states that an order goes to from each (P4). It ends in those that have none.
var steps = map[string][]string{
	"requested":   {"accepted", "rejected", "cancelled"},
	"accepted":    {"in-progress", "completed", "failed", "cancelled"},
	"in-progress": {"completed", "failed", "cancelled"},
}

// begins judges a new order.
func (c *counter) begins(ctx context.Context, o *order) error {
	if o.mirrored {
		return nil
	}
	me, online := c.Grant.Identity().Person, c.Grant.Identity().Online()
	switch {
	case o.after.Status != "requested":
		return o.invalid("Task.status", "An order begins as requested, and is then accepted or rejected. Send it with status requested.")
	case o.patient == "":
		return o.invalid("Task.for", "Say for which patient this is ordered: give the Patient as for.")
	case online && o.after.Requester.Reference != "" && o.after.Requester.Reference != me && o.after.Requester.Reference != c.Base+"/"+me:
		return o.invalid("Task.requester", "You order in your own name. Give %s as requester, or leave it out.", me)
	}
	if chosen, at := o.after.pharmacy(); chosen != "" {
		if to, local := search.Local(chosen, c.Base); !local || to.Type != "Organization" {
			return o.invalid(fmt.Sprintf("Task.input[%d].valueReference", at), "Name the pharmacy by the reference of its Organization here. Search for it with /Organization?name=.")
		}
	}
	if err := c.serializeOn(ctx, c.Commit, ordered, o.plan.ID); err != nil {
		return err
	}
	if err := c.orderable(ctx, o); err != nil {
		return err
	}
	if err := c.single(ctx, o); err != nil {
		return err
	}
	if !online || o.after.Requester.Reference != "" {
		return nil
	}
	return c.Patch(ctx, &fhir.Stored{Key: o.key}, fmt.Appendf(nil, `[{"op":"add","path":"/requester","value":{"reference":%q}}]`, me))
}

// moves judges a change of an order.
func (c *counter) moves(ctx context.Context, o *order) error {
	from, to := o.before.Status, o.after.Status
	if c.Grant.Identity().Online() {
		if err := o.withdraws(); err != nil {
			return err
		}
	}
	switch {
	case o.before.Focus != o.after.Focus, o.before.For != o.after.For:
		return o.invalid("Task.focus", "An order stays one for the same repeat of the same patient. Cancel it, and order anew.")
	case from == to:
		return nil
	case len(steps[from]) == 0:
		return o.ruledOut(fhir.Conflict, "Task.status", "This order is %s, and stays so. Order anew.", from)
	case !slices.Contains(steps[from], to):
		return o.ruledOut(fhir.Conflict, "Task.status", "An order that is %s becomes %s. Make it that first.", from, strings.Join(steps[from], " or "))
	case to == "accepted":
		return c.approve(ctx, o)
	}
	return nil
}

// withdraws refuses whatever a patient does with an order but to cancel it while nobody has dealt with it.
func (o *order) withdraws() error {
	before, err := members(o.Seen.JSON)
	if err != nil {
		return err
	}
	after, err := members(o.Sent.JSON)
	if err != nil {
		return err
	}
	if o.before.Status != "requested" {
		return o.ruledOut(fhir.Conflict, "Task.status",
			"The practice has dealt with this order, it is %s, and it can't be changed any more. Phone or message the practice.", o.before.Status)
	}
	for _, name := range changed(before, after) {
		if name != "statusReason" && (name != "status" || o.after.Status != "cancelled") {
			return o.invalid("Task."+name, "You can cancel an order while it is requested, and say why in statusReason, but not change its %s. Cancel it, and order anew.", name)
		}
	}
	return nil
}

// approve prescribes: it makes the MedicationRequest of the order from its repeat, unless the EHR that accepts the
// order sends its own, and names it in the order.
func (c *counter) approve(ctx context.Context, o *order) error {
	if err := c.serializeOn(ctx, c.Commit, ordered, o.plan.ID); err != nil {
		return err
	}
	if prescription, sent, err := c.sent(o); err != nil || sent {
		return c.named(ctx, o, prescription, err)
	}
	if err := c.orderable(ctx, o); err != nil {
		return err
	}
	prescription, err := c.prescribe(ctx, o)
	if err == nil {
		err = c.permitted(ctx, c.Commit, o.Pending, prescription)
	}
	return c.named(ctx, o, prescription, err)
}

// named adds a prescription to the output of its order.
func (c *counter) named(ctx context.Context, o *order, prescription fhir.Key, err error) error {
	if err != nil {
		return err
	}
	path, value := "/output/-", `{"type":{"text":"Prescription issued"},"valueReference":{"reference":"`+prescription.Current().String()+`"}}`
	for _, output := range o.after.Output {
		var has struct{ ValueReference referenceJSON }
		if json.Unmarshal(output, &has) == nil && strings.HasSuffix(has.ValueReference.Reference, prescription.Current().String()) {
			return nil
		}
	}
	if len(o.after.Output) == 0 {
		path, value = "/output", "["+value+"]"
	}
	return c.Patch(ctx, o.Before, []byte(`[{"op":"add","path":"`+path+`","value":`+value+`}]`))
}
