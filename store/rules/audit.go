package rules

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

const (
	// AuditSource is by what Frontdesk's own AuditEvents name it: the identifier in AuditEvent.source.observer.
	AuditSource = "urn:uuid:7c1d1c5e-5ab4-4f0c-9d3e-2a4f6f0e8b11"
	// AuditWithheld is the security label (v3 ActCode, "no disclosure to patient") of an entity of which the patient
	// isn't to read: by one, an AuditEvent is hidden from patients.
	AuditWithheld = "NOPAT"
	// AuditEntry is the name of the entity of an AuditEvent that is an entry of the patient's record.
	AuditEntry = "Entry of the record"
	// AuditWaiting is the namespace of the Records from which Frontdesk files its own AuditEvents. No client can write
	// there.
	AuditWaiting = "audit-waiting"
)

// AuditTrail keeps AuditEvents as they were recorded: whoever it is, nobody changes or deletes one, and nobody but
// Frontdesk itself creates one that names Frontdesk as its source. Other systems may add their own.
type AuditTrail struct{}

// Apply refuses a commit that would break the trail.
//
// An event of what was done with one entry of a record is as open online as the entry (P12, I2): of the same section,
// added when that was, and hidden if it is. If the reference alone were left out, that something was done would tell
// that there is such an entry.
func (AuditTrail) Apply(ctx context.Context, c *store.Commit) error {
	filing := slices.ContainsFunc(c.Batch.Records, func(r store.RecordWrite) bool { return r.Namespace == AuditWaiting })
	for i := range c.Batch.Writes {
		w, p := &c.Batch.Writes[i], &c.Pending[i]
		switch {
		case w.Key.Type != "AuditEvent":
		case p.Before != nil || p.After == nil:
			return fhir.Errorf(fhir.NotAllowed, p.At, "An AuditEvent stays as it was recorded, and can't be changed or deleted. Record another one.").About(w.Key)
		case !filing && observer(p.After.JSON) == AuditSource:
			return fhir.Errorf(fhir.Unprocessable, p.Where("AuditEvent.source.observer"),
				"Only this server records AuditEvents in its own name. Name the system that saw what happened as source.observer.").About(w.Key)
		default:
			w.Facts.Hidden = w.Facts.Hidden || withheld(p.After.JSON)
			if err := follow(ctx, c, w, p.After.JSON); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow gives an AuditEvent the facts of the entry that it is about, if it is about one.
func follow(ctx context.Context, c *store.Commit, w *store.Write, auditEvent []byte) error {
	key, patient, ok := entryOf(auditEvent)
	if !ok {
		return nil
	}
	st, err := c.Current(ctx, key)
	if st == nil || err != nil {
		return err
	}
	t, _ := c.Batch.Registry.Type(key.Type)
	// What has left the record since was filed there by mistake.
	w.Facts.Hidden = w.Facts.Hidden || st.Facts.Hidden || patient != "" && !slices.Contains(st.Compartments, patient)
	w.Facts.Recorded = st.Facts.Recorded
	w.Facts.Release = st.Facts.Release
	switch lab, err := isResult(key.Type, st.JSON); {
	case err != nil && !st.Deleted():
		return err
	case t.Access == nil || len(t.Access.Sections) == 0:
	case len(t.Access.Sections) == 1:
		w.Facts.Section = t.Access.Sections[0].Section
	case st.Deleted(): // it may be of any of them
		w.Facts.Hidden = true
	case lab:
		w.Facts.Section = "results"
	default:
		if w.Facts.Section, err = sectionOf(c, t, st); err == nil && w.Facts.Section == "" {
			w.Facts.Hidden = true
		}
		return err
	}
	return nil
}

// sectionOf is the section of an entry whose type belongs to several, by the searches of access.tsv; "" for none.
func sectionOf(c *store.Commit, t *spec.Type, st *fhir.Stored) (string, error) {
	r, err := codec.Decode(st.JSON, codec.Unlimited())
	if err != nil {
		return "", fhir.Fault("decode "+st.Key.String()+" as stored", err)
	}
	doc := search.Doc{Key: st.Key, Entries: search.Indexer{}.Index(t, r.Message)}
	for _, s := range t.Access.Sections {
		if s.Query == "" { // as of a Binary: it is of the section of what it belongs to, which isn't known here
			continue
		}
		criteria, err := search.ParseCriteria(c.Batch.Registry, t.Name, s.Query, search.Options{})
		if err != nil {
			return "", fhir.Fault("the section "+s.Section+" of "+t.Name, err)
		}
		if search.Match(criteria.From[0].Where, &doc, time.Time{}, nil) {
			return s.Section, nil
		}
	}
	return "", nil
}

// entryOf is the entry that an AuditEvent of ours is about, and the Patient in whose record it was; ok is false for
// none.
func entryOf(auditEvent []byte) (key fhir.Key, patient string, ok bool) {
	var r struct {
		Entity []struct {
			Name string
			What referenceJSON
		}
	}
	if !bytes.Contains(auditEvent, []byte(AuditEntry)) || json.Unmarshal(auditEvent, &r) != nil {
		return key, "", false
	}
	for _, e := range r.Entity {
		of, local := search.Local(e.What.Reference, "")
		switch {
		case !local:
		case e.Name == AuditEntry:
			key, ok = of, true
		case of.Type == "Patient" && patient == "":
			patient = of.ID
		}
	}
	return key, patient, ok
}

// withheld says that an AuditEvent has an entity of which the patient isn't to read.
func withheld(auditEvent []byte) bool {
	var r struct {
		Entity []struct {
			SecurityLabel []struct{ Code string }
		}
	}
	if !bytes.Contains(auditEvent, []byte(AuditWithheld)) || json.Unmarshal(auditEvent, &r) != nil {
		return false
	}
	for _, e := range r.Entity {
		if slices.ContainsFunc(e.SecurityLabel, func(l struct{ Code string }) bool { return l.Code == AuditWithheld }) {
			return true
		}
	}
	return false
}

// observer is the identifier of who recorded an AuditEvent, "" if there is none.
func observer(auditEvent []byte) string {
	var r struct {
		Source struct {
			Observer struct{ Identifier struct{ Value string } }
		}
	}
	if json.Unmarshal(auditEvent, &r) != nil {
		return "" // it has been validated, so it can be read
	}
	return r.Source.Observer.Identifier.Value
}
