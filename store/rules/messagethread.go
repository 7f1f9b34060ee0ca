package rules

import (
	"context"
	"fmt"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// threaded finds the first message of the thread, and refuses one that isn't the sender's to go on with. What the
// sender can't see isn't there (I2).
func (d *messageCommit) threaded(ctx context.Context, m *message) error {
	switch {
	case len(m.after.PartOf) > 1:
		return m.invalid("Communication.partOf", "A message is part of one thread. Name its first message alone.")
	case len(m.after.PartOf) == 0 && len(m.after.InResponseTo) > 0:
		return m.invalid("Communication.partOf", "Name the first message of the thread as partOf, and the one that you answer as inResponseTo.")
	case len(m.after.PartOf) == 0:
		return nil
	}
	first, of, err := d.earlier(ctx, m, "Communication.partOf[0]", m.after.PartOf[0])
	if err != nil {
		return err
	}
	if len(of.PartOf) > 0 {
		return m.invalid("Communication.partOf[0]", "%s is part of a thread itself. Name the first message of that.", first)
	}
	m.first = first
	for i, r := range m.after.InResponseTo {
		at := fmt.Sprintf("Communication.inResponseTo[%d]", i)
		key, of, err := d.earlier(ctx, m, at, r)
		if err != nil {
			return err
		}
		if key != first && (len(of.PartOf) == 0 || !d.is(of.PartOf[0], first.String())) {
			return m.invalid(at, "%s is of another thread. Name a message of this one.", key)
		}
	}
	return nil
}

// earlier is a message of the same patient that another refers to.
func (d *messageCommit) earlier(ctx context.Context, m *message, at string, r referenceJSON) (key fhir.Key, c communication, err error) {
	key, local := search.Local(r.Reference, d.Base)
	if !local || key.Type != "Communication" || key == m.key {
		return key, c, m.unknown(at, r)
	}
	there, err := d.there(ctx, d.Commit, m.patient, key)
	if err != nil {
		return key, c, err
	}
	body, _, err := d.Get(ctx, key)
	if err != nil {
		return key, c, err
	}
	if !there || body == nil {
		return key, c, m.unknown(at, r)
	}
	if err := read(body, &c); err != nil {
		return key, c, err
	}
	if !d.is(c.Subject, "Patient/"+m.patient) {
		return key, c, m.unknown(at, r)
	}
	return key, c, nil
}

// close completes what waits in the thread that staff have answered, and says that it was received.
func (d *messageCommit) close(ctx context.Context, m *message) error {
	first, err := d.beginning(ctx, m)
	if err != nil || first.ID == "" {
		return err
	}
	shut := func(st *fhir.Stored) error {
		var waiting communication
		if err := read(st.JSON, &waiting); err != nil {
			return err
		}
		if waiting.Status != "in-progress" || m.patient == "" || !d.is(waiting.Subject, "Patient/"+m.patient) {
			return nil
		}
		patch := `{"op":"replace","path":"/status","value":"completed"}`
		if waiting.Received == "" && patients(waiting.Sender) {
			patch += `,{"op":"add","path":"/received","value":"` + d.Now().UTC().Format(time.RFC3339) + `"}`
		}
		return d.Patch(ctx, st, []byte("["+patch+"]"))
	}
	if err := d.each(ctx, d.Commit, d.System, "Communication", "status=in-progress&_id="+first.ID, shut); err != nil {
		return err
	}
	return d.each(ctx, d.Commit, d.System, "Communication", "status=in-progress&part-of="+first.String(), shut)
}

// beginning is the first message of the thread that an answer goes on with, by what it is part of or what it answers;
// the zero Key if there is none.
func (d *messageCommit) beginning(ctx context.Context, m *message) (fhir.Key, error) {
	for _, r := range m.after.PartOf {
		if key, local := search.Local(r.Reference, d.Base); local && key.Type == "Communication" {
			return key, nil
		}
	}
	for _, r := range m.after.InResponseTo {
		key, local := search.Local(r.Reference, d.Base)
		if !local || key.Type != "Communication" {
			continue
		}
		body, _, err := d.Get(ctx, key)
		if err != nil || body == nil {
			return fhir.Key{}, err
		}
		var answered communication
		if err := read(body, &answered); err != nil {
			return fhir.Key{}, err
		}
		if len(answered.PartOf) == 0 {
			return key, nil
		}
		if key, local = search.Local(answered.PartOf[0].Reference, d.Base); local {
			return key, nil
		}
	}
	return fhir.Key{}, nil
}
