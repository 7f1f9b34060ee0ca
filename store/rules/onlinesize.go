package rules

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/store"
	"frontdesk/store/online"
)

// OnlineSize bounds what patients and proxies write, of whatever type and wherever in it: the whole resource by its
// characters, and each of what is attached by what the practice takes. Of a change what it changes counts: the practice
// may have written more.
type OnlineSize struct{ Options }

// Apply measures each resource as it was sent.
func (o OnlineSize) Apply(ctx context.Context, c *store.Commit) error {
	if !c.Grant.Identity().Online() || o.imports(c) {
		return nil
	}
	for i := range c.Pending {
		if p := &c.Pending[i]; p.Sent != nil {
			if err := o.small(ctx, c, i, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o OnlineSize) small(ctx context.Context, c *store.Commit, i int, p *store.Pending) error {
	size, err := codec.Measure(p.Sent.JSON)
	if p.Seen != nil && !p.Seen.Deleted() {
		size, err = codec.MeasureChanged(p.Sent.JSON, p.Seen.JSON)
	}
	if err != nil {
		return err
	}
	if most := o.Characters; most > 0 && size.Characters > most {
		e := refusal(fhir.TooLarge, "INVALID_RESOURCE", p.Where(p.Sent.Type),
			"This has %d characters, and no more than %d are taken online. Shorten it, or phone the practice.",
			size.Characters, most)
		e.Issues[0].Code = "too-long"
		return e
	}
	if len(size.Attached) == 0 {
		return nil
	}
	practice, err := o.practice(ctx, c, o.whose(c, i))
	if err != nil {
		return err
	}
	for _, a := range size.Attached {
		if err := tooLarge(p, a.At, a.Bytes, practice); err != nil {
			return err
		}
	}
	return nil
}

// whose is the id of the patient whose record somebody online writes to; "" if that isn't known.
func (o Options) whose(c *store.Commit, i int) string {
	if of := c.Batch.Writes[i].Compartments; len(of) > 0 {
		return of[0]
	}
	who := c.Grant.Identity()
	if key, local := search.Local(who.Person, o.Base); local && key.Type == "Patient" {
		return key.ID
	}
	return who.Patient
}

// tooLarge refuses an attachment of more bytes than the practice takes.
func tooLarge(p *store.Pending, at string, bytes int, practice online.Practice) error {
	if practice.AttachmentSize <= 0 || bytes <= practice.AttachmentSize*1000 {
		return nil
	}
	e := refusal(fhir.TooLarge, "INVALID_RESOURCE", p.Where(at),
		"This attachment has %d kB, and the practice takes no more than %d. "+
			"Make it smaller, as by a photo of less detail, or bring it along.",
		(bytes+999)/1000, practice.AttachmentSize)
	e.Issues[0].Code = "too-long"
	return e
}
