package rules

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// DetailChanges are changes of their contact details that patients ask for (P16): a Task with the code
// change-of-details, whose inputs are the new ones. Staff accept or reject it; to accept it is to make the change, in
// the same commit. That nobody but the patient asks online is a row of online.tsv, where the codes are documented too.
type DetailChanges struct{ Options }

// The codes of a Task that asks for a change of details.
const (
	ownCodes        = "urn:uuid:5d0a1b0e-3c53-4f43-9a43-6d3e7d5a6f10"
	changeOfDetails = "change-of-details"
)

// asked is the namespace of the Records by which two requests for one patient are dealt with one after the other.
const asked = "details-asked"

// mostDetails bounds how many new details one request has.
const mostDetails = 20

// detailSteps are the states that a request goes to from each.
var detailSteps = map[string][]string{"requested": {"accepted", "completed", "rejected", "cancelled"}, "accepted": {"completed"}}

// detailRequest is what matters here of such a Task.
type detailRequest struct {
	Status       string
	StatusReason struct{ Text string }
	Code         struct {
		Coding []struct{ System, Code string }
	}
	For       referenceJSON
	Requester *referenceJSON
	Input     []detail
}

// detail is a new contact detail.
type detail struct {
	Type struct {
		Coding []struct{ System, Code string }
	}
	ValueContactPoint    json.RawMessage
	ValueAddress         json.RawMessage
	ValueCodeableConcept json.RawMessage
}

// Apply is cheap for a commit without a Task.
func (d DetailChanges) Apply(ctx context.Context, c *store.Commit) error {
	if d.imports(c) {
		return nil
	}
	for i := range c.Pending {
		if key, p := c.Batch.Writes[i].Key, c.Pending[i]; key.Type == "Task" && p.After != nil {
			if err := d.judge(ctx, c, key.Current(), &p); err != nil {
				return err
			}
		}
	}
	return nil
}

// judge looks at one Task.
func (d DetailChanges) judge(ctx context.Context, c *store.Commit, key fhir.Key, p *store.Pending) error {
	var before, after *detailRequest
	var err error
	if p.Before != nil && !p.Before.Deleted() {
		if before, err = asksForDetails(p.Before.JSON); err != nil {
			return err
		}
	}
	if after, err = asksForDetails(p.After.JSON); err != nil || before == nil && after == nil {
		return err
	}
	invalid := func(element, format string, args ...any) error {
		return refusal(fhir.Unprocessable, "INVALID_RESOURCE", p.Where("Task."+element), format, args...)
	}
	patient, local := fhir.Key{}, false
	if after != nil {
		patient, local = search.Local(after.For.Reference, d.Base)
	}
	switch {
	case after == nil || before == nil && p.Before != nil && !p.Before.Deleted():
		return invalid("code", "A request for a change of details stays one, and nothing else becomes one. Leave its code as it was.")
	case !local || patient.Type != "Patient":
		return invalid("for", "Say whose details are to be changed: give the Patient as for.")
	case after.Status == "rejected" && after.StatusReason.Text == "":
		return invalid("statusReason", "Tell the patient why, in words: give a statusReason with a text.")
	case before == nil:
		return d.begins(ctx, c, key, p, after, patient)
	}
	if stays, err := same(before.Input, after.Input); err != nil {
		return err
	} else if !stays || before.For != after.For {
		return invalid("input", "What was asked for stays as it is. Reject it, and change the Patient yourself if something else is right.")
	}
	switch {
	case before.Status == after.Status:
		return nil
	case !slices.Contains(detailSteps[before.Status], after.Status):
		e := refusal(fhir.Conflict, "", p.Where("Task.status"), "This request is %s, and can't become %s.", before.Status, after.Status)
		e.Issues[0].Code = "business-rule"
		return e
	case before.Status == "requested" && (after.Status == "accepted" || after.Status == "completed"):
		return d.accept(ctx, c, p, after, patient)
	}
	return nil
}

// begins judges a new request.
func (d DetailChanges) begins(ctx context.Context, c *store.Commit, key fhir.Key, p *store.Pending, r *detailRequest, patient fhir.Key) error {
	if r.Status != "requested" {
		return refusal(fhir.Unprocessable, "INVALID_RESOURCE", p.Where("Task.status"), "A request begins as requested, and is then accepted or rejected. Send it with status requested.")
	}
	if _, err := r.details(p); err != nil {
		return err
	}
	if !c.Grant.Identity().Online() {
		return nil
	}
	if err := d.serializeOn(ctx, c, asked, patient.ID); err != nil {
		return err
	}
	open := 0
	count := func(*fhir.Stored) error { open++; return nil }
	if err := d.each(ctx, c, c.Seen(patient.ID), "Task", "status=requested&code="+ownCodes+"%7C"+changeOfDetails+"&patient="+patient.ID, count); err != nil {
		return err
	}
	for i := range c.Pending {
		if w, other := c.Batch.Writes[i], c.Pending[i]; w.Key.Type == "Task" && other.After != nil && w.Key.Current() != key {
			if also, err := asksForDetails(other.After.JSON); err != nil {
				return err
			} else if also != nil && also.Status == "requested" {
				open++
			}
		}
	}
	if open > 0 {
		e := refusal(fhir.Conflict, "DUPLICATE_REJECTED", p.Where("Task.code"), "You have asked for a change already, and the practice will answer that first. Cancel it if you want another.")
		e.Issues[0].Code = "duplicate"
		return e
	}
	if r.Requester != nil {
		return nil
	}
	return c.Patch(ctx, &fhir.Stored{Key: key}, fmt.Appendf(nil, `[{"op":"add","path":"/requester","value":{"reference":%q}}]`, c.Grant.Identity().Person))
}

// accept makes the change.
func (d DetailChanges) accept(ctx context.Context, c *store.Commit, p *store.Pending, r *detailRequest, patient fhir.Key) error {
	details, err := r.details(p)
	if err != nil {
		return err
	}
	body, stored, err := c.Get(ctx, patient)
	if err != nil {
		return err
	}
	if body == nil {
		return refusal(fhir.Unprocessable, "REFERENCE_NOT_FOUND", p.Where("Task.for"), "There is no such patient any more. Reject the request.")
	}
	var ops []map[string]any
	for _, element := range []string{"telecom", "address", "communication"} {
		if values := details[element]; values != nil {
			ops = append(ops, map[string]any{"op": "add", "path": "/" + element, "value": values})
		}
	}
	patch, err := json.Marshal(ops)
	if err != nil {
		return fhir.Fault("writing a change of details", err)
	}
	if stored == nil {
		stored = &fhir.Stored{Key: patient}
	}
	if err := c.Patch(ctx, stored, patch); err != nil {
		return err
	}
	return d.permitted(ctx, c, p, patient)
}

// permitted refuses to accept what who accepts it may not do.
func (o Options) permitted(ctx context.Context, c *store.Commit, p *store.Pending, key fhir.Key) error {
	ok, err := c.Permits(ctx, key)
	if err == nil && !ok {
		err = refusal(fhir.Forbidden, "ACCESS_DENIED", p.Where("Task.status"),
			"To accept this is to write a %s, and your access does not allow that. Ask for the scope it needs, or leave it to somebody who may.", key.Type)
	}
	return err
}

// details are the new ones as elements of a Patient.
func (r *detailRequest) details(p *store.Pending) (map[string][]any, error) {
	out := map[string][]any{}
	for i, in := range r.Input {
		kind, value := "", json.RawMessage(nil)
		for _, c := range in.Type.Coding {
			if c.System == ownCodes {
				kind = c.Code
			}
		}
		switch kind {
		case "telecom":
			value = in.ValueContactPoint
		case "address":
			value = in.ValueAddress
		case "communication":
			value = in.ValueCodeableConcept
		}
		switch {
		case value == nil:
			return nil, refusal(fhir.Unprocessable, "INVALID_RESOURCE", p.Where(fmt.Sprintf("Task.input[%d]", i)),
				"Give a new detail as type telecom with a valueContactPoint, address with a valueAddress, or communication with the language as valueCodeableConcept; the types are of %s.", ownCodes)
		case kind == "communication":
			out[kind] = append(out[kind], map[string]any{"language": value, "preferred": len(out[kind]) == 0})
		default:
			out[kind] = append(out[kind], value)
		}
	}
	if len(out) == 0 || len(r.Input) > mostDetails {
		return nil, refusal(fhir.Unprocessable, "INVALID_RESOURCE", p.Where("Task.input"), "Give the new details as input, %d at the most.", mostDetails)
	}
	return out, nil
}

// same says that two lists of details mean the same, in whichever order their members stand.
func same(a, b []detail) (bool, error) {
	var trees [2]any
	for i, details := range [][]detail{a, b} {
		text, err := json.Marshal(details)
		if err == nil {
			err = json.Unmarshal(text, &trees[i])
		}
		if err != nil {
			return false, fhir.Fault("comparing what was asked for", err)
		}
	}
	return reflect.DeepEqual(trees[0], trees[1]), nil
}

// asksForDetails reads a Task, nil if it asks for no change of details.
func asksForDetails(resource []byte) (*detailRequest, error) {
	var r detailRequest
	if err := read(resource, &r); err != nil {
		return nil, err
	}
	for _, c := range r.Code.Coding {
		if c.System == ownCodes && c.Code == changeOfDetails {
			return &r, nil
		}
	}
	return nil, nil
}
